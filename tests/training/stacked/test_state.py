"""Rows of a stack: views where they are written to, copies where models leave."""

import torch

from fer_lib.training.stacked.layout import Layout
from fer_lib.training.stacked.state import State

from .conftest import CPU, network


def models(count=3):
    made = [network("smooth", seed, 0.0) for seed in range(count)]
    for i, model in enumerate(made):
        model.norm.running_mean.fill_(i)
        model.norm.num_batches_tracked.fill_(10 + i)
    return made


def state_of(made, dtype=torch.float64):
    return State.of(made, Layout.of(made[0]), CPU, dtype)


def tensors(state):
    return [*state.buffers.values(), *(getattr(state, n) for n in State.__dataclass_fields__ if n != "buffers")]


def test_a_state_begins_with_the_models_and_zeros():
    made = models()
    state = state_of(made)
    assert len(state) == 3 and all(len(tensor) == 3 for tensor in tensors(state))
    assert state.buffers["norm.running_mean"].tolist() == [[0.0] * 4, [1.0] * 4, [2.0] * 4]
    assert state.buffers["norm.running_mean"].dtype == state.parameters.dtype == torch.float64
    assert state.buffers["norm.num_batches_tracked"].dtype == torch.int64
    assert not any(tensor.any() for tensor in (state.average, state.square, state.steps, state.loss_sum, state.correct))


def test_the_models_weights_are_not_shared():
    made = models()
    state = state_of(made, torch.float32)
    before = made[0].fc.weight.clone()
    for tensor in tensors(state):
        tensor.zero_()
    assert torch.equal(made[0].fc.weight, before) and made[2].norm.running_mean.tolist() == [2.0] * 4


def test_writing_to_rows_writes_to_the_stack():
    state = state_of(models())
    part = state.rows(slice(1, 3))
    assert len(part) == 2
    part.copy_(part.map(lambda tensor: torch.full_like(tensor, 7)))
    for tensor in tensors(state):
        assert (tensor[1:] == 7).all() and not (tensor[0] == 7).any()


def test_models_that_are_kept_are_copies_in_the_asked_order():
    state = state_of(models())
    kept = state.keep([2, 0])
    expected = [tensor[[2, 0]].clone() for tensor in tensors(state)]
    state.copy_(state.map(torch.zeros_like))
    assert all(torch.equal(*pair) for pair in zip(tensors(kept), expected, strict=True))
    assert len(state.keep([])) == 0


def test_a_row_is_given_back_to_a_model():
    made = models()
    state = state_of(made)
    other = network("smooth", 9, 0.0)
    state.give(1, Layout.of(other), other)
    theirs = made[1].state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in other.state_dict().items())
