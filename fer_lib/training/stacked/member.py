"""One model of a stack, and what all models of a stack must share."""

from dataclasses import asdict, dataclass, replace

import numpy as np
from torch import nn

from ...errors import require
from ..batches import Batches
from ..config import TrainConfig

#: What may differ between the models of a stack.
OWN = {
    **{"epochs": 1, "patience": 1, "keep": "best", "seed": 0},
    **{"protocol": "honest", "validation_share": 0.1, "engine": "auto", "checkpoint_seconds": 60.0},
}


@dataclass
class Member:
    """What :func:`fer_lib.training.loop.fit` takes, for one model of a stack.

    Attributes:
        model: freshly initialised; trained in place, as there.
        batches: its images, guidance and labels. Members may share the tensors
            (:func:`fer_lib.training.batches.share_rows`).
        train, select, watch: positions in `batches`.
        seed: fixes the data order, augmentation and dropout.
        config: what :data:`OWN` names is the member's own, the rest is the same for all.
        name: tells the models of a stack apart in its checkpoint.
    """

    model: nn.Module
    batches: Batches
    train: np.ndarray
    select: np.ndarray | None
    config: TrainConfig
    seed: int
    watch: np.ndarray | None = None
    name: str = ""

    @property
    def step_sizes(self) -> tuple[int, int]:
        """(full batches, images in the smaller last one) of an epoch; a single last image is left out."""
        full, rest = divmod(len(self.train), self.config.batch_size)
        return full, rest if rest != 1 else 0

    @property
    def images_per_epoch(self) -> int:
        full, rest = self.step_sizes
        return full * self.config.batch_size + rest


def require_alike(members: list[Member]) -> None:
    """Raises InputError naming the first thing in which the members cannot differ and do."""
    first = members[0]
    for member in members:
        require(len(member.train) >= 2, f"{len(member.train)} training samples, expected at least 2")
        require(member.select is None or len(member.select) >= 1, "no sample selects the epoch, expected at least 1")
        require(member.config.seed_mode == "per_fold", "seed_mode 'once' trains fold after fold and cannot be stacked")
        require(
            member.config.fine_tune == "full",
            f"fine_tune {member.config.fine_tune!r} fixes layers and cannot be stacked",
        )
        for of in (_shared, _layers, _tensors, _data):
            mine, others = of(member), of(first)
            for what in {**others, **mine}:
                require(
                    mine.get(what) == others.get(what),
                    f"two models of a stack differ in {what}: {others.get(what)} and {mine.get(what)}",
                )


def _shared(member: Member) -> dict:
    return asdict(replace(member.config, **OWN))


def _layers(member: Member) -> dict:
    """Layers and their options, such as the probability of dropout."""
    return {
        f"layer {name or 'model'}": f"{type(module).__name__}({module.extra_repr()})"
        for name, module in member.model.named_modules()
    }


def _tensors(member: Member) -> dict:
    named = [*member.model.named_parameters(), *member.model.named_buffers()]
    return {name: (tuple(value.shape), "trained" if value.requires_grad else "fixed") for name, value in named}


def _data(member: Member) -> dict:
    batches = member.batches
    sizes = {"size of an image": tuple(batches.images.shape[1:]), "number of classes": batches.num_classes}
    return {**sizes, "device": batches.device, "number format": batches.dtype}
