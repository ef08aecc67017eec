"""The registered networks of FERAtt: both published states, and the slim one."""

from .feratt import FERAtt
from .feratt_layout import LAYOUT_2018, LAYOUT_2019, LAYOUT_SLIM
from .pretrained import load_imagenet, require_weights
from .registry import register_model


@register_model("feratt_2018")
def feratt_2018(
    num_classes: int,
    mode: str = "rep_cls",
    dim: int = 64,
    out_act: str = "hardshrink",
    remap: bool = False,
    normalize: str = "cifar10",
    final_norm: bool = False,
    image_size: int | None = 128,
    start: str = "reference",
    weights: str | None = None,
) -> FERAtt:
    """The state to which the published tables belong: 47,408,075 parameters with seven classes, 47,408,140 with eight.

    It sees 128 × 128 pixels. The reference's own z has 1,000 values, as its option is not passed on (a quirk).

    Args:
        weights: of the encoder: None, it starts at random; ``"imagenet"``, from torchvision's file of ResNet-34
            (:func:`~fer_lib.models.pretrained.load_imagenet`), as published.
        mode, dim, out_act, remap, normalize, final_norm, image_size, start: of :class:`FERAtt`.

    Raises:
        InputError: what :class:`FERAtt` raises, and weights that are not there or do not fit.
    """
    network = FERAtt(num_classes, LAYOUT_2018, mode, dim, out_act, remap, normalize, final_norm, image_size, start)
    return _loaded(network, weights)


@register_model("feratt_2019")
def feratt_2019(
    num_classes: int,
    mode: str = "rep_cls",
    dim: int = 64,
    out_act: str = "norm_relu",
    remap: bool = True,
    normalize: str = "none",
    final_norm: bool = False,
    image_size: int | None = 64,
    start: str = "reference",
    weights: str | None = None,
) -> FERAtt:
    """The last state: 45,818,755 parameters with seven classes, 45,821,985 with eight; in mode ``"cls"`` 45,789,059 and
    45,792,737; 2.59 billion multiply–accumulates for its 64 × 64 pixels.

    Features and attention have a channel per class, and both go into the reconstruction together with the image.

    Args:
        mode, dim, out_act, remap, normalize, final_norm, image_size, start, weights: as in :func:`feratt_2018`.
    """
    network = FERAtt(num_classes, LAYOUT_2019, mode, dim, out_act, remap, normalize, final_norm, image_size, start)
    return _loaded(network, weights)


@register_model("feratt_slim")
def feratt_slim(
    num_classes: int,
    mode: str = "rep_cls",
    dim: int = 64,
    out_act: str = "hardshrink",
    remap: bool = False,
    normalize: str = "cifar10",
    final_norm: bool = False,
    image_size: int | None = 64,
    start: str = "gate",
) -> FERAtt:
    """Not a published network: one of the kind of 2018 for CPUs, 1,163,411 parameters with seven classes.

    It sees 64 × 64 pixels; the encoder has an eighth of the published width, the decoder a quarter, and the classifier
    is ``preact_slim``: 55.6 million multiply–accumulates. Its results say nothing about those of :func:`feratt_2018`.

    Args:
        mode, dim, out_act, remap, normalize, final_norm, image_size, start: of :class:`FERAtt`.
    """
    return FERAtt(num_classes, LAYOUT_SLIM, mode, dim, out_act, remap, normalize, final_norm, image_size, start)


def _loaded(network: FERAtt, weights: str | None) -> FERAtt:
    require_weights(weights)
    if weights == "imagenet":
        load_imagenet(network.encoder, "resnet34", fresh=("fc",))
    return network
