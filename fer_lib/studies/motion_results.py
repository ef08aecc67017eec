"""What notebook 05 found: variants, folds and classes, each beside what was published."""

import pandas as pd

from ..evaluation.fold_scores import class_scores, fold_accuracy, fold_means
from ..evaluation.published import published_class_scores, published_folds
from . import deep_emotion_results
from .deep_emotion import Runs
from .deep_emotion_results import histories as histories  # the same runs, drawn alike
from .motion_parameters import MotionPriorStudy
from .motion_priors import MotionTarget
from .motion_training import controls, honest
from .trained_runs import tables_of

PAPER = "fmpn"
PUBLISHED = ("fmpn", "fmpn (fork)")
#: The split, by set, whose folds are those of the published numbers, number by number.
SAME_FOLDS = {"ckplus": "published", "mmi": "published", "jaffe": "leave_one_subject_out"}
#: Folds, by set, in whose published training lists the tested person stands (specification, §8).
LEAKING = {"jaffe": (3, 4)}


def results(study: MotionPriorStudy, targets: list[MotionTarget], runs: Runs) -> pd.DataFrame:
    """Every variant on every split: the columns of :func:`~fer_lib.studies.deep_emotion_results.results`, compared with
    the classifier alone, and ``control``: "oracle" or "shuffled" for variants that are told the true class."""
    parts = [
        deep_emotion_results.results([target], runs, study.baseline(target.entry["variants"])) for target in targets
    ]
    table = pd.concat(parts, ignore_index=True)
    known = dict.fromkeys(variant for target in targets for variant in target.entry["variants"])
    table.insert(4, "control", table["variant"].map({variant: study.control(variant) for variant in known}))
    return table


def subject_of_study(study: MotionPriorStudy, variants: list[str]) -> str:
    """The variant whose masks are predicted, with which the published one is compared: the first of them."""
    known = [name for name in variants if study.recipe(name)[0].startswith("fmpn")]
    return known[0] if known else variants[0]


def beside_published(study: MotionPriorStudy, targets: list[MotionTarget], found: pd.DataFrame) -> pd.DataFrame:
    """As :func:`~fer_lib.studies.deep_emotion_results.beside_published`; a slim network says so in ``reason``."""
    parts = []
    for target in targets:
        variant = subject_of_study(study, target.entry["variants"])
        part = deep_emotion_results.beside_published(study, [target], found, PAPER, variant, PUBLISHED)
        if study.recipe(variant)[0].endswith("_slim"):
            start, other = "not comparable, because ", "another network: ours is slim"
            rest = part["reason"].str.removeprefix(start)
            part["reason"] = start + other + rest.map(lambda text: f"; {text}" if text else "")
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def fold_table(targets: list[MotionTarget], runs: Runs) -> pd.DataFrame:
    """``target, split, variant, fold, samples, correct, accuracy`` (%), all seeds of a variant together."""
    return _by_variant(targets, runs, lambda target, scheme, table: fold_accuracy(table))


def mean_table(targets: list[MotionTarget], runs: Runs) -> pd.DataFrame:
    """``target, split, variant``, then %: ``mean`` (unweighted, of all folds, as published), ``pooled`` (all tested
    images alike) and ``mean_clean``, the mean without the folds whose published lists leak (missing where none does);
    published ones too, whose ``split`` is that of their paper."""
    ours = _by_variant(
        targets, runs, lambda target, scheme, table: _means(fold_accuracy(table), leaking(target, scheme))
    )
    theirs = []
    for target in targets:
        dataset = target.entry["dataset"]
        for variant, folds in published_folds(PAPER, dataset).groupby("variant", sort=False):
            row = _means(folds.reset_index(drop=True), LEAKING.get(dataset, ()))
            row = row.assign(variant=f"{variant}, published")
            theirs.append(row.assign(target=target.title, split="published"))
    return pd.concat([ours, *theirs], ignore_index=True)[["target", "split", "variant", "mean", "pooled", "mean_clean"]]


def _means(folds: pd.DataFrame, without: tuple[int, ...]) -> pd.DataFrame:
    found = fold_means(folds)
    clean = fold_means(folds, without=without)["mean"] if without else None
    return pd.DataFrame([{"mean": found["mean"], "pooled": found["pooled"], "mean_clean": clean}])


def published_by_fold(target: MotionTarget) -> pd.DataFrame:
    """``variant, fold, accuracy`` (%); empty where none were published of the set under its strictest split."""
    found = published_folds(PAPER, target.entry["dataset"])
    return found if _same_folds(target, list(target.splits)[-1]) else found.iloc[:0]


def leaking(target: MotionTarget, scheme: str | None = None) -> tuple[int, ...]:
    """Folds in whose published training lists the tested person stands; none where folds are others than these.

    Args:
        scheme: the split; the strictest by default.
    """
    same = _same_folds(target, scheme or list(target.splits)[-1])
    return LEAKING.get(target.entry["dataset"], ()) if same else ()


def _same_folds(target: MotionTarget, scheme: str) -> bool:
    return SAME_FOLDS.get(target.entry["dataset"]) == scheme


def class_table(study: MotionPriorStudy, targets: list[MotionTarget], runs: Runs) -> pd.DataFrame:
    """Precision, recall and F1 (%) of every class both ways: ``target, split, variant, average`` ("pooled" or
    "per_fold_average", as published), ``class, samples, precision, recall, f1``; published ones too."""
    parts = []
    for average in ("pooled", "per_fold_average"):
        table = _by_variant(
            targets,
            honest(study, runs),
            lambda target, scheme, table, a=average: class_scores(table, target.faces.classes, a),
        )
        table.insert(3, "average", average)
        parts.append(table)
    for target in targets:
        own = published_class_scores(target.entry["dataset"])
        if len(own):
            named = own.assign(variant=own["variant"] + ", published", target=target.title, split="published")
            parts.append(named.assign(average="per_fold_average"))
    columns = ["target", "split", "variant", "average", "class", "samples", "precision", "recall", "f1"]
    return pd.concat(parts, ignore_index=True)[columns]


def classes_of(study: MotionPriorStudy, target: MotionTarget, runs: Runs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of every class under the strictest split of the variant that predicts masks: pooled, and averaged over
    folds."""
    scheme = list(target.splits)[-1]
    by_variant = runs[target.title][scheme]
    variant = subject_of_study(study, list(by_variant))
    table = tables_of({variant: by_variant[variant]}, "predictions")[variant]
    pooled, averaged = (class_scores(table, target.faces.classes, way) for way in ("pooled", "per_fold_average"))
    return pooled, averaged


def published_classes(target: MotionTarget) -> pd.DataFrame | None:
    """Published scores of every class on this set; None where there are none."""
    found = published_class_scores(target.entry["dataset"])
    return found if len(found) else None


def confusions(study: MotionPriorStudy, targets: list[MotionTarget], runs: Runs) -> dict:
    """As :func:`~fer_lib.studies.deep_emotion_results.confusions`, of the variant that predicts masks."""
    found = {}
    for target in targets:
        variant = subject_of_study(study, target.entry["variants"])
        found |= deep_emotion_results.confusions([target], runs, variant)
    return found


def _by_variant(targets: list[MotionTarget], runs: Runs, make) -> pd.DataFrame:
    parts = []
    for target in targets:
        for scheme in target.splits:
            for variant, table in tables_of(runs[target.title][scheme], "predictions").items():
                part = make(target, scheme, table)
                for place, (name, value) in enumerate((("target", target.title), ("split", scheme))):
                    part.insert(place, name, value)
                part.insert(2, "variant", variant)
                parts.append(part)
    return pd.concat(parts, ignore_index=True)


def facts(study: MotionPriorStudy, runs: Runs) -> dict:
    """For the stage's card; runs that are told the true class stand apart, so that nobody ranks them."""
    own = deep_emotion_results.facts(honest(study, runs))
    told = deep_emotion_results.facts(controls(study, runs))
    return {
        **own,
        "control_runs": told["runs"],
        "training_seconds": own["training_seconds"] + told["training_seconds"],
    }
