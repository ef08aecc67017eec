"""Input that nobody would write on purpose: it is read, or refused in one sentence; nothing else may happen.

The usual run tries the same examples every time, so that it takes about as long and fails for a reason in the code.
``HYPOTHESIS_PROFILE=night`` tries other examples, `NIGHT` times as many.
"""

import os
import warnings
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError

NIGHT = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "night" else 1

#: Cells of a table, words of a line, that have surprised one reader or another.
ODD = (
    *("", " ", "\t", "nan", "NaN", "null", "inf", "-inf", "-1", "-0", "0.5", "1e400", "1e-400", "0x1", "1_0", "+1"),
    *("9" * 30, "٣", "²", "½", '"', '""', "'", "\x00", "\x1a", "\r", "\n", "\r\n", "\x85", "\u2028", "\ufeff", "é"),
    *("\udcff", ",", ";", ".", "..", "../x", "x" * 140_000),
)


def bounded(examples: int) -> settings:
    """Settings of a test that tries so many examples in the usual run."""
    return settings(
        max_examples=examples * NIGHT,
        derandomize=NIGHT == 1,
        deadline=None,
        # a folder that all examples of a test share is meant; their files are written over
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def accepted(act: Callable[[], object]) -> object:
    """What `act` gives, or None where it refuses in a sentence; every other exception is the test's failure."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries, about what they repair or doubt
            return act()
    except InputError as error:
        said = str(error)
        assert said.strip() and len(said.splitlines()) == 1, f"no single sentence: {said!r}"
        return None


@st.composite
def damaged(draw: st.DrawFn, valid: bytes) -> bytes:
    """`valid` with bytes lost, added, repeated or changed in one to four places."""
    content = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.sampled_from([1, 2, 7, 64, 10**6]))
        what = draw(st.sampled_from(["lost", "added", "repeated", "changed"]))
        if what == "lost":
            del content[at : at + length]
        elif what == "repeated":
            content[at:at] = content[at : at + length]
        else:
            new = draw(st.binary(min_size=1, max_size=8))
            content[at : at + (len(new) if what == "changed" else 0)] = new
    return bytes(content)


@st.composite
def tables(draw: st.DrawFn, header: str | None, rows: tuple[str, ...], parted: str) -> bytes:
    """Lines like `rows` below `header`, with some cells odd, some missing and some too many; or a damaged file."""
    lines = [row.split(parted) for row in draw(st.lists(st.sampled_from(rows), max_size=4))]
    lines = [header.split(parted), *lines] if header is not None else lines
    for _ in range(draw(st.integers(0, 3))):
        if not lines:
            break
        cells = draw(st.sampled_from(lines))
        at = draw(st.integers(0, len(cells)))
        cells[at : at + draw(st.integers(0, 1))] = draw(
            st.lists(st.sampled_from(ODD) | st.text(max_size=5), max_size=2)
        )
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    text = ending.join(parted.join(cells) for cells in lines) + draw(st.sampled_from(["", ending]))
    content = text.encode("utf-8", "surrogateescape" if "\udcff" in text else "surrogatepass")
    return draw(damaged(content)) if draw(st.integers(0, 4)) == 0 else content


#: Values as JSON knows them.
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
