"""Residual masking network (Pham, Vu and Tran, ICPR 2020, pp. 4513–4519; arXiv 2603.05937).

A ResNet-34 in which a masking block looks at the output x of each of the four stages and gives a mask m of the same
shape; the next stage gets x · (1 + m). Layers follow the published code (``phamquiluan/ResidualMaskingNetwork``), from
which text and table of the paper differ here and there (specification, §1).
"""

from collections.abc import Sequence

from torch import Tensor, nn

from ..errors import require
from .image_input import ImageInput
from .masking_block import ACTIVATIONS, DEPTHS, MaskingBlock
from .pretrained import load_imagenet, require_weights
from .registry import register_model
from .resnet_blocks import BasicBlock, Bottleneck, kaiming_convolutions, stage

MASK_MODES = ("1+m", "m", "off")
#: Widths of the hidden layers of each head that has some, each with ReLU and dropout of 0.5 behind it.
HIDDEN = {"dropout2": (128,), "dropout3": (512, 128), "dropout4": (128, 128)}
HEADS = ("linear", "dropout1", *HIDDEN)
STAGES = (1, 2, 3, 4)


class MaskedResNet(nn.Module):
    """A ResNet of four stages with a masking block behind each.

    Tensors are named as in the reference, the trunk's as in torchvision's ResNets.

    Args:
        widths: channels that the four stages give.
        blocks: residual blocks in each of them.
        growth: of the masking blocks.
        pool: whether a max pool halves the size once more in front of the first stage.
        unit: what stages are made of.
        others: see :class:`ResidualMasking`.

    Attributes:
        taps: what to look at by name, and the module whose output it is, for forward hooks: stage outputs before
            their mask, masks, and stage outputs after them.
    """

    takes_guidance = False

    def __init__(
        self,
        num_classes: int,
        *,
        widths: Sequence[int],
        blocks: Sequence[int],
        growth: int,
        pool: bool,
        head: str,
        mask_activation: str,
        mask_mode: str,
        mask_depths: Sequence[int],
        image_size: int | None,
        normalize: str,
        unit: type[BasicBlock | Bottleneck] = BasicBlock,
    ):
        super().__init__()
        for option, value, known in (
            ("head", head, HEADS),
            ("mask_activation", mask_activation, ACTIVATIONS),
            ("mask_mode", mask_mode, MASK_MODES),
        ):
            require(value in known, f"{option} {value!r}, expected one of {', '.join(known)}")
        require(
            isinstance(mask_depths, Sequence)
            and len(mask_depths) == len(STAGES)
            and all(type(depth) is int and depth in DEPTHS for depth in mask_depths),
            f"mask_depths is {mask_depths!r}, expected four whole numbers from {DEPTHS[0]} to {DEPTHS[-1]}",
        )
        self.mask_mode = mask_mode
        self.image_input = ImageInput(image_size, normalize)
        stem = widths[0] // unit.expansion
        self.conv1 = nn.Conv2d(3, stem, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1) if pool else nn.Identity()
        for k, inputs, outputs, count in zip(STAGES, (stem, *widths), widths, blocks, strict=False):
            self.add_module(f"layer{k}", stage(inputs, outputs, count, stride=1 if k == 1 else 2, unit=unit))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        kaiming_convolutions(self)
        self.fc = make_head(head, widths[-1], num_classes)
        for k, width, depth in zip(STAGES, widths, mask_depths, strict=True):  # last: a seed draws one trunk for all
            if mask_mode != "off":
                self.add_module(f"mask{k}", MaskingBlock(width, depth, mask_activation, growth))
                self.add_module(f"masked{k}", Masked(mask_mode))
        self.taps = taps(mask_mode)
        self.layer_groups = layer_groups_of(self)

    def forward(self, image: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(self.image_input(image)))))
        for k in STAGES:
            x = self.get_submodule(f"layer{k}")(x)
            if self.mask_mode != "off":
                x = self.get_submodule(f"masked{k}")(x, self.get_submodule(f"mask{k}")(x))
        return self.fc(self.avgpool(x).flatten(1))


@register_model("residual_masking")
class ResidualMasking(MaskedResNet):
    """137,796,423 parameters with seven classes, 21,288,263 of them in the trunk and its head.

    The paper's 142.9 M are the same network with the projections of its masking blocks counted twice.

    Args:
        num_classes: number of logits.
        head: what stands between the average-pooled features and the logits: ``"linear"``, nothing; ``"dropout1"``,
            dropout of 0.4 (published); ``"dropout2"``, a hidden layer of 128; ``"dropout3"``, of 512 and 128;
            ``"dropout4"``, of 128 and 128; hidden layers have ReLU and dropout of 0.5.
        mask_activation: ``"softmax"`` over channels: most channels keep their scale and one or a few are multiplied
            by up to 2; ``"sigmoid"``.
        mask_mode: what the next stage gets of x and its mask m: ``"1+m"``, x · (1 + m); ``"m"``, x · m; ``"off"``, x:
            a ResNet-34 (the reference's ``naive`` builds the masks all the same and does not use them).
        mask_depths: sizes at which each stage's masking block looks, each 1 … 4.
        image_size: side in pixels to which images are resized, None: their own. Any size works; at multiples of 32
            all pools of the published depths halve exactly.
        normalize: scale of what the trunk sees, see :class:`~fer_lib.models.image_input.ImageInput`.
        weights: of the trunk: None, drawn as torchvision's ResNets are; ``"imagenet"``, read from torchvision's file
            of ResNet-34 where it is on this machine (:func:`~fer_lib.models.pretrained.load_imagenet`). The
            published network started from them; without them the reference's users report 65–69 % on FER-2013.

    Shapes:
        image: (N, 1 or 3, H, W) float in [-1, 1]
        returns: (N, num_classes) logits

    Attributes:
        taps: ``"before mask 1"``: module ``layer1``; ``"mask 1"``: ``mask1``; ``"after mask 1"``: ``masked1``; and so
            on to 4. Hooks on their outputs are all that Grad-CAM needs.

    Raises:
        InputError: an option that is not among these, or weights that are not there or do not fit.
    """

    trunk = "resnet34"
    widths = (64, 128, 256, 512)
    unit: type[BasicBlock | Bottleneck] = BasicBlock

    def __init__(
        self,
        num_classes: int,
        head: str = "dropout1",
        mask_activation: str = "softmax",
        mask_mode: str = "1+m",
        mask_depths: Sequence[int] = (4, 3, 2, 1),
        image_size: int | None = 224,
        normalize: str = "none",
        weights: str | None = None,
    ):
        require_weights(weights)
        super().__init__(
            num_classes, widths=self.widths, blocks=(3, 4, 6, 3), growth=2, pool=True, head=head,
            mask_activation=mask_activation, mask_mode=mask_mode, mask_depths=mask_depths, image_size=image_size,
            normalize=normalize, unit=self.unit,
        )  # fmt: skip
        if weights == "imagenet":
            load_imagenet(self, self.trunk, fresh=("fc", *(f"mask{k}" for k in STAGES)))


@register_model("residual_masking50")
class ResidualMasking50(ResidualMasking):
    """The reference's masked ResNet-50: 1,886,897,223 parameters with seven classes, 23,522,375 of them in the trunk.

    Masks are as wide as their stages, 256 to 2,048 channels. The values alone take 7.5 GB, and training takes some four
    times as much; nobody has published results. Options are those of :class:`ResidualMasking`.
    """

    trunk = "resnet50"
    widths = (256, 512, 1024, 2048)
    unit = Bottleneck


@register_model("residual_masking_slim")
class ResidualMaskingSlim(MaskedResNet):
    """Not the published network: one of its kind for CPUs, 364,839 parameters with seven classes.

    It sees 48 × 48 pixels as they are: no max pool follows the first convolution, so that its stages give 24², 12²,
    6² and 3² positions instead of 56² to 7². Stages have an eighth of the published width and one residual block
    each, and masking blocks are as wide all the way down as their stage. Its results say nothing about those of
    :class:`ResidualMasking`.

    Args:
        num_classes: number of logits.
        head, mask_activation, mask_mode, mask_depths: as in :class:`ResidualMasking`.

    Shapes:
        image: (N, 1 or 3, H, W) float in [-1, 1]; H = W = 48 is what it was made for
        returns: (N, num_classes) logits

    Raises:
        InputError: an option that is not among these.
    """

    def __init__(
        self,
        num_classes: int,
        head: str = "dropout1",
        mask_activation: str = "softmax",
        mask_mode: str = "1+m",
        mask_depths: Sequence[int] = (4, 3, 2, 1),
    ):
        super().__init__(
            num_classes, widths=(8, 16, 32, 64), blocks=(1, 1, 1, 1), growth=1, pool=False, head=head,
            mask_activation=mask_activation, mask_mode=mask_mode, mask_depths=mask_depths, image_size=None,
            normalize="none",
        )  # fmt: skip


class Masked(nn.Module):
    """x · (1 + m), or x · m; a module, so that its output can be hooked."""

    def __init__(self, mode: str):
        super().__init__()
        self.mode = mode

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return x * (1 + mask) if self.mode == "1+m" else x * mask


def make_head(kind: str, features: int, num_classes: int) -> nn.Module:
    """One of :data:`HEADS`."""
    if kind == "linear":
        return nn.Linear(features, num_classes)
    if kind == "dropout1":
        return nn.Sequential(nn.Dropout(0.4), nn.Linear(features, num_classes))
    layers = []
    for width in HIDDEN[kind]:
        layers += [nn.Linear(features, width), nn.ReLU(), nn.Dropout(0.5)]
        features = width
    return nn.Sequential(*layers, nn.Linear(features, num_classes))


def taps(mask_mode: str) -> dict[str, str]:
    """What a forward hook can look at, and the module whose output it is."""
    if mask_mode == "off":
        return {f"before mask {k}": f"layer{k}" for k in STAGES} | {"last": "layer4"}
    kinds = (("before mask", "layer"), ("mask", "mask"), ("after mask", "masked"))
    return {f"{tap} {k}": f"{module}{k}" for k in STAGES for tap, module in kinds} | {"last": "masked4"}


def layer_groups_of(model: MaskedResNet) -> tuple[tuple[str, ...], ...]:
    """Groups in the order of :mod:`fer_lib.models.layer_groups`: head, hidden layers, then stage by stage."""
    linear = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    masks = () if model.mask_mode == "off" else ("mask",)
    stages = (tuple(f"{kind}{k}" for kind in (*masks, "layer")) for k in reversed(STAGES))
    return ((linear[-1],), *((name,) for name in linear[-2::-1]), *stages, ("bn1", "conv1"))
