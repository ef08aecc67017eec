"""Messages field by field: what was written is read, and nonsense is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.models.protobuf_wire import BYTES, FIXED32, FIXED64, VARINT, WireError, fields, last, text, values

from .tensorflow_writer import number, run, varint

CONTENT = {
    VARINT: st.integers(0, 2**64 - 1),
    BYTES: st.binary(max_size=200),
    FIXED32: st.binary(min_size=4, max_size=4),
    FIXED64: st.binary(min_size=8, max_size=8),
}
FIELDS = st.lists(
    st.sampled_from(sorted(CONTENT)).flatmap(
        lambda wire: st.tuples(st.integers(1, 2**29 - 1), st.just(wire), CONTENT[wire])
    ),
    max_size=8,
)


def written(field: int, wire: int, value) -> bytes:
    if wire == VARINT:
        return number(field, value)
    return run(field, value) if wire == BYTES else varint(field << 3 | wire) + value


@given(FIELDS)
def test_what_was_written_is_read(row):
    message = b"".join(written(*field) for field in row)
    assert [(n, w, v if w == VARINT else bytes(v)) for n, w, v in fields(memoryview(message))] == row


@given(st.binary(max_size=300))
def test_any_bytes_are_fields_or_refused(message):
    try:
        read = list(fields(memoryview(message)))
    except WireError:
        return
    assert sum(len(value) for _, wire, value in read if wire != VARINT) <= len(message)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"\x08", "a number is cut off"),
        (b"\x08\x80", "a number is cut off"),
        (b"\x08" + b"\x80" * 10 + b"\x00", "more than 10 bytes"),
        (b"\x00\x01", "a field has the number 0"),
        (b"\x0b\x0c", "field 1 has wire type 3"),
        (b"\x0f\x00", "field 1 has wire type 7"),
        (b"\x12\x03ab", "field 2 ends after its message"),
        (b"\x0d\x00\x00\x00", "field 1 ends after its message"),
        (b"\x09\x00\x00\x00\x00", "field 1 ends after its message"),
        (b"\x0a" + b"\xff" * 9 + b"\x01", "field 1 ends after its message"),
    ],
)
def test_nonsense(message, said):
    with pytest.raises(WireError, match=said):
        list(fields(memoryview(message)))


def test_fields_by_number():
    message = memoryview(run(1, "one") + number(2, 5) + run(1, "uno") + run(3, b"\xff"))
    assert [bytes(value) for value in values(message, 1)] == [b"one", b"uno"]
    assert text(message, 1) == "uno" and text(message, 9) == ""
    assert last(message, 2, VARINT) == 5 and last(message, 9) is None
    with pytest.raises(WireError, match="field 3 is not text"):
        text(message, 3)
    with pytest.raises(WireError, match="field 2 has wire type 0, expected 2"):
        last(message, 2)
