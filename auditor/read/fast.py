"""The fast reader: pyarrow's parser over text in which every line is one record."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from auditor.read.header import Header
from auditor.read.job import Refused
from auditor.read.sink import RowSink
from auditor.read.stage import ROW

_BLOCK = 4 << 20  # bytes; must exceed the longest record


@dataclass(slots=True)
class _Lines:
    """Tells each parsed row its physical line, past rejected and blank ones."""

    next: int
    blank: list[int]
    wrong: list[int] = field(default_factory=list)
    refused: Refused | None = None

    def number(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Add ``_row`` to a batch and drop the rows that blank lines became."""
        runs = list(self._runs(batch.num_rows))
        if len(runs) == 1 and not runs[0][2]:
            first = runs[0][0]
            rows = pc.cast(pa.arange(first, first + batch.num_rows), pa.uint64())
            return batch.append_column(ROW, rows)
        pieces: list[pa.RecordBatch] = []
        numbers: list[int] = []
        done = 0
        for first, count, is_blank in runs:
            if not is_blank:
                pieces.append(batch.slice(done, count))
                numbers.extend(range(first, first + count))
            done += count
        kept = pa.Table.from_batches(pieces, batch.schema).combine_chunks()
        columns = [
            column.chunk(0) if column.num_chunks else pa.array([], pa.string())
            for column in kept.columns
        ]
        rows = pa.array(numbers, pa.uint64())
        return pa.RecordBatch.from_arrays([*columns, rows], [*batch.schema.names, ROW])

    def _runs(self, rows: int) -> Iterator[tuple[int, int, bool]]:
        """Yield first line, count and whether blank, for runs of adjoining lines."""
        wrong = bisect_left(self.wrong, self.next)
        blank = bisect_left(self.blank, self.next)
        while rows:
            if wrong < len(self.wrong) and self.wrong[wrong] == self.next:
                wrong += 1
                self.next += 1
            elif blank < len(self.blank) and self.blank[blank] == self.next:
                yield self.next, 1, True
                blank += 1
                self.next += 1
                rows -= 1
            else:
                stop = self.next + rows
                if wrong < len(self.wrong):
                    stop = min(stop, self.wrong[wrong])
                if blank < len(self.blank):
                    stop = min(stop, self.blank[blank])
                yield self.next, stop - self.next, False
                rows -= stop - self.next
                self.next = stop


class Readable(Protocol):
    """What the parser reads from; it stands at the first line below the header."""

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, fewer only at the end."""


def read_lines(
    stream: Readable, blank: list[int], header: Header, sink: RowSink, *, quoted: bool
) -> None:
    """Parse every line as one record; lines of the wrong width go to the rejects.

    Args:
        stream: text without lone carriage returns and over-long lines.
        blank: numbers of the blank lines, known before they are parsed.
        header: where the data begins and how many cells a record has.
        sink: takes the rows and the rejects.
        quoted: whether cells may be quoted; the caller has proven the grammar then.

    Raises:
        Refused: parser_disagrees, when the parser stops where the text is fine.
    """
    lines = _Lines(header.line, blank)

    def wrong_width(row: pacsv.InvalidRow) -> str:
        line = header.line + row.number - 1
        lines.wrong.append(line)
        try:
            sink.reject(line, "row_width", row.text, header.delimiter)
        except Refused as error:  # Arrow would swallow it
            lines.refused = error
            return "error"
        return "skip"

    parsing = pacsv.ParseOptions(
        delimiter=header.delimiter,
        quote_char='"' if quoted else False,
        double_quote=quoted,
        escape_char=False,
        newlines_in_values=False,
        ignore_empty_lines=False,
        invalid_row_handler=wrong_width,
    )
    try:
        reader = pacsv.open_csv(
            pa.PythonFile(stream, "r"),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=header.names
            ),
            parse_options=parsing,
            convert_options=_as_text(header),
        )
        for batch in reader:
            sink.accept(lines.number(batch))
    except pa.ArrowInvalid as error:
        raise lines.refused or Refused("parser_disagrees", str(error)) from error


def _as_text(header: Header) -> pacsv.ConvertOptions:
    return pacsv.ConvertOptions(
        column_types=dict.fromkeys(header.names, pa.string()),
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )
