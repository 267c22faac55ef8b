"""What parent and child say to each other about one file, as plain JSON."""

import errno
import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from auditor.settings import Limits

SHOWN = 200  # characters of a bad value that are kept
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
EMPTY = "empty_sheet"  # nothing is stored in it, so nothing is lost
WORK_FOLDER = "work_folder"  # the file is not to blame: the run stops


class Refused(Exception):  # noqa: N818 - a verdict on a file, not a fault
    """The whole file cannot be read; ``reason`` is a word of the reject list."""

    def __init__(
        self,
        reason: str,
        value: str | None = None,
        *,
        byte_offset: int | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        self.reason = reason
        self.value = value if value is None else value[:SHOWN]
        self.byte_offset = byte_offset
        self.row = row
        self.column = None if column is None else column[:SHOWN]
        super().__init__(reason)

    def to_json(self) -> dict[str, Any]:
        """Return the fields a file reject shows."""
        names = ("reason", "value", "byte_offset", "row", "column")
        return {name: getattr(self, name) for name in names}


_ALWAYS = 16 << 20  # bytes that any small file may unpack to, whatever the ratio


def allowance(packed: int, limits: Limits, budget: int | None = None) -> int:
    """Return how many bytes a file of this size may unpack to.

    ``budget`` is what the archive that holds the file has left.
    """
    cap = min(limits.unpacked_bytes, max(_ALWAYS, packed * limits.ratio))
    return cap if budget is None else min(cap, budget)


@dataclass(frozen=True, slots=True)
class SheetJob:
    """One sheet to stage: its number, the headers of its case id, its header's row."""

    number: int
    keys: tuple[str, ...]
    header_row: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One private copy to parse: where it lies, where results go, what may be assumed.

    ``keys`` are the headers under which the case id may stand, the likeliest first;
    they only serve to name the case of a row that is rejected. ``cells`` asks for the
    cells of a workbook as they stand instead of tables; ``header_row`` says in which
    line of a text the header is. A container is first listed: ``member`` then asks for
    one entry of an archive, ``sheets`` for sheets of a workbook. ``budget`` is what the
    archive around a file may still unpack to; within it there is no other archive.
    ``as_delivered`` allows that a plain file is handed on as it is.
    """

    path: str
    out: str
    limits: Limits
    encoding: str | None = None
    delimiter: str | None = None
    keys: tuple[str, ...] = ("case_id",)
    cells: bool = False
    header_row: int | None = None
    member: int | None = None
    sheets: tuple[SheetJob, ...] | None = None
    budget: int | None = None
    as_delivered: bool = False

    def dump(self) -> bytes:
        """Return the job as JSON bytes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read what `dump` wrote."""
        raw = json.loads(data)
        raw["limits"] = Limits(**raw["limits"])
        raw["keys"] = tuple(raw["keys"])
        if raw["sheets"] is not None:
            raw["sheets"] = tuple(
                SheetJob(**{**one, "keys": tuple(one["keys"])}) for one in raw["sheets"]
            )
        return cls(**raw)


@dataclass(frozen=True, slots=True)
class Staged:
    """One staged table: ``table`` is None when the file's name decides it.

    ``records`` were counted by other means than ``read``, the rows in ``path``.
    """

    table: str | None
    path: str
    header: tuple[str, ...]
    records: int
    read: int


@dataclass(frozen=True, slots=True)
class Content:
    """One member of an archive or sheet of a workbook; ``reason``: it is not read."""

    number: int
    name: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know of a file that was read, and how often."""

    note: str
    count: int
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child found in a file; ``refused`` is set when it handed on nothing.

    A container that was only listed has ``contents``; the sheets that were asked for
    come as ``parts``, in the order asked. ``unpacked`` counts the bytes that came out
    of compression, ``lines`` the physical lines of a text.
    """

    format: str
    tables: tuple[Staged, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    rejects: str | None = None
    refused: dict[str, Any] | None = None
    contents: tuple[Content, ...] = ()
    parts: tuple["Answer", ...] = ()
    notes: tuple[Note, ...] = ()
    unpacked: int = 0
    lines: int | None = None

    def dump(self) -> bytes:
        """Return the answer as JSON bytes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read what `dump` wrote."""
        return cls._of(json.loads(data))

    @classmethod
    def _of(cls, raw: dict[str, Any]) -> Self:
        raw["tables"] = tuple(
            Staged(**{**table, "header": tuple(table["header"])})
            for table in raw["tables"]
        )
        raw["contents"] = tuple(Content(**one) for one in raw["contents"])
        raw["notes"] = tuple(Note(**one) for one in raw["notes"])
        raw["parts"] = tuple(cls._of(one) for one in raw["parts"])
        return cls(**raw)
