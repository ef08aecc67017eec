"""The whole set as uint8 on the device; a batch is gathered and normalised there."""

import numpy as np
import torch
from torch import Tensor


class Batches:
    """Indexable source of normalised batches.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3), what the network warps and classifies.
        guidance: uint8 (N, H, W) seen by the localization network, or None.
        labels: int (N,).
        num_classes: number of classes; a fold may lack one, so it is not read off the labels.
        device: where everything lives; 83 MB for FER-2013, the same again for guidance.
    """

    def __init__(
        self,
        images: np.ndarray,
        guidance: np.ndarray | None,
        labels: np.ndarray,
        num_classes: int,
        device: torch.device,
    ):
        self.images = _on_device(images, device)
        self.guidance = None if guidance is None else _on_device(guidance, device)
        self.labels = _on_device(np.asarray(labels, dtype=np.int64), device)
        self.num_classes = num_classes
        self.device = device

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """(inputs of the network, labels) of the images at `index` (int64, on the device).

        Inputs are float32 in [-1, 1], (B, C, H, W) in channels_last order.
        """
        inputs = (normalise(self.images[index]),)
        if self.guidance is not None:
            inputs += (normalise(self.guidance[index]),)
        return inputs, self.labels[index]


def normalise(images: Tensor) -> Tensor:
    """uint8 (B, H, W[, 3]) → float32 (B, C, H, W) in [-1, 1]: (x/255 − 0.5)/0.5."""
    channels_first = images.unsqueeze(1) if images.ndim == 3 else images.permute(0, 3, 1, 2)
    return channels_first.float().div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)


def _on_device(array: np.ndarray, device: torch.device) -> Tensor:
    # np.array copies: torch must not hold a read-only memory map
    return torch.from_numpy(np.array(array)).to(device)
