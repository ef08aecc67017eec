"""Where each model of a stack finds its images, guidance and labels: one bank on the device, an offset per model."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .member import Member


@dataclass
class Bank:
    """All images and maps as rows of one tensor, all labels as one vector.

    Attributes:
        rows: uint8 (R, H, W[, 3]).
        labels: int64 (L,).
        inputs: int64 (I, M): row at which the images (and, with I = 2, the guidance) of model m start.
        targets: int64 (M,): where its labels start.
    """

    rows: Tensor
    labels: Tensor
    inputs: Tensor
    targets: Tensor

    @classmethod
    def of(cls, members: Sequence[Member], guided: bool) -> "Bank":
        """`guided`: the model takes a second input; where a member has no guidance, that is the image itself."""
        images = [member.batches.images for member in members]
        inputs = [images]
        if guided:
            inputs.append(
                [
                    image if m.batches.guidance is None else m.batches.guidance
                    for image, m in zip(images, members, strict=True)
                ]
            )
        rows, starts = _joined([tensor for tensors in inputs for tensor in tensors])
        labels, targets = _joined([member.batches.labels for member in members])
        starts = torch.tensor(starts, device=rows.device).view(len(inputs), len(members))
        return cls(rows, labels, starts, torch.tensor(targets, device=rows.device))

    def find(self, positions: Tensor, models: slice) -> tuple[Tensor, Tensor]:
        """Rows (I, B, m) and labels (B, m) of the samples at `positions` (B, m) of neighbouring models."""
        index = positions + self.inputs[:, None, models]
        return index, self.labels[positions + self.targets[models]]

    def keep(self, positions: Tensor) -> "Bank":
        return Bank(self.rows, self.labels, self.inputs[:, positions], self.targets[positions])


def _joined(tensors: list[Tensor]) -> tuple[Tensor, list[int]]:
    """One tensor that holds all rows, and where each tensor starts in it; equal tensors are there once.

    Slices of one tensor, as :func:`fer_lib.training.batches.share_rows` makes them, are not copied.
    """
    base = tensors[0]._base if tensors[0]._base is not None else tensors[0]
    slices = all((t is base or t._base is base) and _row(t) == _row(base) for t in tensors)
    if slices and base.is_contiguous():
        stride = base.stride(0)
        return base, [(t.storage_offset() - base.storage_offset()) // stride for t in tensors]
    starts, kept, total = {}, [], 0
    for tensor in tensors:
        key = _place(tensor)
        if key not in starts:
            starts[key] = total
            kept.append(tensor)
            total += len(tensor)
    return torch.cat(kept), [starts[_place(t)] for t in tensors]


def _row(tensor: Tensor) -> tuple:
    return tensor.shape[1:], tensor.stride()


def _place(tensor: Tensor) -> tuple:
    """Equal only for tensors that are the same memory."""
    return tensor.data_ptr(), tensor.shape, tensor.stride()
