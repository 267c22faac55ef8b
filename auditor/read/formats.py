"""Which formats exist and how their first bytes tell them apart: one line a format."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from auditor.read.job import Answer, Job, Refused

HEAD = 512  # bytes that decide the format
GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, the first bytes it begins with, and the module that reads it.

    The module has ``read_file(job) -> Answer`` and is imported only when a file of
    its kind comes, since parsers are slow to load. ``refused`` is the reason word of a
    format that is recognised but not read as tables.
    """

    name: str
    starts: tuple[bytes, ...]
    module: str = ""
    refused: str = ""
    packed: bool = True  # may come inside gzip
    suffix: str = ""  # a file so named fills ``tables``, whatever its name begins with
    tables: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()  # headers of case ids that are the format's own

    @property
    def read_file(self) -> Callable[[Job], Answer]:
        """The format's reader."""
        return cast("Callable[[Job], Answer]", import_module(self.module).read_file)

    @property
    def read_cells(self) -> Callable[[Job], Answer]:
        """The reader of single cells, which only a workbook has.

        Raises:
            Refused: not_a_workbook.
        """
        found = (
            getattr(import_module(self.module), "read_cells", None)
            if self.module
            else None
        )
        if found is None:
            raise Refused("not_a_workbook", self.name)
        return cast("Callable[[Job], Answer]", found)


_BIFF = (b"\x09\x08", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00")
_ARCHIVES = (
    ("7z", b"7z\xbc\xaf\x27\x1c"),
    ("rar", b"Rar!\x1a\x07"),
    ("xz", b"\xfd7zXZ\x00"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    *((f"bzip2 -{level}", b"BZh%d1AY&SY" % level) for level in range(1, 10)),
)
FORMATS: tuple[Format, ...] = (
    Format("parquet", (b"PAR1",), "auditor.read.parquet", packed=False),
    Format(
        "xes",
        (b"<?xml", b"<log", b"<!--", b"<!DOCTYPE"),
        "auditor.read.xes",
        suffix=".xes",
        tables=("cases", "events"),
        keys=("concept:name", "case:concept:name"),
    ),
    Format("zip", ZIP, "auditor.read.archive", packed=False),
    Format("ole", (b"\xd0\xcf\x11\xe0",), "auditor.read.oldoffice"),
    Format("biff", _BIFF, refused="old_workbook"),
    Format("markup", (b"<", b"MIME-Version:"), refused="html_table"),
    Format("packed_twice", (GZIP,), refused="unsupported_format"),
    Format("pdf", (b"%PDF-",), refused="unsupported_format"),
    *(Format(name, (mark,), refused="other_archive") for name, mark in _ARCHIVES),
    Format("csv", (b"",), "auditor.read.delimited"),
)


def tell_format(head: bytes) -> Format:
    """Return the first format whose marks the head bears; text is the last resort.

    Raises:
        Refused: utf_16, for XML in that encoding, of which a byte says nothing.
    """
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if bare[:2] in _UTF_16 and bare[2:].replace(b"\0", b"").lstrip()[:1] == b"<":
        raise Refused("utf_16", byte_offset=0)
    if bare.lstrip()[:1] == b"<":
        bare = bare.lstrip()
    return next(item for item in FORMATS if bare.startswith(item.starts))


def tables_by_suffix(name: str) -> tuple[str, ...]:
    """Return the tables that a file fills because of its suffix; none for most."""
    bare = name.casefold().removesuffix(".gz")
    fitting = (kind for kind in FORMATS if kind.suffix and bare.endswith(kind.suffix))
    return next((kind.tables for kind in fitting), ())
