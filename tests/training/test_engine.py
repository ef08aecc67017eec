"""Which engine trains: what is never asked, what is measured, and that measuring leaves no trace."""

import numpy as np
import pytest
import torch
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models.registry import MODELS
from fer_lib.training import engine
from fer_lib.training.engine import Choice, choose_engine
from fer_lib.training.fold import FoldJob
from fer_lib.training.loop import Fit

CPU = torch.device("cpu")


@pytest.fixture
def jobs(make_experiment, config):
    """``jobs(folds=3, …)``: the folds of one run of 48 bars; other names go to the configuration."""

    def make(folds=3, model="simple_cnn", **changes):
        experiment = make_experiment(48, folds, model=model, guidance=None)
        return [FoldJob(experiment, config(**{"batch_size": 8, **changes}), fold) for fold in experiment.fold_ids]

    return make


@pytest.fixture
def untimed(monkeypatch):
    """Whoever measures fails."""

    def fail(*_, **__):
        pytest.fail("measured although the answer was known")

    monkeypatch.setattr(engine, "members_of", fail)
    monkeypatch.setattr(engine, "fit_stacked", fail)
    monkeypatch.setattr(engine, "fit", fail)


@pytest.fixture
def worth_asking(monkeypatch):
    monkeypatch.setattr(engine, "CPU_WORTH_ASKING", 0)


@pytest.fixture
def timed(monkeypatch, worth_asking):
    """``timed(stacked, sequential)``: seconds of three steps of a model, each engine's first epoch being slower."""

    def patch(stacked, sequential):
        def together(members, *, on_epoch):
            for seconds in (9.0, stacked):
                for position in range(len(members)):
                    on_epoch(position, {"seconds": seconds})

        def alone(*_, **__):
            return Fit([{"seconds": 9.0}, {"seconds": sequential}], 1, False)

        monkeypatch.setattr(engine, "fit_stacked", together)
        monkeypatch.setattr(engine, "fit", alone)

    return patch


def registered(monkeypatch, forward):
    """A model called "own" with this forward pass."""

    class Own(nn.Module):
        takes_guidance = False

        def __init__(self, num_classes):
            super().__init__()
            self.linear = nn.Linear(48 * 48, num_classes)

        def forward(self, image):
            return forward(self, self.linear(image.flatten(1)))

    monkeypatch.setattr(MODELS, "_builders", {**MODELS._builders, "own": Own})


# what is not measured


def test_folds_that_go_on_from_each_other_are_trained_in_order(jobs, untimed):
    found = choose_engine(jobs(seed_mode="once"), CPU, 2)
    assert found == Choice("sequential", "seeded once, folds depend on each other")


def test_folds_that_go_on_from_each_other_cannot_be_stacked(jobs, untimed):
    with pytest.raises(InputError, match="seed_mode 'once' trains fold after fold, so engine 'stacked' cannot be used"):
        choose_engine(jobs(seed_mode="once", engine="stacked"), CPU, 2)


def test_sequential_is_sequential(jobs, untimed):
    assert str(choose_engine(jobs(engine="sequential"), CPU, 2)) == "sequential (as asked)"


def test_a_single_model_is_trained_alone(jobs, untimed, worth_asking):
    assert choose_engine(jobs()[:1], CPU, 2) == Choice("sequential", "a single model")


def test_a_short_training_on_a_cpu_is_not_delayed_by_asking(jobs, untimed, monkeypatch):
    three = jobs(epochs=5)
    monkeypatch.setattr(engine, "CPU_WORTH_ASKING", 3 * 48 * 5 + 1)
    assert choose_engine(three, CPU, 2) == Choice("sequential", "too little work on a CPU to try both")


def test_a_longer_one_is_asked(jobs, timed, monkeypatch):
    timed(1.0, 2.0)
    monkeypatch.setattr(engine, "CPU_WORTH_ASKING", 3 * 48 * 5)
    assert choose_engine(jobs(epochs=5), CPU, 1).engine == "stacked"


# what is measured


@pytest.mark.parametrize(
    ("stacked", "sequential", "workers", "expected"),
    [(0.3, 0.6, 1, "stacked"), (0.6, 0.3, 1, "sequential"), (0.3, 0.6, 3, "sequential"), (0.3, 0.75, 2, "stacked")],
)
def test_the_faster_engine_per_model_is_taken(jobs, timed, stacked, sequential, workers, expected):
    timed(stacked, sequential)
    found = choose_engine(jobs(), CPU, workers)
    assert found.engine == expected
    each = f"{1000 * stacked:.1f} ms stacked, {1000 * sequential / workers:.1f} ms sequential"
    assert found.reason == f"{each} per model and step"


def test_more_workers_than_models_do_not_help(jobs, timed):
    timed(0.3, 0.75)
    assert choose_engine(jobs(folds=2), CPU, 64).engine == "stacked"  # 0.375 on two of them


def test_stacked_is_stacked_however_slow(jobs, timed):
    timed(5.0, 0.1)
    assert str(choose_engine(jobs(engine="stacked"), CPU, 2)) == "stacked (as asked)"


def test_a_real_measurement_tells_two_times(jobs, worth_asking):
    found = choose_engine(jobs(), CPU, 1)
    assert found.engine in ("stacked", "sequential")
    words = found.reason.split()
    assert words[1::3][:1] == ["ms"] and float(words[0]) > 0 and float(words[3]) > 0


def test_measuring_takes_the_threads_that_would_train(jobs, timed, monkeypatch):
    timed(1.0, 1.0)
    seen, together, alone = [], engine.fit_stacked, engine.fit
    monkeypatch.setattr(
        engine, "fit_stacked", lambda *a, **k: seen.append(torch.get_num_threads()) or together(*a, **k)
    )
    monkeypatch.setattr(engine, "fit", lambda *a, **k: seen.append(torch.get_num_threads()) or alone(*a, **k))
    choose_engine(jobs(), CPU, 2)
    assert seen == [2, 1] and torch.get_num_threads() == 1


def test_measuring_disturbs_neither_draws_nor_files(jobs, worth_asking, tmp_path):
    three = jobs()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    choose_engine(three, CPU, 1)
    assert torch.equal(torch.get_rng_state(), state)
    assert list(tmp_path.rglob("*")) == []


def test_training_parts_smaller_than_a_batch_can_be_stacked(jobs):
    """Of unequal sizes: 26 to 30 images and batches of 128."""
    folds = jobs(folds=np.repeat([0, 1, 2], [14, 16, 18]), batch_size=128, engine="stacked")
    assert len({len(job.parts()[0]) for job in folds}) > 1
    assert choose_engine(folds, CPU, 1).engine == "stacked"


def test_a_class_that_the_few_steps_do_not_see_does_not_matter(jobs):
    three = jobs(engine="stacked", batch_size=4)
    experiment = three[0].experiment  # that of all three
    order = np.argsort(experiment.labels, kind="stable")  # all of class 0 first
    object.__setattr__(experiment, "labels", experiment.labels[order])
    assert choose_engine(three, CPU, 1).engine == "stacked"


# models that cannot be batched


def branch(model, logits):
    return logits if logits.sum() > 0 else 2 * logits


def noise(model, logits):
    return logits + torch.rand_like(logits)


@pytest.mark.parametrize(("forward", "reason"), [(branch, "data-dependent control flow"), (noise, "random")])
def test_a_model_that_cannot_be_batched_is_trained_alone_and_why(jobs, worth_asking, monkeypatch, forward, reason):
    registered(monkeypatch, forward)
    found = choose_engine(jobs(model="own"), CPU, 1)
    assert found.engine == "sequential"
    assert found.reason.startswith("own cannot be batched over models: ") and reason in found.reason
    assert "\n" not in found.reason


def test_a_model_that_cannot_be_batched_cannot_be_asked_to_be(jobs, monkeypatch):
    registered(monkeypatch, branch)
    with pytest.raises(InputError, match="^engine 'stacked': own cannot be batched over models: [^\n]+$"):
        choose_engine(jobs(model="own", engine="stacked"), CPU, 1)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("no room"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_a_lack_of_memory_is_not_taken_for_a_model_that_cannot_be_batched(jobs, worth_asking, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(engine, "fit_stacked", fail)
    with pytest.raises(type(error), match=str(error)):
        choose_engine(jobs(), CPU, 1)
