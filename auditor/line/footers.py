"""The footer of a Parquet file of ours: taken apart, moved, and put together again.

A footer is a Thrift struct in the compact protocol. Here a struct is a mapping of field
numbers, in their order, to the kind of the field and its value, so that what nobody
asks about comes back as it was. Numbers of fields: parquet-format, ``parquet.thrift``.
"""

from collections.abc import Iterator
from typing import Any

Struct = dict[int, tuple[int, Any]]

MAGIC = b"PAR1"
YES, NO, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, _, _, STRUCT = range(1, 13)
ROWS, GROUPS = 3, 4  # of the file
COLUMNS, GROUP_OFFSET, ORDINAL = 1, 5, 7  # of a row group
CHUNK_OFFSET, META = 2, 3  # of a column's chunk
PLACES, BOUNDS = 4, 6  # of its two indexes: where they lie; their lengths are the next
SIZE = 7  # of the chunk's own record: its pages, compressed
OFFSETS = (9, 10, 11)  # there too: where pages of data, index, dictionary begin
LOCATIONS, LOCATION = 1, 1  # of the index of places: its pages, and where each lies


def footer_of(file: bytes | memoryview) -> bytes:
    """Return the footer of a whole Parquet file.

    Raises:
        ValueError: these bytes are no Parquet file.
    """
    if file[:4] != MAGIC or file[-4:] != MAGIC:
        raise ValueError(bytes(file[:4]))
    size = int.from_bytes(file[-8:-4], "little")
    return bytes(file[-8 - size : -8])


def ended(footer: bytes) -> bytes:
    """Return how a file with this footer ends."""
    return footer + len(footer).to_bytes(4, "little") + MAGIC


def read(data: bytes) -> Struct:
    """Return the struct that these bytes are."""
    return _Reader(data).struct()


def write(struct: Struct) -> bytes:
    """Return the bytes of a struct."""
    return b"".join(_struct(struct))


def value(struct: Struct, field: int) -> Any:  # noqa: ANN401 - what a field holds
    """Return the value of a field that is there."""
    return struct[field][1]


def items(struct: Struct, field: int) -> list[Any]:
    """Return the members of a list that is there."""
    found: list[Any] = struct[field][1][1]
    return found


def put(struct: Struct, field: int, new: object) -> None:
    """Replace the value of a field that is there."""
    struct[field] = struct[field][0], new


def move(struct: Struct, fields: tuple[int, ...], by: int) -> None:
    """Add to the fields that are there."""
    for field in fields:
        if field in struct:
            put(struct, field, value(struct, field) + by)


class _Reader:
    """Bytes that are read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def struct(self) -> Struct:
        found: Struct = {}
        field = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            field = field + step if step else self._signed()
            found[field] = kind, self._of(kind)
        return found

    def _of(self, kind: int) -> Any:  # noqa: ANN401 - what a field holds
        if kind in {YES, NO}:
            return kind == YES
        if kind in {I16, I32, I64}:
            return self._signed()
        if kind == BINARY:
            return self._take(self._number())
        if kind == LIST:
            return self._list()
        if kind == STRUCT:
            return self.struct()
        if kind in {BYTE, DOUBLE}:
            return self._take(1 if kind == BYTE else 8)
        raise ValueError(kind)

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        kind, size = head & 15, head >> 4
        size = self._number() if size == 15 else size
        if kind in {YES, NO}:
            return kind, [self._byte() for _ in range(size)]
        return kind, [self._of(kind) for _ in range(size)]

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def _number(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found

    def _signed(self) -> int:
        found = self._number()
        return (found >> 1) ^ -(found & 1)


def _struct(struct: Struct) -> Iterator[bytes]:
    last = 0
    for field, (kind, held) in struct.items():
        told = (YES if held else NO) if kind in {YES, NO} else kind
        step = field - last
        near = 0 < step < 16
        yield bytes([step << 4 | told]) if near else bytes([told]) + _signed(field)
        yield from _held(kind, held)
        last = field
    yield b"\0"


def _held(kind: int, held: Any) -> Iterator[bytes]:  # noqa: ANN401 - what a field holds
    if kind in {I16, I32, I64}:
        yield _signed(held)
    elif kind == BINARY:
        yield _number(len(held)) + held
    elif kind == LIST:
        yield from _list(*held)
    elif kind == STRUCT:
        yield from _struct(held)
    elif kind in {BYTE, DOUBLE}:
        yield held


def _list(kind: int, members: list[Any]) -> Iterator[bytes]:
    size = len(members)
    yield bytes([min(size, 15) << 4 | kind])
    if size >= 15:
        yield _number(size)
    for one in members:
        yield from [bytes([one])] if kind in {YES, NO} else _held(kind, one)


def _number(rest: int) -> bytes:
    found = bytearray()
    while rest > 127:
        found.append(rest & 127 | 128)
        rest >>= 7
    found.append(rest)
    return bytes(found)


def _signed(number: int) -> bytes:
    return _number(number << 1 if number >= 0 else (-number << 1) - 1)
