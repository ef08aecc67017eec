"""Where what was found first differs from what was stated."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

NOTHING = object()


def first_unequal(stated: object, found: object, where: str = "") -> tuple[str, object, object] | None:
    """Compare plain values, as JSON has them, key by key in the order of `stated`; lists of one length entry by entry.

    Returns:
        Where they differ, such as ``"targets[0].folds"``, and both values there (:data:`NOTHING` where there is none).
        None where all is equal.
    """
    if isinstance(stated, dict) and isinstance(found, dict):
        for key in [*stated, *(key for key in found if key not in stated)]:
            path = f"{where}.{key}" if where else str(key)
            if unequal := first_unequal(stated.get(key, NOTHING), found.get(key, NOTHING), path):
                return unequal
        return None
    if isinstance(stated, list) and isinstance(found, list) and len(stated) == len(found):
        parts = (first_unequal(*pair, f"{where}[{i}]") for i, pair in enumerate(zip(stated, found, strict=True)))
        return next((unequal for unequal in parts if unequal), None)
    return None if stated == found else (where, stated, found)


def first_difference(stated: object, found: object, where: str = "") -> str | None:
    """``"training.epochs: 9 stated, 12 found"``, or None where all is equal; see :func:`first_unequal`."""
    unequal = first_unequal(stated, found, where)
    return unequal and sentence(*unequal)


def table_difference(
    name: str, stated: pd.DataFrame, found: pd.DataFrame, keys: Sequence[str], ignored: Sequence[str] = ()
) -> str | None:
    """Compare two tables exactly, row by row; columns that `found` has beside those of `stated` do not count.

    Args:
        keys: columns that tell a row, named in the sentence; those that `stated` lacks are left out.
        ignored: columns that are not compared.

    Returns:
        ``"history, fold 0, epoch 3, train_loss: 0.98 stated, 0.97 found"``, or None where all is equal.
    """
    columns = [column for column in stated if column not in ignored]
    missing = [column for column in columns if column not in found]
    if missing:
        return f"{name}: column {missing[0]!r} stated, not found"
    if len(stated) != len(found):
        return f"{name}: {len(stated)} rows stated, {len(found)} found"
    stated, found = stated.reset_index(drop=True), found.reset_index(drop=True)
    unequal = np.zeros((len(stated), len(columns)), bool)
    for position, column in enumerate(columns):
        one, other = stated[column], found[column]
        unequal[:, position] = ((one != other) & ~(one.isna() & other.isna())).to_numpy()
    if not unequal.any():
        return None
    row, position = np.argwhere(unequal)[0]
    at = [f"{key} {stated[key][row]}" for key in keys if key in stated]
    column = columns[position]
    return sentence(", ".join([name, *at, column]), stated[column][row], found[column][row])


def sentence(where: str, stated: object, found: object) -> str:
    return f"{where}: {as_text(stated)} stated, {as_text(found)} found"


def as_text(value: object) -> str:
    """As Python writes it; "nothing" for :data:`NOTHING`."""
    if value is NOTHING:
        return "nothing"
    return repr(value.item() if isinstance(value, np.generic) else value)
