"""The networks that residual masking is compared with, from torchvision (Pham, Vu and Tran, ICPR 2020, table 1).

All take the options of ``resnet18``: `weights`, None or ``"imagenet"`` (local files alone,
:mod:`fer_lib.models.pretrained`); `image_size` and `normalize` (:class:`~fer_lib.models.image_input.ImageInput`).
Counts are of the parameters with seven classes. Sizes are those that the networks were made for; smaller ones cost
less and run down to the size that an error message names.
"""

from .backbone import Backbone, torchvision_backbone
from .registry import register_model

RESNET_GROUPS = (("fc",), ("layer4",), ("layer3",), ("layer2",), ("layer1", "bn1", "conv1"))
VGG19_GROUPS = (
    *(("classifier.6",), ("classifier.3",), ("classifier.0",)),
    *(
        tuple(f"features.{number}" for number in block)  # a convolution each; pools and ReLU have no weights
        for block in ((34, 32, 30, 28), (25, 23, 21, 19), (16, 14, 12, 10), (7, 5), (2, 0))
    ),
)
GOOGLENET_GROUPS = (
    ("fc",),
    ("inception5b", "inception5a"),
    tuple(f"inception4{part}" for part in "edcba"),
    ("inception3b", "inception3a"),
    ("conv3", "conv2", "conv1"),
)
INCEPTION_GROUPS = (
    ("fc",),
    tuple(f"Mixed_7{part}" for part in "cba"),
    tuple(f"Mixed_6{part}" for part in "edcba"),
    tuple(f"Mixed_5{part}" for part in "dcb"),
    ("Conv2d_4a_3x3", "Conv2d_3b_1x1", "Conv2d_2b_3x3", "Conv2d_2a_3x3", "Conv2d_1a_3x3"),
)
DENSENET_GROUPS = (
    ("classifier",),
    ("features.norm5", "features.denseblock4"),
    *((f"features.transition{number}", f"features.denseblock{number}") for number in (3, 2, 1)),
    ("features.norm0", "features.conv0"),
)


@register_model("resnet18")
def resnet18(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """11,180,103 parameters."""
    return _resnet("resnet18", num_classes, weights, image_size, normalize)


@register_model("resnet34")
def resnet34(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """21,288,263 parameters."""
    return _resnet("resnet34", num_classes, weights, image_size, normalize)


@register_model("resnet50")
def resnet50(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """23,522,375 parameters."""
    return _resnet("resnet50", num_classes, weights, image_size, normalize)


@register_model("resnet101")
def resnet101(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """42,514,503 parameters."""
    return _resnet("resnet101", num_classes, weights, image_size, normalize)


@register_model("resnet152")
def resnet152(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """58,158,151 parameters."""
    return _resnet("resnet152", num_classes, weights, image_size, normalize)


@register_model("vgg19")
def vgg19(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """139,598,919 parameters, without batch norm; two layers of 4,096 with dropout 0.5 before the head."""
    return torchvision_backbone(
        "vgg19", num_classes, weights, image_size, normalize, layer_groups=VGG19_GROUPS, tap="features.35"
    )


@register_model("googlenet")
def googlenet(
    num_classes: int,
    weights: str | None = None,
    image_size: int | None = 224,
    normalize: str = "none",
    transform_input: bool = False,
) -> Backbone:
    """5,607,079 parameters, without the auxiliary classifiers, which would need a loss of their own; dropout 0.2.

    Its ImageNet weights, and those of ``inception_v3``, come from networks that were trained on [-1, 1].

    Args:
        transform_input: map images normalised with ``normalize="imagenet"`` to [-1, 1]. Off, as normalising is the
            input layer's business; the reference has it on although its images are in [0, 1] (a quirk).
    """
    return torchvision_backbone(
        "googlenet", num_classes, weights, image_size, normalize, layer_groups=GOOGLENET_GROUPS, tap="inception5b",
        std=0.01, aux_logits=False, init_weights=False, transform_input=transform_input,
    )  # fmt: skip


@register_model("inception_v3")
def inception_v3(
    num_classes: int,
    weights: str | None = None,
    image_size: int | None = 299,
    normalize: str = "none",
    transform_input: bool = False,
) -> Backbone:
    """21,799,911 parameters, without the auxiliary classifier; dropout 0.5.

    The reference keeps it, so that the network returns a pair while it is trained, and its cross entropy fails.

    Args:
        transform_input: as in :func:`googlenet`.
    """
    return torchvision_backbone(
        "inception_v3", num_classes, weights, image_size, normalize, layer_groups=INCEPTION_GROUPS, tap="Mixed_7c",
        std=0.1, aux_logits=False, init_weights=False, transform_input=transform_input,
    )  # fmt: skip


@register_model("densenet121")
def densenet121(
    num_classes: int, weights: str | None = None, image_size: int | None = 224, normalize: str = "none"
) -> Backbone:
    """6,961,031 parameters."""
    return torchvision_backbone(
        "densenet121", num_classes, weights, image_size, normalize, layer_groups=DENSENET_GROUPS, tap="features"
    )


def _resnet(name: str, num_classes: int, weights: str | None, image_size: int | None, normalize: str) -> Backbone:
    return torchvision_backbone(
        name, num_classes, weights, image_size, normalize, layer_groups=RESNET_GROUPS, tap="layer4"
    )
