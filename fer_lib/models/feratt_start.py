"""How FERAtt starts: as PyTorch draws its layers (reference), or with a reconstruction that is the image under a gate.

Started as in the reference, a decoder without batch norm gives a map that hardly depends on the image, and the
reconstruction first has to learn what an image is. Here only the map is left to learn.
"""

from math import log

import torch
from torch import nn

from ..errors import require
from .feratt_attention import AttentionDecoder
from .feratt_features import FeatureExtractor
from .feratt_reconstruction import Reconstruction

STARTS = ("reference", "gate")
COLOURS = 3
#: Of the last layer of the attention map, by He's: the gate starts nearly even.
HEAD_SCALE = 0.1
#: How open it is, about the share of an image that is face: no even gate reconstructs better. One that starts at a half
#: closes at first, with a momentum that in one training of two shuts it for good.
OPEN = 0.25


@torch.no_grad()
def start_as_gate(attention: AttentionDecoder, features: FeatureExtractor, reconstruction: Reconstruction) -> None:
    """Set weights so that the reconstruction is out(σ(attention) · image), exactly, until they are trained.

    The image passes through the first three features, and beside its negative through the ReLU between the
    convolutions of the reconstruction. All other channels start as drawn, with a weight of 0 in what follows. The
    decoder is drawn anew, normal after He et al. (ICCV 2015), with biases of 0 but for that of the map (:data:`OPEN`).

    Raises:
        InputError: a reconstruction that sees more than the features, or too few channels.
    """
    require(
        not reconstruction.joined,
        "start 'gate' for a reconstruction that sees image and attention map beside the features, expected 'reference'",
    )
    first, (one, _, two) = features.first, reconstruction.convs
    require(
        first.out_channels >= COLOURS and one.out_channels >= 2 * COLOURS,
        f"start 'gate' with {first.out_channels} features and {one.out_channels} hidden channels, expected at least "
        f"{COLOURS} and {2 * COLOURS}: the image passes through the ones, and with its negative through the others",
    )
    nn.init.dirac_(first.weight[:COLOURS])
    first.bias[:COLOURS].zero_()
    for silent in (features.last, two):
        nn.init.zeros_(silent.weight)
        nn.init.zeros_(silent.bias)
    one.bias[: 2 * COLOURS].zero_()
    for sign, rows in ((1, slice(0, COLOURS)), (-1, slice(COLOURS, 2 * COLOURS))):
        nn.init.dirac_(one.weight[rows]).mul_(sign)
        nn.init.dirac_(two.weight[:, rows]).mul_(sign)
    for layer in attention.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=(2 / _summed(layer)) ** 0.5)
            nn.init.zeros_(layer.bias)
    attention.head[-1].weight.mul_(HEAD_SCALE)
    attention.head[-1].bias.fill_(log(OPEN / (1 - OPEN)))


def _summed(layer: nn.Conv2d | nn.ConvTranspose2d) -> float:
    """How many products make one value: a transposed convolution meets 1/stride² of its kernel at each pixel."""
    area = layer.kernel_size[0] * layer.kernel_size[1]
    if isinstance(layer, nn.ConvTranspose2d):
        area /= layer.stride[0] * layer.stride[1]
    return layer.in_channels * area
