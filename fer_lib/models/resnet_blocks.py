"""Residual blocks with the tensor names of torchvision's ResNets, at any width."""

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3 × 3 convolutions with batch norm beside a shortcut (He et al., CVPR 2016, figure 5 left).

    The shortcut is a 1 × 1 convolution with batch norm where size or width change, else the identity. Each ReLU is a
    module of its own and works on a copy, so that hooks (guided backpropagation) can act on one of them.

    Args:
        inputs, outputs: channels.
        stride: of the first convolution and of the shortcut.

    Shapes:
        x: (N, inputs, H, W)
        returns: (N, outputs, ⌈H / stride⌉, ⌈W / stride⌉), not negative
    """

    expansion = 1  # outputs by the width inside

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = _shortcut(inputs, outputs, stride)
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu1(self.bn1(self.conv1(x)))
        return self.relu2(self.bn2(self.conv2(x)) + shortcut)


class Bottleneck(nn.Module):
    """1 × 1, 3 × 3 and 1 × 1 convolutions with batch norm beside a shortcut (figure 5 right), a quarter as wide inside.

    Its stride is that of the 3 × 3 convolution, as torchvision has it; else as :class:`BasicBlock`.
    """

    expansion = 4

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        width = outputs // self.expansion
        self.conv1 = nn.Conv2d(inputs, width, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(width, outputs, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = _shortcut(inputs, outputs, stride)
        self.relu3 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu1(self.bn1(self.conv1(x)))
        x = self.relu2(self.bn2(self.conv2(x)))
        return self.relu3(self.bn3(self.conv3(x)) + shortcut)


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and inputs == outputs:
        return None
    projection = nn.Conv2d(inputs, outputs, kernel_size=1, stride=stride, bias=False)
    return nn.Sequential(projection, nn.BatchNorm2d(outputs))


def stage(
    inputs: int, outputs: int, blocks: int, stride: int, unit: type[BasicBlock | Bottleneck] = BasicBlock
) -> nn.Sequential:
    """`blocks` units in a row, the first of which changes width and size."""
    rest = (unit(outputs, outputs) for _ in range(blocks - 1))
    return nn.Sequential(unit(inputs, outputs, stride), *rest)


def kaiming_convolutions(network: nn.Module) -> None:
    """Draw the weights of every (not transposed) convolution from N(0, 2 / fan-out), as torchvision's ResNets do."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
