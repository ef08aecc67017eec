"""A plain stack of 3 × 3 convolutions for 48 × 48 grey faces, small enough to be trained from scratch on a CPU.

In the manner of VGG (Simonyan and Zisserman 2015) with batch normalisation, which the strongest networks trained on
FER-2013 alone are too (Khaireddin and Chen, arXiv 2105.03588: 73.28 % with a larger one); the widths are ours.
"""

from torch import Tensor, nn

from ..errors import require
from .registry import register_model

#: Output channels of the convolutions of each stage; a 2 × 2 max pooling stands between two stages.
STAGES = ((32,), (48, 64), (128, 128), (256, 256, 256), (384,))


@register_model("vgg_compact")
class VGGCompact(nn.Module):
    """2,628,039 parameters with seven classes; 117 million multiply–accumulates for a face of 48 × 48 pixels.

    Args:
        num_classes: number of logits.
        width: factor of all channels; other than 1 it is a slimmer or wider network, to be named so.
        dropout: of the pooled features.
        channels: of the image, 1 or 3; a grey image is repeated for a network of 3.

    Shapes:
        image: (N, 1 or channels, H, W) float in [-1, 1], H and W from 16
        returns: (N, num_classes) logits

    Attributes:
        any_size: images need not have the size of those it was trained on.
        taps: ``"stage 1"`` … ``"stage 5"`` (= ``"last"``), after the last ReLU of each.

    Raises:
        InputError: a width that leaves a layer without channels, a dropout outside 0 … 1, or other channels.
    """

    takes_guidance = False
    any_size = True
    layer_groups = (("head",), *((f"stages.{i}",) for i in reversed(range(len(STAGES)))))

    def __init__(self, num_classes: int, width: float = 1.0, dropout: float = 0.3, channels: int = 1):
        super().__init__()
        require(1 / 32 <= width <= 8, f"width is {width}, expected 1/32 to 8")
        require(0 <= dropout < 1, f"dropout is {dropout}, expected 0 or above and less than 1")
        require(channels in (1, 3), f"channels is {channels}, expected 1 (grey) or 3 (colour)")
        self.channels, stages = channels, []
        for widths in STAGES:
            layers = []
            for wanted in (round(width * value) for value in widths):
                layers += [
                    nn.Conv2d(channels, wanted, kernel_size=3, padding=1, bias=False),
                    nn.BatchNorm2d(wanted),
                    nn.ReLU(inplace=True),
                ]
                channels = wanted
            stages.append(nn.Sequential(*layers))
        self.stages = nn.ModuleList(stages)
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels, num_classes)
        self.taps = {f"stage {k}": f"stages.{k - 1}" for k in range(1, len(STAGES) + 1)} | {
            "last": f"stages.{len(STAGES) - 1}"
        }
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, image: Tensor) -> Tensor:
        require(min(image.shape[-2:]) >= 16, f"an image side of {min(image.shape[-2:])} pixels, expected at least 16")
        x = self.stages[0](image.expand(-1, self.channels, -1, -1))
        for stage in self.stages[1:]:
            x = stage(self.pool(x))
        return self.head(self.dropout(x.mean((2, 3))))
