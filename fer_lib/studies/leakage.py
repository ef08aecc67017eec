"""What leaks through the published folds is worth: the same network, trained under safe folds too."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..datasets import FaceSet
from ..datasets.duplicates import groups_of
from ..datasets.folds import make_folds, subjects_of
from ..datasets.near_duplicates import near_groups_of
from ..evaluation.leakage import leak_table
from .guided_transformers import GuidedStudy, experiments, train
from .trained_runs import tables_of

LEAKY = "published"


@dataclass(frozen=True)
class LeakStudy:
    """Two fold schemes of one variant.

    Attributes:
        safe: scheme that keeps twins together: "subject" where persons are known, else "duplicate_safe".
        table: see :func:`~fer_lib.evaluation.leakage.leak_table`.
    """

    variant: str
    safe: str
    table: pd.DataFrame


def measure_leaks(study: GuidedStudy, faces: FaceSet) -> LeakStudy:
    """Train `study.leak_variant` under both schemes (runs that exist are used) and compare them image by image."""
    known = (faces.samples["subject"] != "").all()
    safe = "subject" if known else "duplicate_safe"
    tested = {}
    for scheme in (LEAKY, safe):
        one = study.model_copy(update={"variants": [study.leak_variant], "fold_scheme": scheme})
        tested[scheme] = tables_of(train(one, experiments(one, faces)), "predictions")[study.leak_variant]
    folds = make_folds(LEAKY, faces, study.folds, study.seed)
    ids = faces.samples["sample_id"]
    leaks = {name: pd.Series(mask, index=ids) for name, mask in twins(faces, folds).items()}
    groups = pd.Series(subjects_of(faces) if known else near_groups_of(faces), index=ids)
    return LeakStudy(study.leak_variant, safe, leak_table(tested[LEAKY], tested[safe], leaks, groups, study.seed))


def twins(faces: FaceSet, folds: np.ndarray) -> dict[str, np.ndarray]:
    """Images with a twin in another fold, by the closest kind of twin: bool (N,) each, without overlap."""
    kinds = {"equal image in training": groups_of(faces), "near-equal image in training": near_groups_of(faces)}
    if (faces.samples["subject"] != "").all():
        kinds["same person in training"] = subjects_of(faces)
    found, taken = {}, np.zeros(len(faces), bool)
    for name, groups in kinds.items():
        crosses = (pd.Series(folds).groupby(groups).transform("nunique") > 1).to_numpy()
        found[name] = crosses & ~taken
        taken |= crosses
    return found
