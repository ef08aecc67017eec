"""The encoder of FERAtt: a ResNet of basic blocks, of which the maps of all stages are used."""

from collections.abc import Sequence

from torch import Tensor, nn

from .resnet_blocks import kaiming_convolutions, stage


class Encoder(nn.Module):
    """ResNet-34 without its head, with torchvision's tensor names; its first pool is 2 × 2 (reference).

    Args:
        widths, blocks: of the four stages; the first convolution is as wide as the first stage.

    Shapes:
        image: (N, 3, H, W)
        returns: outputs of stages 1 … 4, (N, widths[k], H / s, W / s) with s = 4, 8, 16, 32
    """

    def __init__(self, widths: Sequence[int], blocks: Sequence[int]):
        super().__init__()
        first = widths[0]
        self.conv1 = nn.Conv2d(3, first, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(2)
        self.layer1 = stage(first, widths[0], blocks[0], stride=1)
        self.layer2 = stage(widths[0], widths[1], blocks[1], stride=2)
        self.layer3 = stage(widths[1], widths[2], blocks[2], stride=2)
        self.layer4 = stage(widths[2], widths[3], blocks[3], stride=2)
        kaiming_convolutions(self)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = self.maxpool(self.relu(self.bn1(self.conv1(image))))
        one = self.layer1(x)
        two = self.layer2(one)
        three = self.layer3(two)
        return one, two, three, self.layer4(three)
