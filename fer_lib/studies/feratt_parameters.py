"""What notebook 07 asks for."""

from dataclasses import fields
from inspect import signature
from typing import Any, ClassVar, Literal

from pydantic import Field

from ..errors import require
from ..models.registry import MODELS
from ..training import TrainConfig
from ..training.composed import NOISE, ComposedConfig
from ..training.compositions import PRESETS, Recipe
from ..training.compositions.recipe import resolve_recipe
from ..training.structured import ATTENTION
from .target_parameters import TargetParameters

#: Network, its options, and what is trained otherwise. "slim" are substitutes that a CPU can train.
VARIANTS: dict[str, tuple[str, dict, dict]] = {
    f"{name}{ending}": (model, options, {})
    for ending, baseline, attending in (
        ("", "preact_resnet18", "feratt_2018"),
        ("_2019", "preact_resnet18", "feratt_2019"),
        ("_slim", "preact_slim", "feratt_slim"),
    )
    for name, model, options in (
        ("preact", baseline, {}),
        ("feratt_cls", attending, {"mode": "cls"}),
        ("feratt_rep_cls", attending, {}),
    )
}
#: Both states of the public code (specification, §2 to 4): what a parameter that is None means for a variant.
STATES: dict[str, dict[str, Any]] = {
    "2018": {
        "image_size": 128, "composition": "2018", "tested_composition": "2018", "epoch_length": 70_000,
        "batch_size": 240, "dim": 64, "sigma": 1.0, "appearance": "2018",
    },
    "2019": {
        "image_size": 64, "composition": "2019", "tested_composition": "2019_wide", "epoch_length": 288_000,
        "batch_size": 32, "dim": 32, "sigma": 0.5, "appearance": "2019",
    },
}  # fmt: skip
for _name, (_form, _weight) in ATTENTION.items():
    STATES[_name] |= {"attention": _form, "attention_weight": _weight}
#: The substitutes are trained as the networks of 2018, at half their size.
STATES["slim"] = {**STATES["2018"], "image_size": 64}
#: Options of the networks; None: as the network has them.
NETWORK = ("dim", "start", "out_act", "remap", "normalize", "final_norm", "weights")
#: Fields of the compositions' recipe; None: as the preset has them.
RECIPE = tuple(field.name for field in fields(Recipe) if field.name not in ("size", "kernel"))
#: Of ComposedConfig under the same name.
COMPOSED = tuple(
    field.name
    for field in fields(ComposedConfig)
    if field.name not in ("recipe", "tested_recipe", "fixed_seed", "embedded")
)
#: Those of the loss of embeddings, which a variant without a structured embedding does not have.
STRUCTURED = ("rep_weight", "sigma", "gsl_legacy", "scale_with_dim", "mixing")
PICTURES = ("masks", "landmarks", "square_size", "side", "image_size", "backgrounds", "background_count")


class FERAttStudy(TargetParameters):
    """Parameters of notebook 07; None is what the published state has that a variant belongs to (:data:`STATES`).

    Beside those of :class:`TargetParameters`:

    - `masks`, `landmarks`, `square_size`, `side`: where faces and their masks come from, the squares' pixels, and the
      share of a real picture that the face's square takes (:func:`~fer_lib.faces.squares.face_squares`).
    - `image_size`: side in pixels of compositions and real pictures, the same for all variants of a target.
    - `backgrounds`: "procedural", or a folder of photographs, absolute or from the project's root; `background_count`:
      how many, those of training, selection and test together.
    - `composition`, `tested_composition`: presets of :data:`~fer_lib.training.compositions.PRESETS` for training and
      for test, the latter the former where that alone is set; those called like a field of
      :class:`~fer_lib.training.compositions.Recipe` change both. All variants of a target are tested on the same.
    - those called like a field of :class:`~fer_lib.training.composed.ComposedConfig` are that field.
    - `neighbours`: of the k-NN classifier that scores embeddings. `f1_mode`: how macro-F1 is computed in the tables
      beside the published ones, "of_macro" from macro precision and recall as published, or "macro", mean of classes.
    - `dim`, `start`, `out_act`, `remap`, `normalize`, `final_norm`, `weights`: options of the networks that have them.

    `seed` draws the folds, the backgrounds and the fixed compositions that select and are tested.

    Variants: ``preact``, the classifier alone; ``feratt_cls``; ``feratt_rep_cls``, with the structured embedding: the
    state of 2018, to which the published tables belong. With ``_2019`` the last state, with ``_slim`` substitutes.
    """

    notebook: ClassVar[str] = "07_feratt"
    known: ClassVar = VARIANTS
    network_fields: ClassVar = (*NETWORK, "composition", "tested_composition", *RECIPE, *COMPOSED)
    own: ClassVar = (*TargetParameters.own, "schedule", *PICTURES, *network_fields)
    paper_sets: ClassVar = {
        "bu3dfe": {"masks": "black", "options": {"size": 256}, "splits": ["published"], "folds": 10},
        "ckplus": {"splits": ["subject"], "folds": 10},
        "jaffe": {"options": {"size": 256, "crop": None}, "splits": ["leave_one_subject_out"], "folds": 10},
    }
    substitute: ClassVar = {
        "dataset": "synthetic", "options": {"images": 840, "style": "studio", "size": 64}, "splits": ["subject"],
        "folds": 2, "masks": "dataset",
    }  # fmt: skip

    variants: list[str] = Field(["preact_slim", "feratt_cls_slim", "feratt_rep_cls_slim"], min_length=1)
    # faces and backgrounds
    masks: Literal["hull", "dataset", "black"] = "hull"
    landmarks: Literal["dlib", "dataset"] = "dlib"
    square_size: int = Field(128, ge=8, le=1024)
    side: float = Field(1.0, ge=0.2, le=1)
    image_size: int | None = Field(None, ge=32, le=1024)
    backgrounds: str = Field("procedural", min_length=1)
    background_count: int = Field(1000, ge=3)
    # compositions
    composition: Literal[tuple(PRESETS)] | None = None
    tested_composition: Literal[tuple(PRESETS)] | None = None
    face_side: float | None = None
    zoom: float | None = None
    flip: bool | None = None
    rotation: float | None = None
    translation: float | None = None
    warp: float | None = None
    stretch: Literal["range", "max", "none"] | None = None
    light: Literal["face", "canvas", "none"] | None = None
    # training
    epochs: int = Field(60, ge=1)
    patience: int = Field(60, ge=1)
    batch_size: int | None = Field(None, ge=2)
    learning_rate: float = Field(1e-4, gt=0)
    schedule: Literal["constant", "one_cycle"] = "constant"
    epoch_length: int | None = Field(None, ge=2)
    select_per_face: int = Field(4, ge=1)
    test_per_face: int = Field(4, ge=1)
    attention: Literal["mse", "tanh"] | None = None
    attention_weight: float | None = Field(None, ge=0)
    rep_weight: float = Field(1.0, ge=0)
    sigma: float | None = Field(None, gt=0)
    gsl_legacy: bool = False
    scale_with_dim: bool = False
    mixing: Literal["none", "onehot", "legacy"] = "none"
    appearance: Literal["none", "2018", "2019"] | None = None
    amsgrad: bool = True
    decay_every: int = Field(0, ge=0)
    noise: list[float] = list(NOISE)
    # network
    dim: int | None = Field(None, ge=1)
    start: Literal["reference", "gate"] | None = None
    out_act: Literal["hardshrink", "norm_relu", "sigmoid"] | None = None
    remap: bool | None = None
    normalize: Literal["none", "cifar10", "imagenet"] | None = None
    final_norm: bool | None = None
    weights: Literal["imagenet"] | None = None
    # what is told
    neighbours: int = Field(11, ge=1)
    f1_mode: Literal["of_macro", "macro"] = "of_macro"

    @classmethod
    def require_variants(cls, variants: list[str], recipes: dict[str, dict]) -> None:
        """Raise InputError unless all are known, no two are the same, and one draws attention."""
        super().require_variants(variants, recipes)
        based = [recipes.get(name, {}).get("variant", name) for name in variants]
        require(
            any(name.startswith("feratt") for name in based),
            f"variants {', '.join(variants)}: none draws attention, expected feratt_cls, feratt_rep_cls, those with "
            "_2019 or _slim, or a recipe of them",
        )

    def asked(self, variant: str, entry: dict, name: str) -> Any:
        """A parameter for a variant on an entry of :meth:`planned`: of its recipe, else of the entry, else of its
        state."""
        value = self._set(variant, entry, name)
        return STATES[_state(self.recipe(variant)[0])].get(name) if value is None else value

    def _set(self, variant: str, entry: dict, name: str) -> Any:
        return self.recipe(variant)[1].get(name, entry.get(name, getattr(self, name)))

    def network(self, variant: str, entry: dict) -> tuple[str, dict]:
        """Name and options of a variant's model on an entry of :meth:`planned`; only options that differ from their
        defaults are named. An option that its recipe sets is passed on even to a network that does not have it."""
        based, recipe = self.recipe(variant)
        model, options, _ = VARIANTS[based]
        known = {name: option.default for name, option in signature(MODELS[model]).parameters.items()}
        asked = {name: self.asked(variant, entry, name) for name in (*NETWORK, "image_size")}
        own = {
            name: value
            for name, value in asked.items()
            if value is not None and (name in recipe or known.get(name, value) != value)
        }
        return model, {**options, **own}

    def composed(self, variant: str, entry: dict) -> ComposedConfig:
        """What the training of a variant on an entry of :meth:`planned` has beside its TrainConfig."""
        changes = {name: self.asked(variant, entry, name) for name in RECIPE}
        changes = {name: value for name, value in changes.items() if value is not None}
        size = self.asked(variant, entry, "image_size")
        trained, tested = (resolve_recipe(preset, size=size, **changes) for preset in self.presets(variant, entry))
        return ComposedConfig(
            recipe=trained,
            tested_recipe=None if tested == trained else tested,
            fixed_seed=self.seed,
            **{name: self.asked(variant, entry, name) for name in COMPOSED},
        )

    def presets(self, variant: str, entry: dict) -> tuple[str, str]:
        """Names of the compositions' presets for training and for test."""
        trained, tested = (self._set(variant, entry, name) for name in ("composition", "tested_composition"))
        state = STATES[_state(self.recipe(variant)[0])]
        return trained or state["composition"], tested or trained or state["tested_composition"]

    def training(self, variant: str, entry: dict, seed: int) -> TrainConfig:
        filled = {**entry, "batch_size": self.asked(variant, entry, "batch_size")}
        return super().training(variant, filled, seed)

    @property
    def described(self) -> str:
        """For figure titles: a substitute says so."""
        names = {"2018": "FERAtt", "2019": "FERAtt (2019)", "slim": "slim FERAtt"}
        return " and ".join(dict.fromkeys(names[_state(self.recipe(variant)[0])] for variant in self.variants))

    def attends(self, variant: str) -> bool:
        """Whether it draws attention, as all but the baselines do."""
        return self.recipe(variant)[0].startswith("feratt")

    def structured(self, variant: str) -> bool:
        """Whether it has a structured embedding."""
        return self.published_as(variant) == "feratt_rep_cls"

    def published_as(self, variant: str) -> str:
        """What the published tables call its method."""
        based = self.recipe(variant)[0].removesuffix("_2019").removesuffix("_slim")
        return "preact_resnet18" if based == "preact" else based

    def baseline(self, variants: list[str]) -> str:
        """The classifier alone among `variants`, with which the others are compared; else the first."""
        return next((name for name in variants if not self.attends(name)), variants[0])

    def subject(self, variants: list[str]) -> str:
        """The variant whose pictures and confusions are shown: the first with a structured embedding, else with
        attention."""
        attending = [name for name in variants if self.attends(name)]
        structured = [name for name in attending if self.structured(name)]
        return [*structured, *attending, *variants][0]


def _state(based: str) -> str:
    """Key of :data:`STATES` of a known variant."""
    return next((name for name in ("2019", "slim") if based.endswith(f"_{name}")), "2018")
