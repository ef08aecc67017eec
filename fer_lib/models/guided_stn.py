"""Guided spatial transformer (Luna-Jiménez et al., Applied Sciences 11(16):7217, 2021).

A localization network looks at the guidance map and predicts an affine θ; the sampler warps the
*image* with it; a small CNN classifies the warped image. Guidance never reaches the classifier.
With the image as its own guidance this is the paper's Baseline-STN.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from .precision import at_least_float32
from .registry import register_model
from .simple_cnn import SimpleCNN

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
PADDING_MODES = ("zeros", "border", "black")


@register_model("guided_stn")
class GuidedSTN(nn.Module):
    """66,673 parameters with three classes.

    Args:
        num_classes: number of logits.
        padding_mode: what the warped image shows outside of the image: ``"zeros"``, mid-grey, as
            images are in [-1, 1]; ``"border"``, its outermost pixels; ``"black"``, as if sampled in
            [0, 1] and normalised afterwards (specification, quirk Q8).

    Shapes:
        image: (N, 1, 48, 48) float in [-1, 1]
        guidance: same as image, or None for the unguided Baseline-STN
        returns: (N, num_classes) logits

    Attributes:
        taps, tap_margin: the classifier's; its maps are those of the warped image.
    """

    takes_guidance = True
    layer_groups = (
        *(tuple(f"classifier.{name}" for name in group) for group in SimpleCNN.layer_groups),
        ("fc_loc", "localization"),
    )
    taps = {tap: f"classifier.{name}" for tap, name in SimpleCNN.taps.items()}
    tap_margin = SimpleCNN.tap_margin

    def __init__(self, num_classes: int, padding_mode: str = "zeros"):
        super().__init__()
        require(
            padding_mode in PADDING_MODES, f"padding_mode {padding_mode!r}, expected one of {', '.join(PADDING_MODES)}"
        )
        self.padding_mode = padding_mode
        self.localization = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=7), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(8, 10, kernel_size=5), nn.MaxPool2d(2), nn.ReLU(),
        )  # fmt: skip
        self.fc_loc = nn.Sequential(nn.Linear(10 * 8 * 8, 32), nn.ReLU(), nn.Linear(32, 6))
        self.classifier = SimpleCNN(num_classes)
        nn.init.zeros_(self.fc_loc[2].weight)
        self.fc_loc[2].bias.data = torch.tensor(IDENTITY)

    def theta(self, guidance: Tensor) -> Tensor:
        """Affine parameters (N, 2, 3) in normalised coordinates, never below float32; identity at initialisation."""
        return affine_theta(self.localization(guidance), self.fc_loc)

    def warp(self, image: Tensor, theta: Tensor) -> Tensor:
        """`image` resampled bilinearly under `theta`; `padding_mode` says what fills the outside."""
        if self.padding_mode == "black":
            # sampling is linear, so a shift that makes black zero does what scaling to [0, 1] does
            return (resample(at_least_float32(image) + 1, theta) - 1).to(image.dtype)
        return resample(image, theta, padding_mode=self.padding_mode)

    def forward(self, image: Tensor, guidance: Tensor | None = None) -> Tensor:
        theta = self.theta(image if guidance is None else guidance)
        return self.classifier(self.warp(image, theta))


def affine_theta(seen: Tensor, fc_loc: nn.Module) -> Tensor:
    """θ (N, 2, 3), never below float32, that `fc_loc` makes of what a localization network has seen, (N, C, h, w)."""
    with torch.autocast(seen.device.type, enabled=False):  # see resample
        return fc_loc(at_least_float32(seen.flatten(1))).view(-1, 2, 3)


def resample(
    values: Tensor,
    theta: Tensor,
    *,
    size: tuple[int, int] | None = None,
    padding_mode: str = "zeros",
    align_corners: bool = False,
) -> Tensor:
    """`values` (N, C, H, W) resampled bilinearly under `theta` (N, 2, 3), computed in float32 at least.

    Args:
        size: height and width of the result; None keeps those of `values`.
        padding_mode: what lies outside, as in ``F.grid_sample``.
        align_corners: whether −1 and 1 are the centres of the outermost pixels instead of their outer edges.
    """
    # Coordinates in bfloat16 would be off by up to a sixth of a pixel. Casting the arguments is not
    # enough: the matrix product would be rounded by autocast.
    with torch.autocast(values.device.type, enabled=False):
        grid = affine_grid(at_least_float32(theta), *(size or values.shape[-2:]), align_corners=align_corners)
        found = F.grid_sample(at_least_float32(values), grid, padding_mode=padding_mode, align_corners=align_corners)
        return found.to(values.dtype)


def affine_grid(theta: Tensor, height: int, width: int, *, align_corners: bool = False) -> Tensor:
    """Sampling positions (N, height, width, 2) of θ (N, 2, 3), as ``F.affine_grid`` gives them.

    Written as the matrix product that it is: torch's own operator cannot be batched over models
    (:mod:`fer_lib.training.stacked`), and one product for the whole batch is faster on a CPU.
    """

    def centres(n: int) -> Tensor:
        number = torch.arange(n, device=theta.device, dtype=theta.dtype)
        return (2 * number + 1 - n) / max(n - 1, 1) if align_corners else (2 * number + 1) / n - 1

    rows, columns = torch.meshgrid(centres(height), centres(width), indexing="ij")
    pixels = torch.stack([columns, rows, torch.ones_like(rows)]).view(3, height * width)
    return (theta.reshape(-1, 3) @ pixels).view(-1, 2, height, width).permute(0, 2, 3, 1)
