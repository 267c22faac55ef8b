"""The books of a run: what was read, accepted, set aside and noticed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from auditor.clean.cells import DAMAGED
from auditor.clean.copies import COPIES
from auditor.clean.settle import Settled
from auditor.clean.typed import Typed
from auditor.frames import NOTES, REJECTS, STEPS, check, rejects_schema

QUARTER = 3  # months
FEW = 100
ACCOUNTS = ("read", "accepted", "duplicate", "rejected")
Row = dict[str, object]


class Books:
    """What accumulates over slices and partitions; ``names`` are the run's sources."""

    def __init__(self, names: pl.Series) -> None:
        self.names = names
        self.counts: dict[str, Counter[str]] = {}
        self.files: dict[tuple[str, str], Counter[str]] = {}
        self.rows: list[pl.DataFrame] = []
        self.cells: list[pl.DataFrame] = []
        self.zones: list[pl.DataFrame] = []
        self.gone: list[pl.DataFrame] = []
        self.steps: list[pl.DataFrame] = []
        self.last: list[pl.DataFrame] = []
        self.again: list[pl.DataFrame] = []

    def count(self, table: str, account: str, rows: int, source: str) -> None:
        """Add rows of a file to one account of a table."""
        self.counts.setdefault(table, Counter())[account] += rows
        self.files.setdefault((source, table), Counter())[account] += rows

    def tally(self, table: str, account: str, sources: pl.Series) -> None:
        """Add a row to one account of a table for each number of a file."""
        for source, rows in sources.value_counts().iter_rows():
            self.count(table, account, rows, self.names[source])

    def reject(self, table: str, found: Iterable[pl.DataFrame]) -> None:
        """Book rejected rows of a table."""
        for rows in found:
            self.tally(table, "rejected", rows["_source"])
            self.rows.append(rows.with_columns(table=pl.lit(table)))

    def enter_typed(self, table: str, typed: Typed) -> None:
        """Book what typing some rows of a table brought."""
        self.enter_cells(table, typed.cells)
        if typed.zones.width:
            self.zones.append(typed.zones)

    def enter_cells(self, table: str, cells: pl.DataFrame) -> None:
        """Book lost cells of rows that may still be set aside."""
        if cells.height:
            self.cells.append(cells.with_columns(table=pl.lit(table)))

    def enter(self, settled: Settled) -> None:
        """Book what settling one table of one partition brought."""
        table = settled.table
        self.tally(table, "accepted", settled.frame["_source"])
        self.tally(table, "duplicate", settled.again["_source"])
        self.reject(table, settled.rows)
        if settled.gone.height:
            self.gone.append(settled.gone.with_columns(table=pl.lit(table)))
        self.last.append(settled.last)
        if settled.copies.height:
            self.again.append(settled.copies)
        if table == "events":
            self.steps.append(settled.steps)

    def enter_reader(self, rows: pl.DataFrame) -> None:
        """Book the rows that the reader rejected."""
        for source, table, n in rows.group_by("source", "table").len().iter_rows():
            self.count(table, "read", n, source)
            self.count(table, "rejected", n, source)

    def absorb(self, other: "Books") -> None:
        """Add what was booked elsewhere about other cases of the same run."""
        for table, counts in other.counts.items():
            self.counts.setdefault(table, Counter()).update(counts)
        for file, counts in other.files.items():
            self.files.setdefault(file, Counter()).update(counts)
        for frames, found in (
            (self.rows, other.rows), (self.cells, other.cells),
            (self.zones, other.zones), (self.gone, other.gone),
            (self.steps, other.steps), (self.last, other.last),
            (self.again, other.again),
        ):  # fmt: skip
            frames.extend(found)

    def accounting(self, tables: Iterable[str]) -> dict[str, dict[str, int]]:
        """Return the accounts of the given tables and of every one with rejects."""
        names = sorted({*tables, *self.counts})
        return {
            name: {word: self.counts.get(name, Counter())[word] for word in ACCOUNTS}
            for name in names
        }

    def rejects(self, reader: pl.DataFrame, files: Sequence[Row]) -> pl.DataFrame:
        """Return all rejects of the run in one fixed order."""
        whole = pl.DataFrame(files, schema=REJECTS)
        told = reader.filter(kind="cell").select("source", "row", "table").unique()
        kinds = {"row": self.rows, "cell": self._cells()}
        own = [self._told(found, kind) for kind, found in kinds.items() if found]
        if told.height:
            own = [_without_echo(found, told) for found in own]
        order = ("source", "row", "table", "kind", "column", "reason", "value")
        every = pl.concat([reader, whole, *own]).sort(order, maintain_order=True)
        return check(every, rejects_schema())

    def _cells(self) -> list[pl.DataFrame]:
        """Return the lost cells of accepted rows; a row set aside tells its own."""
        if not self.cells or not self.gone:
            return self.cells
        key = ("table", "_source", "row", "_raw")
        gone = pl.concat(self.gone).rename({"_row": "row"})
        return [pl.concat(self.cells).join(gone, on=key, how="anti")]

    def _told(self, found: list[pl.DataFrame], kind: str) -> pl.DataFrame:
        """Put rejects of ours into the columns of the contract."""
        rows = pl.concat(found, how="diagonal")
        source = self.names.gather(rows["_source"])
        return rows.with_columns(
            source,
            pl.lit(kind).alias("kind"),
            pl.lit(None, pl.UInt64).alias("byte_offset"),
        ).select(*REJECTS)

    def last_date(self) -> date | None:
        """Return the latest date that the default cut-off looks at."""
        latest = pl.concat(self.last)["day"].max() if self.last else None
        return latest if isinstance(latest, date) else None

    def lone_date(self) -> Row | None:
        """Return a note if a few dates lie far behind all others, else None.

        Far: a whole quarter without any date lies between; few: one, or one in a
        hundred. A default cut-off would rest on them alone (13).
        """
        if not self.last:
            return None
        found = pl.concat(self.last).sort("month", "day", descending=True)
        months = found.group_by("month", maintain_order=True).agg(
            pl.col("dates").sum(), pl.col("day", "_source", "column").first()
        )
        gaps = months["month"].shift(1) - months["month"]
        behind = (gaps > QUARTER).arg_max() if (gaps > QUARTER).any() else None
        if not behind:
            return None
        count, total = int(months["dates"].head(behind).sum()), months["dates"].sum()
        if count > max(1, int(total) // FEW):
            return None
        first = months.row(0, named=True)
        table, _, column = str(first["column"]).partition(".")
        where = {"source": self.names[first["_source"]], "table": table}
        return where | {"column": column, "note": "cutoff_alone", "count": count}

    def copies(self) -> pl.DataFrame:
        """Return every row that says again what another one says, with its class."""
        found = pl.concat([pl.DataFrame(schema=COPIES), *self.again])
        named = found.with_columns(self.names.gather(found["_source"]).alias("_source"))
        return named.rename({"_source": "source", "_row": "row"}).sort(
            "table", "case_id", "thing", "source", "row", nulls_last=True
        )

    def step_table(self) -> pl.DataFrame:
        """Return each source step of accepted events, its meaning and its rows."""
        if not self.steps:
            return pl.DataFrame(schema=STEPS)
        key = ("raw_step", "step", "start", "finish")
        table = pl.concat(self.steps).group_by(key).agg(pl.col("rows").sum())
        return table.cast({"rows": pl.UInt64}).sort("raw_step")

    def notes(self, told: Sequence[Row]) -> pl.DataFrame:
        """Return what was noticed about columns, mixed zones included."""
        notes = pl.DataFrame(told, schema=NOTES)
        if self.zones:
            sums = pl.concat(self.zones).group_by("_source", "table", "column")
            mixed = sums.agg(pl.col("aware", "naive").sum())
            mixed = mixed.filter((pl.col("aware") > 0) & (pl.col("naive") > 0))
            named = mixed.with_columns(
                self.names.gather(mixed["_source"]),
                note=pl.lit("mixed_zones"),
                count=pl.col("naive").cast(pl.UInt64),
                value=pl.lit(None, pl.String),
            )
            notes = pl.concat([notes, named.select(*NOTES)])
        return notes.sort("source", "table", "column", "note")


def _without_echo(own: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Drop rejects of cells that the reader told, which come as a mark and the row."""
    echo = (pl.col("kind") == "cell") & (
        pl.col("value") == pl.lit(DAMAGED) + pl.col("row").cast(pl.String)
    )
    heard = own.filter(echo).join(told, on=["source", "row", "table"], how="anti")
    return pl.concat([own.filter(~echo.fill_null(value=False)), heard])
