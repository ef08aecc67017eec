"""Which neutral picture belongs to which expressive one."""

import numpy as np
import pandas as pd

from ...datasets import FaceSet
from ...datasets.labels import canonical
from ...errors import require

NEUTRAL = "neutral"
#: More pairs than any set of photographs needs; characters drawn ten thousand times each have millions.
MOST = 1_000_000


def neutral_label(faces: FaceSet) -> int:
    """The label of the neutral pictures.

    Raises:
        InputError: the set has no such class.
    """
    names = [canonical(name) for name in faces.classes]
    require(
        NEUTRAL in names and bool((faces.labels == names.index(NEUTRAL)).any()),
        f"{faces.name}: no neutral pictures, so it shows no motion; expected a set with them, or masks that are "
        "published or borrowed",
    )
    return names.index(NEUTRAL)


def find_pairs(faces: FaceSet) -> pd.DataFrame:
    """Every expressive picture with the neutral ones that it moved away from.

    These share its ``pair`` (drawn sets), or else its ``sequence`` where sequences have a neutral picture (CK+), or
    else its ``subject``, and its ``session`` and ``angle`` where the set knows them (JAFFE, KDEF).

    Returns:
        Columns ``expressive`` and ``neutral``, positions in `faces`, int64, and ``expression``, the class name; in the
        order of both positions.

    Raises:
        InputError: no neutral pictures; none of them shares anything with an expressive one; more than a million pairs.
    """
    label = neutral_label(faces)
    at_rest = faces.labels == label
    keys = _keys(faces.samples, at_rest)
    shared = faces.samples[keys].assign(position=np.arange(len(faces)))
    # nobody's pictures are not all of one person
    shared = shared[(shared[keys].astype(str) != "").all(axis=1) & shared[keys].notna().all(axis=1)]
    rest = at_rest[shared["position"]]
    count = shared[~rest].merge(shared[rest].groupby(keys, as_index=False).size(), on=keys)["size"].sum()
    require(
        count > 0,
        f"{faces.name}: no expressive picture shares its {' and '.join(keys)} with a neutral one, expected pairs of a "
        "person; source='class_mean' does without",
    )
    require(count <= MOST, f"{faces.name}: {count:,} pairs, expected at most {MOST:,}; take fewer pictures of a person")
    table = shared[~rest].merge(shared[rest], on=keys, suffixes=("_e", "_n"))
    table = table.rename(columns={"position_e": "expressive", "position_n": "neutral"})[["expressive", "neutral"]]
    table = table.sort_values(["expressive", "neutral"], ignore_index=True)
    return table.assign(expression=np.array(faces.classes)[faces.labels[table["expressive"]]])


def _keys(samples: pd.DataFrame, at_rest: np.ndarray) -> list[str]:
    for column in ("pair", "sequence"):
        if column in samples and samples[column][~at_rest].isin(samples[column][at_rest]).any():
            return [column]
    return ["subject", *(column for column in ("session", "angle") if column in samples)]
