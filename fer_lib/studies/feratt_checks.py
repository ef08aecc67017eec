"""What notebook 07 refuses of its parameters: now, not after hours of other trainings."""

from contextlib import nullcontext
from dataclasses import asdict
from inspect import signature
from typing import Any

import torch

from ..errors import require
from ..models.registry import MODELS, create_model
from ..training.compositions import PRESETS
from ..training.device import choose_device
from .feratt_parameters import NETWORK, RECIPE, STRUCTURED, FERAttStudy


def require_sound(study: FERAttStudy, entry: dict) -> None:
    """Raise InputError unless an entry of :meth:`FERAttStudy.planned` can be trained, all that it sets has an effect,
    and its variants are tested on the same."""
    _require_heard(study, entry)
    _require_structured(study, entry)
    for variant in entry["variants"]:
        _require_possible(study, variant, entry)
        _require_tested_otherwise(study, variant, entry)
    image_size(study, entry)
    _require_same_tests(study, entry)


def image_size(study: FERAttStudy, entry: dict) -> int:
    """Of what all variants of an entry see: their pictures are made once. Raises InputError where they differ."""
    sizes = {variant: study.asked(variant, entry, "image_size") for variant in entry["variants"]}
    require(
        not _differ(sizes),
        f"{entry['dataset']}: variants see images of different sizes ({_shown(sizes)}); set image_size",
    )
    return sizes[entry["variants"][0]]


def _require_possible(study: FERAttStudy, variant: str, entry: dict) -> None:
    choose_device(study.device)
    study.composed(variant, entry).require_possible(study.training(variant, entry, study.seed))
    model, options = study.network(variant, entry)
    with nullcontext() if "weights" in options else torch.device("meta"):  # weights are read, the rest costs nothing
        create_model(model, num_classes=2, **options)


def _require_heard(study: FERAttStudy, entry: dict) -> None:
    """An option of networks that none of an entry's has would otherwise be set and change nothing."""
    models = {study.network(variant, entry)[0] for variant in entry["variants"]}
    known = set().union(*(signature(MODELS[model]).parameters for model in models))
    for name in NETWORK:
        require(
            entry[name] is None or name in known,
            f"{entry['dataset']}: {name} = {entry[name]!r}, which none of {', '.join(sorted(models))} has",
        )


def _require_structured(study: FERAttStudy, entry: dict) -> None:
    """Nor does the loss of embeddings change anything for variants that have none."""
    without = [variant for variant in entry["variants"] if not study.structured(variant)]
    asked = [(variant, study.recipe(variant)[1]) for variant in without]
    if len(without) == len(entry["variants"]):
        asked.insert(0, (", ".join(without), entry))
    for name in STRUCTURED:
        default = FERAttStudy.model_fields[name].default
        for variants, values in asked:
            require(
                values.get(name, default) == default,
                f"{entry['dataset']}: {name} = {values.get(name)!r} has no effect on {variants}, expected "
                f"{default!r} without a structured embedding",
            )


def _require_tested_otherwise(study: FERAttStudy, variant: str, entry: dict) -> None:
    """Placement holds for training and for test, so that it may leave nothing of a preset for the test."""
    asked = study.recipe(variant)[1].get("tested_composition", entry["tested_composition"])
    trained, tested = study.presets(variant, entry)
    if asked is None or trained == tested:
        return
    between = [name for name in RECIPE if getattr(PRESETS[trained], name) != getattr(PRESETS[tested], name)]
    require(
        study.composed(variant, entry).tested_recipe is not None,
        f"{entry['dataset']}: tested_composition = {asked!r} has no effect on {variant}: {', '.join(between)}, in "
        f"which it differs from {trained!r}, are set, for training and for test; expected one of them to be None",
    )


def _require_same_tests(study: FERAttStudy, entry: dict) -> None:
    """Variants are compared picture by picture, and names of compositions do not say how they were placed."""
    configs = {variant: study.composed(variant, entry) for variant in entry["variants"]}
    told = {
        variant: {**asdict(config.tested), "test_per_face": config.test_per_face, "noise": list(config.noise)}
        for variant, config in configs.items()
    }
    compared = {name: {variant: own[name] for variant, own in told.items()} for name in told[entry["variants"][0]]}
    different = [f"{name}: {_shown(values)}" for name, values in compared.items() if _differ(values)]
    require(
        not different,
        f"{entry['dataset']}: variants are tested on different pictures ({'; '.join(different)}), expected the same "
        "for all; set tested_composition, and what else differs, for all of them",
    )


def _differ(values: dict[str, Any]) -> bool:
    first = next(iter(values.values()))
    return any(value != first for value in values.values())


def _shown(values: dict[str, Any]) -> str:
    return ", ".join(f"{variant} {value}" for variant, value in values.items())
