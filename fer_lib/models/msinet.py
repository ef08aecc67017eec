"""MSI-Net, where people look in an image: Kroner, Senden, Driessens, Goebel, "Contextual encoder–decoder network for
visual saliency prediction", Neural Networks 129:261–270, 2020 (arXiv 1902.06634), as the authors' code has it
(``alexanderkroner/saliency``, TensorFlow 1, MIT).

VGG16's convolutions down to an eighth of the size, three of its stages seen at several scales at once, and three
enlargements back to the image's size. What decides whether weights trained there give the same maps here: the means
and their order, the padding of the pools of stride 1, and the bilinear enlargement (see :mod:`.msinet_units`).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from .msinet_units import double, min_max, pool_same
from .registry import register_map_model

#: Subtracted from red, green and blue. They are ImageNet's means of blue, green and red: the authors subtract them in
#: this order, and their weights were trained so.
MEANS = (103.939, 116.779, 123.68)
#: Height and width must be multiples of it: three halvings.
MULTIPLE = 8


@register_map_model("msinet")
class MSINet(nn.Module):
    """24,934,209 parameters in 46 tensors; it takes no ``num_classes``.

    Convolutions start as TensorFlow's do, Glorot-uniform with biases at 0. The published weights are loaded by
    :func:`~fer_lib.models.msinet_loading.load_msinet`.

    Shapes:
        pictures: (N, 3, H, W) float RGB in 0…255; H and W multiples of 8 (published: 240 × 320)
        returns: (N, 1, H, W) in [0, 1], each map's smallest value 0; its largest is 1 less 1e-7 ÷ (range before
            scaling), or 0 where a map has no range

    Raises:
        InputError: pictures of another shape.
    """

    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.aspp = ASPP()
        self.decoder = Decoder()
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        require(
            pictures.ndim == 4 and pictures.shape[1] == 3 and not any(side % MULTIPLE for side in pictures.shape[2:]),
            f"pictures of shape {tuple(pictures.shape)}, expected (N, 3, H, W) with H and W multiples of {MULTIPLE}",
        )
        centred = pictures - pictures.new_tensor(MEANS).view(3, 1, 1)
        return min_max(self.decoder(self.aspp(self.encoder(centred))))


class Encoder(nn.Module):
    """The convolutions of VGG16. The last two pools keep the size, and the last three convolutions are dilated.

    Shapes:
        x: (N, 3, H, W), means subtracted
        returns: (N, 1280, H/8, W/8): the third, fourth and fifth pool
    """

    def __init__(self):
        super().__init__()
        inputs = 3
        for stage, (count, outputs) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], start=1):
            dilation = 2 if stage == 5 else 1
            for number in range(1, count + 1):
                layer = nn.Conv2d(inputs, outputs, kernel_size=3, padding=dilation, dilation=dilation)
                self.add_module(f"conv{stage}_{number}", layer)
                inputs = outputs

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(self._convolved(x, "conv1_1", "conv1_2"), 2)
        x = F.max_pool2d(self._convolved(x, "conv2_1", "conv2_2"), 2)
        third = F.max_pool2d(self._convolved(x, "conv3_1", "conv3_2", "conv3_3"), 2)
        fourth = pool_same(self._convolved(third, "conv4_1", "conv4_2", "conv4_3"))
        fifth = pool_same(self._convolved(fourth, "conv5_1", "conv5_2", "conv5_3"))
        return torch.cat([third, fourth, fifth], dim=1)

    def _convolved(self, x: Tensor, *layers: str) -> Tensor:
        for name in layers:
            x = F.relu(self.get_submodule(name)(x), inplace=True)
        return x


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling: the same features seen by four receptive fields, and their mean over the image.

    Shapes:
        x: (N, 1280, h, w)
        returns: (N, 256, h, w)
    """

    def __init__(self):
        super().__init__()
        self.b1 = nn.Conv2d(1280, 256, kernel_size=1)
        self.b2 = nn.Conv2d(1280, 256, kernel_size=3, padding=4, dilation=4)
        self.b3 = nn.Conv2d(1280, 256, kernel_size=3, padding=8, dilation=8)
        self.b4 = nn.Conv2d(1280, 256, kernel_size=3, padding=12, dilation=12)
        self.b5 = nn.Conv2d(1280, 256, kernel_size=1)
        self.project = nn.Conv2d(1280, 256, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        scales = [branch(x) for branch in (self.b1, self.b2, self.b3, self.b4)]
        context = self.b5(x.mean((2, 3), keepdim=True)).expand_as(scales[0])
        return F.relu(self.project(F.relu(torch.cat([*scales, context], dim=1))))


class Decoder(nn.Module):
    """Three enlargements by 2, each followed by a convolution that takes the blocks out of it.

    Shapes:
        x: (N, 256, h, w)
        returns: (N, 1, 8h, 8w), any real number
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(256, 128, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(128, 64, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(64, 32, kernel_size=3, padding=1)
        self.conv4 = nn.Conv2d(32, 1, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.conv1, self.conv2, self.conv3):
            x = F.relu(layer(double(x)), inplace=True)
        return self.conv4(x)
