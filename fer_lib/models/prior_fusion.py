"""The prior fusion network of FMPN (Chen et al., IEEE VCIP 2019, arXiv 1902.08788): one image out of face and prior."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from .motion_mask_generator import ResidualBlock, initialize
from .precision import at_least_float32


class PriorFusion(nn.Module):
    """377 parameters: a convolution each for face and prior, their sum, a residual block, a convolution, a sigmoid.

    Args:
        init_gain: of the Xavier-normal weights that it starts with. The reference's 0.02 makes the image that it
            gives grey at first, 0.505 ± 0.005 everywhere (a quirk), so that a classifier behind it sees nothing for
            many steps.

    Shapes:
        face: (N, 3, H, W) float in [0, 1]
        prior: (N, 1, H, W) float in [0, 1], or in [-1, 1]
        returns: (N, 3, H, W) in (0, 1), never below float32

    Raises:
        InputError: a gain of 0 or below.
    """

    def __init__(self, init_gain: float = 1.0):
        super().__init__()
        require(init_gain > 0, f"init_gain = {init_gain}, expected above 0")
        self.face = nn.Sequential(nn.Conv2d(3, 3, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(3))
        self.prior = nn.Sequential(nn.Conv2d(1, 3, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(3))
        self.block = ResidualBlock(3)
        self.last = nn.Conv2d(3, 3, kernel_size=3, padding=1, bias=False)
        initialize(self, init_gain)

    def forward(self, face: Tensor, prior: Tensor) -> Tensor:
        x = F.relu(self.face(face)) + F.relu(self.prior(prior))
        return torch.sigmoid(at_least_float32(self.last(self.block(x))))
