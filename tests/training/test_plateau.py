"""The falling learning rate: when, by how much, and for whom."""

import copy

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from fer_lib.models import create_model
from fer_lib.training import fit, loop
from fer_lib.training.optimizer import make_optimizer
from fer_lib.training.plateau import Plateau

LABELS = np.arange(60) % 3
SCORES = [0.2, 0.5, 0.5, 0.4, 0.5, 0.6, 0.1, 0.1, 0.1, 0.1, 0.7, 0.6, 0.6]


def slowly(scores, factor, patience):
    """Factor that each epoch is trained with: it falls when `patience` epochs in a row brought no rise."""
    factors, best, waited, now = [], -1.0, 0, 1.0
    for score in scores:
        factors.append(now)
        best, waited = (score, 0) if score > best else (best, waited + 1)
        if waited == patience:
            now, waited = now * factor, 0
    return factors


@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("factor", [0.5, 0.1])
def test_the_factor_falls_when_the_score_has_not_risen(config, factor, patience):
    plateau, found = Plateau(config(plateau_factor=factor, plateau_patience=patience)), []
    for score in SCORES:
        found.append(plateau.row()["learning_rate"] / 1e-3)
        plateau.step(score)
    assert found == pytest.approx(slowly(SCORES, factor, patience), rel=1e-12)
    assert len(set(found)) >= 3


def test_without_the_switch_nothing_falls_and_nothing_is_told(config):
    plateau = Plateau(config(plateau_patience=1))
    for score in SCORES:
        plateau.step(score)
    assert plateau.factor == 1 and plateau.row() == {}


def test_every_group_falls_with_its_own_rate(config):
    settings = config(plateau_factor=0.5, plateau_patience=1, localization_lr_factor=0.1)
    optimizer = make_optimizer(create_model("guided_stn", num_classes=3), settings, torch.device("cpu"))
    plateau = Plateau(settings)
    for score in (0.5, 0.5, 0.5):
        plateau.apply(optimizer)
        plateau.step(score)
    plateau.apply(optimizer)
    plateau.apply(optimizer)  # setting the same rates twice is setting them once
    assert sorted(group["lr"] for group in optimizer.param_groups) == pytest.approx([0.25e-4, 0.25e-3], rel=1e-12)


@pytest.fixture
def scripted(monkeypatch):
    """The selecting score is that of :data:`SCORES`."""
    scores = iter(SCORES)
    monkeypatch.setattr(loop, "part_scores", lambda *_: {"select_accuracy": next(scores)})


def test_training_equals_torchs_scheduler_on_torchs_adam(make_batches, config, scripted):
    torch.manual_seed(0)
    model = create_model("simple_cnn", num_classes=3)
    model.dropout.p, batches = 0.0, make_batches(LABELS)
    slow = copy.deepcopy(model)
    settings = config(epochs=9, keep="last", plateau_factor=0.1, plateau_patience=2, class_weighted=False)
    result = fit(model, batches, np.arange(48), np.arange(48, 60), settings, seed=3)

    optimizer = torch.optim.Adam(slow.parameters(), lr=1e-3, fused=True)
    scheduler = ReduceLROnPlateau(optimizer, mode="max", factor=0.1, patience=1, threshold=0)
    order, rates = torch.Generator().manual_seed(3), []
    slow.train().to(memory_format=torch.channels_last)
    for epoch in range(9):
        rates.append(optimizer.param_groups[0]["lr"])
        for chosen in torch.randperm(48, generator=order).split(16):
            inputs, labels = batches[chosen]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(slow(*inputs), labels).backward()
            optimizer.step()
        scheduler.step(SCORES[epoch])
    assert [row["learning_rate"] for row in result.history] == pytest.approx(rates, rel=1e-12)
    assert rates[-1] < 0.011 * rates[0]
    for mine, twins in zip(model.parameters(), slow.parameters(), strict=True):
        assert torch.allclose(mine, twins, rtol=1e-5, atol=1e-7)


def test_where_nothing_selects_the_training_accuracy_decides(make_batches, config):
    """A network that does not learn, every image once: its accuracy never rises."""
    model = create_model("simple_cnn", num_classes=3)
    model.dropout.p = 0.0
    settings = config(epochs=3, batch_size=48, learning_rate=1e-12, plateau_factor=0.5, plateau_patience=1)
    result = fit(model, make_batches(LABELS), np.arange(48), None, settings, seed=0)
    assert [row["learning_rate"] for row in result.history] == pytest.approx([1e-12, 1e-12, 0.5e-12])
