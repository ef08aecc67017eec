"""The whole set as uint8 on the device; a batch is gathered and normalised there."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


class Batches:
    """Indexable source of normalised batches.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3), what the network warps and classifies; an array, or
            a tensor that is on the device already (:func:`share_rows`).
        guidance: uint8 (N, H, W) seen by the localization network, or None.
        labels: int (N,).
        num_classes: number of classes; a fold may lack one, so it is not read off the labels.
        device: where everything lives; 83 MB for FER-2013, the same again for guidance.
        dtype: of the inputs, float32 or float64.

    Attributes:
        evaluation_batch: images scored at once; None where :data:`fer_lib.training.loop.EVALUATION_BATCH` will do.
    """

    evaluation_batch: int | None = None

    def __init__(
        self,
        images: np.ndarray | Tensor,
        guidance: np.ndarray | Tensor | None,
        labels: np.ndarray,
        num_classes: int,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ):
        self.images = _on_device(images, device)
        self.guidance = None if guidance is None else _on_device(guidance, device)
        self.labels = _on_device(np.asarray(labels, dtype=np.int64), device)
        self.num_classes = num_classes
        self.device = device
        self.dtype = dtype

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """(inputs of the network, labels) of the images at `index` (int64, on the device).

        Inputs are `dtype` in [-1, 1], (B, C, H, W) in channels_last order.
        """
        inputs = (normalise(self.images[index], self.dtype),)
        if self.guidance is not None:
            inputs += (normalise(self.guidance[index], self.dtype),)
        return inputs, self.labels[index]


def normalise(images: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 (B, H, W[, 3]) → `dtype` (B, C, H, W) in [-1, 1]: (x/255 − 0.5)/0.5."""
    channels_first = images.unsqueeze(1) if images.ndim == 3 else images.permute(0, 3, 1, 2)
    return channels_first.to(dtype).div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)


def share_rows(arrays: Sequence[np.ndarray | None], device: torch.device) -> list[Tensor | None]:
    """Every uint8 (N_i, H, W[, 3]) array on `device`, those with rows of one shape as slices of one tensor.

    An array that occurs several times (the faces that all variants share) lies there once.
    """
    present = {_where(array): array for array in arrays if array is not None}
    slices = {}
    for shape in {array.shape[1:] for array in present.values()}:
        alike = {key: array for key, array in present.items() if array.shape[1:] == shape}
        rows, start = torch.empty((sum(map(len, alike.values())), *shape), dtype=torch.uint8, device=device), 0
        for key, array in alike.items():
            slices[key] = rows[start : start + len(array)]
            slices[key].copy_(torch.from_numpy(np.array(array)))
            start += len(array)
    return [None if array is None else slices[_where(array)] for array in arrays]


def _where(array: np.ndarray) -> tuple:
    """Equal only for arrays that are the same memory."""
    return array.__array_interface__["data"][0], array.shape, array.strides


def _on_device(array: np.ndarray | Tensor, device: torch.device) -> Tensor:
    if isinstance(array, Tensor):
        return array.to(device)
    # np.array copies: torch must not hold a read-only memory map
    return torch.from_numpy(np.array(array)).to(device)
