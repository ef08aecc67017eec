"""A stack that was interrupted goes on as one, with the models that are not complete."""

import pytest

from fer_lib.training import cross_validate, schedule, stacked_jobs
from fer_lib.training.fold import FoldJob
from fer_lib.training.resuming import Checkpoint
from fer_lib.training.stacked.stack import Stack
from fer_lib.training.stacked_checkpoint import PATTERN, remove_stacks


@pytest.fixture
def pair(make_experiment, tmp_path):
    """``pair(folder)``: two runs of two folds."""

    def make(folder):
        return [make_experiment(36, model="simple_cnn", folder=tmp_path / folder / name) for name in ("a", "b")]

    return make


@pytest.fixture
def settings(config):
    """``settings(…)``: for each of the two runs, the first of which stops first."""

    def make(engine="stacked", **changes):
        common = {"engine": engine, "checkpoint_seconds": 0, **changes}
        return [config(epochs=epochs, **common) for epochs in (2, 4)]

    return make


@pytest.fixture
def sizes(monkeypatch):
    """Of every stack that is trained."""
    seen, real = [], stacked_jobs.fit_stacked
    monkeypatch.setattr(
        stacked_jobs, "fit_stacked", lambda members, **k: seen.append(len(members)) or real(members, **k)
    )
    return seen


def left_in(experiments):
    return list(experiments[0].folder.parent.glob(PATTERN))


def weights(runs):
    return [run.card["weights"] for run in runs]


def test_models_that_are_complete_are_not_trained_again(pair, settings, interrupted, sizes):
    killed, whole = pair("killed"), pair("whole")
    interrupted(lambda: cross_validate(killed, settings(), workers=1), after=8)
    assert len(left_in(killed)) == 1
    resumed = cross_validate(killed, settings(), workers=1)
    straight = cross_validate(whole, settings(), workers=1)
    assert weights(resumed) == weights(straight)
    assert sizes == [4, 2, 4]
    assert not left_in(killed) and not left_in(whole)
    for one, other in zip(resumed, straight, strict=True):
        assert one.history.drop(columns="seconds").equals(other.history.drop(columns="seconds"))


@pytest.mark.parametrize("device", ["cpu", "accelerator"])
def test_from_an_epoch_that_had_a_model_which_is_complete_by_now(pair, settings, monkeypatch, device):
    """Killed when the first run is on disk. On an accelerator no checkpoint is written because a model stops: the
    others go back into an epoch that had it, are without it there, and end in the same way up to rounding."""
    killed, straight = pair("killed"), cross_validate(pair("whole"), settings(), workers=1)
    stored, store = [], FoldJob.store

    def store_two(self, *arguments, **named):
        store(self, *arguments, **named)
        stored.append(self)
        if len(stored) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FoldJob, "store", store_two)
        if device == "accelerator":
            keep, due, steps = Stack._keep_state, Checkpoint.due, []
            patch.setattr(Stack, "_keep_state", lambda self, always=False: keep(self))
            # none after the first step of the epoch in which the first run stops
            patch.setattr(Checkpoint, "due", lambda self: steps.append(1) or (len(steps) < 5 and due(self)))
        with pytest.raises(KeyboardInterrupt):
            cross_validate(killed, settings(), workers=1)
    resumed = cross_validate(killed, settings(), workers=1)
    for one, other in zip(resumed, straight, strict=True):
        assert (one.history["train_loss"] - other.history["train_loss"]).abs().max() < 1e-5
        assert list(one.history["epoch"]) == list(other.history["epoch"])
    assert device != "cpu" or weights(resumed) == weights(straight)


def test_other_parameters_start_anew(pair, settings, interrupted):
    runs = pair("runs")
    interrupted(lambda: cross_validate(runs, settings(), workers=1), after=2)
    with pytest.warns(UserWarning, match="with other data or parameters; it is not used"):
        changed = cross_validate(runs, settings(learning_rate=0.01), workers=1)
    assert weights(changed) == weights(cross_validate(pair("whole"), settings(learning_rate=0.01), workers=1))
    assert not left_in(runs)


def test_more_models_start_anew(pair, settings, interrupted):
    runs, own = pair("runs"), settings()
    interrupted(lambda: cross_validate(runs[:1], own[:1], workers=1), after=2)
    with pytest.warns(UserWarning, match="with other models; it is not used"):
        cross_validate(runs, own, workers=1)
    assert not left_in(runs)


def test_what_is_left_of_a_stack_stays_one_where_the_engine_is_free(pair, settings, interrupted, sizes, monkeypatch):
    """Even a single model, which would be trained alone otherwise."""
    runs = pair("runs")
    monkeypatch.setattr(schedule, "choose_engine", lambda *_: schedule.Choice("stacked", "measured"))
    interrupted(lambda: cross_validate(runs, settings("auto"), workers=1), after=3)
    monkeypatch.setattr(schedule, "choose_engine", lambda *_: schedule.Choice("sequential", "measured"))
    done = cross_validate(runs, settings("auto"), workers=1)
    assert sizes == [4, 4]
    assert done[0].card["engine"] == ["stacked (as before it was interrupted)"]


def test_asked_to_train_them_one_by_one_nothing_is_left(pair, settings, interrupted, sizes):
    runs = pair("runs")
    interrupted(lambda: cross_validate(runs, settings(), workers=1), after=3)
    cross_validate(runs, settings("sequential"), workers=1)
    assert sizes == [4] and not left_in(runs)


def test_only_checkpoints_of_finished_runs_are_removed(pair, settings, interrupted):
    one, other = pair("one"), pair("other")
    for runs in (one, other):
        interrupted(lambda runs=runs: cross_validate(runs, settings(), workers=1), after=2)
    remove_stacks([one[0].folder])
    assert left_in(one)
    remove_stacks([run.folder for run in one])
    assert not left_in(one) and left_in(other)
