"""What one run is asked to do: one frozen object, made once, passed everywhere."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on untrusted input, in one place; each is documented in ``docs/limits.md``."""

    record_bytes: int = 1 << 20  # longest record of a delimited file
    field_bytes: int = 1 << 16  # longest single cell
    columns: int = 2_000  # columns of one file
    unpacked_bytes: int = 64 << 30  # total size after decompression of one file
    ratio: int = 200  # unpacked size over packed size
    child_memory: int = 4 << 30  # data segment of the process that parses a file
    child_cpu_s: int = 3_600  # processor seconds of that process
    child_file_bytes: int = 256 << 30  # largest file that process may write
    nesting: int = 64  # depth of elements in XES


@dataclass(frozen=True, slots=True)
class Settings:
    """One run: inputs, the agency's dossier, the rule pack, period and cut-off, output.

    ``period`` is ``2021H1``, ``2021`` or ``FROM..TO`` with both ends inclusive;
    ``cutoff`` None derives it from the data; ``memory`` bounds the working set.
    """

    inputs: tuple[Path, ...]
    out: Path
    dossier: Path | None = None
    rules: str = "nea-2021-37"
    period: str | None = None
    cutoff: date | None = None
    mapping: Path | None = None
    engine: str = "local"
    memory: str = "4GB"
    lang: str = "zh"
    fail_on: tuple[str, ...] = ()
    key_file: Path | None = None
    force: bool = False
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Clock:
    """The days that a run looks at: the cut-off, and the period if one was asked for.

    Both ends of ``period`` are inclusive; ``derived`` says that the cut-off was taken
    from the data and not given.
    """

    cutoff: date
    period: tuple[date, date] | None = None
    derived: bool = False
