"""Notebook 09: members are chosen on the part that validates, fold by fold, and what they answer together is scored."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..evaluation.ensembles import (
    MOST_ENUMERATED,
    PUBLISHED_DECIMALS,
    PUBLISHED_MEMBERS,
    best_single,
    best_subset,
    combine,
    curve,
    greedy_members,
    greedy_order,
    published_recipe,
)
from ..evaluation.temperature import fit_temperature, tempered
from .ensemble_members import PARTS, Group
from .ensemble_views import view_count
from .ensembles_parameters import NONE, SINGLE, EnsembleStudy

CHOOSE = {
    SINGLE: lambda probabilities, labels: (best_single(probabilities, labels),),
    "all": lambda probabilities, labels: tuple(range(len(probabilities))),
    "greedy": greedy_members,
    "subset": best_subset,
}
CHOSEN_ON_TEST = " (chosen on the test part, as published)"
AS_BEFORE = ("all", "published")  # nothing is chosen, so no part can be the wrong one


@dataclass(frozen=True)
class Answer:
    """What some members answer together to all tested images.

    Attributes:
        method: how members were chosen, "single" for the best one alone; form: of test-time augmentation.
        members: by fold, positions.
        probabilities: float64 (N, K), in the order of ``group.part("test")``.
        tempered: the same with the temperature of each fold, or None.
        temperatures: by fold; {} without.
    """

    method: str
    form: str
    members: dict[int, tuple[int, ...]]
    probabilities: np.ndarray
    tempered: np.ndarray | None
    temperatures: dict[int, float]


def labels_of(group: Group, rows: np.ndarray) -> np.ndarray:
    """int64, of rows of the group."""
    return group.rows["label"].to_numpy(np.int64)[rows]


def choose(study: EnsembleStudy, group: Group, probabilities: np.ndarray, method: str, fold: int) -> tuple[int, ...]:
    """Members for one fold, from the part that `study.select_on` names and nothing else.

    Args:
        probabilities: (M, R, K) of one form of test-time augmentation.
    """
    if method == "published":
        return published_recipe(group.published_names)[0]
    rows = group.part(study.select_on, fold)
    return CHOOSE[method](probabilities[:, rows], labels_of(group, rows))


def methods_of(study: EnsembleStudy, group: Group) -> list[str]:
    """The best single member, and what can be done with this group."""
    count = len(group.members)
    possible = {
        "all": count > 1,
        "greedy": count > 1,
        "subset": 1 < count <= MOST_ENUMERATED,
        "published": len(published_recipe(group.published_names)[0]) > 1,
    }
    return [SINGLE, *(method for method in study.methods if possible[method])]


def answers(study: EnsembleStudy, group: Group, found: dict[str, np.ndarray]) -> list[Answer]:
    """Every method without test-time augmentation and with the final form of it.

    Args:
        found: as :func:`~fer_lib.studies.ensemble_views.probabilities` gives it.
    """
    return [
        _answer(study, group, found[form], method, form)
        for form in (NONE, study.final)
        for method in methods_of(study, group)
    ]


def _answer(study: EnsembleStudy, group: Group, probabilities: np.ndarray, method: str, form: str) -> Answer:
    rounded = method == "published" and study.round_as_published
    # the reference stores sums over the views
    scale, decimals = (view_count(study, form), PUBLISHED_DECIMALS) if rounded else (1, None)
    members, parts, calibrated, temperatures = {}, {}, {}, {}
    for fold in group.folds:
        members[fold] = choose(study, group, probabilities, method, fold)
        validation, test = (
            combine(scale * probabilities[:, group.part(part, fold)], members[fold], decimals=decimals)
            for part in PARTS
        )
        parts[fold] = test
        if study.temperature:
            temperatures[fold] = fit_temperature(validation, labels_of(group, group.part("validation", fold)))
            calibrated[fold] = tempered(test, temperatures[fold])
    return Answer(
        method, form, members, _pooled(group, parts), _pooled(group, calibrated) if calibrated else None, temperatures
    )


def _pooled(group: Group, parts: dict[int, np.ndarray]) -> np.ndarray:
    """The folds' arrays in the order of all tested rows."""
    rows = np.concatenate([group.part("test", fold) for fold in parts])
    return np.concatenate(list(parts.values()))[np.argsort(rows, kind="stable")]


def method_name(study: EnsembleStudy, method: str) -> str:
    """As it stands in tables: what was chosen on the tested images says so."""
    chosen_there = study.select_on == "test" and method not in AS_BEFORE
    return method + CHOSEN_ON_TEST if chosen_there else method


def greedy_curve(study: EnsembleStudy, group: Group, found: dict[str, np.ndarray]) -> pd.DataFrame:
    """Accuracy in % by the number of members that forward selection has taken, over the images of all folds.

    Returns:
        ``tta, size, validation, test, added``: the member that came last, with the number of folds where these differ.
    """
    tables = []
    for form in (NONE, study.final):
        orders, right, images = {}, dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 0)
        for fold in group.folds:
            selecting = group.part(study.select_on, fold)
            orders[fold] = greedy_order(found[form][:, selecting], labels_of(group, selecting))
            for part in PARTS:
                rows = group.part(part, fold)
                right[part] += len(rows) * curve(found[form][:, rows], labels_of(group, rows), orders[fold])
                images[part] += len(rows)
        table = pd.DataFrame({part: 100 * right[part] / images[part] for part in PARTS})
        table.insert(0, "size", np.arange(1, len(table) + 1))
        table.insert(0, "tta", form)
        table["added"] = [_counted(group, [order[k] for order in orders.values()]) for k in range(len(table))]
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _counted(group: Group, positions: list[int]) -> str:
    """``a``, or ``a (2), b (1)`` where folds differ."""
    counts = pd.Series(positions).map(dict(enumerate(group.members))).value_counts(sort=True)
    return counts.index[0] if len(counts) == 1 else ", ".join(f"{name} ({count})" for name, count in counts.items())


def chosen_members(study: EnsembleStudy, group: Group, found: list[Answer]) -> pd.DataFrame:
    """``method, tta, fold, members`` (in the order in which they were taken) and ``size``."""
    rows = [
        {
            "method": method_name(study, answer.method),
            "tta": answer.form,
            "fold": fold,
            "size": len(members),
            "members": ", ".join(group.members[position] for position in members),
        }
        for answer in found
        for fold, members in answer.members.items()
    ]
    return pd.DataFrame(rows)


def published_sentence(group: Group) -> str:
    """Which members of the published ensemble are not there."""
    there, missing = published_recipe(group.published_names)
    text = f"{len(there)} of the {len(PUBLISHED_MEMBERS)} members of the published ensemble are here"
    return f"{text}; missing: {', '.join(missing)}." if missing else f"{text}."
