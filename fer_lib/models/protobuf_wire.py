"""The wire format of protocol buffers: the fields of a message, without the schema that compiled code has.

Encoding: protobuf.dev/programming-guides/encoding. A message is a row of fields, each a key (number · 8 + wire type)
and a value; nested messages, texts and packed lists are runs of bytes. Nothing is copied, and reading takes time
proportional to the bytes.
"""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}


class WireError(ValueError):
    """The bytes are no message; says why."""


def fields(message: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Number, wire type and value of each field, in their order.

    Values are whole numbers from 0 (VARINT) or views of the bytes (all others).

    Raises:
        WireError: field number 0, a group or an unknown wire type, a number of more than 10 bytes, or a field that ends
            after its message.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise WireError("a field has the number 0")
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, wire, value
            continue
        if wire == BYTES:
            length, at = _varint(message, at)
        elif wire in FIXED:
            length = FIXED[wire]
        else:
            raise WireError(f"field {number} has wire type {wire}")
        if length > len(message) - at:
            raise WireError(f"field {number} ends after its message")
        yield number, wire, message[at : at + length]
        at += length


def values(message: memoryview, number: int, wire: int = BYTES) -> Iterator[int | memoryview]:
    """Values of all fields of this number.

    Raises:
        WireError: see :func:`fields`; or one of them has another wire type.
    """
    for found, how, value in fields(message):
        if found == number:
            if how != wire:
                raise WireError(f"field {number} has wire type {how}, expected {wire}")
            yield value


def last(message: memoryview, number: int, wire: int = BYTES) -> int | memoryview | None:
    """Value of a field that may stand once; where it stands more often the last one counts. None: it is left out."""
    value = None
    for value in values(message, number, wire):  # noqa: B007  (its last value is the result)
        pass
    return value


def text(message: memoryview, number: int) -> str:
    """A text field, empty where it is left out."""
    value = last(message, number)
    try:
        return "" if value is None else str(value, "utf-8")
    except UnicodeDecodeError:
        raise WireError(f"field {number} is not text") from None


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and where the next field begins."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise WireError("a number is cut off")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise WireError("a number has more than 10 bytes")
