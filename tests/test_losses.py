"""What a rejected row takes with it: never a √ over a case that it drops."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from auditor.alike import near_duplicates, near_duplicates_among
from auditor.explain import explain
from tests.runs import frame, pipeline, write_dump

HEAD = "case_id,county_code,customer_type,submitted_at,energised_at\n"
GOOD = "1,B,resident,2022-03-01,2022-03-03\n"
LATE = "2,B,resident,2022-03-01,2022-05-20"
EVENTS = "case_id,step,started_at,finished_at\n2,accept,2022-03-01,2022-03-01\n"
ROSTER = [
    {"county_code": code, "county": code, "city_code": "C", "city": "c",
     "province_code": "P", "province": "p", "valid_from": "2020-01-01"}
    for code in "AB"
]  # fmt: skip


def run(folder, files, tables=None):
    settings = write_dump(folder, {"roster": ROSTER, **(tables or {})})
    (folder / "dump").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "dump" / name).write_bytes(
            text if isinstance(text, bytes) else text.encode()
        )
    asked = replace(settings, cutoff=date(2022, 12, 31), outputs=("evidence",))
    pipeline.run(asked)
    return settings.out


def status(out, code, rule="ind06", level="county"):
    rows = frame(out, "rollup").filter(level=level, code=code, rule_id=rule)
    return rows["status"].item()


def verdict(out, case, rule="ind06"):
    row = frame(out, "verdicts").filter(case_id=case)
    return row.select(pl.col(rule, f"{rule}_reason").cast(pl.String)).row(0)


# what becomes of the late row, and whether its county can still be read
DROPPED = {
    "a cell too many": (LATE + ",", EVENTS, "B"),
    "a cell too few": (LATE.rpartition(",")[0], EVENTS, "B"),
    "an open quote": (LATE.replace(",resident", ',"resident'), EVENTS, "B"),
    "no event names it": (LATE + ",", EVENTS.replace("\n2,", "\n1,"), "B"),
    "its county cannot be read, but events name it": (
        LATE.replace(",B,", ",?,") + ",", EVENTS, None,
    ),
    "another delimiter in its row": (LATE.replace(",", ";"), EVENTS, "B"),
}  # fmt: skip


@pytest.mark.parametrize("what", DROPPED)
def test_a_case_whose_only_row_is_rejected_bars_the_mark(tmp_path, what):
    row, events, county = DROPPED[what]
    out = run(tmp_path, {"cases.csv": HEAD + GOOD + row + "\n", "events.csv": events})
    verdicts = frame(out, "verdicts")
    assert verdicts.height == 2
    (dropped,) = verdicts.filter(pl.col("case_id") != "1").rows(named=True)
    assert dropped["county_code"] == county
    assert (dropped["ind06"], dropped["ind06_reason"]) == (
        "undetermined",
        "rejected_rows",
    )
    assert verdict(out, "1") == ("pass", None)
    assert status(out, county or "unknown") == "undetermined"
    assert status(out, "B") == ("undetermined" if county else "met")
    assert status(out, "P", level="province") == "undetermined"
    assert (
        "cases.csv:3"
        in frame(out, "findings")
        .filter(case_id=dropped["case_id"], rule_id="ind06")["rows"]
        .item()
    )


def test_the_row_of_a_dropped_case_stays_rejected_in_the_books(tmp_path):
    out = run(tmp_path, {"cases.csv": HEAD + GOOD + LATE + ",\n", "events.csv": EVENTS})
    rejects = frame(out, "rejects")
    assert rejects.select("row", "reason", "case_id").rows() == [(3, "row_width", "2")]


def test_a_dropped_case_can_be_explained(tmp_path):
    out = run(tmp_path, {"cases.csv": HEAD + GOOD + LATE + ",\n", "events.csv": EVENTS})
    (ruling,) = explain(out, "2", "ind06").rulings
    assert "undetermined" in str(ruling)


@pytest.mark.parametrize("line", ["注：以上数据，由供电公司提供", "# exported", "   "])
def test_a_line_that_names_nothing_becomes_no_case(tmp_path, line):
    cases = f"{HEAD}{GOOD}{LATE}\n{line}\n"
    out = run(tmp_path, {"cases.csv": cases, "events.csv": EVENTS})
    assert frame(out, "verdicts")["case_id"].to_list() == ["1", "2"]


def test_a_case_with_another_row_is_not_dropped(tmp_path):
    cases = f"{HEAD}{GOOD}{LATE}\n{LATE},\n"
    out = run(tmp_path, {"cases.csv": cases, "events.csv": EVENTS})
    assert frame(out, "verdicts").height == 2
    assert verdict(out, "2") == ("fail", "over_limit")


# ------------------------------------------------------------- ids of one look

FEE = {
    "item": "外线工程",
    "amount_yuan": "300",
    "payer": "user",
    "inside_redline": "false",
}
PAID = (
    HEAD.replace("\n", ",user_cost_yuan\n")
    + "0571-X,B,resident,2022-03-01,2022-03-03,0\n"
)
LOOKS = (
    "O571-X",
    "571-X",
    "0571-x",
    "０５７１－Ｘ",
    "0571-\u200bХ",
    "'0571-X",
    "0571-X-1",
    "05７l-X",
)


def test_a_charge_under_a_look_alike_id_bars_the_pass_and_one_under_another_does_not(
    tmp_path,
):
    """Each look has a case of its own: the 571 of the list stands for its number."""
    numbers = [f"{n}{n}1" for n in range(2, 2 + len(LOOKS))]
    head, row = PAID.splitlines()
    rows = [row.replace("571", n) for n in [*numbers, "101"]]
    files = {
        "cases.csv": "\n".join([head, *rows, ""]),
        "events.csv": EVENTS.replace("\n2,", "\n0221-X,"),
    }
    fees = [
        {"case_id": look(ident, number), **FEE}
        for ident, number in zip(LOOKS, numbers, strict=True)
    ]
    out = run(tmp_path, files, {"fees": [*fees, {"case_id": "0102-X", **FEE}]})
    reasons = frame(out, "rejects")["reason"].to_list()
    assert reasons == ["unknown_case"] * (len(LOOKS) + 1)
    for ident, number in zip(LOOKS, numbers, strict=True):
        barred = verdict(out, f"0{number}-X", "ind16")
        assert barred == ("undetermined", "rejected_rows"), ident
    assert verdict(out, "0101-X", "ind16") == ("pass", None)


def look(ident, number):
    """The same look of another number: each digit of 571 gives way to its own."""
    mine = dict(zip("571", number, strict=True))
    wide = {chr(ord(was) + 0xFEE0): chr(ord(now) + 0xFEE0) for was, now in mine.items()}
    arabic = {chr(0x660 + int(was)): chr(0x660 + int(now)) for was, now in mine.items()}
    return ident.translate(str.maketrans(mine | wide | arabic))


def test_two_hundred_planted_variants_are_two_hundred_reported():
    plain = [f"{n:05}-{n * 7919 % 100000:05}" for n in range(30_000, 60_000)]
    twists = (
        lambda t: t.replace("0", "O", 1) if "0" in t else t + " ",
        lambda t: t.replace("-", "－"),
        lambda t: "0" + t,
        lambda t: t + "\u200b",
        lambda t: t + "-1",
    )
    planted = {twists[n % 5](plain[n * 100]) for n in range(200)}
    assert len(planted) == 200
    found = near_duplicates(pl.Series([*plain, *planted]))
    assert set(found["case_id"]) - set(plain) == planted
    assert set(found["case_id"]) & set(plain) == {plain[n * 100] for n in range(200)}
    every = pl.Series([*plain, *planted]).unique()
    pieces = [every.filter(every.hash() % 7 == n) for n in range(7)]
    assert near_duplicates_among(lambda: pieces).equals(found)


def test_ids_that_count_up_are_not_alike():
    rows = [f"{kind}{n}" for n in range(2_000) for kind in ("HZ-", "2022-1-", "A0")]
    assert near_duplicates(pl.Series(rows)).is_empty()


# --------------------------------------------------------- a file of charges unread


@pytest.mark.parametrize(
    ("cost", "wanted"),
    [("0", ("undetermined", "rejected_rows")), ("300", ("fail", "user_paid"))],
)
def test_an_unread_file_of_charges_does_not_show_that_there_are_none(
    tmp_path, cost, wanted
):
    files = {
        "cases.csv": PAID.replace(",0\n", f",{cost}\n"),
        "events.csv": EVENTS.replace("\n2,", "\n0571-X,"),
        "fees.csv": b"case_id,item\n0571-X,\xff\n",
    }
    out = run(tmp_path, files)
    assert frame(out, "rejects")["kind"].to_list() == ["file"]
    assert verdict(out, "0571-X", "ind16") == wanted


# ------------------------------------------------------ dates that lie far behind


def test_a_submission_after_the_cut_off_leaves_a_finding(tmp_path):
    cases = HEAD + GOOD + "2,B,resident,2099-12-31,\n"
    out = run(tmp_path, {"cases.csv": cases, "events.csv": EVENTS})
    assert verdict(out, "2") == ("excluded", "after_cutoff")
    found = frame(out, "findings").filter(case_id="2", rule_id="data")
    assert "beyond_cutoff" in found["reason"].to_list()


ORDERLY = "".join(f"A{n},B,resident,2022-{n % 12 + 1:02}-03,\n" for n in range(300))
LONE = {
    "one submission in 2099": (ORDERLY + "2,B,resident,2099-12-31,\n", 1),
    "two of three hundred": (
        ORDERLY + "2,B,resident,2099-12-30,\n3,B,resident,2099-12-31,\n", 2,
    ),
    "one among few": (GOOD + "2,B,resident,2022-03-01,2024-01-01\n", 1),
}  # fmt: skip
TOGETHER = {
    "a log that goes on": ORDERLY,
    "a log with a summer's break": GOOD + "2,B,resident,2022-05-03,\n",
    "a second year": ORDERLY + ORDERLY.replace("A", "B").replace("2022", "2024"),
}


def derived(folder, cases):
    settings = write_dump(folder, {"roster": ROSTER})
    (folder / "dump").mkdir()
    (folder / "dump" / "cases.csv").write_text(HEAD + cases)
    (folder / "dump" / "events.csv").write_text(EVENTS)
    return pipeline.run(replace(settings, outputs=()))


@pytest.mark.parametrize("what", LONE)
def test_a_cut_off_that_few_dates_carry_is_told(tmp_path, what):
    cases, count = LONE[what]
    done = derived(tmp_path, cases)
    (note,) = done.notes.filter(note="cutoff_alone").rows(named=True)
    assert (note["source"], note["count"]) == ("cases.csv", count)


@pytest.mark.parametrize("what", TOGETHER)
def test_a_cut_off_that_the_log_carries_is_not_doubted(tmp_path, what):
    done = derived(tmp_path, TOGETHER[what])
    assert done.notes.filter(note="cutoff_alone").is_empty()


def test_a_given_cut_off_is_not_doubted(tmp_path):
    cases = HEAD + ORDERLY + "2,B,resident,2099-12-31,\n"
    settings = write_dump(tmp_path, {"roster": ROSTER})
    (tmp_path / "dump").mkdir()
    (tmp_path / "dump" / "cases.csv").write_text(cases)
    (tmp_path / "dump" / "events.csv").write_text(EVENTS)
    done = pipeline.run(replace(settings, cutoff=date(2022, 12, 31), outputs=()))
    assert done.notes.filter(note="cutoff_alone").is_empty()


def test_an_unread_file_of_suspensions_hides_no_signal_and_blocks_no_time(tmp_path):
    head = b"case_id,from_date,reason,evidence_id\n"
    files = {
        "cases.csv": HEAD + GOOD,
        "events.csv": EVENTS,
        "suspensions.csv": head + b"1,2022-03-02,force_majeure,\n",
        "suspensions-2.csv": head + b"9,\xff,,\n",
    }
    out = run(tmp_path / "read", files)
    assert verdict(out, "1", "int12")[0] == "fail"
    files["suspensions.csv"] = head + b"9,2022-03-02,force_majeure,\n"
    out = run(tmp_path / "unread", files)
    assert verdict(out, "1", "int12") == ("undetermined", "rejected_rows")
    assert verdict(out, "1", "ind06") == ("pass", None)
