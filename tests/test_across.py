"""What only several cases show, on cases small enough to be counted by hand."""

import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from auditor.across import (
    bursts,
    crowded_seconds,
    keyed,
    numbered,
    out_of_sequence,
    repeated,
    skeletons,
)
from auditor.explain import explain
from auditor.pack import load_pack
from auditor.pipeline import run
from auditor.settings import Settings
from auditor.terminal.argument import show_argument
from tests.runs import frame

HEAD = (
    "case_id,county_code,utility,business_type,customer_type,three_zero,capacity_kw,"
    "area,customer_id,site_id,submitted_at,energised_at,withdrawn_at"
)
CUTOFF = date(2022, 12, 31)

# case, type, capacity, area, customer, site, submitted, energised, withdrawn
CASES = """
cancel-1   lv  50 urban K-01 -    2022-03-01 -          2022-03-10
cancel-2   lv  50 urban k01  -    2022-03-12 2022-03-30 -
slow-1     lv  50 urban K02  -    2022-01-04 -          2022-03-01
slow-2     lv  50 urban K02  -    2022-05-30 2022-06-02 -
late-1     lv  50 urban K03  -    2022-01-04 -          2022-03-01
late-2     lv  50 urban K03  -    2022-05-31 2022-06-02 -
three-1    lv  50 urban -    S-9  2022-03-01 -          2022-03-03
three-2    lv  50 urban -    S9   2022-03-07 -          2022-03-09
three-3    lv  50 urban -    s 9  2022-03-14 2022-03-25 -
early-1    lv  50 urban K04  -    2022-03-01 -          2022-03-16
early-2    lv  50 urban K04  -    2022-03-14 2022-03-18 -
other-1    lv  50 urban K05  -    2022-03-01 -          2022-03-10
other-2    res  8 urban K05  -    2022-03-12 2022-03-30 -
short-1    res  8 urban K06  -    2022-03-01 -          2022-03-02
short-2    res  8 urban K06  -    2022-03-03 2022-03-04 -
hv-1       hv 800 urban K07  -    2022-03-01 -          2022-03-10
hv-2       hv 800 urban K07  -    2022-03-12 2022-06-30 -
half-1     lv  90 urban K10  -    2022-03-01 2022-03-10 -
half-2     lv  90 urban K10  -    2022-03-31 2022-04-10 -
far-1      lv  90 urban K11  -    2022-03-01 2022-03-10 -
far-2      lv  90 urban K11  -    2022-04-01 2022-04-10 -
edge-1     lv  80 urban K12  -    2022-03-01 2022-03-10 -
edge-2     lv  80 urban K12  -    2022-03-01 2022-03-10 -
rural-1    lv  60 rural K13  -    2022-03-01 2022-03-10 -
rural-2    lv  60 rural K13  -    2022-03-08 2022-03-20 -
large-1    lv 161 urban K14  -    2022-03-01 2022-03-10 -
large-2    lv 161 urban K14  -    2022-03-08 2022-03-20 -
blank-1    lv   - urban K15  -    2022-03-01 2022-03-10 -
blank-2    lv  90 urban K15  -    2022-03-08 2022-03-20 -
single     lv   - urban K16  -    2022-03-01 2022-03-10 -
nobody     lv  50 urban -    -    2022-03-01 2022-03-10 -
spaced-1   lv  70 urban K17  -    2022-03-01 2022-03-10 -
spaced-2   lv  70 urban K17  -    2022-03-25 2022-04-10 -
spaced-3   lv  70 urban K17  -    2022-04-18 2022-04-28 -
"""
KINDS = {"lv": "lv_nonresident,true", "res": "resident,true", "hv": "hv,"}

CHAINS = {
    # 03-01 to 03-30 is 21 working days, over the limit of 15; K-01 and k01 are one
    "cancel-2": ("fail", "chain_over_limit", 21),
    # 03-01 to 05-30 is 90 calendar days, to 05-31 it is 91; the chain runs from 01-04
    "slow-2": ("fail", "chain_over_limit", 102),
    "late-2": ("pass", None, None),
    # three spellings of one site: 6 working days by the second withdrawal, 18 in all
    "three-1": ("pass", None, None),
    "three-2": ("fail", "reapplied", 6),
    "three-3": ("fail", "chain_over_limit", 18),
    # applied again two days before the first one was withdrawn
    "early-2": ("fail", "reapplied", 13),
    # another kind of customer is another need
    "other-2": ("pass", None, None),
    # three working days in all: reported, and within the limit of five
    "short-2": ("fail", "reapplied", 3),
    # no limit on the whole process: the chain is told, with its time
    "hv-2": ("fail", "reapplied", 84),
    "nobody": ("undetermined", "no_key", None),
    "half-2": ("pass", None, None),
}
SPLITS = {
    # 30 days apart, 180 kW over 160; 31 days apart is no split; 160 is not over 160
    "half-1": ("fail", "split_below_threshold", 180),
    "half-2": ("fail", "split_below_threshold", 180),
    "far-1": ("pass", None, None),
    "edge-1": ("pass", None, None),
    # in the country 100 is a threshold too
    "rural-1": ("fail", "split_below_threshold", 120),
    # each of them is over the threshold already: nothing is hidden
    "large-1": ("pass", None, None),
    "blank-1": ("undetermined", "capacity_missing", None),
    "blank-2": ("pass", None, None),
    # alone with its id, whatever its capacity
    "single": ("pass", None, None),
    "nobody": ("undetermined", "no_key", None),
    "short-1": ("not_applicable", "outside_customer_type", None),
    # 24 days between each, 140 kW in any 30 days
    "spaced-1": ("pass", None, None),
    "spaced-2": ("pass", None, None),
}


def cases_csv(table: str = CASES) -> list[str]:
    rows = []
    for line in table.strip().splitlines():
        case, kind, kw, area, *rest = ("" if w == "-" else w for w in _words(line))
        rows.append(f"{case},900101,U,new,{KINDS[kind]},{kw},{area},{','.join(rest)}")
    return rows


def _words(line: str) -> list[str]:
    return line.replace("s 9", "s_9").split()


@dataclass(frozen=True)
class Done:
    folder: Path
    verdicts: pl.DataFrame
    findings: pl.DataFrame


def audit(
    folder: Path,
    rows: list[str],
    events: str = "case_id,step,started_at\nx,accept,\n",
    **options: object,
) -> Done:
    dump = folder / "dump"
    dump.mkdir(parents=True, exist_ok=True)
    (dump / "cases.csv").write_text("\n".join([HEAD, *rows]) + "\n", "utf-8")
    (dump / "events.csv").write_text(events, "utf-8")
    settings = Settings(
        (dump,), folder / "run", cutoff=CUTOFF, force=True, outputs=("evidence",)
    )
    run(replace(settings, **options))
    out = folder / "run"
    return Done(out, frame(out, "verdicts"), frame(out, "findings"))


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Done:
    return audit(tmp_path_factory.mktemp("across"), cases_csv())


def said(done: Done, rule: str, case: str) -> tuple[str, str | None, float | None]:
    row = done.verdicts.row(by_predicate=pl.col("case_id") == case, named=True)
    found = done.findings.filter(case_id=case, rule_id=rule).get_column("measured")
    return str(row[rule]), row[f"{rule}_reason"], found[0] if found.len() else None


@pytest.mark.parametrize("case", CHAINS)
def test_a_chain_is_found_and_its_time_counts_from_the_first_application(done, case):
    assert said(done, "int07", case) == CHAINS[case]


@pytest.mark.parametrize("case", SPLITS)
def test_a_split_is_a_sum_over_the_threshold_of_parts_within_it(done, case):
    assert said(done, "int17", case) == SPLITS[case]


def test_a_chain_over_its_limit_is_severe_and_names_its_cases(done):
    found = done.findings.filter(rule_id="int07", case_id="three-3").row(0, named=True)
    assert (found["severity"], found["limit"]) == ("A", 15)
    assert found["parts"] == "three-1;three-2;three-3"
    assert (
        done.findings.filter(rule_id="int07", case_id="short-2")["severity"][0] == "C"
    )


def test_the_members_of_a_chain_are_kept_with_the_rows_that_prove_them(done):
    chains = frame(done.folder, "chains").filter(chain="cancel-1")
    assert chains["case_id"].to_list() == ["cancel-1", "cancel-2"]
    assert chains["near"].to_list() == [False, True]
    assert chains["row"].to_list() == [2, 3]
    assert set(chains["source"]) == {"cases.csv"}


def test_a_rule_without_its_columns_is_undetermined_and_told_once_a_county(done):
    told = done.findings.filter(rule_id="int09")
    assert told.select("case_id", "county_code", "reason", "measured").rows() == [
        (None, "900101", "cannot_exclude", float(len(cases_csv())))
    ]
    assert set(done.verdicts["int09"]) == {"undetermined"}
    assert set(done.verdicts["int09_reason"]) == {"column_absent"}
    assert set(done.verdicts["int08_reason"]) == {"no_numbering_rule"}


def test_the_argument_for_a_case_repeats_what_the_run_found(done):
    ruling = explain(done.folder, "cancel-2", "int07").rulings[0]
    assert (ruling.verdict, ruling.reason) == ("fail", "chain_over_limit")
    assert (ruling.found["measured"], ruling.found["limit"]) == (21, 15)
    shown = [(m["case_id"], m["source"], m["row"]) for m in ruling.members]
    assert shown == [("cancel-1", "cases.csv", 2), ("cancel-2", "cases.csv", 3)]


def test_the_argument_for_a_chain_shows_its_time_and_every_member(done, capsys):
    show_argument(explain(done.folder, "cancel-2", "int07"), "en", as_json=False)
    said = capsys.readouterr().out
    assert "21 working days" in said
    assert "over the limit of 15 (the chain: cancel-1, cancel-2)" in said
    assert "of one group: cancel-1, submitted" in said


def test_neither_the_order_nor_the_number_of_partitions_changes_anything(
    done, tmp_path, monkeypatch
):
    from auditor.line import beyond, local

    rows = cases_csv()
    random.Random(7).shuffle(rows)
    monkeypatch.setattr(local, "partitions_of", lambda *_: 5)
    monkeypatch.setattr(beyond, "PARTS_A_BUCKET", 2)  # keys are looked through thrice
    again = audit(tmp_path, rows)
    hidden = ("source", "rows", "row")
    for name in ("verdicts", "findings", "chains"):
        one, two = (
            frame(f, name).drop(hidden, strict=False)
            for f in (done.folder, again.folder)
        )
        assert one.equals(two), name


def test_an_id_that_everybody_shares_identifies_nobody(tmp_path):
    row = "c{},900101,U,new,lv_nonresident,true,90,urban,NONE,,2022-03-01,2022-03-04,"
    shared = audit(tmp_path, [row.format(n) for n in range(1_001)])
    for rule in ("int07", "int17"):
        assert set(shared.verdicts[f"{rule}_reason"]) == {"key_shared"}


# ------------------------------------------------------------------ keys and bursts


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("K-0012", "k 0012", True),
        ("00012", "12", True),
        ("ＫＨ１２", "KH12", True),
        ("KHO1", "KH0l", True),
        ("12", "21", False),
        ("120", "12", False),
        ("", None, True),
        ("000", "0", True),
        ("--", None, True),
        ("3647013466", "3647-013466", True),  # the zero stands inside the id
        ("3647013466", "３６４７－０１３.466", True),
        ("3647013466", "3647013466.0", True),
        ("3647013466", "364713466", False),
    ],
)
def test_ids_are_compared_without_what_a_slip_changes(one, other, same):
    pair = pl.DataFrame({"id": [one, other]}, schema={"id": pl.String})
    a, b = skeletons(pair["id"])
    assert (a == b) is same


def test_only_keys_of_several_cases_are_kept_in_however_many_shares():
    frames = [
        pl.DataFrame({"case_id": ["a", "b", "b"], "k": ["x", "y", "y"]}),
        pl.DataFrame({"case_id": ["c", "d"], "k": ["X", None]}),
    ]
    keys = [keyed(frame, "k") for frame in frames]
    counts = [repeated(lambda: keys, buckets) for buckets in (1, 2, 7)]
    assert [one["n"].to_list() for one in counts] == [[2]] * 3


def seconds(names: list[tuple[str, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(names, schema=["case_id", "operator", "second"], orient="row")


def test_a_burst_is_found_whichever_partitions_its_cases_fall_into():
    rows = [(f"c{n}", "op", 5) for n in range(20)] + [
        (f"d{n}", "op", 6) for n in range(19)
    ]
    for parts in (1, 3, 20):
        frames = [seconds(rows[n::parts]) for n in range(parts)]
        found = crowded_seconds(lambda frames=frames: iter(frames), 20, len(rows))
        assert found.select("operator", "second", "n").rows() == [("op", 5, 20)]


@pytest.mark.parametrize(
    ("most", "room", "passed"),
    [(1 << 26, 5, 0.1), (256, 5, 0.1), (64, 5, 0.1), (1 << 26, 0, 1.0)],
)
def test_bursts_are_the_same_however_small_the_table_is(
    monkeypatch, most, room, passed
):
    """The table may be gone through in shares; chance alone may fill its places."""
    alone = [(f"a{n}", f"op{n % 7}", n) for n in range(3_000)]
    together = [(f"b{n}", f"op{n % 5}", n // 60) for n in range(300)]
    rows = alone + together
    monkeypatch.setattr(bursts, "FEWEST", 16)
    monkeypatch.setattr(bursts, "MOST", most)
    monkeypatch.setattr(bursts, "ROOM", room)
    counted = []
    plainly = bursts._counted
    monkeypatch.setattr(
        bursts, "_counted", lambda found: counted.append(found.height) or plainly(found)
    )
    frames = [seconds(rows[n::3]) for n in range(3)]
    found = crowded_seconds(lambda: iter(frames), 10, len(rows))
    plain = Counter((operator, second) for _, operator, second in rows)
    expected = sorted((*pair, n) for pair, n in plain.items() if n >= 10)
    assert found.select("operator", "second", "n").rows() == expected
    assert len(expected) == 25
    # Nearly all that is no burst is left out before it is counted, if there is room.
    assert (sum(counted) - 300) / 3_000 == pytest.approx(passed, abs=0.1)


def test_bursts_need_the_same_operator_and_second_and_a_clock(tmp_path):
    rows = [
        f"c{n},900101,U,new,lv_nonresident,true,9,urban,{n},,2022-03-01,2022-03-04,"
        for n in range(62)
    ]
    stamps = [f"c{n},accept,2022-03-01,2022-03-02 08:00:01,Li" for n in range(20)]
    stamps += [f"c{n},accept,2022-03-01,2022-03-02 08:00:02,Li" for n in range(20, 39)]
    stamps += [f"c{n},accept,2022-03-01,2022-03-02 08:00:02,Wu" for n in range(39, 40)]
    stamps += [f"c{n},accept,2022-03-01,2022-03-02 00:00:00,Li" for n in range(40, 61)]
    head = "case_id,step,started_at,recorded_at,operator"
    done = audit(tmp_path, rows, "\n".join([head, *stamps]) + "\n")
    got = dict(done.verdicts.select("case_id", "int09").rows())
    assert {n for n in range(62) if got[f"c{n}"] == "fail"} == set(range(20))
    assert got["c20"] == "pass"
    assert said(done, "int09", "c61")[:2] == ("undetermined", "no_entry_time")
    assert "Li" not in (done.folder / "chains.parquet").read_bytes().decode("latin1")


# ---------------------------------------------------------------------- numbers

PATTERN = r"^(?P<series>[A-Z]+)(?P<serial>[0-9]+)$"


def sequence(
    days: list[int | None], gaps: bool = False, skip: int = 0
) -> dict[str, str]:
    rule = load_pack().rule("int08")
    given = {**rule.across.settings, "pattern": PATTERN, "gaps": gaps}
    rows = pl.DataFrame(
        {
            "case_id": [f"N{n + (skip if n > 3 else 0):04}" for n in range(len(days))],
            "at": [
                None if d is None else date(2022, 1, 1).replace(day=1) for d in days
            ],
        }
    ).with_columns(
        (pl.col("at") + pl.duration(days=pl.Series(days, dtype=pl.Int64))).alias("at")
    )
    found = out_of_sequence(
        lambda: [numbered(rows.rename({"at": "day"}), PATTERN)],
        pl.Series([], dtype=pl.String),
        rule,
        given,
    )
    return dict(found.select("case_id", "why").rows())


def test_the_number_given_out_later_stands_out_and_its_neighbours_do_not():
    days = [*range(0, 40, 2)]
    days[12] = 3  # entered in the twelfth place, dated as if it were the second
    assert sequence(days) == {"N0012": "number_out_of_sequence"}


def test_a_series_that_only_grows_is_never_a_signal_however_unevenly():
    rng = random.Random(3)
    for _ in range(50):
        days = sorted(
            rng.choice([rng.randrange(700), rng.randrange(9)]) for _ in range(30)
        )
        assert sequence(days) == {}


def test_missing_numbers_count_only_where_the_series_is_said_to_be_whole():
    assert sequence([*range(8)], gaps=True, skip=2) == {"N0006": "number_gap"}
    assert sequence([*range(8)], gaps=False, skip=2) == {}


def test_a_mapping_declares_how_numbers_are_built(tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        f"[mapping]\nid = 'm'\n[numbering]\npattern = '{PATTERN}'\n", "utf-8"
    )
    row = "{},900101,U,new,lv_nonresident,true,9,urban,,,{},2022-03-04,"
    days = [f"2022-03-{day:02}" for day in (*range(1, 12), 28, *range(12, 20))]
    rows = [row.format(f"A{n:03}", day) for n, day in enumerate(days)]
    done = audit(tmp_path, [*rows, row.format("?7", "2022-03-01")], mapping=mapping)
    failed = done.verdicts.filter(pl.col("int08") == "fail")["case_id"].to_list()
    assert failed == ["A011"]
    assert said(done, "int08", "?7")[:2] == ("undetermined", "number_unreadable")


def test_a_pattern_without_its_groups_is_refused(tmp_path):
    from auditor.clean import load_mapping
    from auditor.errors import PackError

    for pattern in ("^[0-9]+$", "("):
        path = tmp_path / "m.toml"
        path.write_text(f"[numbering]\npattern = '{pattern}'\n", "utf-8")
        with pytest.raises(PackError) as refused:
            load_mapping(path, load_pack())
        assert [one.code for one in refused.value.problems] == ["AUD310"]


# ------------------------------------------------------------------------ at size

MILLION = """
import resource, time
import polars as pl
from auditor.across import keyed, repeated
n = 1_000_000
numbers = pl.int_range(n, eager=True)
cases = pl.select(
    case_id=pl.format("c{}", pl.lit(numbers)),
    customer_id=pl.format("K{}", pl.lit(numbers - (numbers % 10 == 9).cast(int))),
)
parts = [cases[at : at + n // 4] for at in range(0, n, n // 4)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.perf_counter()
found = repeated(lambda: (keyed(part, "customer_id") for part in parts), 4)
took = time.perf_counter() - begin
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(found.height, took, grown // 1024)
"""


@pytest.mark.slow
def test_a_million_cases_are_searched_in_seconds_and_little_memory():
    done = subprocess.run(
        [sys.executable, "-c", MILLION], capture_output=True, text=True, check=True
    )
    found, took, megabytes = done.stdout.split()
    assert int(found) == 100_000  # of every ten ids the last two are one
    assert float(took) < 30
    assert int(megabytes) < 600
