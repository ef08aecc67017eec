"""How a network is trained on photographs: torchvision's standard recipe by default."""

from dataclasses import asdict, dataclass
from inspect import signature

import torch
from torch import nn

from ...errors import require
from ...models import create_model
from ...models.registry import MODELS
from ..config import PRECISIONS

#: What decides how fast, and not what comes out.
NOT_DECIDING = ("device", "workers")


@dataclass(frozen=True)
class ImageNetConfig:
    """The recipe by which torchvision's ResNets and the residual masking network were trained (specification, §4).

    Attributes:
        model: a registered network that takes colour photographs.
        model_options: what it is built with, beside :meth:`options`' defaults.
        epochs: all are trained, and the last one is kept.
        batch_size: images that the processes compute together between two steps.
        accumulate: batches whose mean gradient makes one step.
        learning_rate: of stochastic gradient descent in the first epoch.
        momentum, weight_decay: coupled, on all parameters.
        decay_every: epochs after which the learning rate is divided by ten, again and again.
        image_size: side in pixels of what the network sees: a random part of the photograph in training, its centre
            when scored.
        resize: length in pixels of the shorter side from which that centre is cut.
        seed: of initial weights, data order, random parts and dropout.
        precision: ``"auto"`` takes bfloat16 where the hardware multiplies it natively.
        compile: train through ``torch.compile``.
        sync_batch_norm: batch norm normalises the batch of all processes and not that of each; CUDA alone.
        device: ``"auto"`` takes CUDA, then MPS, then CPU.
        workers: processes that read photographs, for each process that trains; None shares the machine's cores
            among those.
    """

    model: str = "residual_masking"
    model_options: tuple[tuple[str, object], ...] = ()
    epochs: int = 90
    batch_size: int = 256
    accumulate: int = 1
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    decay_every: int = 30
    image_size: int = 224
    resize: int = 256
    seed: int = 2020
    precision: str = "auto"
    compile: bool = False
    sync_batch_norm: bool = False
    device: str = "auto"
    workers: int | None = None

    def __post_init__(self):
        for name in ("epochs", "batch_size", "accumulate", "decay_every", "image_size"):
            require(getattr(self, name) >= 1, f"{name} = {getattr(self, name)}, expected at least 1")
        require(self.learning_rate > 0, f"learning_rate = {self.learning_rate}, expected a positive number")
        require(0 <= self.momentum < 1, f"momentum = {self.momentum}, expected 0 or above and less than 1")
        require(self.weight_decay >= 0, f"weight_decay = {self.weight_decay}, expected a number from 0")
        require(self.seed >= 0, f"seed = {self.seed}, expected a whole number from 0")
        require(
            self.resize >= self.image_size,
            f"resize = {self.resize}, expected at least the image_size {self.image_size}",
        )
        require(self.precision in PRECISIONS, f"precision {self.precision!r}, expected one of {', '.join(PRECISIONS)}")
        require(self.workers is None or self.workers >= 0, f"workers = {self.workers}, expected a number from 0")

    def share(self, processes: int) -> int:
        """Images of a batch that each of the processes computes.

        Raises:
            InputError: the batch cannot be dealt out evenly.
        """
        size = self.batch_size
        require(
            size >= processes, f"batch_size = {size} for {processes} processes, expected at least one image for each"
        )
        require(size % processes == 0, f"batch_size = {size} for {processes} processes, expected a multiple of these")
        return size // processes

    def rate(self, epoch: int) -> float:
        """Learning rate of `epoch` (from 1)."""
        return self.learning_rate * 0.1 ** ((epoch - 1) // self.decay_every)

    def options(self) -> dict:
        """What the network is built with: normalised as ImageNet's photographs are, at :attr:`image_size`, where it
        has these options and nothing else is asked for. Defaults of the network are not named."""
        known = signature(MODELS[self.model]).parameters
        wanted = {"normalize": "imagenet", "image_size": self.image_size, **dict(self.model_options)}
        return {
            name: value
            for name, value in wanted.items()
            if name in dict(self.model_options) or (name in known and value != known[name].default)
        }

    def require_takes_photographs(self, classes: int) -> None:
        """Raise InputError unless :meth:`build` gives a network that takes photographs."""
        with torch.device("meta"):
            network = self.build(classes)
        require(
            hasattr(network, "image_input"),
            f"model {self.model!r} takes grey faces, expected one for photographs, such as 'resnet18'",
        )

    def build(self, classes: int) -> nn.Module:
        """The network, drawn from torch's global generator."""
        return create_model(self.model, num_classes=classes, **self.options())

    def identity(self) -> dict:
        """What decides the result."""
        return {
            key: value for key, value in asdict(self).items() if key not in ("model", "model_options", *NOT_DECIDING)
        }
