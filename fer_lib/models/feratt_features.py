"""The feature extractor of FERAtt: shallow, and as large as the image all the way."""

from torch import Tensor, nn


class FeatureBlock(nn.Module):
    """x + conv(LeakyReLU(conv(x))), 3 × 3, with a slope of 0.2 and nothing behind the sum.

    Shapes:
        x: (N, channels, H, W)
        returns: the same
    """

    def __init__(self, channels: int):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size=3, padding=1), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


class FeatureExtractor(nn.Module):
    """A convolution; blocks and another convolution, which are added to it.

    Args:
        channels: of all maps.
        blocks: number of :class:`FeatureBlock`.
        kernel: side of the first convolution in pixels, odd; 9 in the reference.

    Shapes:
        image: (N, 3, H, W)
        returns: (N, channels, H, W)
    """

    def __init__(self, channels: int, blocks: int, kernel: int = 9):
        super().__init__()
        self.first = nn.Conv2d(3, channels, kernel, padding=kernel // 2)
        self.blocks = nn.Sequential(*(FeatureBlock(channels) for _ in range(blocks)))
        self.last = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        first = self.first(image)
        return first + self.last(self.blocks(first))
