"""Raw tables made by hand: what the reader would hand on for given rows."""

import polars as pl

from auditor.clean import clean
from auditor.frames import RawFile, RawTables, empty_rejects
from auditor.pack import load_pack

PACK = load_pack("nea-2021-37")
CASE = {"case_id": "A", "county_code": "330101", "customer_type": "resident"}


def raw_file(work, table, rows, source=None, origin="dump", header=None):
    """Stage rows (mappings of text) as one file; line numbers start at 2."""
    source = source or f"{table}.csv"
    header = header or tuple(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [row.get(name) for row in rows] for name in header}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(header, pl.String))
    frame = frame.with_columns(_row=pl.int_range(2, len(rows) + 2, dtype=pl.UInt64))
    path = work / f"{origin}-{source}.parquet"
    frame.write_parquet(path)
    return RawFile(
        source, origin, table, path, "0" * 64, 1, "csv", "utf-8", ",",
        len(rows), len(rows), tuple(header),
    )  # fmt: skip


def raw_tables(work, *files, rejects=None):
    work.mkdir(parents=True, exist_ok=True)
    made = tuple(f if isinstance(f, RawFile) else raw_file(work, *f) for f in files)
    known = {file.table for file in made}
    for table, header in (
        ("cases", tuple(CASE)),
        ("events", ("case_id", "step", "started_at", "finished_at")),
    ):
        if table not in known:
            made += (raw_file(work, table, [], header=header),)
    return RawTables(made, empty_rejects() if rejects is None else rejects)


def cleaned(work, *files, mapping=None, partitions=None, rejects=None):
    raw = raw_tables(work, *files, rejects=rejects)
    return clean(raw, mapping, PACK, work, partitions)


def loaded(tables, name):
    """Return all accepted rows of one table, over all partitions."""
    return pl.concat([part.load(name) for part in tables.parts])


def told(tables, *columns, **where):
    """Return the rejects that match, as tuples of the asked columns."""
    return tables.rejects.filter(**where).select(columns).rows()


def refusals(raw):
    """Return the reason of each file that was refused."""
    found = raw.rejects.filter(kind="file")
    return dict(zip(found["source"], found["reason"], strict=True))
