"""Sizes of the networks of FERAtt in both of its published states, and of the slim one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Sizes of the four networks.

    Attributes:
        widths, blocks: of the encoder.
        decoder, filters: of the attention decoder.
        features, feature_blocks, kernel: of the feature extractor; None: as many features as classes.
        maps_as_features: the attention map has a channel for each feature, instead of one, and image and map are
            joined to the features for the reconstruction.
        hidden: of the reconstruction.
        width, stage_blocks: of the pre-activation ResNet.
        pool_to: pixels on a side of what that sees.
        divisor: sides of images are multiples of it.
    """

    widths: tuple[int, int, int, int] = (64, 128, 256, 512)
    blocks: tuple[int, int, int, int] = (3, 4, 6, 3)
    decoder: str = "transposed"
    filters: int = 32
    features: int | None = 32
    feature_blocks: int = 4
    kernel: int = 9
    maps_as_features: bool = False
    hidden: int = 32
    width: int = 64
    stage_blocks: tuple[int, int, int, int] = (2, 2, 2, 2)
    pool_to: int = 32
    divisor: int = 32


LAYOUT_2018 = Layout()
LAYOUT_2019 = Layout(decoder="resized", features=None, feature_blocks=8, maps_as_features=True, divisor=64)
LAYOUT_SLIM = Layout(
    widths=(8, 16, 32, 64), blocks=(1, 1, 1, 1), filters=8, features=8, feature_blocks=0, kernel=3, hidden=8, width=16,
    stage_blocks=(1, 1, 1, 1),
)  # fmt: skip
