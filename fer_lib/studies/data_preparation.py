"""Notebook 01: a set's classes, duplicates and folds."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ..datasets import FaceSet
from ..datasets.duplicates import DuplicateReport, duplicate_report, groups_of
from ..datasets.folds import ROLES, make_folds, official
from ..datasets.identity import identity_disjoint
from ..datasets.labels import label_space
from ..datasets.near_duplicates import near_groups_of
from .common import DatasetParameters

FoldScheme = Literal["published", "duplicate_safe", "subject"]

ANSWERS = {True: "yes", False: "no", None: "unknown"}


class PreparationParameters(DatasetParameters):
    notebook: ClassVar[str] = "01_data_preparation"
    label_space: Literal["polarity", "native"] = "polarity"
    fold_schemes: list[FoldScheme] = Field(["published", "duplicate_safe"], min_length=1)
    folds: int = Field(5, ge=2, le=20)
    seed: int = Field(2020, ge=0)


def class_counts(faces: FaceSet) -> pd.DataFrame:
    """Images per split (rows) and class (columns), with totals."""
    names = pd.Categorical.from_codes(faces.labels, categories=list(faces.classes))
    table = pd.crosstab(faces.samples["split"], names, margins=True, margins_name="all", dropna=False)
    return table.rename_axis(columns=None)


def class_names(faces: FaceSet) -> np.ndarray:
    """str (N,): the label of each image by name."""
    return np.array(faces.classes)[faces.labels]


def leakage_table(
    faces: FaceSet, study: PreparationParameters
) -> tuple[pd.DataFrame, dict[str, DuplicateReport], dict[str, DuplicateReport]]:
    """What crosses folds under each scheme, and parts under the publisher's own split.

    Returns:
        One row per scheme and one for the official parts, where the set has a test part: images with an equal
        image in another fold, with a nearly equal one (equal ones among them), the smallest and largest fold, and
        the largest deviation of a fold's class share from the whole set's (points), and whether no person is in two
        folds ("unknown" where images name none); then the full reports of each row, for equal images and for nearly
        equal ones.
    """
    equal, near = groups_of(faces), near_groups_of(faces)
    rows, exact_reports, near_reports = [], {}, {}
    for scheme, folds in _partitions(faces, study).items():
        exact_reports[scheme] = exact = duplicate_report(faces, folds, equal)
        near_reports[scheme] = nearly = duplicate_report(faces, folds, near)
        shares = pd.crosstab(folds, faces.labels, normalize="index")
        whole = pd.Series(faces.labels).value_counts(normalize=True)
        sizes = pd.Series(folds).value_counts()
        rows.append(
            {
                "scheme": scheme,
                "images with an equal image in another fold": exact.images_across_folds,
                "images with a nearly equal image in another fold": nearly.images_across_folds,
                "smallest fold": sizes.min(),
                "largest fold": sizes.max(),
                "largest class-share deviation (points)": 100 * (shares - whole).abs().to_numpy().max(),
                "identity-disjoint": ANSWERS[identity_disjoint(faces.samples["subject"], folds)],
            }
        )
    return pd.DataFrame(rows), exact_reports, near_reports


def _partitions(faces: FaceSet, study: PreparationParameters) -> dict[str, np.ndarray]:
    folds = {scheme: make_folds(scheme, faces, study.folds, study.seed) for scheme in study.fold_schemes}
    if set(faces.samples["split"]) <= {*ROLES, *ROLES.values()}:
        parts = official(faces.samples)
        if len(set(parts)) > 1:
            folds["official parts"] = pd.factorize(parts)[0]
    return folds


def duplicate_table(
    reports: dict[str, DuplicateReport], near_reports: dict[str, DuplicateReport] | None = None
) -> pd.DataFrame:
    """Counts of duplicates in words; what crosses folds has a row per scheme.

    Returns:
        Columns ``what`` and ``count``; with `near_reports` ``what``, ``equal`` and ``nearly equal``, where equal
        images count as nearly equal too.
    """
    if near_reports is None:
        rows = _in_words(reports)
        return pd.DataFrame({"what": list(rows), "count": list(rows.values())})
    equal, near = _in_words(reports), _in_words(near_reports)
    return pd.DataFrame({"what": list(equal), "equal": list(equal.values()), "nearly equal": list(near.values())})


def _in_words(reports: dict[str, DuplicateReport]) -> dict[str, int | None]:
    first = next(iter(reports.values()))
    return {
        "images": first.images,
        "distinct images": first.distinct,
        "images that are not the only one of their kind": first.duplicated_images,
        "groups of equal images": first.duplicated_groups,
        "images in the largest group": first.largest_group,
        "groups with conflicting labels": first.conflicting_groups,
        "images in groups with conflicting labels": first.conflicting_images,
        "images with an equal image in another official split": first.images_across_splits,
        **{f"images with an equal image in another fold ({n})": r.images_across_folds for n, r in reports.items()},
        "images of one flat colour": first.flat_images,
    }


def in_label_space(faces: FaceSet, study: PreparationParameters) -> FaceSet:
    return label_space(study.label_space)(faces)
