"""A stack of slim residual masking networks, with transposed convolutions and masks, against autograd one by one."""

import copy

import pytest
import torch
import torch.nn.functional as F

from fer_lib.models import create_model
from fer_lib.training.batches import normalise
from fer_lib.training.optimizer import make_optimizer
from fer_lib.training.stacked.program import Program
from fer_lib.training.stacked.state import State

from .conftest import CPU

M, B = 2, 4


@pytest.mark.parametrize("mode", ["1+m", "off"])
def test_two_steps_equal_autograd(config, mode):
    models = []
    for seed in range(M):
        torch.manual_seed(seed)
        models.append(create_model("residual_masking_slim", num_classes=3, head="linear", mask_mode=mode).double())
    random = torch.Generator().manual_seed(0)
    rows = torch.randint(0, 256, (9, 48, 48), generator=random).to(torch.uint8)
    index = torch.randint(0, 9, (2, 1, B, M), generator=random)
    labels = torch.randint(0, 3, (2, B, M), generator=random)
    program = Program(models[0], rows, False, config(), dtype=torch.float64, precision=torch.float64)
    state = State.of(models, program.layout, CPU, torch.float64)
    for step in range(2):
        program.step(state, index[step], labels[step], None, {})
    for m, model in enumerate(models):
        model = copy.deepcopy(model).train()
        optimizer = make_optimizer(model, config(), CPU)
        for step in range(2):
            loss = F.cross_entropy(model(normalise(rows[index[step, 0, :, m]], torch.float64)), labels[step, :, m])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        found = program.layout.unpack(state.parameters[m]) | {key: value[m] for key, value in state.buffers.items()}
        for key, value in model.state_dict().items():
            # a bias in front of batch norm has a gradient of zero up to rounding, which Adam divides by its own size
            if not (".up_pool" in key and key.endswith((".0.bias", ".1.running_mean"))):
                assert (found[key] - value).abs().max() < 1e-9, key
