"""A stack against its slow twin, :func:`fer_lib.training.fit` called once per model."""

import warnings
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from fer_lib.errors import InputError
from fer_lib.training.stacked import fit_stacked
from fer_lib.training.stacked.program import Program

from .conftest import alone, decisions, differences, history_difference, same_bits, together

EXACT = 1e-10


def assert_equal(found, expected, tolerance=EXACT):
    for stacked, single in zip(found, expected, strict=True):
        assert decisions(stacked) == decisions(single)
        assert history_difference(stacked, single) < tolerance
        wrong = {key: value for key, value in differences(stacked, single).items() if not value < tolerance}
        assert not wrong


@pytest.fixture
def scarce(monkeypatch):
    """``scarce("step", most=2)``: the program runs out of memory for more than `most` models at once."""

    def patch(method, most, error=None):
        real, calls = getattr(Program, method), []

        def run(self, state, *inputs):
            calls.append(len(state))
            if len(state) > most:
                raise error or torch.OutOfMemoryError
            return real(self, state, *inputs)

        monkeypatch.setattr(Program, method, run)
        return calls

    return patch


# the same weights as one after another


@pytest.mark.parametrize(
    "switches",
    [
        {"dropout": 0.0},
        {},
        {"dropout_eval": True, "monitor": "macro_f1", "localization_lr_factor": 0.1},
        {"class_weighted": False, "learning_rate": 3e-3, "epochs": 2},
        {"penalty": 0.02, "keep": "last"},
        {"penalty": 0.05, "penalty_bias": True, "weight_decay": 0.1},
        {"plateau_factor": 0.3, "plateau_patience": 1, "learning_rate": 5e-3, "epochs": 5, "patience": 4},
        {"augmentation": "flip"},
        {"augmentation": "affine", "dropout_eval": True},
    ],
    ids=str,
)
def test_two_variants_of_three_folds_equal_their_sequential_twins(two_by_three, switches):
    members = two_by_three(**switches)
    expected = [alone(member) for member in members]
    assert_equal(together(members), expected)
    assert max(row["select_loss"] for t in expected for row in t.result.history) < 5  # nothing diverged


def test_the_comparison_above_covers_early_stopping(two_by_three):
    """Some stop early, at different epochs, some do not; the best epochs differ."""
    found = [decisions(trained) for trained in together(two_by_three(learning_rate=0.01, epochs=6))]
    expected = [decisions(alone(member)) for member in two_by_three(learning_rate=0.01, epochs=6)]
    assert found == expected
    assert {stopped for *_, stopped, _ in found} == {True, False}
    assert len({epochs for epochs, *_ in found}) >= 3 and len({best for _, best, *_ in found}) >= 3


def gradients(trained, member) -> dict[str, float]:
    """Largest gradient of every parameter on one batch of the member's own, in training mode."""
    model = trained.model.train()
    inputs, labels = member.batches[torch.as_tensor(member.train[:16])]
    model.zero_grad()
    F.cross_entropy(model(*inputs), labels).backward()
    return {name: value.grad.abs().max().item() for name, value in model.named_parameters()}


@pytest.mark.parametrize("name", ["guided_stn", "simple_cnn", "deep_emotion_port"])
def test_the_studys_networks_agree_but_for_a_bias_that_does_nothing(two_by_three, name):
    """conv4.bias stands before batch norm, which takes it away: its gradient is rounding noise, and Adam
    divides noise by its own size. The running mean follows it. Likewise a bias of conv3 whose channel is
    positive everywhere: it moves all of conv4's channels evenly."""
    members = [replace(m, train=m.train[: 20 + 3 * i], watch=None) for i, m in enumerate(two_by_three(name, epochs=2))]
    prefix = "" if name == "simple_cnn" else "classifier."
    idle = {f"{prefix}{name}" for name in ("conv3.bias", "conv4.bias", "norm.running_mean")}
    expected = [alone(member) for member in members]
    for member, stacked, single in zip(members, together(members), expected, strict=True):
        assert decisions(stacked) == decisions(single)
        assert history_difference(stacked, single) < 1e-6
        found = differences(stacked, single)
        assert max(found[key] for key in found.keys() - idle) < EXACT
        assert max(found[key] for key in idle) < 1e-6
        noise = gradients(single, member)
        assert (
            noise[f"{prefix}conv4.bias"]
            < 1e-12
            < min(noise[f"{prefix}{used}"] for used in ("conv3.weight", "conv4.weight", "norm.weight", "fc2.bias"))
        )


def test_deep_emotion_equals_its_sequential_twin(two_by_three):
    """It has no batch norm, so nothing is idle."""
    members = [
        replace(m, train=m.train[: 20 + 3 * i]) for i, m in enumerate(two_by_three("deep_emotion", epochs=2)[:3])
    ]
    assert_equal(together(members), [alone(member) for member in members])


def test_float32_stays_within_its_tolerance(two_by_three):
    """After 12 steps of 1e-4 weights differ by 3e-7 and losses by 8e-6 (measured), here bounded by 1e-5 and 1e-4.

    Longer steps go further astray in either engine: Adam's first step is as long for a gradient of
    1e-7 as for one of 1, and so is its error.
    """
    members = two_by_three(precision="fp32", learning_rate=1e-4)
    for stacked, single in zip(together(members), [alone(member) for member in members], strict=True):
        rows = zip(stacked.result.history, single.result.history, strict=True)
        for mine, theirs in rows:
            losses = [key for key in mine if key.endswith("loss")]
            assert [mine[key] for key in losses] == pytest.approx([theirs[key] for key in losses], abs=1e-4)
        assert decisions(stacked) == decisions(single)
        assert max(differences(stacked, single).values()) < 1e-5


def test_bfloat16_learns(two_by_three):
    members = two_by_three("guided_stn", precision="bf16", epochs=4, dropout=0.0, learning_rate=5e-3)
    members = [replace(member, train=member.train[:48], watch=None) for member in (members[0], members[3])]
    for trained in together(members):
        losses = [row["train_loss"] for row in trained.result.history]
        assert min(losses) < 0.9 * losses[0]
        assert all(value.dtype != torch.bfloat16 for value in trained.model.state_dict().values())


def test_nothing_warns(two_by_three):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        together(two_by_three(epochs=1))


# nobody disturbs the others


def test_a_result_depends_on_nobody_else_in_the_stack(two_by_three):
    members = two_by_three()
    whole = together(members)
    assert_equal(together(members[2:4]), whole[2:4])
    assert_equal(together(members[5:]), whole[5:])


def test_a_result_does_not_depend_on_the_order(two_by_three):
    members, order = two_by_three(), [4, 0, 5, 2, 1, 3]
    whole = together(members)
    assert_equal(together([members[i] for i in order]), [whole[i] for i in order])


@pytest.mark.parametrize("group", [1, 2, 4])
def test_a_result_does_not_depend_on_the_size_of_groups(two_by_three, group):
    members = two_by_three(dropout_eval=True)
    assert_equal(together(members, group=group), together(members))


def test_the_same_call_gives_the_same_bits(two_by_three):
    members = two_by_three(precision="fp32")
    first = together(members)
    torch.manual_seed(99)  # the global generator has no say
    assert all(same_bits(one, other) for one, other in zip(first, together(members), strict=True))


def test_another_seed_gives_other_weights(two_by_three):
    members = two_by_three(epochs=1)
    other = [replace(members[0], seed=7), *members[1:]]
    found = [max(differences(*pair).values()) for pair in zip(together(members), together(other), strict=True)]
    assert found[0] > 1e-5 > EXACT > max(found[1:])


def test_the_global_generator_is_left_alone(two_by_three):
    members = two_by_three(epochs=1, dropout_eval=True)
    state = torch.get_rng_state()
    together(members)
    assert torch.equal(torch.get_rng_state(), state)


# ragged stacks


def test_members_of_all_sizes(two_by_three):
    """Batches of 16: fewer than one, a single image left over, two left over after one batch and after two,
    whole batches alone, nine left over."""
    members = two_by_three(epochs=3)
    sizes = (10, 17, 18, 34, 48, 57)
    members = [replace(member, train=member.train[:size]) for member, size in zip(members, sizes, strict=True)]
    assert all((member.batches.labels[member.train].bincount(minlength=3) > 0).all() for member in members)
    assert_equal(together(members), [alone(member) for member in members])


def test_members_with_rules_of_their_own(two_by_three):
    members = two_by_three(dropout_eval=True)
    members[0].watch = None
    members[3].select = None
    members[2].select, members[2].watch = None, None
    members[1].config = replace(members[1].config, keep="last")
    members[4].config = replace(members[4].config, epochs=1, patience=7, protocol="reference", seed=5)
    members[5].config = replace(members[5].config, epochs=6, patience=1)
    expected = [alone(member) for member in members]
    assert_equal(together(members), expected)
    assert len(expected[4].result.history) == 1
    best = replace(members[1].config, keep="best")
    assert expected[1].result.best_epoch == 3 > alone(replace(members[1], config=best)).result.best_epoch
    assert "watch_loss" not in expected[0].result.history[0] and "select_loss" not in expected[3].result.history[0]


def test_a_part_longer_than_an_evaluation_batch(two_by_three, monkeypatch):
    monkeypatch.setattr("fer_lib.training.loop.EVALUATION_BATCH", 5)
    monkeypatch.setattr("fer_lib.training.stacked.stack.EVALUATION_BATCH", 5)
    members = two_by_three(epochs=2, dropout_eval=True)
    assert_equal(together(members), [alone(member) for member in members])


def test_a_stack_of_one_and_of_none(two_by_three):
    member = two_by_three(epochs=1)[3]
    assert_equal(together([member]), [alone(member)])
    assert fit_stacked([]) == []


def test_frozen_parameters_stay(two_by_three):
    members = two_by_three(epochs=2)
    for member in members:
        member.model.conv1.weight.requires_grad_(False)
    before = members[1].model.conv1.weight.double()
    found = together(members)
    assert_equal(found, [alone(member) for member in members])
    assert torch.equal(found[1].model.conv1.weight, before)


# what is told, and who has left


def test_rows_are_told_as_they_happen_and_a_stopped_model_leaves_at_once(two_by_three):
    members, told = two_by_three(learning_rate=0.01, epochs=6), []
    results = fit_stacked(
        members,
        on_epoch=lambda position, row: told.append((position, row["epoch"])),
        on_finish=lambda position, result: told.append((position, "end")),
    )
    for position, result in enumerate(results):
        assert [what for who, what in told if who == position] == [row["epoch"] for row in result.history] + ["end"]
    first = min(results, key=lambda result: len(result.history))
    end = told.index((results.index(first), "end"))
    assert all(epoch == "end" or epoch <= len(first.history) for _, epoch in told[:end])  # not kept until the end
    assert any(epoch != "end" and epoch > len(first.history) for _, epoch in told[end:])
    assert all(row["seconds"] > 0 for result in results for row in result.history)


def test_a_model_holds_its_best_weights_when_it_is_told_to_be_finished(two_by_three):
    members, at_end = two_by_three(learning_rate=0.01, epochs=6), {}
    expected = [alone(member) for member in members]

    def finish(position, result):
        at_end[position] = {key: value.clone() for key, value in members[position].model.state_dict().items()}

    fit_stacked(members, on_finish=finish)
    for position, single in enumerate(expected):
        weights = single.model.state_dict()
        assert all((value - weights[key]).abs().max() < EXACT for key, value in at_end[position].items())


def test_a_stopped_model_costs_nothing_more(two_by_three, scarce):
    """Models × steps that the program computes = those that the histories tell."""
    members = two_by_three(learning_rate=0.01, epochs=6)
    calls = scarce("step", most=6)
    found = together(members)
    steps = [-(-member.images_per_epoch // member.config.batch_size) for member in members]
    epochs = [len(trained.result.history) for trained in found]
    assert sum(calls) == sum(e * s for e, s in zip(epochs, steps, strict=True)) < 6 * sum(steps)
    assert max(calls) == 6  # and they are computed together


# memory


@pytest.mark.parametrize("method", ["step", "logits"])
@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["accelerator", "cpu"],
)
def test_when_memory_runs_out_smaller_groups_go_on(two_by_three, scarce, method, error):
    members = two_by_three(epochs=2, dropout_eval=True)
    expected = together(members)
    calls = scarce(method, most=2, error=error)
    with pytest.warns(UserWarning) as told:
        assert_equal(together(members), expected)
    assert [str(warning.message) for warning in told] == [
        "memory ran out with 6 models at once; going on with 3 at a time",
        "memory ran out with 3 models at once; going on with 1 at a time",
    ]
    assert calls[:4] == [6, 3, 1, 1]
    assert max(calls[2:]) == 1  # never tried again


def test_a_step_that_breaks_off_halfway_has_changed_nothing(two_by_three, monkeypatch):
    """Memory runs out in Adam, after losses, gradients, statistics of batch norm and masks."""
    members = two_by_three(epochs=2)
    expected = together(members, group=2)
    real = Program.step.__globals__["adam"]

    def greedy(gradient, *rest):
        if len(gradient) > 3:
            raise torch.OutOfMemoryError
        return real(gradient, *rest)

    monkeypatch.setitem(Program.step.__globals__, "adam", greedy)
    with pytest.warns(UserWarning, match="going on with 3 at a time"):
        assert_equal(together(members), expected)


def test_a_single_model_that_does_not_fit_is_an_error(two_by_three, scarce):
    scarce("step", most=0)
    with pytest.raises(torch.OutOfMemoryError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        together(two_by_three(epochs=1))


def test_another_error_is_not_taken_for_a_lack_of_memory(two_by_three, scarce):
    calls = scarce("step", most=2, error=RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        together(two_by_three(epochs=1))
    assert calls == [6]


def test_a_class_without_training_sample_is_told(two_by_three):
    members = two_by_three()
    members[1].train = members[1].train[members[1].batches.labels[members[1].train].numpy() != 2]
    with pytest.raises(InputError, match="class 2 has no training sample"):
        fit_stacked(members)
    assert members[0].model.fc.weight.isfinite().all()
