"""Faces with the motion masks of one fold, of which there are only as many as classes."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...models.frame import to_grey
from ..batches import Batches


class MotionBatches(Batches):
    """Batches of faces; masks stay (K, 1, H, W) on the device and are looked up.

    Args:
        images: uint8 (N, H, W) or (N, H, W, 3).
        masks: uint8 (K, S, S), one for each class, enlarged or reduced bilinearly to the images here; None without.
        shown: int (N,), the class whose mask an image is given to the network with; None gives it no mask.
        labels, num_classes, device, dtype: of :class:`~fer_lib.training.batches.Batches`.
    """

    evaluation_batch = 64  # at 299 pixels the generator's first layer alone takes 23 MB an image

    def __init__(
        self,
        images: np.ndarray,
        masks: np.ndarray | None,
        shown: np.ndarray | None,
        labels: np.ndarray,
        num_classes: int,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ):
        super().__init__(images, None, labels, num_classes, device, dtype)
        self.masks = None if masks is None else resized(masks, self.images.shape[1:3], dtype).to(device)
        self.shown = None if shown is None else torch.as_tensor(np.asarray(shown, dtype=np.int64), device=device)

    @property
    def predicts(self) -> bool:
        """Whether masks are what a generator is to draw, not what the network is given."""
        return self.masks is not None and self.shown is None

    def __getitem__(self, index: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """(inputs of the network, labels), inputs in [-1, 1]: faces, and the masks that they are shown with."""
        inputs, labels = super().__getitem__(index)
        if self.shown is not None:
            inputs += (2 * self.masks[self.shown[index]] - 1,)
        return inputs, labels

    def grey(self, index: Tensor) -> Tensor:
        """What a generator looks at, (B, 1, H, W) in [0, 1]."""
        return to_grey(super().__getitem__(index)[0][0]) * 0.5 + 0.5

    def targets(self, index: Tensor) -> Tensor:
        """Masks of the images' own classes, (B, 1, H, W) in [0, 1]."""
        return self.masks[self.labels[index]]


def resized(masks: np.ndarray, size: tuple[int, int], dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 (K, S, S) → `dtype` (K, 1, height, width) in [0, 1], bilinear; smoothed where it becomes smaller."""
    values = torch.from_numpy(np.array(masks)).unsqueeze(1).to(dtype) / 255
    return F.interpolate(values, size=tuple(size), mode="bilinear", align_corners=False, antialias=True).clamp(0, 1)
