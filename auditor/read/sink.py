"""Takes parsed rows; what is not data (repeated headers, totals) is set apart here."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from auditor.read.job import Job
from auditor.read.names import clean_name, lost_cell
from auditor.read.stage import ROW, RejectLog, TableWriter, stamp_text

_SUM = re.compile(r"\s*[合总小共]\s*计")
_NUMERIC = re.compile(r"\s*+[-+¥￥]?[\d.,，%\s]*+[万元户件个kWVA]*\s*")


class RowSink:
    """Takes text columns with ``_row``, writes data rows, rejects headers and totals.

    Over-long cells are logged as cell rejects and handed on as lost; the row stays.
    """

    def __init__(self, writer: TableWriter, rejects: RejectLog, job: Job) -> None:
        self._writer = writer
        self._rejects = rejects
        self._header = writer.header
        self._cap = job.limits.field_bytes
        # The mapping's header comes first: a decoy beside it must not hide the case.
        name = next((key for key in job.keys if key in self._header), None)
        self.key = None if name is None else self._header.index(name)

    def accept(self, batch: pa.RecordBatch) -> None:
        """Sort the rows of one batch; every row is either written or logged."""
        odd = self._repeated(batch) | self._totals(batch)
        if odd:
            self._reject(batch.take(pa.array(sorted(odd))))
            kept = [at for at in range(batch.num_rows) if at not in odd]
            batch = batch.take(pa.array(kept, pa.int64()))
        if batch.num_rows:
            self._writer.write(self._without_long_cells(batch))

    def reject(self, line: int, reason: str, text: str, delimiter: str) -> None:
        """Log a record that has no columns, with its case id where that can be told."""
        self._rejects.row(line, reason, text, self._case_of(text, delimiter))

    def _case_of(self, text: str, delimiter: str) -> str | None:
        """Return the cell where the case id should be; to block too much is safe."""
        if self.key is None:
            return None
        cells = text.split(delimiter)
        return (cells[self.key].strip(' "') or None) if len(cells) > self.key else None

    def _repeated(self, batch: pa.RecordBatch) -> set[int]:
        """Places of rows that say the header again."""
        name = self._header[0]
        if not _is_text(batch.column(0)):
            return set()
        same = pc.is_in(batch.column(0), pa.array([name, "\ufeff" + name]))
        return {at for at in _places(same) if self._is_header(batch, at)}

    def _is_header(self, batch: pa.RecordBatch, at: int) -> bool:
        cells = _cells(batch, at)
        return all(
            clean_name(cell) in {name, ""} and (cell or name.startswith("#"))
            for cell, name in zip(cells, self._header, strict=True)
        )

    def _totals(self, batch: pa.RecordBatch) -> set[int]:
        """Places of rows whose first filled cell names a sum, the others figures."""
        found: list[int] = []
        rows = None
        for column in batch.columns[:-1]:
            cells = column if rows is None else column.take(rows)
            if _is_text(cells):
                hits = pc.indices_nonzero(pc.match_substring(cells, "计"))
                found += (hits if rows is None else rows.take(hits)).to_pylist()
                empty = pc.indices_nonzero(pc.equal(cells, ""))
            else:
                empty = pc.indices_nonzero(pc.is_null(cells))
            rows = empty if rows is None else rows.take(empty)
            if not len(rows):
                break
        return {at for at in found if is_total(_cells(batch, at))}

    def _reject(self, batch: pa.RecordBatch) -> None:
        lines = batch.column(ROW).to_pylist()
        for at, line in enumerate(lines):
            cells = _cells(batch, at)
            reason = "total_line" if is_total(cells) else "repeated_header"
            self._rejects.row(line, reason, ",".join(cells))

    def _without_long_cells(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for place, name in enumerate(self._header):
            column = batch.column(place)
            if not _is_text(column):
                continue
            sizes = pc.binary_length(column)
            if (pc.max(sizes).as_py() or 0) <= self._cap:
                continue
            cells = column.to_pylist()
            for at in _places(pc.greater(sizes, self._cap)):
                row = batch.column(ROW)[at].as_py()
                case = None if self.key is None else batch.column(self.key)[at].as_py()
                self._rejects.cell(row, name, cells[at], "field_too_long", case_id=case)
                cells[at] = lost_cell(row, is_key=place == self.key)
            column = pa.array(cells, pa.string())
            batch = batch.set_column(place, batch.schema.field(place), column)
        return batch


def _places(mask: pa.Array) -> list[int]:
    places: list[int] = pc.indices_nonzero(mask).to_pylist()
    return places


def _cells(batch: pa.RecordBatch, at: int) -> list[str]:
    row = batch.slice(at, 1)
    return [stamp_text(column)[0].as_py() or "" for column in row.columns[:-1]]


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type))


def is_total(cells: list[str]) -> bool:
    """Whether the first filled cell names a sum and most others are figures."""
    filled = next((at for at, cell in enumerate(cells) if cell.strip()), None)
    if filled is None or not _SUM.match(cells[filled]):
        return False
    others = cells[:filled] + cells[filled + 1 :]
    plain = sum(_NUMERIC.fullmatch(cell) is not None for cell in others)
    return plain * 2 > len(others) or not others
