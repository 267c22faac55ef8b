"""What one run is asked to do: one frozen object, made once, passed everywhere."""

import re
import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from auditor.errors import AuditError


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on untrusted input; ``docs/limits.md`` says what each is for."""

    record_bytes: int = 1 << 20  # longest record of a delimited file
    field_bytes: int = 1 << 16  # longest single cell
    columns: int = 2_000  # columns of one file
    unpacked_bytes: int = 64 << 30  # total size after decompression of one file
    ratio: int = 200  # unpacked size over packed size
    child_memory: int = 2 << 30  # data segment of the process that parses a file
    child_cpu_s: int = 3_600  # processor seconds of that process
    child_file_bytes: int = 256 << 30  # largest file that process may write
    rejects: int = 500_000  # rejected rows and cells of one file
    nesting: int = 64  # depth of elements in XES
    zip_entries: int = 1_000  # parts of a workbook, members of an archive
    sheets: int = 256  # sheets of a workbook
    cells: int = 50_000_000  # cells and merged ranges of a workbook, its shared texts


def load_limits(path: Path) -> Limits:
    """Read caps from a TOML file: some fields of `Limits`, the others stay.

    Raises:
        AuditError: AUD111, the file cannot be read; AUD112, an unknown name or a value
            that is neither a positive whole number nor a size such as ``"1GiB"``.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AuditError("AUD111", file=path, why=error) from error
    names = [field.name for field in fields(Limits)]
    found: dict[str, int] = {}
    for name, value in given.items():
        number = _cap(value) if name in names else 0
        if number <= 0:
            told = {"file": path, "name": name, "value": value}
            raise AuditError("AUD112", known=", ".join(names), **told)
        found[name] = number
    return Limits(**found)


def _cap(value: object) -> int:
    """Return a cap as a number, 0 if it is none."""
    if isinstance(value, str):
        try:
            return memory_bytes(value)
        except AuditError:
            return 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


OUTPUTS = ("evidence", "findings", "forms", "figures", "report", "store")
"""What a run writes beside its tables and manifest; a batch job may leave some out."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One run: inputs, the agency's dossier, the rule pack, period and cut-off, output.

    ``period`` is ``2021H1``, ``2021`` or ``FROM..TO`` with both ends inclusive;
    ``cutoff`` None derives it from the data; ``memory`` bounds the working set;
    ``master`` is where the engine ``spark`` runs, None what Spark's own settings say.
    ``inputs`` are files or folders of the dump, ``rules`` a shipped pack's name or a
    folder, ``mapping`` a TOML file. Nothing is checked before the run.
    """

    inputs: tuple[Path, ...]
    out: Path
    dossier: Path | None = None
    rules: str = "nea-2021-37"
    period: str | None = None
    cutoff: date | None = None
    mapping: Path | None = None
    engine: str = "local"
    master: str | None = None
    memory: str = "4GB"
    lang: str = "zh"
    fail_on: tuple[str, ...] = ()
    key_file: Path | None = None
    force: bool = False
    outputs: tuple[str, ...] = OUTPUTS
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


def parse_period(text: str | None) -> tuple[date, date] | None:
    """Return the first and last day of ``2021H1``, ``2021`` or ``FROM..TO``.

    Raises:
        AuditError: AUD241, none of these forms, or the end before the start.
    """
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{4})(?:H([12]))?", text)
    if found and text[:4] > "0000":  # a year that there is
        year, half = int(found.group(1)), found.group(2)
        first = date(year, 7 if half == "2" else 1, 1)
        return first, date(year, 6, 30) if half == "1" else date(year, 12, 31)
    try:
        begin, end = (date.fromisoformat(part) for part in text.split(".."))
    except ValueError as error:
        raise AuditError("AUD241", period=text) from error
    if end < begin:
        raise AuditError("AUD241", period=text)
    return begin, end


def resolve_clock(settings: Settings, last_date: date | None) -> Clock:
    """Return the days of a run: the given cut-off, or the one that the data give (13).

    Raises:
        AuditError: AUD242, the cut-off lies after the period; AUD243, no date at all.
    """
    period = parse_period(settings.period)
    if settings.cutoff is not None:
        if period is not None and settings.cutoff > period[1]:
            raise AuditError("AUD242", cutoff=settings.cutoff, end=period[1])
        return Clock(settings.cutoff, period)
    days = [
        day for day in (last_date, period[1] if period else None) if day is not None
    ]
    if last_date is None or not days:
        raise AuditError("AUD243")
    return Clock(min(days), period, derived=True)


BYTES_A_CASE = 12_000  # measured: what it takes to judge a case, two partitions at once
MOST_CASES = 600_000  # more in one partition gains nothing
FEWEST_CASES = 10_000
UNITS = "KMGT"


def memory_bytes(text: str) -> int:
    """Return the bytes of ``500MB``, ``4GB`` or ``4GiB``; only with an i of 1,024.

    Raises:
        AuditError: AUD244, none of these forms.
    """
    found = re.fullmatch(r"([0-9]+)\s*([KMGT])(i?)B?", text.strip(), re.IGNORECASE)
    if found is None or int(found.group(1)) == 0:
        raise AuditError("AUD244", memory=text)
    unit = 1_024 if found.group(3) else 1_000
    size = int(found.group(1))
    for _ in range(UNITS.index(found.group(2).upper()) + 1):
        size *= unit
    return size


def cases_a_partition(memory: str) -> int:
    """Return how many cases are judged at a time under a memory bound."""
    fit = memory_bytes(memory) // BYTES_A_CASE
    return max(FEWEST_CASES, min(MOST_CASES, fit))
