"""Compact letter display: variants that share a letter do not differ significantly."""

from collections.abc import Iterable, Sequence
from string import ascii_lowercase


def compact_letters(names: Sequence[str], different: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Letters by the insert-and-absorb algorithm (Piepho, J. Computational and Graphical Statistics 13, 2004).

    Args:
        names: best first; the first gets an "a".
        different: pairs that differ significantly, in either order.

    Returns:
        letters of each name, in the order of `names`: two names share one if and only if they are not in `different`.
        After "z" come "aa", "ab" …, set apart by dots ("z.aa").
    """
    columns = [frozenset(names)]
    for pair in different:
        # insert: a column that holds both is split in two, each without one of them
        split = [{column - {one} for one in pair} if set(pair) <= column else {column} for column in columns]
        columns = _absorb({column for parts in split for column in parts})
    position = {name: number for number, name in enumerate(names)}
    ordered = sorted(columns, key=lambda column: sorted(position[name] for name in column))
    join = "" if len(ordered) <= len(ascii_lowercase) else "."
    return {name: join.join(_letter(k) for k, column in enumerate(ordered) if name in column) for name in names}


def _absorb(columns: set[frozenset]) -> list[frozenset]:
    """Columns that say nothing beyond another one are dropped."""
    return [column for column in columns if not any(column < other for other in columns)]


def _letter(number: int) -> str:
    rest, last = divmod(number, len(ascii_lowercase))
    return (_letter(rest - 1) if rest else "") + ascii_lowercase[last]
