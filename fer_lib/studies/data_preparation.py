"""Notebook 01: a set's classes, duplicates and folds."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from ..datasets import FaceSet
from ..datasets.duplicates import DuplicateReport, duplicate_report
from ..datasets.folds import make_folds
from ..datasets.labels import label_space
from .common import DatasetParameters

FoldScheme = Literal["published", "duplicate_safe", "subject"]


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


def leakage_table(faces: FaceSet, study: PreparationParameters) -> tuple[pd.DataFrame, dict[str, DuplicateReport]]:
    """What crosses folds under each scheme.

    Returns:
        One row per scheme: images with an equal image in another fold, the smallest and largest
        fold, and the largest deviation of a fold's class share from the whole set's (points); and
        the full report of each scheme.
    """
    rows, reports = [], {}
    for scheme in study.fold_schemes:
        folds = make_folds(scheme, faces, study.folds, study.seed)
        reports[scheme] = report = duplicate_report(faces, folds)
        shares = pd.crosstab(folds, faces.labels, normalize="index")
        whole = pd.Series(faces.labels).value_counts(normalize=True)
        sizes = pd.Series(folds).value_counts()
        rows.append(
            {
                "scheme": scheme,
                "images with an equal image in another fold": report.images_across_folds,
                "smallest fold": sizes.min(),
                "largest fold": sizes.max(),
                "largest class-share deviation (points)": 100 * (shares - whole).abs().to_numpy().max(),
            }
        )
    return pd.DataFrame(rows), reports


def duplicate_table(reports: dict[str, DuplicateReport]) -> pd.DataFrame:
    """Counts of duplicates in words; what crosses folds has a row per scheme."""
    first = next(iter(reports.values()))
    rows = {
        "images": first.images,
        "distinct images": first.distinct,
        "images that are not the only one of their kind": first.duplicated_images,
        "groups of equal images": first.duplicated_groups,
        "groups with conflicting labels": first.conflicting_groups,
        "images in groups with conflicting labels": first.conflicting_images,
        "images with an equal image in another official split": first.images_across_splits,
        **{f"images with an equal image in another fold ({n})": r.images_across_folds for n, r in reports.items()},
        "images of one flat colour": first.flat_images,
    }
    return pd.DataFrame({"what": list(rows), "count": list(rows.values())})


def in_label_space(faces: FaceSet, study: PreparationParameters) -> FaceSet:
    return label_space(study.label_space)(faces)
