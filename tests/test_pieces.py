"""Tables of a run that come in pieces end up as if written at once."""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from auditor.line import pieces
from auditor.line.pieces import Pieces

ROWS = 23
GROUP = 5
WORDS = pl.Enum(["pass", "fail", "pending"])


def _frame() -> pl.DataFrame:
    at = range(ROWS)
    return pl.DataFrame(
        {
            "case_id": [f"{n:020}" for n in at],
            "verdict": [WORDS.categories[n % 3] for n in at],
            "days": [None if n % 4 else n for n in at],
            "limit": [n / 3 for n in at],
            "in_force": [(True, False, None)[n % 3] for n in at],
            "on": [date(2022, 1, 1 + n) for n in at],
            "never": [None] * ROWS,
            "long": ["长" * 40 * n for n in at],
        },
        schema_overrides={"verdict": WORDS, "days": pl.Int32, "never": pl.String},
    )


def _at_once(frame: pl.DataFrame, folder: Path) -> Path:
    path = folder / "at-once.parquet"
    frame.write_parquet(path, compression="zstd", row_group_size=GROUP)
    return path


def _grown(frame: pl.DataFrame, cuts: list[int], folder: Path) -> Path:
    work = folder / "work"
    work.mkdir()
    grown = Pieces(work)
    for low, high in zip([0, *cuts], [*cuts, frame.height], strict=True):
        grown.add("told", frame.slice(low, high - low))
    grown.join("told", folder)
    assert not list(work.iterdir())
    return folder / "told.parquet"


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "GROUP_ROWS", GROUP)


@pytest.mark.parametrize(
    "cuts",
    [[], [1], [5], [4, 5, 6], [0, 0, 20], [2, 2, 9, 22, 23], list(range(1, 23))],
    ids=str,
)
def test_a_table_has_the_same_bytes_however_it_was_cut(
    tmp_path: Path, cuts: list[int]
) -> None:
    whole = _at_once(_frame(), tmp_path)
    assert _grown(_frame(), cuts, tmp_path).read_bytes() == whole.read_bytes()


def test_a_table_without_rows_is_one_that_can_be_read(tmp_path: Path) -> None:
    empty = _frame().clear()
    path = _grown(empty, [0, 0], tmp_path)
    assert path.read_bytes() == _at_once(empty, tmp_path).read_bytes()
    assert pl.read_parquet(path).schema == empty.schema


def test_other_readers_find_the_rows_and_the_bounds_of_each_group(
    tmp_path: Path,
) -> None:
    path = _grown(_frame(), [7, 8], tmp_path)
    assert pl.read_parquet(path).equals(_frame())
    assert pq.read_table(path).num_rows == ROWS
    with duckdb.connect() as con:
        asked = f"SELECT sum(days), max(\"on\") FROM read_parquet('{path}')"
        found = con.execute(asked).fetchall()
    assert found == [(sum(range(0, ROWS, 4)), date(2022, 1, ROWS))]
    held = pq.ParquetFile(path).metadata
    sizes = [held.row_group(at).num_rows for at in range(held.num_row_groups)]
    assert sizes == [5, 5, 5, 5, 3]
    last = held.row_group(4).column(0).statistics
    assert (last.min, last.max) == (f"{20:020}", f"{22:020}")
    case = pl.scan_parquet(path).filter(pl.col("case_id") == f"{21:020}")
    assert case.collect().equals(_frame().slice(21, 1))


def test_pieces_of_different_columns_are_no_table(tmp_path: Path) -> None:
    grown = Pieces(tmp_path)
    grown.add("told", _frame())
    with pytest.raises(pl.exceptions.PolarsError):
        grown.add("told", _frame().drop("days"))
