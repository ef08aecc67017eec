"""Many runs, all their folds: side by side on CPU cores, one after another on an accelerator."""

import shutil
import threading
from collections.abc import Sequence
from contextlib import contextmanager
from multiprocessing import Manager

import pandas as pd
import torch
from joblib import Parallel, delayed

from ..artifacts import file_sha256, is_complete, read_card, save_json, save_table, write_card
from ..artifacts.runs import Run, load_run
from ..errors import require
from ..progress import progress
from ..resources import cores
from .config import TrainConfig
from .device import choose_device
from .experiment import Experiment
from .fold import fold_folder, train_fold, weights_path

TABLES = ("history", "predictions", "theta")


def cross_validate(experiments: Sequence[Experiment], config: TrainConfig, workers: int | None = None) -> list[Run]:
    """Train every fold of every experiment that is not on disk yet, and load the runs.

    On a CPU each fold is one process with one thread: small networks leave several threads
    waiting for each other, and the result does not depend on the number of cores. Each finished
    fold is complete on disk; an interrupted call goes on from there.

    Args:
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Returns:
        one Run per experiment, in order.

    Raises:
        InputError: a folder holds a complete run made with other data or parameters.
    """
    device = choose_device(config.device)
    if device.type != "cpu":
        workers = 1
    workers = workers or cores()
    folders = [experiment.folder for experiment in experiments]
    require(len(set(folders)) == len(folders), "two experiments share a folder, so one would overwrite the other")
    for experiment in experiments:
        _refuse_other_parameters(experiment, config)
    todo = [
        (experiment, fold)
        for experiment in experiments
        if not is_complete(experiment.folder, experiment.parameters(config))
        for fold in experiment.fold_ids
    ]
    workers = max(1, min(workers, len(todo)))
    if todo:
        with _epoch_progress(len(todo) * config.epochs, workers) as tell:
            if workers == 1:
                _train_here(todo, config, tell)
            else:
                pool = Parallel(n_jobs=workers, backend="loky", inner_max_num_threads=1)
                pool(delayed(_train_in_worker)(experiment, config, fold, tell) for experiment, fold in todo)
    for experiment in experiments:
        if not is_complete(experiment.folder, experiment.parameters(config)):
            _finish(experiment, config)
    return [load_run(experiment.folder) for experiment in experiments]


def _train_here(todo, config: TrainConfig, tell) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same arithmetic as in a pool of workers
    try:
        for experiment, fold in todo:
            train_fold(experiment, config, fold, tell)
    finally:
        torch.set_num_threads(threads)


def _train_in_worker(experiment: Experiment, config: TrainConfig, fold: int, tell) -> None:
    torch.set_num_threads(1)
    train_fold(experiment, config, fold, tell)


@contextmanager
def _epoch_progress(total: int, workers: int):
    """Yield a function, picklable when there are several workers, that moves the bar."""
    with progress(total=total, label="training", unit="epoch") as bar:
        if workers == 1:
            yield bar.update
            return
        with Manager() as manager:
            queue = manager.Queue()

            def drain():
                while (epochs := queue.get()) is not None:
                    bar.update(epochs)

            reader = threading.Thread(target=drain, daemon=True)
            reader.start()
            try:
                yield queue.put
            finally:
                queue.put(None)
                reader.join()


def _refuse_other_parameters(experiment: Experiment, config: TrainConfig) -> None:
    """Hours of training are not overwritten because a parameter changed."""
    require(
        read_card(experiment.folder) is None or is_complete(experiment.folder, experiment.parameters(config)),
        f"{experiment.folder}: holds a complete run made with other data or parameters (see its config.json); "
        "name another folder, or delete this one",
    )


def _finish(experiment: Experiment, config: TrainConfig) -> None:
    """Merge the folds into the run's tables, count what was scored, write the card last."""
    run, folds = experiment.folder, experiment.fold_ids
    cards = [read_card(fold_folder(run, fold)) for fold in folds]
    tables = {
        name: pd.concat([pd.read_parquet(fold_folder(run, fold) / f"{name}.parquet") for fold in folds])
        for name in TABLES
    }
    tested = tables["predictions"].query("split == 'test'")["sample_id"]
    require(
        len(tested) == len(experiment.labels) and tested.nunique() == len(tested),
        f"{run}: {len(tested)} test predictions ({tested.nunique()} distinct) for {len(experiment.labels)} samples",
    )
    save_json(run / "config.json", experiment.parameters(config))
    for name, table in tables.items():
        save_table(run / f"{name}.parquet", table)
    write_card(
        run,
        "run",
        experiment.parameters(config),
        selected_on="reported fold" if config.protocol == "reference" else "inner validation",
        reported_on="outer fold",
        samples=len(tested),
        folds=[{"fold": fold, **_facts(card)} for fold, card in zip(folds, cards, strict=True)],
        seeds=[config.seed + fold for fold in folds],
        device=sorted({card["device"] for card in cards}),
        precision=sorted({card["precision"] for card in cards}),
        parameters_in_model=cards[0]["parameters_in_model"],
        seconds=round(sum(card["seconds"] for card in cards), 1),
        weights={path.name: file_sha256(path) for path in (weights_path(run, fold) for fold in folds)},
    )
    shutil.rmtree(run / "folds")


def _facts(card: dict) -> dict:
    return {key: card[key] for key in ("samples", "best_epoch", "epochs_run", "stopped_early", "seconds")}
