"""Laws of cleaning: order, splits and partitions change nothing; nothing is lost."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.clean.spool import Spool
from auditor.frames import DOSSIER_ONLY
from tests.raws import cleaned, loaded, raw_file

LAW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
IDS = ("A", "B", "C", "A ", "", "Z", "县-1")
DATES = ("2021-03-01", "2021/3/2", "2021-03-01 10:00", "2021-02-30", "", "24:00")


def rows(**columns):
    cells = {name: st.sampled_from(words) for name, words in columns.items()}
    return st.lists(st.fixed_dictionaries(cells), max_size=12)


DUMPS = st.fixed_dictionaries({
    "cases": rows(
        case_id=IDS[:5], county_code=("1", ""), customer_type=("hv", "?"),
        submitted_at=DATES, 备注=("", "x"),
    ),
    "events": rows(
        case_id=IDS, step=("accept", "喝茶", ""), started_at=DATES, finished_at=DATES
    ),
    "suspensions": rows(case_id=IDS, from_date=DATES, to_date=DATES, reason=("?", "")),
    "fees": rows(case_id=IDS, amount_yuan=("1", "x", "")),
})  # fmt: skip
PLACE = ("_source", "_row")


def run(dump, cut=None, partitions=None, backwards=False):
    """Clean a dump; ``cut`` splits each table over two files after so many rows."""
    with TemporaryDirectory() as folder:
        work = Path(folder)
        files = []
        for table, lines in dump.items():
            header = tuple(lines[0]) if lines else None
            if header is None:
                continue
            pieces = [lines] if cut is None else [lines[:cut], lines[cut:]]
            for number, piece in enumerate(pieces):
                source = f"{table}-{number}.csv"
                files.append(raw_file(work, table, piece, source, header=header))
        if not any(file.table == "cases" for file in files):
            files = [file for file in files if file.table != "cases"]
        made = cleaned(
            work, *(files[::-1] if backwards else files), partitions=partitions
        )
        return made, {name: loaded(made, name) for name in (*dump, "lost")}


def content(frames):
    """Return every accepted row without its place, as a bag."""
    return {
        name: sorted(map(repr, frame.drop(PLACE, strict=False).rows()))
        for name, frame in frames.items()
    }


def reasons(tables):
    kept = tables.rejects.drop("source", "row", "byte_offset")
    return sorted(map(repr, kept.rows()))


def same(one, other):
    assert content(one[1]) == content(other[1])
    assert reasons(one[0]) == reasons(other[0])
    assert one[0].accounting == other[0].accounting
    assert one[0].last_date == other[0].last_date
    assert one[0].steps.equals(other[0].steps)


@LAW
@given(DUMPS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(dump, random):
    shuffled = {name: random.sample(lines, len(lines)) for name, lines in dump.items()}
    same(run(dump), run(shuffled))


@LAW
@given(DUMPS, st.integers(0, 12))
def test_how_rows_are_split_over_files_changes_nothing(dump, cut):
    same(run(dump), run(dump, cut=cut))
    same(run(dump, cut=cut), run(dump, cut=cut, backwards=True))


@LAW
@given(DUMPS, st.integers(2, 5))
def test_the_number_of_partitions_changes_nothing(dump, partitions):
    one, many = run(dump), run(dump, partitions=partitions)
    same(one, many)
    for name, frame in one[1].items():
        assert many[1][name].equals(frame)
    for part in many[0].parts:
        for name in dump:
            ids = part.load(name)["case_id"]
            assert part.low is None or (ids >= part.low).all()
            assert part.high is None or (ids < part.high).all()


@LAW
@given(DUMPS)
def test_the_books_balance_and_agree_with_rows_and_rejects(dump):
    tables, frames = run(dump)
    whole = tables.rejects.filter(kind="row")
    for name, lines in dump.items():
        if not lines:
            continue
        book = tables.accounting[name]
        assert book["read"] == len(lines)
        assert book["read"] == book["accepted"] + book["duplicate"] + book["rejected"]
        assert book["accepted"] == frames[name].height
        assert book["rejected"] == whole.filter(table=name).height


@LAW
@given(DUMPS)
def test_every_cell_of_an_accepted_row_is_typed_or_in_the_rejects(dump):
    tables, frames = run(dump)
    for name, lines in dump.items():
        lost = tables.rejects.filter(kind="cell", table=name)
        named = set(lost.select("row", "column").rows())
        accepted = {row["_row"]: row for row in frames[name].iter_rows(named=True)}
        assert {row for row, _ in named} <= accepted.keys()
        for at, row in accepted.items():
            for column, text in lines[at - 2].items():
                if column in row and text.strip():
                    key = "raw_step" if column == "step" else column
                    assert (row[key] is None) == ((at, column) in named)


@LAW
@given(DUMPS)
def test_rows_are_sorted_and_belong_to_known_cases(dump):
    tables, frames = run(dump)
    known = set(frames["cases"]["case_id"])
    for name in dump:
        frame = frames[name]
        assert frame.equals(frame.sort("case_id", *PLACE))
        assert set(frame["case_id"]) <= known
    assert set(tables.lost["case_id"]) <= known
    assert not tables.delivered & {*DOSSIER_ONLY}


def test_partitions_on_disk_hold_what_partitions_in_memory_hold(tmp_path, monkeypatch):
    monkeypatch.setattr("auditor.clean.run.SMALL_ROWS", 0)
    cases = [
        {"case_id": f"{n:03}", "county_code": "1", "customer_type": "hv"}
        for n in range(100)
    ]
    events = [{"case_id": f"{n % 110:03}", "step": "accept"} for n in range(300)]
    files = (("cases", cases), ("events", events))
    stored = cleaned(tmp_path / "disk", *files, partitions=4)
    assert len(stored.parts) == 4
    assert all((part.folder / "events.parquet").is_file() for part in stored.parts)
    assert not list(stored.store.glob("rows-*"))
    memory = cleaned(tmp_path / "memory", *files)
    for name in ("cases", "events", "fees"):
        assert loaded(stored, name).equals(loaded(memory, name))
    assert stored.accounting == memory.accounting
    assert pl.concat([part.load("lost") for part in stored.parts]).is_empty()


def test_a_file_by_case_is_cut_where_it_lies_and_any_other_row_by_row(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("auditor.clean.run.SMALL_ROWS", 0)
    monkeypatch.setattr("auditor.clean.view.SLICE", 70)
    cases = [
        {"case_id": f"{n:03}", "county_code": "1", "customer_type": "hv"}
        for n in range(100)
    ]
    # Doubled rows, rows without a step, of no known case, and a clock that runs back.
    events = [
        {"case_id": f"{n // 3:03}", "step": ("accept", "", "accept")[n % 3]}
        for n in range(330)
    ]
    late = {"case_id": "050", "step": "accept"}
    spoilt = (events, [*events, late], [*events[::-1]], [*events, {"step": "accept"}])
    for number, rows in enumerate(spoilt):
        files = (("cases", cases), ("events", rows))
        taken: list[str] = []
        store = Spool.store

        def seen(spool, table, view, taken=taken, store=store):
            taken.append(table)
            store(spool, table, view)

        monkeypatch.setattr(Spool, "store", seen)
        cut = cleaned(tmp_path / f"cut{number}", *files, partitions=7)
        assert taken == ([] if number == 0 else ["events"])
        monkeypatch.setattr(Spool, "store", store)
        whole = cleaned(tmp_path / f"whole{number}", *files)
        for name in ("cases", "events"):
            assert loaded(cut, name).equals(loaded(whole, name))
        assert cut.rejects.equals(whole.rejects)
        assert cut.lost.equals(whole.lost)
        assert cut.accounting == whole.accounting
