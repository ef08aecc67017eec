"""What notebook 09 found: members and ensembles with and without test-time augmentation, beside published numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, f1_score

from ..evaluation.calibration import brier_score, expected_calibration_error
from ..evaluation.comparable import comparable
from ..evaluation.diversity import disagreement, double_fault
from ..evaluation.ensembles import paired_gain
from ..evaluation.metrics import majority_share
from ..evaluation.published import published
from ..evaluation.statistics import clustered_mean, holm
from ..evaluation.temperature import negative_log_likelihood
from .ensemble_members import Group
from .ensembles import Answer, labels_of, method_name
from .ensembles_parameters import NONE, SINGLE, EnsembleStudy

PAPER = "rmn"
MAJORITY = "majority class"
PUBLISHED_SINGLE, PUBLISHED_ENSEMBLE = "residual_masking", "residual_masking + 6"


def member_table(study: EnsembleStudy, group: Group, found: dict[str, np.ndarray]) -> pd.DataFrame:
    """Every member by itself, without and with each form of test-time augmentation.

    Returns:
        ``member, tta``; ``accuracy`` in % with its 95 % t interval over persons or near duplicates (``low``, ``high``);
        ``difference`` to the same member without, in points, paired by image, with ``difference_low``,
        ``difference_high``; ``p_mcnemar`` (over the same groups) and ``p_mcnemar_holm`` (over this table);
        ``validation``: accuracy in % of the part that validated; ``parameters`` of the network, ``samples``.
    """
    test, validation = group.part("test"), group.part("validation")
    labels, units = labels_of(group, test), _units(group)
    rows = []
    for number, (name, run) in enumerate(group.runs.items()):
        right = {form: found[form][number, test].argmax(1) == labels for form in study.forms}
        for form in study.forms:
            answered = found[form][number, validation].argmax(1)
            row = {"member": name, "tta": form} | _interval(right[form], units)
            if form != NONE:
                row |= _against(right[form], right[NONE], units)
            row |= {"validation": 100 * (answered == labels_of(group, validation)).mean()}
            rows.append(row | {"parameters": run.card["parameters_in_model"], "samples": len(labels)})
    return _adjusted(pd.DataFrame(rows))


def results(study: EnsembleStudy, group: Group, found: list[Answer]) -> pd.DataFrame:
    """Every way to answer, and a last row for the majority class.

    Returns:
        ``method, tta``; ``members`` (how many, mean of folds); ``accuracy, low, high`` as in :func:`member_table`,
        ``balanced_accuracy`` and ``macro_f1`` (%); ``against``: "single, no TTA" for the single member with
        test-time augmentation, "single" for ensembles, which are held against the best single member with the same
        test-time augmentation; ``difference`` to that with ``difference_low``, ``difference_high`` and ``p_value`` (t
        over groups), ``only_this``, ``only_other`` (images that only one gets right), ``p_mcnemar`` and
        ``p_mcnemar_holm`` (over this table); ``samples``, ``groups``.
    """
    labels, units = labels_of(group, group.part("test")), _units(group)
    predicted = {(answer.method, answer.form): answer.probabilities.argmax(1) for answer in found}
    rows = []
    for answer in found:
        own = predicted[answer.method, answer.form]
        row = {
            "method": method_name(study, answer.method),
            "tta": answer.form,
            "members": float(np.mean([len(members) for members in answer.members.values()])),
            **_interval(own == labels, units),
            "balanced_accuracy": 100 * balanced_accuracy_score(labels, own),
            "macro_f1": 100 * f1_score(labels, own, average="macro", zero_division=0),
        }
        if (answer.method, answer.form) != (SINGLE, NONE):
            alone = answer.method == SINGLE
            other = predicted[SINGLE, NONE if alone else answer.form]
            row["against"] = "single, no TTA" if alone else SINGLE
            row |= _against(own == labels, other == labels, units)
        rows.append(row | {"samples": len(labels), "groups": len(np.unique(units))})
    rows.append({"method": MAJORITY, "accuracy": 100 * majority_share(labels), "samples": len(labels)})
    return _adjusted(pd.DataFrame(rows)).astype({"samples": int, "groups": "Int64"})


def _units(group: Group) -> np.ndarray:
    return group.rows["unit"].to_numpy()[group.part("test")]


def _interval(right: np.ndarray, units: np.ndarray) -> dict:
    interval = clustered_mean(right, units).interval
    low, high = max(0.0, 100 * interval.low), min(100.0, 100 * interval.high)
    return {"accuracy": 100 * interval.mean, "low": low, "high": high}


def _against(right: np.ndarray, other: np.ndarray, units: np.ndarray) -> dict:
    gain = paired_gain(right, other, units)
    shown = gain.difference.interval
    return {
        "difference": 100 * shown.mean,
        "difference_low": 100 * shown.low,
        "difference_high": 100 * shown.high,
        "p_value": gain.difference.p_value,
        "only_this": gain.test.only_first,
        "only_other": gain.test.only_second,
        "p_mcnemar": gain.test.p_value,
    }


def _adjusted(table: pd.DataFrame) -> pd.DataFrame:
    table.insert(table.columns.get_loc("p_mcnemar") + 1, "p_mcnemar_holm", holm(table["p_mcnemar"]))
    return table.astype({"only_this": "Int64", "only_other": "Int64"})


def calibration(study: EnsembleStudy, group: Group, found: list[Answer]) -> pd.DataFrame:
    """How far the probabilities of each answer can be trusted, before and after its temperature.

    Returns:
        ``method, tta``; ``confidence`` and ``accuracy`` in [0, 1]; ``ece``, ``brier``, ``nll`` (negative
        log-likelihood); with a temperature (fitted on the part that validates, mean over folds) ``temperature`` and
        the three again as ``…_tempered``. All tested images together.
    """
    labels = labels_of(group, group.part("test"))
    rows = []
    for answer in found:
        row = {
            "method": method_name(study, answer.method),
            "tta": answer.form,
            "confidence": answer.probabilities.max(1).mean(),
            "accuracy": (answer.probabilities.argmax(1) == labels).mean(),
            **_trust(answer.probabilities, labels, ""),
        }
        if answer.tempered is not None:
            row["temperature"] = float(np.mean(list(answer.temperatures.values())))
            row |= _trust(answer.tempered, labels, "_tempered")
        rows.append(row)
    return pd.DataFrame(rows)


def _trust(probabilities: np.ndarray, labels: np.ndarray, suffix: str) -> dict:
    measures = {"ece": expected_calibration_error, "brier": brier_score, "nll": negative_log_likelihood}
    return {name + suffix: measure(probabilities, labels) for name, measure in measures.items()}


def pairs(group: Group, found: dict[str, np.ndarray]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares in % of the tested images to which two members give different answers, and which both get wrong, members
    × members, without test-time augmentation."""
    test = group.part("test")
    predicted = found[NONE][:, test].argmax(-1)
    names = group.members
    wrong = predicted != labels_of(group, test)
    return tuple(
        pd.DataFrame(100 * values, index=names, columns=names)
        for values in (disagreement(predicted), double_fault(wrong))
    )


def beside_published(study: EnsembleStudy, group: Group, table: pd.DataFrame) -> pd.DataFrame:
    """The published single network and ensemble beside the best single member and every ensemble here, all with
    test-time augmentation, and why they are not the same thing.

    Args:
        table: as :func:`results` makes it.

    Returns:
        ``published_variant, published, status, uses, ours, tta, accuracy, low, high, reason`` (%; ``reason`` is empty
        where they are comparable).
    """
    design = replace(group.design, protocol="reference") if study.select_on == "test" else group.design
    numbers = published(PAPER)
    numbers = comparable(design, numbers[numbers["dataset"] == "fer2013"]).set_index("variant")
    rows = []
    for _, row in table[table["tta"] == study.final].iterrows():
        variant = PUBLISHED_SINGLE if row["method"].startswith(SINGLE) else PUBLISHED_ENSEMBLE
        theirs = numbers.loc[variant]
        rows.append(
            {
                "published_variant": variant,
                "published": theirs["accuracy"],
                "status": theirs["status"],
                "uses": theirs["uses"],
                "ours": row["method"],
                **{key: row[key] for key in ("tta", "accuracy", "low", "high")},
                "reason": theirs["reason"],
            }
        )
    return pd.DataFrame(rows)


def reliability_of(study: EnsembleStudy, group: Group, found: list[Answer]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Probabilities (N, K) and labels (N,) by name, in three steps: the best single member without test-time
    augmentation; with it the greedy ensemble, or what there is in its place; the same with its temperature."""
    labels = labels_of(group, group.part("test"))
    by_method = {answer.method: answer for answer in found if answer.form == study.final}
    last = by_method.get("greedy") or list(by_method.values())[-1]
    first = next(answer for answer in found if (answer.method, answer.form) == (SINGLE, NONE))
    name = f"{method_name(study, last.method)}, TTA {last.form}"
    shown = {f"{method_name(study, SINGLE)}, no TTA": first.probabilities, name: last.probabilities}
    if last.tempered is not None:
        shown[f"{name}, tempered"] = last.tempered
    return {title: (values, labels) for title, values in shown.items()}
