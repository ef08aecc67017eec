"""The decoders of FERAtt, which draw an attention map from the maps of an encoder's four stages."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TransposedBlock(nn.Sequential):
    """Convolution and transposed convolution, each with ReLU (2018).

    Shapes:
        x: (N, inputs, H, W)
        returns: (N, outputs, 2H, 2W)
    """

    def __init__(self, inputs: int, middle: int, outputs: int):
        super().__init__(
            nn.Conv2d(inputs, middle, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.ConvTranspose2d(middle, outputs, kernel_size=4, stride=2, padding=1), nn.ReLU(inplace=True),
        )  # fmt: skip


class ResizedBlock(nn.Sequential):
    """Bilinear enlargement and two convolutions, each with ReLU (2019); shapes as :class:`TransposedBlock`."""

    def __init__(self, inputs: int, middle: int, outputs: int):
        super().__init__(
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.Conv2d(inputs, middle, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(middle, outputs, kernel_size=3, padding=1), nn.ReLU(inplace=True),
        )  # fmt: skip


class DilatedCentre(nn.Module):
    """ReLU of the sum of four convolutions in a row, dilated by 1 to 4, with nothing between them (2018).

    Shapes:
        x: (N, inputs, H, W)
        returns: (N, outputs, H, W)
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(inputs if rate == 1 else outputs, outputs, kernel_size=3, padding=rate, dilation=rate)
            for rate in (1, 2, 3, 4)
        )

    def forward(self, x: Tensor) -> Tensor:
        total = x = self.convs[0](x)
        for conv in self.convs[1:]:
            x = conv(x)
            total = total + x
        return F.relu(total)


class PooledCentre(nn.Sequential):
    """Max pooling and a block that enlarges again (2019); shapes as :class:`DilatedCentre`, H and W even."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(nn.MaxPool2d(2), ResizedBlock(inputs, 2 * outputs, outputs))


#: Centre and blocks by what enlarges.
DECODERS = {"transposed": (DilatedCentre, TransposedBlock), "resized": (PooledCentre, ResizedBlock)}


class AttentionDecoder(nn.Module):
    """Five blocks, each of which doubles the size; the first four see a stage's maps beside what they enlarge.

    Args:
        widths: channels of the four stages.
        filters: channels of the last block; the others are multiples of it.
        kind: one of :data:`DECODERS`.
        maps: channels of the attention map.

    Shapes:
        stages: (N, widths[k], H / s, W / s) with s = 4, 8, 16, 32
        returns: (N, maps, H, W), before the sigmoid
    """

    def __init__(self, widths: Sequence[int], filters: int, kind: str, maps: int):
        super().__init__()
        f, (one, two, three, four), (centre, block) = filters, widths, DECODERS[kind]
        self.centre = centre(four, 8 * f)
        self.dec5 = block(8 * f + four, 16 * f, 8 * f)
        self.dec4 = block(8 * f + three, 16 * f, 8 * f)
        self.dec3 = block(8 * f + two, 8 * f, 2 * f)
        self.dec2 = block(2 * f + one, 4 * f, 4 * f)
        self.dec1 = block(4 * f, 4 * f, f)
        self.head = nn.Sequential(
            nn.Conv2d(f, f, kernel_size=3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(f, maps, kernel_size=1)
        )

    def forward(self, stages: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        one, two, three, four = stages
        x = self.dec5(torch.cat([self.centre(four), four], 1))
        x = self.dec4(torch.cat([x, three], 1))
        x = self.dec3(torch.cat([x, two], 1))
        x = self.dec2(torch.cat([x, one], 1))
        return self.head(self.dec1(x))
