"""Stacks of tiny models: two variants (guided or not) by three folds of unequal sizes, each trained alone as well."""

import copy
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.models import create_model
from fer_lib.models.guided_stn import IDENTITY, affine_grid
from fer_lib.training import fit
from fer_lib.training.batches import Batches, share_rows
from fer_lib.training.loop import Fit
from fer_lib.training.stacked import Member, fit_stacked

from ..conftest import bars

CPU = torch.device("cpu")
N = 100
LABELS = np.random.default_rng(4).choice(3, N, p=(0.5, 0.3, 0.2))


class SmoothNet(nn.Module):
    """A transformer and a classifier in small, with every kind of layer that a stack treats apart.

    No unit is ever dead or always linear, and no bias stands before batch norm: there are no gradients that
    are zero up to rounding, which Adam would divide by their own size.
    """

    takes_guidance = True
    penalised = ("fc", "conv2")

    def __init__(self, dropout: float = 0.3):
        super().__init__()
        self.localization = nn.Sequential(nn.Conv2d(1, 3, 7, stride=3), nn.Softplus(), nn.AvgPool2d(3))
        self.fc_loc = nn.Linear(3 * 4 * 4, 6)
        self.conv1 = nn.Conv2d(1, 4, 5, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.channels = nn.Dropout2d(dropout / 2)
        self.conv2 = nn.Conv2d(4, 5, 3, stride=2)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(5 * 5 * 5, 3)
        nn.init.normal_(self.fc_loc.weight, std=0.05)
        self.fc_loc.bias.data = torch.tensor(IDENTITY)

    def forward(self, image, guidance=None):
        theta = self.fc_loc(self.localization(image if guidance is None else guidance).flatten(1)).view(-1, 2, 3)
        warped = F.grid_sample(image, affine_grid(theta, 48, 48), align_corners=False)
        x = self.channels(F.softplus(self.norm(self.conv1(warped))))
        x = F.avg_pool2d(F.softplus(self.conv2(x)), 2)
        return self.fc(self.dropout(x).flatten(1))


def network(name: str, seed: int, dropout: float) -> nn.Module:
    """Freshly initialised, θ at work from the first step on."""
    torch.manual_seed(seed)
    if name == "smooth":
        return SmoothNet(dropout)
    model = create_model(name, num_classes=3)
    if hasattr(model, "fc_loc"):
        nn.init.normal_(model.fc_loc[2].weight, std=0.03)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = dropout
    return model


@dataclass
class Trained:
    """A network and what its training tells."""

    model: nn.Module
    result: Fit


@pytest.fixture
def two_by_three(config):
    """``two_by_three(name="smooth", dropout=0.3, device="cpu", …)``: fresh, equal members on every call."""

    def make(name="smooth", dropout=0.3, device=CPU, **changes) -> list[Member]:
        changes = {"precision": "fp64", "epochs": 3, "patience": 2, **changes}
        dtype = torch.float64 if changes["precision"] == "fp64" else torch.float32
        guided = network(name, 0, dropout).takes_guidance
        images, guidance = share_rows([bars(LABELS), bars(LABELS, seed=1) if guided else None], device)
        variants = [
            Batches(images, maps, LABELS, 3, device, dtype) for maps in ((None, guidance) if guided else (None,) * 2)
        ]
        random, members = np.random.default_rng(0), []
        folds = random.permutation(N) % 3
        for batches in variants:
            for fold in range(3):
                rest = random.permutation(np.flatnonzero(folds != fold))
                members.append(
                    Member(
                        model=network(name, fold, dropout),
                        batches=batches,
                        train=rest[8 + fold :],
                        select=rest[: 8 + fold],
                        config=config(**{"device": device.type, **changes}),
                        seed=fold,
                        watch=np.flatnonzero(folds == fold),
                    )
                )
        return members

    return make


def alone(member: Member) -> Trained:
    """What the sequential engine makes of an equal member; the member stays as it is."""
    model = copy.deepcopy(member.model)
    result = fit(
        model, member.batches, member.train, member.select, member.config,
        seed=member.seed, watch=member.watch,
    )  # fmt: skip
    return Trained(model, result)


def together(members: list[Member], **options) -> list[Trained]:
    """What a stack makes of equal members; they stay as they are."""
    members = [replace(member, model=copy.deepcopy(member.model)) for member in members]
    return [Trained(m.model, result) for m, result in zip(members, fit_stacked(members, **options), strict=True)]


def differences(one: Trained, other: Trained) -> dict[str, float]:
    """Largest difference of every parameter and buffer."""
    theirs = other.model.state_dict()
    return {
        key: (value.double() - theirs[key].double()).abs().max().item() for key, value in one.model.state_dict().items()
    }


def decisions(trained: Trained) -> tuple:
    """What early stopping decided."""
    result = trained.result
    return len(result.history), result.best_epoch, result.stopped_early, result.dropout_seed


def history_difference(one: Trained, other: Trained) -> float:
    """Largest difference of any number in the history; both must have the same columns."""
    worst = 0.0
    for mine, theirs in zip(one.result.history, other.result.history, strict=True):
        assert list(mine) == list(theirs)
        worst = max([worst, *(abs(mine[key] - theirs[key]) for key in mine if key != "seconds")])
    return worst


def same_bits(one: Trained, other: Trained) -> bool:
    return max(differences(one, other).values()) == 0 and history_difference(one, other) == 0
