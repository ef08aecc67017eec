"""What notebook 05 asks for."""

from dataclasses import fields
from typing import ClassVar, Literal

from pydantic import Field

from ..errors import require
from ..training.motion import MotionConfig
from .target_parameters import TargetParameters

#: Network, its options, and what is trained otherwise. Names with "slim" are of the substitute that a CPU can train.
VARIANTS: dict[str, tuple[str, dict, dict]] = {
    **{
        f"{variant}{ending}": (f"fmpn{ending}", options, {})
        for ending in ("", "_slim")
        for variant, options in (
            ("fmpn", {}),
            ("classifier", {"masks": "none"}),
            ("oracle", {"masks": "given"}),
            ("shuffled", {"masks": "given"}),
        )
    }
}
#: Variants that are told something about the true class of what they classify: never results, only bounds.
CONTROLS = ("oracle", "shuffled")
#: Of the network: what recipes may set, too.
NETWORK = ("prior", "init_gain", "normalize", "classifier", "classifier_options", "width", "blocks", "norm", "weights")
#: Of both stages beside TrainConfig: recipes may set these as well.
STAGES = tuple(field.name for field in fields(MotionConfig) if field.name != "augmentation")


class MotionPriorStudy(TargetParameters):
    """Parameters of notebook 05; the recipe is that of the public code (specification, §6 and 7) by default.

    Beside those of :class:`TargetParameters`:

    - `image_size`: pixels on a side of what the networks see; the training images are larger by 320/299, as published.
      None is the network's own (299; 96 of the slim one).
    - `landmarks`: "dlib" or "dataset": by which faces are aligned.
    - `source`, `borrowed_from`, `normalizer`, `mask_size`, `photometric`, `blur`: of the motion masks
      (:func:`~fer_lib.guidance.motion.make_motion_masks`).
    - those called like a field of :class:`~fer_lib.training.motion.MotionConfig` are that field; `epochs` and
      `learning_rate` are those of the joint stage. `crops` False leaves crops and mirroring away.
    - the others are options of the network.

    Variants: ``fmpn``; ``classifier``, the same classifier on the face alone; ``oracle``, the mask of the true class in
    place of a predicted one; ``shuffled``, that of another class, drawn once for each image. The last two know the
    label of a tested image and are controls.
    """

    notebook: ClassVar[str] = "05_facial_motion_priors"
    known: ClassVar = VARIANTS
    network_fields: ClassVar = (*NETWORK, *STAGES)
    own: ClassVar = (
        *TargetParameters.own,
        *("image_size", "landmarks", "source", "borrowed_from", "normalizer", "mask_epochs", "mask_decay", "decay"),
        *("mask_learning_rate", "generator_learning_rate"),
    )
    paper_sets: ClassVar = {
        "ckplus": {"label_space": "native", "splits": ["published"], "folds": 10, "source": "published"},
        "jaffe": {
            "label_space": "expression6", "options": {"size": 256, "crop": None}, "splits": ["leave_one_subject_out"],
            "folds": 10, "source": "pairs",
        },
        "mmi": {"label_space": "native", "splits": ["published"], "folds": 10, "source": "published"},
    }  # fmt: skip
    substitute: ClassVar = {
        "dataset": "synthetic", "options": {"images": 640, "style": "studio"}, "splits": ["subject"], "folds": 2,
        "landmarks": "dataset",
    }  # fmt: skip

    variants: list[str] = Field(["fmpn_slim", "classifier_slim"], min_length=1)
    label_space: str = "expression6"
    # faces and masks
    image_size: int | None = Field(None, ge=32, le=957)
    landmarks: Literal["dlib", "dataset"] = "dlib"
    source: Literal["pairs", "class_mean", "published", "borrowed"] = "pairs"
    borrowed_from: str = "ckplus"
    normalizer: Literal["equalize", "minmax", "clahe", "none"] = "equalize"
    mask_size: int = Field(70, ge=16)
    photometric: bool = False
    blur: float = Field(0.0, ge=0)
    # training
    epochs: int = Field(100, ge=1)
    patience: int = Field(100, ge=1)
    batch_size: int = Field(16, ge=2)
    learning_rate: float = Field(1e-4, gt=0)
    mask_epochs: int = Field(100, ge=1)
    mask_decay: int = Field(50, ge=0)
    mask_batch_size: int = Field(16, ge=2)
    mask_learning_rate: float = Field(1e-4, gt=0)
    decay: int = Field(50, ge=0)
    generator_learning_rate: float = Field(1e-5, gt=0)
    loss_preset: Literal["code", "paper"] = "code"
    policy: Literal["linear", "step", "plateau", "constant"] = "linear"
    legacy_lr_lambda: bool = False
    crops: bool = True
    # network
    prior: Literal["masked_face", "mask", "signed_masked_face", "only"] = "masked_face"
    init_gain: float = Field(1.0, gt=0)
    normalize: Literal["imagenet", "none", "legacy"] = "imagenet"
    classifier: str | None = None
    classifier_options: dict | None = None
    width: int | None = Field(None, ge=1)
    blocks: int | None = Field(None, ge=0)
    norm: Literal["batch", "instance", "none"] = "batch"
    weights: Literal["imagenet"] | None = None

    @classmethod
    def require_variants(cls, variants: list[str], recipes: dict[str, dict]) -> None:
        """Raise InputError unless all are known, no two are the same, and one predicts masks."""
        super().require_variants(variants, recipes)
        based = [recipes.get(name, {}).get("variant", name) for name in variants]
        require(
            any(name.startswith("fmpn") for name in based),
            f"variants {', '.join(variants)}: none predicts masks, expected fmpn, fmpn_slim or a recipe of them",
        )

    def network(self, variant: str, entry: dict) -> tuple[str, dict]:
        """Name and options of a variant's model on an entry of :meth:`planned`; only options that differ from their
        defaults are named."""
        based, recipe = self.recipe(variant)
        model, options, _ = VARIANTS[based]
        asked = {key: recipe.get(key, getattr(self, key)) for key in NETWORK}
        changed = {key: value for key, value in asked.items() if value != type(self).model_fields[key].default}
        size = {} if entry["image_size"] is None else {"image_size": entry["image_size"]}
        return model, {**options, **size, **changed}

    def motion(self, variant: str, entry: dict) -> MotionConfig:
        """Both stages of a variant's training on an entry of :meth:`planned`, beside its TrainConfig."""
        _, recipe = self.recipe(variant)
        chosen = {name: recipe.get(name, entry.get(name, getattr(self, name))) for name in STAGES}
        return MotionConfig(**chosen, augmentation="crops" if self.crops else "none")

    @property
    def described(self) -> str:
        """For figure titles: a substitute says so."""
        slim = {self.recipe(variant)[0].endswith("_slim") for variant in self.variants}
        return {(True,): "slim FMPN", (False,): "FMPN"}.get(tuple(slim), "FMPN and slim FMPN")

    def control(self, variant: str) -> str | None:
        """The control, "oracle" or "shuffled", that `variant` is or is based on; None for others."""
        based = self.recipe(variant)[0].removesuffix("_slim")
        return based if based in CONTROLS else None

    def baseline(self, variants: list[str]) -> str:
        """The classifier alone among `variants`, with which the others are compared; else the first."""
        return next((name for name in variants if self.recipe(name)[0].startswith("classifier")), variants[0])
