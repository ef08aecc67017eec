"""One step and one scoring of a stack against autograd, model by model."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.training import TrainConfig
from fer_lib.training.batches import normalise
from fer_lib.training.optimizer import make_optimizer
from fer_lib.training.stacked.program import Program
from fer_lib.training.stacked.state import State

from .conftest import CPU, network

M, B = 3, 6
#: Dropout of probability 0.
NO_MASKS = {"channels.mask": torch.ones(M, 1, 1, 1, 1), "dropout.mask": torch.ones(M, 1, 1, 1, 1)}


@pytest.fixture
def scene(config):
    """``scene(dtype, precision)``: a program, its state, the models, rows and labels of a batch."""

    def make(dtype=torch.float64, precision=torch.float64, dropout=0.0, weighted=True):
        models = [network("smooth", seed, dropout) for seed in range(M)]
        random = torch.Generator().manual_seed(0)
        rows = torch.randint(0, 256, (20, 48, 48), generator=random).to(torch.uint8)
        program = Program(models[0], rows, True, config(), dtype=dtype, precision=precision)
        state = State.of(models, program.layout, CPU, dtype)
        index = torch.randint(0, 20, (2, B, M), generator=random)
        labels = torch.randint(0, 3, (B, M), generator=random)
        weight = torch.rand(M, 3, generator=random).to(dtype) + 0.5 if weighted else None
        return program, state, models, index, labels, weight

    return make


@pytest.mark.parametrize("weighted", [True, False])
def test_two_steps_equal_autograd_and_torchs_adam(scene, config, weighted):
    program, state, models, index, labels, weight = scene(weighted=weighted)
    losses, right = torch.zeros(M, dtype=torch.float64), torch.zeros(M, dtype=torch.int64)
    for shift in (0, 5):  # the second step has other images and other moments
        program.step(state, (index + shift) % 20, labels, weight, NO_MASKS)
    for m, model in enumerate(models):
        model = model.double().train()
        optimizer = make_optimizer(model, config(), CPU)
        for shift in (0, 5):
            inputs = [normalise(program.rows[rows], torch.float64) for rows in (index[:, :, m] + shift) % 20]
            logits = model(*inputs)
            loss = F.cross_entropy(logits, labels[:, m], None if weight is None else weight[m])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[m] += loss.detach() * B
            right[m] += (logits.argmax(1) == labels[:, m]).sum()
        found = program.layout.unpack(state.parameters[m]) | {k: v[m] for k, v in state.buffers.items()}
        assert all((found[key] - value).abs().max() < 1e-12 for key, value in model.state_dict().items())
    assert (state.loss_sum - losses).abs().max() < 1e-12 and torch.equal(state.correct, right)
    assert state.steps.tolist() == [2.0] * M


def test_a_step_of_some_models_leaves_the_others(scene):
    program, state, _, index, labels, weight = scene()
    before = state.map(torch.clone)
    program.step(
        state.rows(slice(1, 2)), index[:, :, 1:2], labels[:, 1:2], weight[1:2], {k: v[1:2] for k, v in NO_MASKS.items()}
    )
    for position, same in enumerate((True, False, True)):
        assert torch.equal(state.parameters[position], before.parameters[position]) is same
        assert (
            torch.equal(state.buffers["norm.running_mean"][position], before.buffers["norm.running_mean"][position])
            is same
        )


def test_scoring_equals_evaluation_mode_and_changes_nothing(scene):
    program, state, models, index, _, _ = scene(dropout=0.5)
    for m in range(M):
        state.buffers["norm.running_mean"][m] += m
    before = state.map(torch.clone)
    logits = program.logits(state, index, {})
    assert logits.shape == (M, B, 3) and not logits.requires_grad
    for m, model in enumerate(models):
        model = copy.deepcopy(model).double().eval()
        model.norm.running_mean += m
        inputs = [normalise(program.rows[rows], torch.float64) for rows in index[:, :, m]]
        assert (logits[m] - model(*inputs)).abs().max() < 1e-12
    assert torch.equal(state.parameters, before.parameters)
    assert all(torch.equal(value, before.buffers[name]) for name, value in state.buffers.items())


def test_half_precision_is_autocasts(scene):
    """Weights, statistics and moments stay float32, products are rounded (not the sum with a linear layer's bias)."""
    program, state, models, index, labels, weight = scene(torch.float32, torch.bfloat16)
    logits = program.logits(state, index, {})
    assert logits.dtype == torch.float32
    for m, model in enumerate(models):
        inputs = [normalise(program.rows[rows]) for rows in index[:, :, m]]
        with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
            half = model.eval()(*inputs)
        assert half.dtype == torch.bfloat16 and (logits[m] - half).abs().max() < 0.05
    full, other, *_ = scene(torch.float32, torch.float32)
    assert (logits - full.logits(other, index, {})).abs().max() > 1e-4
    program.step(state, index, labels, weight, NO_MASKS)
    assert state.parameters.dtype == state.average.dtype == state.buffers["norm.running_var"].dtype == torch.float32
    full.step(other, index, labels, weight, NO_MASKS)
    assert 1e-5 < (state.loss_sum - other.loss_sum).abs().max() < 0.1


def test_a_layer_that_draws_by_itself_cannot_be_stacked(scene):
    """One stream for all models would not be each model's own."""

    class Noisy(nn.Linear):
        def forward(self, image):
            return super().forward(F.dropout(image.flatten(1), 0.5, self.training))

    program, *_ = scene()
    models = [Noisy(48 * 48, 3) for _ in range(2)]
    noisy = Program(models[0], program.rows, False, TrainConfig(), dtype=torch.float32, precision=torch.float32)
    state = State.of(models, noisy.layout, CPU, torch.float32)
    with pytest.raises(RuntimeError, match="random"):
        noisy.step(state, torch.zeros(1, B, 2, dtype=torch.int64), torch.zeros(B, 2, dtype=torch.int64), None, {})
