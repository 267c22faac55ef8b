"""What parent and child say to each other about one file, as plain JSON."""

import errno
import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from auditor.settings import Limits

SHOWN = 200  # characters of a bad value that are kept
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
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


@dataclass(frozen=True, slots=True)
class Job:
    """One private copy to parse: where it lies, where results go, what may be assumed.

    ``keys`` are the headers under which the case id may stand, the likeliest first;
    they only serve to name the case of a row that is rejected. ``cells`` asks for the
    cells of a workbook as they stand instead of tables; ``header_row`` says in which
    line of a text the header is.
    """

    path: str
    out: str
    limits: Limits
    encoding: str | None = None
    delimiter: str | None = None
    keys: tuple[str, ...] = ("case_id",)
    cells: bool = False
    header_row: int | None = None

    def dump(self) -> bytes:
        """Return the job as JSON bytes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read what `dump` wrote."""
        raw = json.loads(data)
        raw["limits"] = Limits(**raw["limits"])
        raw["keys"] = tuple(raw["keys"])
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
class Answer:
    """What the child found in a file; ``refused`` is set when it handed on nothing."""

    format: str
    tables: tuple[Staged, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    rejects: str | None = None
    refused: dict[str, Any] | None = None

    def dump(self) -> bytes:
        """Return the answer as JSON bytes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read what `dump` wrote."""
        raw = json.loads(data)
        raw["tables"] = tuple(
            Staged(**{**table, "header": tuple(table["header"])})
            for table in raw["tables"]
        )
        return cls(**raw)
