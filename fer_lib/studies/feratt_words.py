"""What notebook 07 says of how its runs were made, in words that hold whatever it was asked for."""

from collections.abc import Iterable

from ..training import TrainConfig
from .feratt_faces import PROCEDURAL, FERAttTarget
from .feratt_parameters import RECIPE, STRUCTURED, FERAttStudy

#: The variant that has all that was published.
PUBLISHED = "feratt_rep_cls"
#: Of ComposedConfig: what every network's training has, and what those that draw attention have beside.
SHARED = ("appearance", "amsgrad", "decay_every")
ATTENDING = ("attention", "attention_weight")
SCORES = {"accuracy": "accuracy", "macro_f1": "macro-F1", "balanced_accuracy": "balanced accuracy"}


def baseline_title(study: FERAttStudy, targets: list[FERAttTarget]) -> str:
    """What others are compared with: "the classifier alone", or its name where it draws attention itself; "" where
    nothing is compared."""
    compared = [target.entry["variants"] for target in targets if len(target.entry["variants"]) > 1]
    names = [study.baseline(variants) for variants in compared]
    return " or ".join(dict.fromkeys(name if study.attends(name) else "the classifier alone" for name in names))


def subjects(study: FERAttStudy, targets: list[FERAttTarget]) -> str:
    """The variants whose pictures and confusions are shown."""
    return " and ".join(dict.fromkeys(study.subject(target.entry["variants"]) for target in targets))


def selection_sentence(study: FERAttStudy, targets: list[FERAttTarget]) -> str:
    """Which epoch every fold keeps, and what chose it."""
    trained = [(v, study.training(v, target.entry, study.seed)) for target in targets for v in target.entry["variants"]]
    return _by_variant((variant, _selection(config)) for variant, config in trained)


def _selection(config: TrainConfig) -> str:
    if config.keep == "last":
        return "Every fold keeps its last epoch; nothing selects."
    best = f"Every fold keeps the epoch of the best {SCORES[config.monitor]} on fixed compositions of"
    if config.protocol == "reference":
        return f"{best} the very faces that are tested (protocol reference, as published)."
    return f"{best} faces that are neither trained on nor tested (protocol honest)."


def f1_sentence(study: FERAttStudy) -> str:
    """How the tables beside the published ones compute F1."""
    if study.f1_mode == "of_macro":
        return (
            "F1 is 2PR/(P + R) of macro precision and recall, as published; the mean of the classes' F1 is beside it."
        )
    return "F1 of ours is the mean of the classes' F1; the published one is 2PR/(P + R) of macro precision and recall."


def trained_otherwise(study: FERAttStudy, entry: dict) -> list[str]:
    """In what the training of an entry's variants differs from the published one, whose value stands in brackets.

    Published is what the study's parameters are by default: the public code's state of December 2018, with the epochs
    of the paper. What some variants alone have is followed by their names.
    """
    default = FERAttStudy.check({"targets": [{"dataset": entry["dataset"]}], "device": "cpu", "precision": "fp32"})
    published = _how(default, PUBLISHED, default.planned()[0]) | {"backgrounds": "photographs"}
    ours = {variant: _how(study, variant, entry) for variant in entry["variants"]}
    told = []
    for name, theirs in published.items():
        heeding = [variant for variant, own in ours.items() if name in own]
        for value in dict.fromkeys(ours[variant][name] for variant in heeding):
            own = [variant for variant in heeding if ours[variant][name] == value]
            if value != theirs:
                text = f"{name.replace('_', ' ')} {value} ({theirs})"
                told.append(text if own == heeding else f"{text} of {', '.join(own)}")
    return told


def _how(study: FERAttStudy, variant: str, entry: dict) -> dict[str, str]:
    """What decides the training of a variant, by name, as it is told; what the variant does not heed is not named."""
    composed, training = study.composed(variant, entry), study.training(variant, entry, study.seed)
    heeded = (*SHARED, *(ATTENDING if study.attends(variant) else ()))
    heeded += STRUCTURED if study.structured(variant) else ()
    values = {
        "backgrounds": "drawn" if entry["backgrounds"] == PROCEDURAL else "photographs",
        "image_size": composed.recipe.size,
        **{name: getattr(composed.recipe, name) for name in RECIPE},
        "epochs × compositions": f"{training.epochs} × {composed.epoch_length:,}",
        **{name: getattr(training, name) for name in ("learning_rate", "schedule", "batch_size")},
        **{name: getattr(composed, name) for name in heeded},
    }
    return {name: _text(value) for name, value in values.items()}


def _text(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:.3g}"


def _by_variant(said: Iterable[tuple[str, str]]) -> str:
    """What is said of all variants once; else each with the variants that it is said of."""
    found: dict[str, dict[str, None]] = {}
    for variant, text in said:
        found.setdefault(text, {})[variant] = None
    if len(found) == 1:
        return next(iter(found))
    return " ".join(f"{', '.join(variants)}: {text}" for text, variants in found.items())
