"""EfficientNet-B2 as TensorFlow computes it (Tan and Le, ICML 2019); pytorchcv and the tables call it "b2b"."""

from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from .backbone import Backbone, torchvision_backbone
from .registry import register_model

GROUPS = (
    ("classifier.1",),
    *((f"features.{number}",) for number in (8, 7, 6, 5, 4, 3, 2)),
    ("features.1", "features.0"),
)


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's padding ``"same"``: ⌈size / stride⌉ positions, and where the zeros around the
    image are odd in number, one more at the right and at the bottom. torch pads all sides alike, so that with stride
    2 on an even size its windows lie one pixel further up and left."""

    def forward(self, x: Tensor) -> Tensor:
        padding = []
        for axis in (1, 0):  # F.pad begins with the last dimension
            size, window = x.shape[2 + axis], self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
            total = max((-(-size // self.stride[axis]) - 1) * self.stride[axis] + window - size, 0)
            padding += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, padding), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


@register_model("efficientnet_b2b")
def efficientnet_b2b(
    num_classes: int, weights: str | None = None, image_size: int | None = 260, normalize: str = "none"
) -> Backbone:
    """7,710,857 parameters with seven classes: torchvision's B2 with the padding and the batch-norm ε of TensorFlow.

    ε is 1e-3, and no block is skipped at random while training (torchvision: one in five at the deepest), as in
    the reference. Head: dropout 0.3 and a linear layer.

    Args:
        weights: ``"imagenet"`` reads torchvision's B2, which was trained with symmetric padding and ε 1e-5; the
            weights of the reference, trained with TensorFlow, are not among torchvision's.
    """
    model = torchvision_backbone(
        "efficientnet_b2", num_classes, weights, image_size, normalize, layer_groups=GROUPS, tap="features",
        norm_layer=partial(nn.BatchNorm2d, eps=1e-3), stochastic_depth_prob=0.0,
    )  # fmt: skip
    pad_as_tensorflow(model.network)
    return model


def pad_as_tensorflow(network: nn.Module) -> None:
    """Replace the strided convolutions of `network`, weights kept; with stride 1 an odd window is padded alike."""
    for parent in list(network.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Conv2d and max(layer.stride) > 1:
                same = SameConv2d(
                    layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride,
                    groups=layer.groups, bias=False, device="meta",
                )  # fmt: skip
                same.weight = layer.weight
                setattr(parent, name, same)
