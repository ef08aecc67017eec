"""What notebook 06 asks for."""

from inspect import signature
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from ..models.registry import MODELS
from .target_parameters import TargetParameters

#: Networks with which the paper compares its own, in the order of its table (accuracy on FER-2013).
BENCHMARK = (
    *("vgg19", "efficientnet_b2b", "googlenet", "resnet34", "inception_v3", "bam_resnet50", "densenet121"),
    *("resnet152", "cbam_resnet50"),
)
#: Network, its options, and what is trained otherwise.
VARIANTS: dict[str, tuple[str, dict, dict]] = {
    "residual_masking": ("residual_masking", {}, {}),
    "resmasking": ("residual_masking", {"head": "linear"}, {}),
    "dropout2": ("residual_masking", {"head": "dropout2"}, {}),
    "dropout3": ("residual_masking", {"head": "dropout3"}, {}),
    "dropout4": ("residual_masking", {"head": "dropout4"}, {}),
    "naive": ("residual_masking", {"mask_mode": "off"}, {}),
    "sigmoid": ("residual_masking", {"mask_activation": "sigmoid"}, {}),
    "residual_masking_slim": ("residual_masking_slim", {}, {}),
    "slim_unmasked": ("residual_masking_slim", {"mask_mode": "off"}, {}),
    **{name: (name, {}, {}) for name in (*BENCHMARK, "resnet18", "resnet50", "resnet101", "cbam_resnet34")},
    "simple_cnn": ("simple_cnn", {}, {}),
    "vgg_compact": ("vgg_compact", {}, {}),
    "vgg_compact_half": ("vgg_compact", {"width": 0.5}, {}),
}
#: Masked networks, and what is the same network without masks.
UNMASKED = {"residual_masking": "naive", "sigmoid": "naive", "residual_masking_slim": "slim_unmasked"}


class ResidualMaskingStudy(TargetParameters):
    """Parameters of notebook 06; the recipe is the published one (specification, §4) by default.

    Beside those of :class:`TargetParameters`: `image_size`, `normalize` and `weights` are options of the networks that
    were made for photographs, and do not concern those that take 48 × 48 pixels as they are; without `image_size` each
    sees the size that it was made for. `measured` are variants, trained or not, whose forward pass is timed for
    `measured_seconds` each, on batches of `measured_batch` images.
    """

    notebook: ClassVar[str] = "06_residual_masking"
    known: ClassVar = VARIANTS
    network_fields: ClassVar = ("image_size", "normalize", "weights")
    paper_sets: ClassVar = {"fer2013": {"splits": ["official"]}}

    variants: list[str] = Field(["residual_masking_slim", "slim_unmasked", "simple_cnn"], min_length=1)
    seeds: list[int] = Field([1234], min_length=1)
    epochs: int = Field(50, ge=1)
    patience: int = Field(8, ge=1)
    batch_size: int = Field(48, ge=2)
    learning_rate: float = Field(1e-4, gt=0)
    weight_decay: float = Field(1e-3, ge=0)
    plateau_factor: float = Field(0.1, gt=0, le=1)
    plateau_patience: int = Field(2, ge=1)
    augmentation: Literal["none", "flip", "affine", "rotate"] = "rotate"
    optimizer: Literal["adam", "adamw", "radam", "sgd"] = "radam"
    schedule: Literal["constant", "one_cycle"] = "constant"
    accumulate: int = Field(1, ge=1)
    compile: bool = False
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    cutout: float = Field(0.0, ge=0, lt=1)
    mixup: float = Field(0.0, ge=0)
    average_decay: float = Field(0.0, ge=0, lt=1)
    image_sizes: list[int] = []
    # networks
    image_size: int | None = Field(None, ge=1)
    normalize: Literal["none", "imagenet"] = "none"
    weights: Literal["imagenet"] | None = None
    # cost
    measured: list[str] = ["residual_masking_slim", "slim_unmasked", "simple_cnn"]
    measured_batch: int = Field(32, ge=1)
    measured_seconds: float = Field(0.3, gt=0)

    @field_validator("measured")
    @classmethod
    def _measurable(cls, variants: list[str], info) -> list[str]:
        cls.require_variants(variants, info.data.get("recipes", {}))
        return variants

    def network(self, variant: str) -> tuple[str, dict]:
        """Name and options of a variant's model; only options that differ from their defaults are named."""
        based, recipe = self.recipe(variant)
        model, options, _ = VARIANTS[based]
        taken = signature(MODELS[model]).parameters
        asked = {key: recipe.get(key, getattr(self, key)) for key in self.network_fields}
        changed = {
            key: value
            for key, value in asked.items()
            if key in taken and value is not None and value != taken[key].default
        }
        return model, {**options, **changed}


def resizes(model: str) -> bool:
    """Whether a registered network brings images to the size that it wants, and grey ones to three channels."""
    return "image_size" in signature(MODELS[model]).parameters
