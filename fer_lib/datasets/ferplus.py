"""FER+: the images of FER-2013 under the majority vote of ten taggers, in eight classes.

35,887 rows; left out are those without a majority, of unknown expression, or that show no face, as in the paper.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..artifacts import file_sha256
from ..errors import require
from . import fer2013
from .faceset import FaceSet
from .ferplus_votes import (
    CLASSES,
    FILE,
    VOTES,
    join_votes,
    majority_answer,
    read_votes,
    soft_labels,
    soft_polarity,
    votes_of,
)
from .registry import register_dataset

__all__ = ["CLASSES", "VOTES", "build", "majority_answer", "read_votes", "soft_labels", "soft_polarity", "votes_of"]


@register_dataset("ferplus")
def build(raw: Path, *, release: str = "auto") -> FaceSet:
    """Read ``raw/fer2013new.csv`` and the images from the folder ``fer2013`` beside `raw`.

    Args:
        release: of FER-2013, one of its csv files; see :func:`fer_lib.datasets.fer2013.build`.

    Returns:
        FaceSet; ``sample_id`` and ``split`` as in FER-2013, ``label`` by :func:`~.ferplus_votes.majority_answer`,
        further columns: the ten votes (:func:`soft_labels` and :func:`soft_polarity` read them), ``agreement``,
        ``fer2013_class`` (the name of the original label), ``duplicate_group`` and ``near_duplicate_group``.

    Raises:
        InputError: a file is missing or malformed, or the images do not have the rows of the public file.
    """
    raw = Path(raw)
    labels = raw / FILE
    table = read_votes(labels)  # a missing file is told before 35,887 images are read
    images = fer2013.build(raw.parent / "fer2013", release=release)
    votes = join_votes(images, table)
    kept = (votes["majority"] != "").to_numpy()
    require(bool(kept.any()), f"{labels}: no image has a majority")
    original = pd.Series(images.classes)[images.labels].to_numpy()
    samples = pd.concat([images.samples, votes[[*VOTES, "agreement"]]], axis=1).assign(
        label=pd.Index(CLASSES).get_indexer(votes["majority"]).clip(0),
        source="ferplus",
        fer2013_class=original,
    )
    counts = {name: int(votes[name].sum()) for name in ("unknown", "not_a_face")}
    card = {
        **images.card,
        "raw_files": {
            FILE: file_sha256(labels),
            **{f"../fer2013/{name}": digest for name, digest in images.card["raw_files"].items()},
        },
        "left_out": {**images.card.get("left_out", {}), **counts},
    }
    faces = replace(images, name="ferplus", samples=samples, classes=CLASSES, card=card)
    return replace(faces.subset(kept), rows=None)
