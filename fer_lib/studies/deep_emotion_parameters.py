"""What notebook 04 asks for."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from ..artifacts import is_complete
from ..datasets.folds import SCHEMES
from ..datasets.labels import label_space
from ..datasets.registry import resolve_options
from ..errors import require
from ..parameters import Parameters
from ..registry import nearest
from ..reporting.stage import Stage
from ..training import TrainConfig

#: Network, its options, and what is trained otherwise.
VARIANTS: dict[str, tuple[str, dict, dict]] = {
    "deep_emotion": ("deep_emotion", {}, {}),
    "no_transformer": ("deep_emotion", {"warp": "none"}, {}),
    "input_warp": ("deep_emotion", {"warp": "input"}, {}),
    "no_penalty": ("deep_emotion", {}, {"penalty": 0.0}),
    "deep_emotion_port": ("deep_emotion_port", {}, {"penalty": 0.0}),
}
AS_DRAWN = "deep_emotion"
#: The sets of the paper and the splits they are looked at under, the leakiest first.
PAPER_SETS: dict[str, dict] = {
    "fer2013": {"splits": ["official"]},
    "ckplus": {"splits": ["random", "sequence", "subject"]},
    "jaffe": {"splits": ["official", "random", "subject"]},
    "ferg": {"splits": ["official", "subject"]},
}
SUBSTITUTE = {"dataset": "synthetic", "splits": ["random", "subject"]}
TARGET = {"dataset": None, "options": {}, "splits": ["subject"], "folds": 5}
#: What an entry of `targets` may set for itself.
OWN = ("label_space", "variants", "seeds", "epochs", "patience", "batch_size", "learning_rate", "penalty")
NETWORK = {
    "loc_mode": "same_4_4", "fc_relu": True, "dropout": 0.5, "theta_init": "identity", "scale": "symmetric",
    "align_corners": False,
}  # fmt: skip
TRAINING = (
    *("epochs", "patience", "batch_size", "learning_rate", "protocol", "precision", "device", "engine", "monitor"),
    *("class_weighted", "dropout_eval", "keep", "penalty", "penalty_bias", "weight_decay"),
    *("plateau_factor", "plateau_patience", "augmentation"),
)


class DeepEmotionStudy(Parameters):
    """Parameters of notebook 04.

    Every entry of `targets` names a ``dataset`` and may name ``options``, ``splits`` (schemes of
    :func:`~fer_lib.datasets.folds.make_folds`, the leakiest first), ``folds``, and values of its own for
    ``label_space, variants, seeds, epochs, patience, batch_size, learning_rate, penalty``. Without targets those sets
    of the paper are taken that are under ``data/``, or synthetic faces where none is. `variants` are those of
    :data:`VARIANTS` and of `recipes`, which name a ``variant`` and what is trained otherwise, for example
    ``{"tuned": {"variant": "deep_emotion", "learning_rate": 0.002}}``. `select_on` "first_rows": under the split
    "official" as many first training rows as the validation part has select in its place (the public ports: 3,589 of
    FER-2013; quirk D4). The other parameters are those of :class:`~fer_lib.training.TrainConfig` and of the network.
    `seed` draws the folds.
    """

    notebook: ClassVar[str] = "04_deep_emotion"
    recipes: dict[str, dict] = {}
    variants: list[str] = Field(list(VARIANTS), min_length=1)
    label_space: str = "native"
    seeds: list[int] = Field([2020], min_length=1)
    targets: list[dict] = []
    seed: int = Field(2020, ge=0)
    select_on: Literal["official", "first_rows"] = "official"
    # training
    epochs: int = Field(500, ge=1)
    patience: int = Field(30, ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(5e-3, gt=0)
    penalty: float = Field(0.01, ge=0)
    penalty_bias: bool = False
    weight_decay: float = Field(0.0, ge=0)
    plateau_factor: float = Field(1.0, gt=0, le=1)
    plateau_patience: int = Field(5, ge=1)
    augmentation: Literal["none", "flip", "affine"] = "none"
    class_weighted: bool = False
    protocol: Literal["honest", "reference"] = "honest"
    monitor: Literal["accuracy", "macro_f1", "balanced_accuracy"] = "accuracy"
    keep: Literal["best", "last"] = "best"
    dropout_eval: bool = False
    # network
    loc_mode: Literal["same_4_4", "valid_4_3", "adaptive3"] = "same_4_4"
    fc_relu: bool = True
    dropout: float = Field(0.5, ge=0, lt=1)
    theta_init: Literal["identity", "gaussian"] = "identity"
    scale: Literal["symmetric", "unit", "none"] = "symmetric"
    align_corners: bool = False
    # machine
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    device: str = "auto"
    engine: Literal["auto", "stacked", "sequential"] = "auto"

    @field_validator("label_space")
    @classmethod
    def _registered(cls, name: str) -> str:
        label_space(name)  # raises InputError naming the nearest
        return name

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: list[int]) -> list[int]:
        require(len(set(seeds)) == len(seeds), "a seed is named twice")
        require(min(seeds) >= 0, f"seed {min(seeds)}, expected whole numbers from 0")
        return seeds

    @field_validator("variants")
    @classmethod
    def _known(cls, variants: list[str], info) -> list[str]:
        known = (*VARIANTS, *info.data.get("recipes", {}))
        for name in variants:
            require(name in known, f"unknown variant {name!r}{nearest(name, known)} (known: {', '.join(known)})")
        require(len(set(variants)) == len(variants), "a variant is named twice")
        return variants

    @field_validator("recipes")
    @classmethod
    def _recipes(cls, recipes: dict[str, dict]) -> dict[str, dict]:
        for name, recipe in recipes.items():
            require(name not in VARIANTS, f"recipe {name!r} is called like a variant of the study")
            require(
                recipe.get("variant") in VARIANTS,
                f"recipe {name!r} names the variant {recipe.get('variant')!r}, expected one of {', '.join(VARIANTS)}",
            )
            for key in recipe:
                known = ("variant", *TRAINING)
                require(
                    key in known, f"recipe {name!r} has no {key!r}{nearest(key, known)} (known: {', '.join(known)})"
                )
            cls.check({key: value for key, value in recipe.items() if key != "variant"})
        return recipes

    @field_validator("targets")
    @classmethod
    def _entries(cls, targets: list[dict], info) -> list[dict]:
        for entry in targets:
            known = (*TARGET, *OWN)
            for key in entry:
                require(key in known, f"a target has no {key!r}{nearest(key, known)} (known: {', '.join(known)})")
            require("dataset" in entry, f"a target names no dataset: {entry}")
            resolve_options(entry["dataset"], entry.get("options", {}))  # raises InputError naming the nearest
            cls._splits(**{key: entry.get(key, TARGET[key]) for key in ("splits", "folds")})
            own = {key: entry[key] for key in OWN if key in entry}
            cls.check({"recipes": info.data.get("recipes", {}), **own})
        return targets

    @staticmethod
    def _splits(splits: list[str], folds: int) -> None:
        require(
            isinstance(splits, list) and bool(splits), f"a target has the splits {splits!r}, expected a list of names"
        )
        for split in splits:
            known = ", ".join(SCHEMES)
            require(split in SCHEMES, f"a target has the split {split!r}{nearest(split, SCHEMES)} (known: {known})")
        require(len(set(splits)) == len(splits), "a target names a split twice")
        require(type(folds) is int and folds >= 2, f"a target has {folds!r} folds, expected a whole number from 2")

    def stage(self) -> Stage:
        """Where this notebook leaves its figures, tables and card."""
        return Stage(self.reports / self.notebook, self.model_dump())

    def planned(self) -> list[dict]:
        """The entries of `targets`, complete; without any, the sets of the paper that are here, or the substitute."""
        entries = self.targets or self._present() or [SUBSTITUTE]
        own = {key: getattr(self, key) for key in OWN}
        return [{**TARGET, **own, **entry} for entry in entries]

    def _present(self) -> list[dict]:
        return [{"dataset": name, **splits} for name, splits in PAPER_SETS.items() if self._is_here(name)]

    def _is_here(self, name: str) -> bool:
        raw = self.data / "raw" / name
        filled = raw.is_dir() and any(raw.iterdir())
        return filled or is_complete(self.data / "prepared" / name, {"dataset": name})

    def network(self, variant: str) -> tuple[str, dict]:
        """Name and options of a variant's model; only options that differ from their defaults are named."""
        model, options, _ = VARIANTS[self.recipes.get(variant, {}).get("variant", variant)]
        if model != AS_DRAWN:
            return model, dict(options)
        changed = {key: getattr(self, key) for key, default in NETWORK.items() if getattr(self, key) != default}
        return model, {**changed, **options}

    def training(self, variant: str, entry: dict, seed: int) -> TrainConfig:
        """How a variant is trained on an entry of :meth:`planned`."""
        recipe = dict(self.recipes.get(variant, {}))
        _, _, changes = VARIANTS[recipe.pop("variant", variant)]
        shared = {key: entry.get(key, getattr(self, key)) for key in TRAINING}
        return TrainConfig(seed=seed, **{**shared, **changes, **recipe}).resolved()
