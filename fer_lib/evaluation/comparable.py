"""Whether a published number may stand beside ours, and why not."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..datasets.labels import canonical
from .published import STATUSES

#: How each protocol chose the epoch that is reported.
CHOSEN = {
    "honest": "apart from the reported images",
    "reference": "on the reported images",
    "last_epoch": "by nothing (the last one)",
    "leaked": "while reported images were trained on",
    "unknown": "in a way that is not known",
}


@dataclass(frozen=True)
class Design:
    """What a group of our runs was measured on.

    Attributes:
        classes: their names; folds: how many; samples: tested images, all folds.
    """

    dataset: str
    label_space: str
    classes: tuple[str, ...]
    protocol: str
    fold_scheme: str
    folds: int
    samples: int

    def __str__(self) -> str:
        folds = f"{self.folds} fold{'s' if self.folds > 1 else ''} ({self.fold_scheme})"
        return (
            f"{self.dataset}, {len(self.classes)} classes ({self.label_space}), {folds}, {self.protocol} protocol, "
            f"{self.samples:,} tested images"
        )


def reasons(design: Design, row: pd.Series) -> list[str]:
    """Why the published `row` (of :func:`~fer_lib.evaluation.published.published`) cannot be compared with runs of
    `design`; empty where it can. What a row does not say counts as a reason: it may differ."""
    if row["dataset"] != design.dataset:
        return [f"measured on {row['dataset']}, ours on {design.dataset}"]
    found = []
    if row["status"] == "superseded":
        found.append("superseded by later numbers of its authors")
    ours = len(design.classes)
    if _differs(row["classes"], ours) or row["label_space"] != design.label_space:
        found.append(f"classes: {_said(row['classes'])} ({row['label_space']}), ours {ours} ({design.label_space})")
    elif isinstance(row["class_names"], list) and (theirs := _names(row["class_names"])) != _names(design.classes):
        found.append(f"classes: {', '.join(sorted(theirs))}, ours {', '.join(sorted(_names(design.classes)))}")
    if row["protocol"] != design.protocol or row["protocol"] in ("unknown", "leaked"):
        found.append(f"epoch chosen {CHOSEN[row['protocol']]}, ours {CHOSEN[design.protocol]}")
    if row["split"] != design.fold_scheme or _differs(row["n_folds"], design.folds):
        found.append(
            f"split {row['split']}, folds: {_said(row['n_folds'])}, ours {design.fold_scheme}, folds: {design.folds}"
        )
    elif _differs(row["samples"], design.samples):
        found.append(f"tested images: {_said(row['samples'])}, ours {design.samples:,}")
    return found


def _names(classes) -> set[str]:
    return {canonical(name) for name in classes}


def _differs(theirs, ours: int) -> bool:
    return bool(pd.isna(theirs)) or theirs != ours


def _said(number) -> str:
    return "unknown" if pd.isna(number) else f"{number:,}"


def comparable(design: Design, published: pd.DataFrame) -> pd.DataFrame:
    """`published` with ``comparable`` (bool) and ``reason``: "" or "not comparable, because …"."""
    why = [reasons(design, row) for _, row in published.iterrows()]
    text = ["not comparable, because " + "; ".join(one) if one else "" for one in why]
    return published.assign(comparable=np.array([not one for one in why], bool), reason=text)


def beside(design: Design, published: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """What may stand beside runs of `design`, and a sentence about what may not.

    Returns:
        the comparable rows, indexed by ``variant``, the most trustworthy one each; and the reasons why other numbers
        on the same data set are left out, how many each, "" where there are none.
    """
    judged = comparable(design, published[published["dataset"] == design.dataset])
    rows = judged[judged["comparable"]].sort_values("status", key=lambda s: s.map(STATUSES.index), kind="stable")
    apart = judged.loc[~judged["comparable"], "reason"].value_counts()
    sentences = [f"{count} published number{'s' if count > 1 else ''}: {reason}." for reason, count in apart.items()]
    return rows.drop_duplicates("variant").set_index("variant"), " ".join(sentences)
