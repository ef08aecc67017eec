"""What each model of a stack draws, as it would alone: data order, changes of its images, dropout."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..augmentation import augmentation_generator, draw_transforms
from ..dropout import scoring_seed
from .member import Member


class Draws:
    """Generators of every member."""

    def __init__(self, members: Sequence[Member], device: torch.device):
        self._members, self._device = list(members), device
        self._orders = [torch.Generator().manual_seed(m.seed) for m in members]
        self._changes = [augmentation_generator(m.seed) for m in members]
        #: Of dropout in training.
        self.dropout = [torch.Generator(device).manual_seed(m.seed) for m in members]

    def keep(self, kept: Sequence[int]) -> None:
        """Go on with the members at these positions."""
        for name in ("_members", "_orders", "_changes", "dropout"):
            setattr(self, name, [getattr(self, name)[i] for i in kept])

    def generators(self) -> dict[str, torch.Generator]:
        """All of them, by the names of their members and what they draw."""
        kinds = {"order": self._orders, "changes": self._changes, "dropout": self.dropout}
        return {
            f"{member.name} {kind}": generator
            for kind, own in kinds.items()
            for member, generator in zip(self._members, own, strict=True)
        }

    def epoch(self) -> tuple[Tensor, Tensor | None]:
        """Positions (longest, M) of the training images in the order of this epoch, and their transforms
        (longest, M, 2, 3) where images are augmented, on the device."""
        positions, transforms = [], []
        for member, order, change in zip(self._members, self._orders, self._changes, strict=True):
            size = member.batches.images.shape[1:3]
            positions.append(torch.as_tensor(member.train)[torch.randperm(len(member.train), generator=order)])
            transforms.append(draw_transforms(member.config.augmentation, len(member.train), size, change))
        theta = None if transforms[0] is None else columns(transforms).to(self._device, self._members[0].batches.dtype)
        return columns(positions).to(self._device), theta

    def scoring(self, epoch: int) -> list[torch.Generator]:
        """Of the masks that score `epoch`, where dropout stays active."""
        return [torch.Generator(self._device).manual_seed(scoring_seed(m.seed, epoch)) for m in self._members]


def columns(vectors: list[Tensor]) -> Tensor:
    """Tensors of several lengths as columns (longest, M, …), filled up with zeros."""
    return torch.nn.utils.rnn.pad_sequence(vectors)
