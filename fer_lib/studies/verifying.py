"""Runs trained once more from their cards: the same bits, the same within the stated spread, or not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import sqrt
from pathlib import Path

import pandas as pd

from ..artifacts import file_sha256, read_card, read_table
from ..artifacts.cards import package_versions, revision
from ..artifacts.differences import first_difference, sentence, table_difference
from ..errors import require
from ..evaluation.statistics.intervals import fold_interval, published_half_width
from ..registry import nearest
from ..training import Experiment, TrainConfig
from ..training.device import choose_device, device_name
from ..training.fold import FoldJob
from ..training.fold_files import fold_folder, weights_path
from ..training.schedule import train_jobs
from .profile_runs import _run_names
from .rerunning import config_of, experiment_of

IDENTICAL, WITHIN, DIFFERENT = "identical", "within the stated spread", "different"
#: Tables of a run, and the columns that tell a row; published reports have the first alone.
TABLES = {"history": ("fold", "epoch"), "predictions": ("fold", "split", "sample_id"), "theta": ("fold", "sample_id")}
FACTS = ("samples", "best_epoch", "epochs_run", "stopped_early")


@dataclass(frozen=True)
class Stated:
    """A run as a report states it.

    Attributes:
        asked: parameters of the notebook whose card names the run, {} where none does.
    """

    folder: Path
    card: dict
    asked: dict

    @property
    def name(self) -> str:
        return self.folder.name


@dataclass(frozen=True)
class Verdict:
    """What came of a run that was trained again.

    Attributes:
        word: "identical", "within the stated spread" or "different".
        compared: what was compared: tables, facts of the folds, weights.
        first: the first difference, None where there is none.
        accuracy: mean accuracy in % of the chosen folds: stated, half-width of its 95 % interval, found; None where
            the report has no history of the run, or its data are others.
    """

    run: str
    folds: list[int]
    word: str
    compared: list[str]
    first: str | None = None
    accuracy: tuple[float, float, float] | None = None


def stated_runs(report: Path, names: Sequence[str] = (), seeds: Sequence[int] = ()) -> list[Stated]:
    """The runs of a report, of a notebook's folder in it, or the run whose folder or card is given.

    Args:
        names: only runs called so; ``*`` stands for anything.
        seeds: only runs of these seeds.

    Raises:
        InputError: nothing of that kind is there, or no run is left.
    """
    report = Path(report)
    folder = report.parent if report.name == "card.json" else report
    card = read_card(folder)
    if (folder / "runs").is_dir():
        folders = sorted(path.parent for path in (folder / "runs").glob("*/card.json"))
    elif card is not None and "runs" in card:
        folders = [folder.parent / "runs" / name for name in _run_names(card["runs"])]
    else:
        require(card is not None, f"{report}: no report and no run, expected a folder with runs/ or a run's card.json")
        folders = [folder]
    runs = [Stated(path, card, _asked(path)) for path in folders if (card := read_card(path)) is not None]
    for name in names:
        known = [run.name for run in runs]
        require(
            any(fnmatchcase(one, name) for one in known),
            f"{report}: no run {name!r} among its {len(known)}{nearest(name, known)}",
        )
    if names:
        runs = [run for run in runs if any(fnmatchcase(run.name, name) for name in names)]
    if seeds:
        found = sorted({_seed(run) for run in runs} - {None})
        runs = [run for run in runs if _seed(run) in seeds]
        require(bool(runs), f"{report}: no run of seed {', '.join(map(str, seeds))} (has {', '.join(map(str, found))})")
    require(bool(runs), f"{report}: no complete run, expected runs/<run>/card.json")
    return runs


def _seed(run: Stated) -> int | None:
    return run.card["parameters"].get("training", {}).get("seed")


def _asked(run: Path) -> dict:
    """Parameters of the notebook that names the run in its card."""
    for path in sorted(run.parents[1].glob("[0-9]*/card.json")):
        card = read_card(path.parent)
        if run.name in _run_names(card.get("runs", {})):
            return card["parameters"]
    return {}


@dataclass(frozen=True)
class Rerun:
    """A stated run, and what it takes to train it again."""

    stated: Stated
    experiment: Experiment
    config: TrainConfig

    def data_difference(self) -> str | None:
        """None where the data that are here are those of the card."""
        stated, found = self.stated.card["parameters"], self.experiment
        return first_difference(
            {"classes": stated["classes"], "data": stated["content"]},
            {"classes": list(found.classes), "data": found.content},
        )

    def circumstances(self) -> list[str]:
        """What is otherwise than when the run was trained, and need not change its result: a line each."""
        card, now = self.stated.card, revision()
        found = []
        if card["revision"] != now["revision"] or card["dirty"] or now["dirty"]:
            found.append(sentence("revision", _code(card), _code(now)))
        here = package_versions()
        found += [
            sentence(package, version, here.get(package, "none"))
            for package, version in card["packages"].items()
            if here.get(package) != version
        ]
        device = device_name(choose_device(self.config.device))
        if card["device"] != [device]:
            found.append(sentence("device", ", ".join(card["device"]), device))
        return found


def _code(card: dict) -> str:
    return str(card["revision"])[:10] + (" with local changes" if card["dirty"] else "")


def plan(stated: Stated, out: Path, data_dir: Path, device: str = "auto") -> Rerun:
    """Read the run's data again and find the configuration in its card.

    Args:
        out: the run is trained in ``out/<run>``.
        device: see :func:`~fer_lib.studies.rerunning.config_of`.

    Raises:
        InputError: ``out/<run>`` is a finished run, such as the stated one; a run that cannot be made from its card;
            data that are not here.
    """
    folder = Path(out) / stated.name
    require(read_card(folder) is None, f"{folder}: holds a finished run; name another folder to verify it in")
    experiment = experiment_of(stated.name, stated.card, folder, Path(data_dir), stated.asked)
    return Rerun(stated, experiment, config_of(stated.name, stated.card, device))


def verify(rerun: Rerun, folds: Sequence[int] = ()) -> Verdict:
    """Train the run again and compare it with its card and with the tables that lie beside that.

    Folds that are complete in the experiment's folder are not trained again.

    Args:
        folds: only these; all by default. Where folds go on from each other (``seed_mode="once"``), those before are
            trained, too.

    Raises:
        InputError: a fold that the run does not have.
    """
    stated, experiment, config = rerun.stated, rerun.experiment, rerun.config
    facts = {fold["fold"]: fold for fold in stated.card["folds"]}
    for fold in folds:
        require(fold in facts, f"{stated.name}: no fold {fold} (has {', '.join(map(str, facts))})")
    chosen = sorted(folds or facts)
    if first := rerun.data_difference():
        return Verdict(stated.name, chosen, DIFFERENT, ["data"], first)
    before = [fold for fold in experiment.fold_ids if fold <= max(chosen)]
    trained = before if config.seed_mode == "once" else chosen
    train_jobs([FoldJob(experiment, config, fold) for fold in trained])
    tables = {name: read_table(path) for name in TABLES if (path := stated.folder / f"{name}.parquet").is_file()}
    first = next(_differences(stated, tables, experiment.folder, chosen), None)
    compared = [*tables, "folds", "weights"]
    accuracy = _accuracy(stated, tables["history"], experiment.folder, chosen) if "history" in tables else None
    word = IDENTICAL
    if first:
        word = WITHIN if accuracy and abs(accuracy[2] - accuracy[0]) <= accuracy[1] else DIFFERENT
    return Verdict(stated.name, chosen, word, compared, first, accuracy)


def _differences(stated: Stated, tables: dict[str, pd.DataFrame], run: Path, folds: list[int]) -> Iterator[str]:
    for name, table in tables.items():
        found = pd.concat([read_table(fold_folder(run, fold) / f"{name}.parquet") for fold in folds])
        said = table_difference(name, table[table["fold"].isin(folds)], found, TABLES[name], ignored=("seconds",))
        if said:
            yield said
    for fold in folds:
        facts = next(entry for entry in stated.card["folds"] if entry["fold"] == fold)
        found = read_card(fold_folder(run, fold))
        if said := first_difference(*({key: card[key] for key in FACTS} for card in (facts, found)), f"fold {fold}"):
            yield said
        path = weights_path(run, fold)
        if said := first_difference(
            stated.card["weights"].get(path.name), file_sha256(path), f"weights, {path.name}, SHA-256"
        ):
            yield said


def _accuracy(stated: Stated, history: pd.DataFrame, run: Path, folds: list[int]) -> tuple[float, float, float]:
    """Mean over `folds` in %: stated, half of the 95 % interval that its folds state, found.

    The interval is Student's over all folds of the stated run, for a mean of as many folds as are chosen; with a
    single fold it is the binomial one of its images.
    """
    cards = {entry["fold"]: entry for entry in stated.card["folds"]}
    every = [_fold_accuracy(history, card) for card in cards.values()]
    mine = [_fold_accuracy(history, cards[fold]) for fold in folds]
    found = []
    for fold in folds:
        folder = fold_folder(run, fold)
        found.append(_fold_accuracy(read_table(folder / "history.parquet"), {"fold": fold, **read_card(folder)}))
    mean = sum(mine) / len(mine)
    if len(every) > 1:
        half = fold_interval(every).half_width * sqrt(len(every) / len(folds))
    else:
        half = published_half_width(mean, cards[folds[0]]["samples"]["test"])
    return mean, half, sum(found) / len(found)


def _fold_accuracy(history: pd.DataFrame, card: dict) -> float:
    """Of the images that the fold tests, in the epoch that was kept; under the reference protocol they select."""
    row = history[(history["fold"] == card["fold"]) & (history["epoch"] == card["best_epoch"])].iloc[0]
    return 100 * float(row["watch_accuracy"] if "watch_accuracy" in history else row["select_accuracy"])
