"""Drawn faces over backgrounds: started as a gate, FERAtt finds them by its published losses."""

from typing import NamedTuple

import pytest
import torch
import torch.nn.functional as F

from fer_lib.datasets.backgrounds import procedural_backgrounds
from fer_lib.datasets.synthetic import render, sample_parameters
from fer_lib.models import create_model
from fer_lib.training.compositions import Compositions
from fer_lib.training.device import choose_precision, half_precision
from fer_lib.training.structured import ATTENTION, attention_error

CPU = torch.device("cpu")
FACES, BATCH, STEPS, RATE = 64, 16, 90, 2.5e-3


class Drawn(NamedTuple):
    """Share of σ(attention) in the mask; mean squared errors of reconstruction, input and an empty image."""

    mass: float
    error: float
    input_error: float
    empty_error: float


@pytest.fixture(scope="module")
def compositions():
    faces = render(sample_parameters(FACES, seed=0, style="wild"), 48)
    return Compositions(
        faces.images, faces.face_mask, procedural_backgrounds(100, 96, seed=3), face_side=0.8, rotation=15,
        translation=0.1, zoom=0.1, warp=0.05,
    )  # fmt: skip


@torch.no_grad()
def drawn(model, made):
    model.eval()
    image, target = 2 * made.image - 1, model.target(2 * made.target - 1, made.mask)
    parts = model.parts(image)
    gate = torch.sigmoid(parts.attention)
    mass = ((gate * made.mask).sum((1, 2, 3)) / gate.sum((1, 2, 3))).mean()
    others = (parts.reconstruction, model.units(image), torch.zeros_like(target))
    return Drawn(mass.item(), *(F.mse_loss(other, target).item() for other in others))


def learned(compositions):
    """Before and after training, on compositions that training does not see."""
    torch.manual_seed(0)
    model = create_model("feratt_slim", num_classes=7, mode="cls")
    held_out, (form, weight) = compositions.fixed(torch.arange(FACES), 9), ATTENTION["2018"]
    before = drawn(model, held_out)
    labels, dtype = torch.arange(FACES) % 7, choose_precision("auto", CPU)
    optimizer = torch.optim.Adam(model.parameters(), RATE, amsgrad=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS, pct_start=0.2)
    order = torch.Generator().manual_seed(0)
    model.train()
    for step in range(STEPS):
        rows = torch.randint(FACES, (BATCH,), generator=order)
        made = compositions.compose(rows, step)
        with half_precision(CPU, dtype):
            parts = model.parts(2 * made.image - 1)
        error = attention_error(parts.reconstruction, model.target(2 * made.target - 1, made.mask), form)
        loss = F.cross_entropy(parts.logits.float(), labels[rows]) + weight * error
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return before, drawn(model, held_out)


@pytest.fixture(scope="module")
def gate(compositions):
    return learned(compositions)


def test_attention_comes_to_lie_on_the_faces(gate):
    before, after = gate
    assert after.mass > before.mass + 0.25


def test_the_reconstruction_comes_closer_than_the_input_and_than_an_empty_image(gate):
    before, after = gate
    assert after.error < 0.3 * after.input_error and after.error < 0.6 * after.empty_error < before.error
