"""The facial-motion mask generator of FMPN (Chen et al., "Facial Motion Prior Networks for Facial Expression
Recognition", IEEE VCIP 2019, arXiv 1902.08788), as the authors' code has it (``donydchen/FMPN-FER``, MIT).

From a grey face it draws a map that is bright where faces move for the expression shown. Its target is a motion mask
of the class, so that it can only succeed by telling the expression itself.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from .precision import at_least_float32

#: What follows a convolution; convolutions have biases with "instance" alone (reference).
NORMS = {"batch": nn.BatchNorm2d, "instance": nn.InstanceNorm2d, "none": nn.Identity}
OUTPUT_SIZES = ("input", "legacy")
#: Of all layers of the generator when they start (reference).
GAIN = 0.02


class MotionMaskGenerator(nn.Module):
    """6,040,968 parameters as published; all but a few thousand shrink with the square of `width`.

    Weights start Xavier-normal with gain 0.02, scales of batch norm from N(1, 0.02²), biases and shifts at 0.

    Args:
        width: channels of the first and last maps; twice and four times as many lie between them.
        blocks: residual blocks at a quarter of the size.
        norm: ``"batch"``, ``"instance"`` (without parameters, but with biases in the convolutions; the reference scores
            with running averages of it) or ``"none"``.
        dropout: between the two convolutions of a block; 0.5 where the reference switches it on.
        output_size: ``"input"``: masks are as large as images. ``"legacy"``: the reference adds the rest of H and W
            by 2 at both enlargements, which gives 296 from 298, 224 from 226 and 303 from 301; sizes that are a
            multiple of 4 or one less come out alike.

    Shapes:
        grey: (N, 1, H, W) float in [0, 1], H and W from 8
        returns: the mask (N, 1, H, W) in (0, 1), never below float32, and the maps that it is drawn from
            (N, width, H, W)

    Raises:
        InputError: an option that is not among these.
    """

    def __init__(
        self, width: int = 64, blocks: int = 4, norm: str = "batch", dropout: float = 0.0, output_size: str = "input"
    ):
        super().__init__()
        for option, value, least in (("width", width, 1), ("blocks", blocks, 0)):
            require(
                type(value) is int and value >= least, f"{option} is {value!r}, expected a whole number from {least}"
            )
        require(norm in NORMS, f"norm {norm!r}, expected one of {', '.join(NORMS)}")
        require(0 <= dropout < 1, f"dropout = {dropout}, expected 0 … 1, 1 excluded")
        require(output_size in OUTPUT_SIZES, f"output_size {output_size!r}, expected one of {', '.join(OUTPUT_SIZES)}")
        self.output_size = output_size
        layer, bias = NORMS[norm], norm == "instance"
        self.first = nn.Conv2d(1, width, kernel_size=7, padding=3, bias=bias)
        self.first_norm = layer(width)
        self.down1 = nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1, bias=bias)
        self.down1_norm = layer(2 * width)
        self.down2 = nn.Conv2d(2 * width, 4 * width, kernel_size=4, stride=2, padding=1, bias=bias)
        self.down2_norm = layer(4 * width)
        self.blocks = nn.Sequential(*(ResidualBlock(4 * width, norm, dropout) for _ in range(blocks)))
        self.up1 = nn.ConvTranspose2d(4 * width, 2 * width, kernel_size=4, stride=2, padding=1, bias=bias)
        self.up1_norm = layer(2 * width)
        self.up2 = nn.ConvTranspose2d(2 * width, width, kernel_size=4, stride=2, padding=1, bias=bias)
        self.up2_norm = layer(width)
        self.last = nn.Conv2d(width, 1, kernel_size=7, padding=3, bias=False)
        initialize(self, GAIN)

    def forward(self, grey: Tensor) -> tuple[Tensor, Tensor]:
        full = F.relu_(self.first_norm(self.first(grey)))
        half = F.relu_(self.down1_norm(self.down1(full)))
        x = self.blocks(F.relu_(self.down2_norm(self.down2(half))))
        x = F.relu_(self.up1_norm(self.up1(x, self._doubled(x, half, grey))))
        embedding = F.relu_(self.up2_norm(self.up2(x, self._doubled(x, full, grey))))
        return torch.sigmoid(at_least_float32(self.last(embedding))), embedding

    def _doubled(self, x: Tensor, before: Tensor, grey: Tensor) -> list[int]:
        """Height and width of `x` enlarged: those of the map `before` it was reduced, or the reference's."""
        if self.output_size == "input":
            return list(before.shape[-2:])
        return [2 * side + whole % 2 for side, whole in zip(x.shape[-2:], grey.shape[-2:], strict=True)]


class ResidualBlock(nn.Module):
    """x + PReLU(norm(conv(dropout(PReLU(norm(conv(x))))))): 3 × 3, nothing after the sum, a slope per PReLU.

    Shapes:
        x: (N, channels, H, W)
        returns: the same
    """

    def __init__(self, channels: int, norm: str = "batch", dropout: float = 0.0):
        super().__init__()
        layer, bias = NORMS[norm], norm == "instance"
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=bias), layer(channels), nn.PReLU(),
            *([nn.Dropout(dropout)] if dropout else []),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=bias), layer(channels), nn.PReLU(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


def initialize(module: nn.Module, gain: float) -> None:
    """Start all layers of `module` as the reference does: Xavier-normal weights, batch-norm scales from N(1, 0.02²),
    biases and shifts at 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_normal_(layer.weight, gain)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
            nn.init.zeros_(layer.bias)
