"""The masking block: a U-Net of residual blocks that looks at feature maps and gives a mask of the same shape."""

import torch
from torch import Tensor, nn

from .resnet_blocks import BasicBlock, kaiming_convolutions

ACTIVATIONS = ("softmax", "sigmoid")
DEPTHS = range(1, 5)


class MaskingBlock(nn.Module):
    """`depth` residual blocks down, with a pool between each two, as many up again, and the mask's activation.

    Tensors are named as in the reference: blocks ``conv1`` … ``conv{2 * depth}`` in the order in which they act, and
    ``up_pool{k}``, a transposed convolution with batch norm, in front of block k. Convolutions start as in
    torchvision's ResNets; the second batch norm of every residual block starts with scale 0, so that the block starts
    as its shortcut.

    The reference halves even sizes only. Here pools round up and what is up-sampled is cropped to the size it had
    on the way down, so that every size works and even ones give the reference's result.

    Args:
        channels: C of the feature maps and of the mask.
        depth: number of sizes that the block looks at, 1 … 4.
        activation: ``"softmax"`` over the channels (reference): at every position the mask's values sum to 1;
            ``"sigmoid"``, each for itself.
        growth: factor of the width from each block on the way down to the next; 2 in the reference.

    Shapes:
        x: (N, C, H, W)
        returns: (N, C, H, W) in [0, 1]
    """

    def __init__(self, channels: int, depth: int, activation: str = "softmax", growth: int = 2):
        super().__init__()
        self.depth, self.activation = depth, activation
        widths = [channels * growth**k for k in range(depth + 1)]
        self.down_pooling = nn.MaxPool2d(2, ceil_mode=True)
        for k in range(1, depth + 1):
            self.add_module(f"conv{k}", BasicBlock(widths[k - 1], widths[k]))
        for k in range(depth + 1, 2 * depth):
            width = widths[2 * depth - k]
            self.add_module(f"up_pool{k}", _up_pooling(widths[2 * depth - k + 1], width))
            self.add_module(f"conv{k}", BasicBlock(2 * width, width))  # sees what comes up and what went down
        self.add_module(f"conv{2 * depth}", BasicBlock(widths[1], channels))
        kaiming_convolutions(self)
        for module in self.modules():
            if isinstance(module, BasicBlock):
                nn.init.zeros_(module.bn2.weight)

    def forward(self, x: Tensor) -> Tensor:
        down = [self.conv1(x)]
        for k in range(2, self.depth + 1):
            down.append(self._block(k)(self.down_pooling(down[-1])))
        x = down.pop()
        for k in range(self.depth + 1, 2 * self.depth):
            skip = down.pop()
            up = self.get_submodule(f"up_pool{k}")(x)[..., : skip.shape[-2], : skip.shape[-1]]
            x = self._block(k)(torch.cat([up, skip], dim=1))
        x = self._block(2 * self.depth)(x)
        return torch.softmax(x, dim=1) if self.activation == "softmax" else torch.sigmoid(x)

    def _block(self, number: int) -> nn.Module:
        return self.get_submodule(f"conv{number}")


def _up_pooling(inputs: int, outputs: int) -> nn.Sequential:
    up = nn.ConvTranspose2d(inputs, outputs, kernel_size=2, stride=2)
    return nn.Sequential(up, nn.BatchNorm2d(outputs), nn.ReLU())
