"""Runs trained together keep the contract of runs trained one by one."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import is_complete, read_card
from fer_lib.errors import InputError
from fer_lib.training import cross_validate, engine, stacked_jobs
from fer_lib.training import fold as fold_module
from fer_lib.training.checkpoints import read_weights
from fer_lib.training.fold import FoldJob
from fer_lib.training.fold_files import fold_folder, fold_parameters, weights_path
from fer_lib.training.stacked_jobs import members_of, train_jobs_stacked

from .conftest import bars

#: They stand before batch norm, or follow what does: see stacked/test_fit.py.
IDLE = ("conv3.bias", "conv4.bias", "norm.running_mean")


@pytest.fixture
def small(make_experiment, tmp_path):
    """``small(name, …)``: 48 bars in two folds, in a folder of its own."""

    def make(name, **fields):
        return make_experiment(48, **{"folder": tmp_path / name, **fields})

    return make


@pytest.fixture
def exact(config):
    """``exact(engine, …)``: float64, so that both engines agree."""

    def make(engine, **changes):
        return config(**{"precision": "fp64", "engine": engine, **changes})

    return make


@pytest.fixture
def stacks(monkeypatch):
    """Seeds of the models in every stack that is trained."""
    seen, real = [], stacked_jobs.fit_stacked
    monkeypatch.setattr(
        stacked_jobs, "fit_stacked", lambda members, **k: seen.append([m.seed for m in members]) or real(members, **k)
    )
    return seen


@pytest.fixture
def second_fold_fails(monkeypatch):
    """A power cut when the second fold of all is to be stored."""
    stored, real = [], fold_module.store_fold

    def store(experiment, config, fold, *rest, **named):
        stored.append(fold)
        if len(stored) == 2:
            raise RuntimeError("power cut")
        real(experiment, config, fold, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(fold_module, "store_fold", store)
        yield patch


def files_of(folder):
    return {str(p.relative_to(folder)).split(".tfevents")[0] for p in folder.rglob("*") if p.is_file()}


def assert_same_run(one, other):
    """Tables, weights and card, but for times and the engine."""
    assert files_of(one.folder) == files_of(other.folder)
    for name in ("history", "predictions", "theta"):
        tables = [getattr(run, name).drop(columns="seconds", errors="ignore") for run in (one, other)]
        pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in tables), rtol=0, atol=1e-6)
    for path in sorted((one.folder / "weights").iterdir()):
        mine, theirs = read_weights(path), read_weights(other.folder / "weights" / path.name)
        assert mine.keys() == theirs.keys()
        for key, value in mine.items():
            assert (value.double() - theirs[key].double()).abs().max() < (1e-6 if key.endswith(IDLE) else 1e-10), key
    cards = [{**run.card, "folds": [{**fold, "seconds": 0} for fold in run.card["folds"]]} for run in (one, other)]
    differing = {key for key in cards[0] if cards[0][key] != cards[1][key]}
    assert cards[0].keys() == cards[1].keys()
    assert differing <= {"engine", "seconds", "weights", "parameters", "created", "written", "time", "wall_time"}, (
        differing
    )
    assert one.card["parameters"]["training"] == other.card["parameters"]["training"]


@pytest.mark.parametrize("protocol", ["honest", "reference"])
def test_a_stacked_run_is_a_sequential_run(small, exact, protocol):
    runs = [
        cross_validate([small(engine)], exact(engine, protocol=protocol, dropout_eval=True), workers=1)[0]
        for engine in ("stacked", "sequential")
    ]
    assert_same_run(*runs)
    assert [run.card["engine"] for run in runs] == [["stacked (as asked)"], ["sequential (as asked)"]]


def test_variants_and_seeds_are_trained_in_one_stack(small, exact, stacks):
    """Guided, unguided, with images of its own, with another seed and budget; another network beside them."""
    plan = {
        "guided": ({}, {}),
        "unguided": ({"guidance": None}, {}),
        "own images": ({"images": bars(np.arange(48) % 3, seed=5)}, {"protocol": "reference"}),
        "other seed": ({}, {"seed": 7, "epochs": 3, "patience": 1}),
        "other network": ({"model": "simple_cnn"}, {}),
    }
    runs = {}
    for engine_name in ("stacked", "sequential"):
        experiments = [small(f"{engine_name} {name}", **fields) for name, (fields, _) in plan.items()]
        configs = [exact(engine_name, **changes) for _, changes in plan.values()]
        runs[engine_name] = cross_validate(experiments, configs, workers=1)
    for one, other in zip(*runs.values(), strict=True):
        assert_same_run(one, other)
    assert [run.card["seeds"] for run in runs["stacked"]] == [[2020, 2021]] * 3 + [[7, 8], [2020, 2021]]
    assert stacks == [[2020, 2021] * 3 + [7, 8], [2020, 2021]]
    weights = [read_weights(weights_path(run.folder, 0))["classifier.fc2.weight"] for run in runs["stacked"][:4]]
    assert len({tuple(each.flatten().tolist()) for each in weights}) == 4


def test_a_finished_run_is_not_trained_again_by_the_other_engine(small, config, stacks):
    experiment = small("run", model="simple_cnn")
    (first,) = cross_validate([experiment], config(engine="stacked", epochs=1), workers=1)
    (second,) = cross_validate([experiment], config(engine="sequential", epochs=1), workers=1)
    assert first.card == second.card and len(stacks) == 1


def test_a_broken_stack_goes_on_where_it_broke(small, exact, stacks, second_fold_fails):
    broken, whole = small("broken", model="simple_cnn"), small("whole", model="simple_cnn")
    settings = exact("stacked")
    with pytest.raises(RuntimeError, match="power cut"):
        cross_validate([broken], settings, workers=1)
    done = [k for k in (0, 1) if is_complete(fold_folder(broken.folder, k), fold_parameters(broken, settings, k))]
    assert len(done) == 1 and read_card(broken.folder) is None
    assert read_card(fold_folder(broken.folder, 1 - done[0])) is None
    kept = weights_path(broken.folder, done[0]).stat().st_mtime_ns

    second_fold_fails.undo()
    resumed, straight = cross_validate([broken], settings, workers=1) + cross_validate([whole], settings, workers=1)
    assert weights_path(broken.folder, done[0]).stat().st_mtime_ns == kept
    assert stacks == [[2020, 2021], [2020 + 1 - done[0]], [2020, 2021]]
    assert_same_run(resumed, straight)


def test_a_model_that_stops_first_is_on_disk_while_the_others_train(small, config, monkeypatch):
    """Killed in the second epoch: the run of one epoch is there with all its folds, the longer one is not."""
    short, long = small("short", model="simple_cnn"), small("long", model="simple_cnn")
    configs = [config(engine="stacked", epochs=epochs) for epochs in (1, 3)]
    real = stacked_jobs.fit_stacked

    def fit_until_killed(members, *, on_epoch, **rest):
        def killed(position, row):
            if row["epoch"] == 2:
                raise KeyboardInterrupt
            on_epoch(position, row)

        return real(members, on_epoch=killed, **rest)

    monkeypatch.setattr(stacked_jobs, "fit_stacked", fit_until_killed)
    with pytest.raises(KeyboardInterrupt):
        cross_validate([short, long], configs, workers=1)
    for fold in (0, 1):
        assert is_complete(fold_folder(short.folder, fold), fold_parameters(short, configs[0], fold))
        assert read_card(fold_folder(long.folder, fold)) is None
    assert read_card(short.folder) is None  # the run's own card comes last of all


def test_an_old_fold_is_cleared_before_a_stack_trains(small, config, monkeypatch):
    """Its card would vouch for the new tables, were the training interrupted."""
    experiment, old, new = small("run", model="simple_cnn"), config(epochs=1), config(epochs=1, seed=1)
    train_jobs_stacked([FoldJob(experiment, old, fold) for fold in (0, 1)], lambda epochs: None)
    assert read_card(fold_folder(experiment.folder, 1)) is not None

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(stacked_jobs, "fit_stacked", killed)
    with pytest.raises(KeyboardInterrupt):
        train_jobs_stacked([FoldJob(experiment, new, fold) for fold in (0, 1)], lambda epochs: None)
    assert read_card(fold_folder(experiment.folder, 0)) is None and read_card(fold_folder(experiment.folder, 1)) is None


def test_every_epoch_of_the_budgets_is_told_once(small, config):
    experiment, told = small("run", model="simple_cnn"), []
    jobs = [FoldJob(experiment, config(epochs=5, patience=1, learning_rate=1e-6), fold) for fold in (0, 1)]
    train_jobs_stacked(jobs, told.append)
    assert sum(told) == 10 and max(told) > 1  # stopped early, the rest told at once


def test_a_stack_begins_with_what_each_fold_alone_begins_with(small, config):
    """The same initial weights, whatever was drawn before, and parts; shared faces lie there once."""
    guided, unguided = small("guided"), small("unguided", guidance=None)
    object.__setattr__(unguided, "images", guided.images)
    settings = config(precision="fp64")
    jobs = [FoldJob(experiment, settings, fold) for experiment in (guided, unguided) for fold in (0, 1)]
    torch.manual_seed(99)
    members = members_of(jobs)
    for job, member in zip(jobs, members, strict=True):
        torch.manual_seed(settings.seed + job.fold)
        expected = job.experiment.build_model().state_dict()
        assert all(torch.equal(value, expected[key]) for key, value in member.model.state_dict().items())
        train, select, test = job.experiment.split(job.fold, settings)
        parts = ((member.train, train), (member.select, select), (member.watch, test))
        assert all(np.array_equal(*pair) for pair in parts)
        assert member.seed == settings.seed + job.fold and member.batches.dtype == torch.float64
    assert len({member.batches.images.data_ptr() for member in members}) == 1
    assert members[0].batches.images.untyped_storage().nbytes() == 2 * 48 * 48 * 48  # faces and maps
    reference = members_of([FoldJob(guided, config(protocol="reference"), 0)])[0]
    assert reference.watch is None and np.array_equal(reference.select, np.flatnonzero(guided.folds == 0))


def test_threads_are_given_back_and_all_are_used(small, config, monkeypatch):
    seen, real = [], stacked_jobs.fit_stacked
    monkeypatch.setattr(
        stacked_jobs, "fit_stacked", lambda *a, **k: seen.append(torch.get_num_threads()) or real(*a, **k)
    )
    cross_validate([small("run", model="simple_cnn")], config(engine="stacked", epochs=1), workers=2)
    assert seen == [2] and torch.get_num_threads() == 1


def test_the_measured_engine_trains_and_the_card_tells_both_times(small, config, monkeypatch, stacks):
    monkeypatch.setattr(engine, "CPU_WORTH_ASKING", 0)
    monkeypatch.setattr(engine, "_sequential_seconds", lambda *_: 1e9)
    (run,) = cross_validate([small("run", model="simple_cnn")], config(epochs=1), workers=1)
    assert len(stacks) == 1
    (told,) = run.card["engine"]
    assert told.startswith("stacked (") and "ms stacked, 1000000000000.0 ms sequential per model and step" in told


def test_folds_seeded_once_cannot_be_stacked_and_nothing_is_written(small, config):
    experiment = small("run", model="simple_cnn")
    with pytest.raises(InputError, match="engine 'stacked' cannot be used"):
        cross_validate([experiment], config(engine="stacked", seed_mode="once"), workers=1)
    assert not experiment.folder.exists()


def test_a_missing_class_keeps_its_sentence(small, config):
    folds = np.where(np.arange(48) % 3 == 2, 0, np.arange(48) % 2)
    experiment = small("run", model="simple_cnn", folds=folds)
    with pytest.raises(InputError, match="^class 2 has no training sample; class weights need one of each$"):
        cross_validate([experiment], config(engine="stacked", epochs=1), workers=1)
    assert read_card(experiment.folder) is None
