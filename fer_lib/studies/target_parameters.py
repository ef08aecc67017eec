"""What a study of variants on several sets and splits asks for: names and values are checked before any work."""

from typing import Any, ClassVar, Literal

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

#: Of an entry of `targets` that does not say otherwise.
TARGET = {"dataset": None, "options": {}, "splits": ["subject"], "folds": 5}


class TargetParameters(Parameters):
    """Base of studies that train variants of networks on sets (`targets`) under splits.

    Every entry of `targets` names a ``dataset`` and may name ``options``, ``splits`` (schemes of
    :func:`~fer_lib.datasets.folds.make_folds`), ``folds``, and values of its own for the parameters in `own`. Without
    targets those of `paper_sets` are taken that are under ``data/``, or `substitute` where none is. `variants` are
    those of `known` and of `recipes`, which name a ``variant`` and what is otherwise, for example
    ``{"long": {"variant": "resnet34", "epochs": 90}}``. `seed` draws the folds. Parameters that are called like a
    field of :class:`~fer_lib.training.TrainConfig` are that field.

    Subclasses name:
        known: variants: network, its options, and what is trained otherwise.
        network_fields: parameters that are options of networks; a recipe may set them, too.
    """

    known: ClassVar[dict[str, tuple[str, dict, dict]]] = {}
    own: ClassVar[tuple[str, ...]] = (
        *("label_space", "variants", "seeds", "epochs", "patience", "batch_size", "learning_rate"),
    )
    network_fields: ClassVar[tuple[str, ...]] = ()
    paper_sets: ClassVar[dict[str, dict]] = {}
    substitute: ClassVar[dict] = {"dataset": "synthetic", "splits": ["subject"]}

    recipes: dict[str, dict] = {}
    variants: list[str] = Field([], min_length=1)
    label_space: str = "native"
    seeds: list[int] = Field([2020], min_length=1)
    targets: list[dict] = []
    seed: int = Field(2020, ge=0)
    # training
    epochs: int = Field(500, ge=1)
    patience: int = Field(30, ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    plateau_factor: float = Field(1.0, gt=0, le=1)
    plateau_patience: int = Field(5, ge=1)
    class_weighted: bool = False
    protocol: Literal["honest", "reference"] = "honest"
    monitor: Literal["accuracy", "macro_f1", "balanced_accuracy"] = "accuracy"
    keep: Literal["best", "last"] = "best"
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

    @field_validator("recipes")
    @classmethod
    def _recipes(cls, recipes: dict[str, dict]) -> dict[str, dict]:
        keys = ("variant", *cls.training_fields(), *cls.network_fields)
        for name, recipe in recipes.items():
            require(name not in cls.known, f"recipe {name!r} is called like a variant of the study")
            based = recipe.get("variant")
            known = ", ".join(cls.known)
            require(based in cls.known, f"recipe {name!r} names the variant {based!r}, expected one of {known}")
            for key in recipe:
                require(key in keys, f"recipe {name!r} has no {key!r}{nearest(key, keys)} (known: {', '.join(keys)})")
            cls.check({key: value for key, value in recipe.items() if key != "variant"})
        return recipes

    @field_validator("variants")
    @classmethod
    def _known(cls, variants: list[str], info) -> list[str]:
        cls.require_variants(variants, info.data.get("recipes", {}))
        return variants

    @field_validator("targets")
    @classmethod
    def _entries(cls, targets: list[dict], info) -> list[dict]:
        keys = (*TARGET, *cls.own)
        for entry in targets:
            for key in entry:
                require(key in keys, f"a target has no {key!r}{nearest(key, keys)} (known: {', '.join(keys)})")
            require("dataset" in entry, f"a target names no dataset: {entry}")
            resolve_options(entry["dataset"], entry.get("options", {}))  # raises InputError naming the nearest
            require_splits(**{key: entry.get(key, TARGET[key]) for key in ("splits", "folds")})
            own = {key: entry[key] for key in cls.own if key in entry}
            cls.check({"recipes": info.data.get("recipes", {}), **own})
        return targets

    @classmethod
    def require_variants(cls, variants: list[str], recipes: dict[str, dict]) -> None:
        """Raise InputError unless all are known, and no two are the same."""
        known = (*cls.known, *recipes)
        for name in variants:
            require(name in known, f"unknown variant {name!r}{nearest(name, known)} (known: {', '.join(known)})")
        require(len(set(variants)) == len(variants), "a variant is named twice")

    @classmethod
    def training_fields(cls) -> tuple[str, ...]:
        """Parameters that are fields of TrainConfig; its seed is that of each training, ours draws the folds."""
        return tuple(name for name in TrainConfig.__dataclass_fields__ if name in cls.model_fields and name != "seed")

    def stage(self) -> Stage:
        """Where this notebook leaves its figures, tables and card."""
        return Stage(self.reports / self.notebook, self.model_dump())

    def planned(self) -> list[dict]:
        """The entries of `targets`, complete; without any, the sets of the paper that are here, or the substitute."""
        entries = self.targets or self._present() or [self.substitute]
        own = {key: getattr(self, key) for key in self.own}
        return [{**TARGET, **own, **entry} for entry in entries]

    def _present(self) -> list[dict]:
        return [{"dataset": name, **splits} for name, splits in self.paper_sets.items() if self._is_here(name)]

    def _is_here(self, name: str) -> bool:
        raw = self.data / "raw" / name
        filled = raw.is_dir() and any(raw.iterdir())
        return filled or is_complete(self.data / "prepared" / name, {"dataset": name})

    def recipe(self, variant: str) -> tuple[str, dict[str, Any]]:
        """The variant of `known` that `variant` is or is based on, and what its recipe sets."""
        changes = dict(self.recipes.get(variant, {}))
        return changes.pop("variant", variant), changes

    def training(self, variant: str, entry: dict, seed: int) -> TrainConfig:
        """How a variant is trained on an entry of :meth:`planned`."""
        based, recipe = self.recipe(variant)
        fields = self.training_fields()
        shared = {key: entry.get(key, getattr(self, key)) for key in fields}
        own = {key: value for key, value in recipe.items() if key in fields}
        return TrainConfig(seed=seed, **{**shared, **self.known[based][2], **own}).resolved()


def require_splits(splits: list[str], folds: int) -> None:
    """Raise InputError unless a target can be divided so."""
    require(isinstance(splits, list) and bool(splits), f"a target has the splits {splits!r}, expected a list of names")
    for split in splits:
        known = ", ".join(SCHEMES)
        require(split in SCHEMES, f"a target has the split {split!r}{nearest(split, SCHEMES)} (known: {known})")
    require(len(set(splits)) == len(splits), "a target names a split twice")
    require(type(folds) is int and folds >= 2, f"a target has {folds!r} folds, expected a whole number from 2")
