"""Centre loss: cross entropy that also pulls the features of each class to a point.

Wen, Zhang, Li and Qiao, "A Discriminative Feature Learning Approach for Deep Face Recognition", ECCV 2016, as the
centre-loss script of residual masking has it (``phamquiluan/ResidualMaskingNetwork``; specification, §6).
"""

from dataclasses import dataclass
from math import inf

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import require
from ..models.precision import at_least_float32
from .config import TrainConfig
from .disturbance import Disturbance
from .epoch import Steps

LOW, HIGH = 1e-12, 1e12  # squared distances stay between these
STEP_FACTOR = 0.1  # what a step multiplies a learning rate by; torch's default, as the reference names none


class CenterLoss(nn.Module):
    """Mean squared distance of features to the centre of their class, one free parameter vector each.

    There is no ½ before it (in the paper's equation 2 there is). Centres follow the gradient of this loss: a step of
    learning rate α brings that of class k nearer to the mean of its n_k among N features by 2α·n_k/N of the way; the
    paper's own rule (equation 4) takes α·n_k/(1 + n_k) of it.

    Args:
        num_classes: K; feature_size: d.
        generator: draws the centres from N(0, 1); None: torch's global one does.

    Shapes:
        features: (N, d) float; labels: (N,) int in 0 … K−1
        returns: (), each squared distance being clamped to 1e-12 … 1e12 before the mean
    """

    def __init__(self, num_classes: int, feature_size: int, generator: torch.Generator | None = None):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(num_classes, feature_size, generator=generator))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        return (features - self.centers[labels]).square().sum(1).clamp(LOW, HIGH).mean()


@dataclass(frozen=True)
class CenterConfig:
    """What centre loss adds to a training.

    Attributes:
        weight: of centre loss beside the cross entropy; 0 trains without it, all else alike. The reference publishes
            none.
        start_epoch: epochs of cross entropy alone before it sets in, 20 in the reference. None of them is kept, with
            weight 0 either, so that networks with and without compare.
        center_rate: learning rate of the centres, which plain SGD moves by the gradient of centre loss, unweighted.
        step, center_step: epochs after which the network's and the centres' learning rate fall to a tenth, again and
            again; 0 keeps them.
        snapshot_every: epochs from one snapshot of all features to the next; 0 takes none.
    """

    weight: float = 0.01
    start_epoch: int = 20
    center_rate: float = 0.5
    step: int = 0
    center_step: int = 0
    snapshot_every: int = 0

    def __post_init__(self):
        require(0 <= self.weight < inf, f"weight of centre loss = {self.weight}, expected a number from 0")
        require(0 < self.center_rate < inf, f"center_rate = {self.center_rate}, expected a positive number")
        for name in ("start_epoch", "step", "center_step", "snapshot_every"):
            require(getattr(self, name) >= 0, f"{name} = {getattr(self, name)}, expected a whole number from 0")

    def active(self, epoch: int) -> bool:
        """Whether centre loss is part of the loss in `epoch`, which counts from 1."""
        return self.weight > 0 and epoch > self.start_epoch


def step_factor(epoch: int, step: int) -> float:
    """Of a learning rate in `epoch` (from 1): it falls after every `step` epochs, never where that is 0."""
    return STEP_FACTOR ** ((epoch - 1) // step) if step else 1.0


class Pull(Disturbance):
    """The loss of a training with centre loss, and the steps of its centres.

    Centres are drawn from a stream of their own: until centre loss sets in, a training is bit for bit the one without.

    Args:
        network: has a ``feature`` layer and a ``head`` behind it; its features are looked at wherever it computes.
        seed: of the training.
    """

    def __init__(self, config: TrainConfig, center: CenterConfig, network: nn.Module, num_classes: int, seed: int):
        super().__init__(config, seed)
        self._center, self._active = center, False
        (own,) = np.random.SeedSequence(seed, spawn_key=(3,)).generate_state(1)
        generator = torch.Generator().manual_seed(int(own))  # on the CPU: every device gets the same centres
        weight = network.head.weight
        self._loss = CenterLoss(num_classes, network.head.in_features, generator).to(weight.device, weight.dtype)
        self._optimizer = torch.optim.SGD(self._loss.parameters(), lr=center.center_rate)
        self._features: Tensor | None = None
        self._sum, self._count = 0.0, 0  # of the epoch so far
        self._hook = network.feature.register_forward_hook(self._look)

    def _look(self, layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self._features = output

    def release(self) -> None:
        """Look at the network no more."""
        self._hook.remove()

    def begin(self, epoch: int) -> None:
        self._active = self._center.active(epoch)
        self._optimizer.param_groups[0]["lr"] = self._center.center_rate * step_factor(epoch, self._center.center_step)

    def loss(self, logits: Tensor, labels: Tensor, weight: Tensor | None, mixture) -> Tensor:
        entropy = super().loss(logits, labels, weight, mixture)
        if not self._active:
            return entropy
        features = at_least_float32(self._features)
        distance = self._loss(features, labels)
        if mixture is not None:
            others, share = mixture
            distance = share * distance + (1 - share) * self._loss(features, others)
        self._sum += distance.detach() * len(labels)
        self._count += len(labels)
        return entropy + self._center.weight * distance

    def step(self) -> None:
        """Centres move as fast whatever the weight."""
        if self._active:
            self._loss.centers.grad /= self._center.weight
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)

    def apart(self, row: dict) -> dict:
        """`row` of the epoch with the cross entropy as its ``train_loss``, and ``center_loss``, unweighted."""
        if not self._active:
            return row
        distance = float(self._sum / self._count)
        self._sum, self._count = 0.0, 0
        return {**row, "train_loss": row["train_loss"] - self._center.weight * distance, "center_loss": distance}

    def state_dict(self) -> dict:
        """Beside the generator and the epoch's rates."""
        return {"loss": self._loss.state_dict(), "sum": self._sum, "count": self._count}

    def load_state_dict(self, state: dict) -> None:
        self._loss.load_state_dict(state["loss"])
        total = state["sum"]
        self._sum = total.to(self._loss.centers.device) if isinstance(total, Tensor) else total
        self._count = state["count"]

    @property
    def centers(self) -> Tensor | None:
        """(K, d); None where nothing has moved them yet from where they were drawn."""
        return self._loss.centers.detach().clone() if self._active else None


class PullingSteps(Steps):
    """Centres step with the network."""

    def take(self) -> None:
        self.disturbance.step()
        super().take()
