"""Options of data sets, refused in one sentence."""

from collections.abc import Iterable

from ..errors import require
from ..registry import nearest


def check_choice(data_set: str, option: str, value: object, known: Iterable[str]) -> None:
    known = tuple(known)
    require(
        value in known,
        f"{data_set}: {option} {value!r}, expected one of {', '.join(known)}{nearest(str(value), known)}",
    )


def check_whole(data_set: str, option: str, value: object, least: int, most: int) -> None:
    require(
        type(value) is int and least <= value <= most,
        f"{data_set}: {option} {value!r}, expected a whole number {least}…{most}",
    )


def check_flag(data_set: str, option: str, value: object) -> None:
    require(isinstance(value, bool), f"{data_set}: {option} {value!r}, expected true or false")


def check_part(data_set: str, option: str, value: object) -> None:
    """None, or top, left, height and width of a part of a picture as shares of it."""
    numbers = isinstance(value, (list, tuple)) and len(value) == 4 and all(type(n) in (int, float) for n in value)
    top, left, height, width = value if numbers else (-1, -1, 0, 0)
    inside = min(top, left) >= 0 and min(height, width) > 0 and top + height <= 1 and left + width <= 1
    require(
        value is None or inside,
        f"{data_set}: {option} {value!r}, expected top, left, height and width inside of 0…1, or None",
    )


def check_several(data_set: str, option: str, value: object, known: tuple) -> None:
    """A list or tuple of one or more of `known`, none of them twice."""
    listed = list(value) if isinstance(value, (list, tuple)) else []
    good = bool(listed) and all(type(item) is type(known[0]) and item in known for item in listed)
    require(
        good and len(set(listed)) == len(listed),
        f"{data_set}: {option} {value!r}, expected a list with some of {', '.join(map(str, known))}, none twice",
    )
