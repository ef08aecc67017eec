"""Whether a network with MSI-Net's shape sees what MSI-Net sees: a bright disk on grey draws the eye."""

from pathlib import Path

import torch
from torch import Tensor

from ..errors import require
from .msinet import MSINet

PARAMETERS = 24_934_209
#: Height and width that the published weights were trained at.
SIZE = (240, 320)
#: Centres (row, column) away from the middle, where a map that ignores the image has its maximum.
CENTRES = ((80, 96), (160, 224))
RADIUS, GREY, BRIGHT = 24, 126.0, 255.0
#: How far the maximum may lie from a disk's centre, in pixels: two radii.
NEAR = 2 * RADIUS


def disks() -> Tensor:
    """(2, 3, 240, 320) float RGB in 0…255, one disk each."""
    rows, columns = torch.meshgrid(*(torch.arange(side) for side in SIZE), indexing="ij")
    inside = torch.stack([(rows - y) ** 2 + (columns - x) ** 2 <= RADIUS**2 for y, x in CENTRES])
    return torch.where(inside, BRIGHT, GREY)[:, None].expand(-1, 3, -1, -1)


@torch.inference_mode()
def check_sanity(network: MSINet, path: str | Path) -> dict[str, float]:
    """What the maps of :func:`disks` are like.

    Args:
        path: the weights' file, for the sentence.

    Returns:
        ``parameters``, ``lowest`` and ``highest`` value of the maps, ``distance`` of the maximum from the disk's
        centre in pixels, the larger of the two.

    Raises:
        InputError: another number of parameters, values outside of [0, 1] or a map without range, or a maximum that is
            not near the disk.
    """
    parameters = sum(value.numel() for value in network.parameters())
    require(parameters == PARAMETERS, f"{path}: {parameters:,} parameters, expected {PARAMETERS:,}")
    maps = network.eval()(disks()).flatten(1)
    lowest, highest = maps.amin(1), maps.amax(1)
    require(
        bool(((lowest == 0) & (highest > 0.999) & (highest <= 1)).all()),  # false for NaN, too
        f"{path}: maps of a bright disk span {lowest.min():.3g} to {highest.min():.3g}, expected 0 to 1",
    )
    at = maps.argmax(1)
    peaks = torch.stack([at // SIZE[1], at % SIZE[1]], dim=1)
    distance = (peaks - torch.tensor(CENTRES)).float().norm(dim=1).max().item()
    require(
        distance <= NEAR,
        f"{path}: the map of a bright disk has its maximum {distance:.0f} pixels from the disk's centre, expected at "
        f"most {NEAR}",
    )
    return {
        "parameters": parameters,
        "lowest": lowest.min().item(),
        "highest": highest.max().item(),
        "distance": distance,
    }
