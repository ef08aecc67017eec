"""The votes of FER+ (Barsoum et al., "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced
Label Distribution", ICMI 2016): ten taggers chose one of ten answers for every row of FER-2013."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require
from .faceset import FaceSet
from .labels import POLARITY, POLARITY_OF

FILE = "fer2013new.csv"
ROWS = 35887
ANSWERS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
HEADER = ("Usage", "Image name", *ANSWERS)
CLASSES = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")  # this study's spelling
VOTES = (*(f"votes_{name}" for name in CLASSES), "votes_unknown", "votes_not_a_face")
UNKNOWN, NOT_A_FACE = 8, 9
TAGGERS = 10


def read_votes(path: str | Path) -> pd.DataFrame:
    """Read and check ``fer2013new.csv``.

    Returns:
        35,887 rows in the order of ``fer2013.csv``: ``usage`` str and the ten columns of `VOTES`, int64 in 0…10.
        The tenth vote of row 10435 is missing in the published file; every other row has ten.

    Raises:
        InputError: no such file, another header or number of rows, or a row (counted from 0 below the header)
            whose votes are not whole numbers that add up to ten (or nine).
    """
    path = Path(path)
    require(
        path.is_file(),
        f"{path}: no such file, expected the FER+ labels from github.com/microsoft/FERPlus; see data/README.md",
    )
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise InputError(f"{path}: not a table, expected the header {','.join(HEADER)}") from None
    require(
        tuple(table.columns) == HEADER,
        f"{path}: the first line is {','.join(map(str, table.columns))[:60]!r}, expected {','.join(HEADER)}",
    )
    # pandas would take the first cells for names of the rows, and every vote for that of the answer before
    require(isinstance(table.index, pd.RangeIndex), f"{path}, row 0: more than the {len(HEADER)} columns of the header")
    require(len(table) == ROWS, f"{path}: {len(table)} rows, expected {ROWS}, one for each of fer2013.csv")
    votes = np.empty((ROWS, len(ANSWERS)), np.int64)
    for column, answer in enumerate(ANSWERS):
        words = table[answer]
        wrong = np.flatnonzero(~words.str.fullmatch("[0-9]|10", flags=re.ASCII))
        if len(wrong):
            raise InputError(f"{path}, row {wrong[0]}: {answer} {words[wrong[0]][:20]!r}, expected a vote count 0…10")
        votes[:, column] = words.astype(np.int64)
    total = votes.sum(axis=1)
    wrong = np.flatnonzero((total != TAGGERS) & (total != TAGGERS - 1))
    if len(wrong):
        raise InputError(f"{path}, row {wrong[0]}: {total[wrong[0]]} votes, expected {TAGGERS}")
    return pd.DataFrame(votes, columns=list(VOTES)).assign(usage=table["Usage"])


def votes_of(faces: FaceSet, data_dir: str | Path = "data") -> pd.DataFrame:
    """FER+ votes of the images of `faces`, joined by the row of ``fer2013.csv``.

    Args:
        faces: FER-2013 or FER+, whole or a subset, under any labels.
        data_dir: the folder with ``raw/ferplus/fer2013new.csv``.

    Returns:
        One row per image, in its order: the ten columns of `VOTES`, int64; ``majority`` str, a name of `CLASSES`
        or ""; ``agreement`` float64 in (0, 1], the largest answer's share of all votes; ``unknown`` and
        ``not_a_face`` bool. By the authors' rule (:func:`majority_answer`) exactly one of the three holds: there is
        a majority, it is unknown, it is not a face.

    Raises:
        InputError: the file is missing or malformed; the images carry no rows of ``fer2013.csv``; the official part
            of an image disagrees with the file.
    """
    return join_votes(faces, read_votes(Path(data_dir) / "raw" / "ferplus" / FILE))


def join_votes(faces: FaceSet, table: pd.DataFrame) -> pd.DataFrame:
    """:func:`votes_of` with the table that :func:`read_votes` has read."""
    rows = file_rows(faces)
    # the release without test parts deals the official training part anew
    official = faces.samples["split"].replace({"train": "Training", "validation": "Training"}).to_numpy()
    for i in np.flatnonzero(table["usage"].to_numpy()[rows] != official)[:1]:
        raise InputError(
            f"{faces.name}: row {rows[i]} is {faces.samples['split'].iloc[i]!r}, FER+ has it as "
            f"{table['usage'].iloc[rows[i]]!r}; the rows of this set are not those of the public fer2013.csv"
        )
    votes = table[list(VOTES)].iloc[rows].reset_index(drop=True)
    count = votes.to_numpy()
    answer = majority_answer(count)
    return votes.assign(
        majority=np.array([*CLASSES, "", ""])[answer],
        agreement=count.max(axis=1) / count.sum(axis=1),
        unknown=answer == UNKNOWN,
        not_a_face=answer == NOT_A_FACE,
    )


def file_rows(faces: FaceSet) -> np.ndarray:
    """int64 (N,): the row of ``fer2013.csv`` of each image, which its ``sample_id`` tells.

    Raises:
        InputError: an image has none, or the set is known to have other rows than the public file.
    """
    row = pd.to_numeric(faces.samples["sample_id"].astype(str).str.extract(r"^fer2013-(\d+)$")[0])
    known = row.notna() & (row < ROWS)
    require(
        bool(known.all()) and faces.card.get("public_file", True),
        f"{faces.name}: FER+ votes are joined by the row of the public fer2013.csv, which these images do not have",
    )
    return row.to_numpy(dtype=np.int64)


def majority_answer(votes: np.ndarray) -> np.ndarray:
    """The authors' "majority" rule (microsoft/FERPlus, ``src/ferplus.py``).

    Single votes are dropped as outliers; the answer with more than half of the rest wins; where there is none, the
    answer is unknown.

    Args:
        votes: int (N, 10), columns as `ANSWERS`.

    Returns:
        int64 (N,), positions in `ANSWERS`.
    """
    kept = np.where(votes > 1, votes, 0)
    won = 2 * kept.max(axis=1) > kept.sum(axis=1)
    return np.where(won, kept.argmax(axis=1), UNKNOWN)


def soft_labels(votes: pd.DataFrame, drop_single: bool = True) -> np.ndarray:
    """Votes as a distribution over the eight classes; unknown and not-a-face votes do not count.

    The authors' own distributions also leave out the weakest classes of an image; this one keeps them.

    Args:
        votes: as :func:`votes_of` returns them, or samples of the set "ferplus".
        drop_single: single votes are dropped as outliers, as in the authors' rule.

    Returns:
        float32 (N, 8), columns as `CLASSES`; rows add up to 1, or are all zero where no vote is left.
    """
    counts = votes[list(VOTES[: len(CLASSES)])].to_numpy(dtype=np.float32)
    counts = np.where(counts > 1, counts, 0) if drop_single else counts
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)


def soft_polarity(votes: pd.DataFrame, drop_single: bool = True) -> np.ndarray:
    """Votes as a distribution over neutral, positive, negative, by the class names as in the label space "polarity".

    Votes for surprise do not count, as its valence is ambiguous.

    Args:
        votes, drop_single: as of :func:`soft_labels`.

    Returns:
        float32 (N, 3), columns as :data:`~.labels.POLARITY`; rows add up to 1, or are all zero where no vote is left.
    """
    member = np.array([[POLARITY_OF[name] == column for column in POLARITY] for name in CLASSES], np.float32)
    share = soft_labels(votes, drop_single) @ member
    total = share.sum(axis=1, keepdims=True)
    return np.divide(share, total, out=np.zeros_like(share), where=total > 0)
