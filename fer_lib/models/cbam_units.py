"""torchvision's residual units with CBAM in front of the sum. A module of its own: importing torchvision is slow."""

from torch import Tensor
from torchvision.models.resnet import BasicBlock, Bottleneck

from .cbam import CBAM


class CBAMBottleneck(Bottleneck):
    def __init__(self, inplanes: int, planes: int, *args, **kwargs):
        super().__init__(inplanes, planes, *args, **kwargs)
        self.gate = CBAM(planes * self.expansion)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.relu(self.bn1(self.conv1(x)))
        branch = self.relu(self.bn2(self.conv2(branch)))
        branch = self.gate(self.bn3(self.conv3(branch)))
        return self.relu(branch + (x if self.downsample is None else self.downsample(x)))


class CBAMBasicBlock(BasicBlock):
    def __init__(self, inplanes: int, planes: int, *args, **kwargs):
        super().__init__(inplanes, planes, *args, **kwargs)
        self.gate = CBAM(planes * self.expansion)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.relu(self.bn1(self.conv1(x)))
        branch = self.gate(self.bn2(self.conv2(branch)))
        return self.relu(branch + (x if self.downsample is None else self.downsample(x)))
