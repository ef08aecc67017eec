"""The loop on a network of one layer."""

import math

import pytest
import torch
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models.msinet_units import min_max
from fer_lib.training.saliency import SaliencyConfig
from fer_lib.training.saliency.folders import Fixations
from fer_lib.training.saliency.loop import fit_saliency
from fer_lib.training.saliency.losses import divergence

CPU = torch.device("cpu")


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 1, kernel_size=1)
        nn.init.constant_(self.layer.weight, -0.01)

    def forward(self, pictures):
        return min_max(self.layer(pictures / 255))


@pytest.fixture
def parts(folder):
    return [Fixations(folder, part, (16, 24)) for part in ("train", "val")]


def fitted(parts, **settings):
    torch.manual_seed(0)
    model, kept = Small(), []
    config = SaliencyConfig(**{"epochs": 4, "learning_rate": 0.02, **settings})
    keep = lambda: kept.append({key: value.clone() for key, value in model.state_dict().items()})  # noqa: E731
    return fit_saliency(model, *parts, config, CPU, keep), model, kept


def test_learns_that_people_look_at_the_bright_square(parts):
    with torch.no_grad():
        before = sum(divergence(Small()(picture[None]), seen[None]).item() for picture, seen in parts[1]) / 2
    history, _, _ = fitted(parts)
    assert history[-1]["val_divergence"] < 0.6 * before
    assert history[-1]["train_divergence"] < history[0]["train_divergence"]
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]


def test_scores_are_means_over_pictures(parts):
    for size in (1, 2, 5):
        history, model, _ = fitted(parts, batch_size=size, epochs=1)
        with torch.no_grad():
            alone = [divergence(model(picture[None]), seen[None]).item() for picture, seen in parts[1]]
        assert math.isclose(history[-1]["val_divergence"], sum(alone) / len(alone), rel_tol=1e-5)


def test_the_best_epoch_is_kept(parts):
    """A rate so high that later epochs are worse."""
    history, _, kept = fitted(parts, learning_rate=0.3, epochs=8)
    scores = [row["val_divergence"] for row in history]
    better = [i for i, score in enumerate(scores) if score < min([math.inf, *scores[:i]])]
    assert len(kept) == len(better)
    model = Small()
    model.load_state_dict(kept[-1])
    with torch.no_grad():
        again = sum(divergence(model(picture[None]), seen[None]).item() for picture, seen in parts[1]) / 2
    assert math.isclose(again, min(scores), rel_tol=1e-5)


def test_a_seed_fixes_the_order(parts):
    def scores(**settings):
        return [row["val_divergence"] for row in fitted(parts, **settings)[0]]

    assert scores() == scores() != scores(seed=1)


def test_divergence_that_is_no_number_is_told(parts):
    with pytest.raises(InputError, match="no epoch has a finite validation divergence"):
        fitted(parts, learning_rate=math.inf, epochs=1)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": 0}, "epochs = 0, expected at least 1"),
        ({"learning_rate": 0.0}, "learning_rate = 0.0, expected a positive number"),
        ({"canvas": (240, 321)}, "canvas = .240, 321., expected height and width, multiples of 8"),
    ],
)
def test_settings_that_cannot_be_meant(settings, sentence):
    with pytest.raises(InputError, match=sentence):
        SaliencyConfig(**settings)
