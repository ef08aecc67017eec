"""The numbers that FERAtt computes on and reconstructs: pixels from 0 to 1, or these less a mean by a deviation."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..errors import require
from .frame import to_colour
from .image_input import IMAGENET_MEAN, IMAGENET_STD

#: Of the colours of CIFAR-10's training images in [0, 1].
CIFAR10_MEAN, CIFAR10_STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
NORMALIZE = {
    "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "cifar10": (CIFAR10_MEAN, CIFAR10_STD),
    "imagenet": (IMAGENET_MEAN, IMAGENET_STD),
}


class Units(nn.Module):
    """From images to the numbers that a network computes on, and back; without parameters and state.

    Args:
        normalize: ``"none"``: [0, 1]; ``"cifar10"`` or ``"imagenet"``: less the mean of those images, by their
            standard deviation, channel by channel.

    Shapes:
        image: (N, 1 or 3, H, W) float in [-1, 1]
        returns: (N, 3, H, W)

    Raises:
        InputError: an option that is not among these, or an image of other channels.
    """

    def __init__(self, normalize: str):
        super().__init__()
        require(normalize in NORMALIZE, f"normalize {normalize!r}, expected one of {', '.join(NORMALIZE)}")
        mean, std = NORMALIZE[normalize]
        self.mean, self.std = mean, std
        self.factors = tuple(0.5 / deviation for deviation in std)
        self.shifts = tuple((0.5 - value) / deviation for value, deviation in zip(mean, std, strict=True))

    def forward(self, image: Tensor) -> Tensor:
        return by_channel(to_colour(image), self.factors, self.shifts)

    def picture(self, values: Tensor) -> Tensor:
        """(N, 3, H, W) in these units → in [0, 1], clipped there."""
        return by_channel(values, self.std, self.mean).clamp(0, 1)


class Remap(nn.Module):
    """2 · (x · std + mean) - 1 with CIFAR-10's: [-1, 1] from what was normalised with them.

    The reference of 2019 does so to an image in [0, 1], which becomes about [-0.11, 0.39] (a quirk).

    Shapes:
        image: (N, 3, H, W)
        returns: the same
    """

    FACTORS = tuple(2 * deviation for deviation in CIFAR10_STD)
    SHIFTS = tuple(2 * value - 1 for value in CIFAR10_MEAN)

    def forward(self, image: Tensor) -> Tensor:
        return by_channel(image, self.FACTORS, self.SHIFTS)


def by_channel(image: Tensor, factors: Sequence[float], shifts: Sequence[float]) -> Tensor:
    """(N, 3, H, W), each channel times its factor plus its shift."""
    pairs = enumerate(zip(factors, shifts, strict=True))
    return torch.cat([image[:, k : k + 1] * factor + shift for k, (factor, shift) in pairs], 1)
