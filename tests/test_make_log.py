"""The benchmark's dump: the same from its seed, in every order and format."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks import make_log
from benchmarks.common import CUTOFF
from benchmarks.draw import chunk
from benchmarks.make_log import make
from tests.runs import frame, pipeline

CASES = 3_000
KEY = ["case_id", "started_at", "step", "recorded_at"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    make(folder, CASES)
    return folder


def events(folder):
    return pl.read_parquet(folder / "events.parquet", glob=False)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_rows(
    plain, tmp_path
):
    make(tmp_path / "again", CASES)
    make(tmp_path / "other", CASES, seed=38)
    for table in ("cases", "events", "suspensions"):
        name = f"{table}.parquet"
        first = (plain / name).read_bytes()
        assert (tmp_path / "again" / name).read_bytes() == first
        assert (tmp_path / "other" / name).read_bytes() != first


def test_a_larger_dump_begins_with_the_applications_of_the_smaller(
    plain, tmp_path, monkeypatch
):
    monkeypatch.setattr(make_log, "CHUNK", 1_000)
    make(tmp_path / "small", 2_000)
    make(tmp_path / "large", 3_000)
    small, large = events(tmp_path / "small"), events(tmp_path / "large")
    assert_frame_equal(large.head(small.height), small)


@pytest.mark.parametrize("order", ["shuffled", "time"])
def test_another_order_holds_the_same_rows(plain, tmp_path, monkeypatch, order):
    monkeypatch.setattr(make_log, "BUCKET_EVENTS", 5_000)  # several buckets
    make(tmp_path, CASES, order=order)
    assert not (tmp_path / ".order").exists()
    mine, theirs = events(tmp_path), events(plain)
    assert_frame_equal(mine.sort(KEY), theirs.sort(KEY))
    assert not mine.equals(theirs)
    for table in ("cases.parquet", "suspensions.parquet"):
        assert (tmp_path / table).read_bytes() == (plain / table).read_bytes()
    assert mine["recorded_at"].is_sorted() == (order == "time")


@pytest.mark.parametrize(
    ("form", "encoding"), [("csv", "utf-8"), ("csv-gb18030", "gb18030")]
)
def test_csv_holds_the_same_rows_in_its_encoding(plain, tmp_path, form, encoding):
    make(tmp_path, CASES, form=form)
    for table in ("cases", "events", "suspensions"):
        text = (tmp_path / f"{table}.csv").read_bytes().decode(encoding)
        whole = pl.read_parquet(plain / f"{table}.parquet", glob=False)
        read = pl.read_csv(text.encode(), schema_overrides=whole.schema)
        assert_frame_equal(read, whole)


def test_the_rows_are_what_the_benchmark_says_of_them():
    made = {name: pl.from_arrow(rows) for name, rows in chunk(0, 40_000, 37).items()}
    cases, log = made["cases"], made["events"]
    assert cases.width == 1 + 15
    assert log.height / cases.height == pytest.approx(6.9, abs=0.05)
    assert cases["case_id"].n_unique() == cases.height
    assert set(cases["case_id"].str.len_chars()) == {18}
    assert log["step"].n_unique() == 10
    assert (log["finished_at"] >= log["started_at"]).drop_nulls().all()
    suspended = made["suspensions"]["case_id"].n_unique() / cases.height
    assert suspended == pytest.approx(0.01, abs=0.002)
    withdrawn = cases["withdrawn_at"].is_not_null()
    assert not (withdrawn & cases["energised_at"].is_not_null()).any()
    assert 0.01 < withdrawn.mean() < 0.03


def test_workbooks_are_judged_as_the_same_rows_in_columns_are(plain, tmp_path):
    from auditor.settings import Settings

    make(tmp_path / "books", CASES, form="xlsx")
    found = []
    for name, dump in (("books", tmp_path / "books"), ("columns", plain)):
        settings = Settings(
            (dump,), tmp_path / f"{name}-run", cutoff=CUTOFF, outputs=()
        )
        pipeline.run(settings)
        found.append(frame(settings.out, "verdicts"))
    assert found[0].height == CASES
    assert_frame_equal(*found)


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(make_log, "SHEET_ROWS", 50)
    with pytest.raises(ValueError, match="a sheet ends at 50 rows"):
        make(tmp_path, 60, form="xlsx")
