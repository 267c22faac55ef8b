"""A small finished run with every status, and what its tables promise."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from auditor.errors import AuditError
from auditor.pack import load_pack
from auditor.vocabulary import STATUSES, VERDICTS
from auditor.write import Results, manifest_bytes, write
from auditor.write.manifest import digest_of
from auditor.write.tables import write_tables
from auditor.write.words import csv_text, percent, percent_text, rate_text, visible

PACK = load_pack("nea-2021-37")
COUNTIES = [  # code, county, city code, city
    ("900101", "上溪区", "900100", "云溪市"),
    ("900102", "下溪区", "900100", "云溪市"),
    ("900103", "石桥县", "900100", "云溪市"),
    ("900104", "双河苗族土家族自治县", "900100", "云溪市"),
    ("900105", "青田岭县", "900100", "云溪市"),
    ("900201", "江口区", "900200", "临江市"),
    ("900202", "江北区", "900200", "临江市"),
    ("900203", "白塔县", "900200", "临江市"),
    ("900204", "红岩县", "900200", "临江市"),
    ("900300", "独秀市", "900300", "独秀市"),
    ("909001", "飞鸟县", "", "省直辖县级行政区划"),
    ("909002", "远山县", "", "省直辖县级行政区划"),
]
UNMET = STATUSES[2:]


def roster() -> pl.DataFrame:
    return pl.DataFrame(
        [(*row, "900000", "江南省") for row in COUNTIES],
        schema=[
            *("county_code", "county", "city_code", "city"),
            *("province_code", "province"),
        ],
        orient="row",
    )


def county_status(county: int, number: int) -> str:
    """County 0 has met everything; the others lack more the further down they stand."""
    if (county * 7 + number * 5) % 31 < 31 - county * 2:
        return "met" if number % 3 else "attested_met"
    return UNMET[(county + number) % len(UNMET)]


def counts(status: str, seed: int) -> dict[str, int]:
    known = 3 + seed % 40
    return {
        "pass": known if status in {"met", "not_met", "undetermined"} else 0,
        "fail": 1 + seed % 3 if status == "not_met" else 0,
        "pending": seed % 2,
        "undetermined": 1 + seed % 5 if status == "undetermined" else 0,
        "excluded": seed % 4,
        "not_applicable": seed % 9,
    }


def rollup_row(level: str, code: str, name: str, rule: str, status: str) -> dict:
    seed = sum(map(ord, code + rule))
    row = counts(status, seed)
    judged, known = row["pass"] + row["fail"], row["pass"] + row["fail"]
    one = next(one for one in PACK.indicators if one.id == rule)
    return {
        "level": level,
        "code": code,
        "name": name,
        "rule_id": rule,
        **row,
        "status": status,
        "basis": one.basis,
        "due": one.due,
        "overdue": status not in {"met", "attested_met"}
        and one.due is not None
        and one.due < date(2021, 6, 30),
        "rate": row["pass"] / judged if judged else None,
        "coverage": known / (known + row["undetermined"]) if known else None,
    }


def rollup() -> pl.DataFrame:
    rows = []
    for index, (code, name, *_) in enumerate(COUNTIES):
        for one in PACK.indicators:
            if one.fill == "county":
                status = county_status(index, one.number)
                rows.append(rollup_row("county", code, name, one.id, status))
    stars = [one for one in PACK.indicators if one.star]
    words = dict(zip((one.id for one in stars), STATUSES[1::2] * 3, strict=False))
    for one in PACK.indicators:
        status = words.get(one.id, "not_met")
        rows.append(rollup_row("province", "900000", "江南省", one.id, status))
    return pl.DataFrame(
        rows, schema_overrides={"due": pl.Date}, infer_schema_length=None
    )


def expected() -> pl.DataFrame:
    rows = [
        ("900102", "ind01", "2021年8月"),
        ("900104", "ind34", "2021年12月"),
        ("900101", "ind01", "2021年9月"),  # met: superfluous
        ("900000", "ind33", "2021年10月"),
    ]
    for index, (code, *_) in enumerate(COUNTIES):
        for one in PACK.indicators:
            if one.fill == "county" and county_status(index, one.number) == "not_met":
                rows.append((code, one.id, "2021年8月"))
    return pl.DataFrame(
        sorted(set(rows)), schema=["county_code", "indicator", "text"], orient="row"
    )


def findings() -> pl.DataFrame:
    rows = []
    for number in range(60):
        code = COUNTIES[number % 12][0] if number % 13 else "unknown"
        fails = number % 4 != 3
        rows.append(
            {
                "case_id": f"C{number:04}"
                if number
                else '=HYPERLINK("http://x","<b>&")\n',
                "rule_id": ("ind06", "ind03", "ind34", "ind16")[number % 4],
                "verdict": "fail" if fails else "undetermined",
                "reason": "over_limit" if fails else "missing_end",
                "severity": ("error", "warning")[number % 2],
                "measured": float(6 + number % 17) if fails else None,
                "limit": 5.0 if fails else None,
                "in_force": (True, False, None)[number % 3],
                "clause": "附件2-2 第6项",
                "county_code": code,
                "parts": "whole_process_wd",
                "source": "events-2021-03.csv",
                "rows": f"{number + 2};{number + 9}",
            }
        )
    return pl.DataFrame(rows)


def verdicts() -> pl.DataFrame:
    rows = [
        {
            "case_id": f"C{number:04}",
            "county_code": COUNTIES[number % 12][0],
            "utility": "江南供电",
            "user_class": "resident",
            "submitted_on": date(2021, 3, 1),
            "energised_on": date(2021, 3, 9),
            "cohort": "energised",
            "ind06": VERDICTS[number % 6],
            "ind06_reason": None if number % 6 == 0 else "over_limit",
        }
        for number in range(60)
    ]
    return pl.DataFrame(rows).with_columns(pl.col("ind06").cast(pl.Enum(VERDICTS)))


def rejects() -> pl.DataFrame:
    rows = [
        (
            "row",
            "events.csv",
            17,
            None,
            "events",
            None,
            "2021/13/02",
            "row_width",
            None,
        ),
        ("cell", "cases.csv", 3, None, "cases", "submitted_at", "x", "bad_date", "C1"),
        ("cell", "cases.csv", 9, None, "cases", "submitted_at", "y", "bad_date", "C7"),
    ]
    names = ["kind", "source", "row", "byte_offset", "table", "column", "value"]
    return pl.DataFrame(
        rows,
        schema={
            **dict.fromkeys(names, pl.String),
            "row": pl.UInt64,
            "byte_offset": pl.UInt64,
            "reason": pl.String,
            "case_id": pl.String,
        },
        orient="row",
    )


def make_results(**changes: object) -> Results:
    """Return the small run; ``changes`` replace its fields."""
    results = Results(
        pack_folder=PACK.folder,
        indicators=PACK.indicators,
        identity={
            "pack_id": PACK.id,
            "pack_version": PACK.version,
            "pack_digest": PACK.digest,
            "calendar_digest": "c" * 64,
            "versions": {"auditor": "0.1.0", "python": "3.11", "polars": "2.1.0"},
            "parameters": {"period": "2021H1", "engine": "local"},
            "inputs": [
                {
                    "name": "cases.csv",
                    "sha256": "a" * 64,
                    "size": 1234,
                    "records": 60,
                    "format": "csv",
                    "encoding": "gb18030",
                },
            ],
            "ran_at": "2021-07-02T09:30:00+08:00",
        },
        cutoff=date(2021, 6, 30),
        cutoff_derived=True,
        period=(date(2021, 1, 1), date(2021, 6, 30)),
        rollup=rollup(),
        verdicts=verdicts(),
        facts=pl.DataFrame({"case_id": ["C0001", "C0000"], "whole_process_wd": [6, 4]}),
        findings=findings(),
        rejects=rejects(),
        roster=roster(),
        expected=expected(),
        form={
            "province": "江南省",
            "filler": "张三",
            "phone": "0571-0000000",
            "reviewer": "李四",
            "date": "2021年7月12日",
        },
        accounting={
            "rows": {
                "cases": {"read": 60, "accepted": 60, "duplicate": 0, "rejected": 0},
                "events": {
                    "read": 301,
                    "accepted": 298,
                    "duplicate": 2,
                    "rejected": 1,
                },
            },
            "verdicts": {"ind06": dict.fromkeys(VERDICTS, 10)},
            "complete": False,
        },
    )
    return replace(results, **changes)


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (31, 31, "100%"),
        (28, 31, "90.3%"),
        (1, 2, "50%"),
        (108, 150, "72%"),
        (1, 16, "6.3%"),
        (2999, 3000, "99.9%"),
        (9999, 10000, "99.9%"),
        (0, 12, "0%"),
        (0, 0, "—"),
    ],
)
def test_a_percentage_is_rounded_half_up_and_never_up_to_a_hundred(done, total, text):
    assert percent_text(percent(done, total)) == text


def test_a_rate_below_one_is_never_shown_as_a_hundred_percent():
    assert [rate_text(r) for r in (1.0, 0.99999, 0.75, None)] == [
        *("100%", "99.9%", "75%", "—")
    ]
    assert percent(28, 31) == Decimal("90.3")


def test_hidden_characters_are_shown_by_their_code_point():
    assert visible("a\x1b[31m\u202eb\u200b\ufeff") == (
        "a⟦U+001B⟧[31m⟦U+202E⟧b⟦U+200B⟧⟦U+FEFF⟧"
    )
    assert visible("䶮 𠮷 √ 甲\u3000乙") == "䶮 𠮷 √ 甲\u3000乙"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "＝1", "'x", "a", "\t=1"])
def test_csv_text_is_no_formula_and_can_be_restored(text):
    safe = csv_text(text)
    assert safe[0] not in "=+-@＝＋－＠\t"
    assert safe.removeprefix("'") == visible(text)


def test_the_tables_are_sorted_and_repeatable(tmp_path: Path):
    one, other = tmp_path / "a", tmp_path / "b"
    one.mkdir()
    other.mkdir()
    results = make_results()
    shuffled = {
        name: getattr(results, name).sample(fraction=1, shuffle=True, seed=3)
        for name in ("rollup", "findings", "verdicts", "facts", "rejects")
    }
    write_tables(results, one)
    write_tables(replace(results, **shuffled), other)
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(
        [
            *("facts.parquet", "findings.parquet", "rejects.parquet"),
            *("rollup.csv", "rollup.parquet", "verdicts.parquet"),
        ]
    )
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    levels = pl.read_parquet(one / "rollup.parquet")["level"].unique(
        maintain_order=True
    )
    assert levels.to_list() == ["county", "province"]


def test_the_rollup_csv_opens_in_a_spreadsheet_without_formulas(tmp_path: Path):
    evil = rollup().with_columns(name=pl.lit("=cmd|' /C calc'!A0\r\n"))
    write_tables(make_results(rollup=evil), tmp_path)
    raw = (tmp_path / "rollup.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbflevel,code,name")
    frame = pl.read_csv(tmp_path / "rollup.csv", infer_schema=False)
    assert frame["name"].unique().to_list() == ["'=cmd|' /C calc'!A0⟦U+000D⟧⟦U+000A⟧"]
    assert frame.height == evil.height


def test_a_table_handed_over_as_a_path_must_be_in_its_place(tmp_path: Path):
    away = tmp_path / "elsewhere.parquet"
    facts = pl.DataFrame({"case_id": ["a"]})
    facts.write_parquet(away)
    folder = tmp_path / "run"
    folder.mkdir()
    with pytest.raises(AuditError) as caught:
        write_tables(make_results(facts=away), folder)
    assert caught.value.code == "AUD411"
    facts.write_parquet(folder / "facts.parquet")
    given = make_results(facts=folder / "facts.parquet")
    assert write_tables(given, folder)["facts"] == folder / "facts.parquet"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write(make_results(), folder)
    return folder


def test_a_run_folder_holds_every_output(run_folder: Path):
    found = {p.relative_to(run_folder).as_posix() for p in run_folder.rglob("*.*")}
    assert found == {
        *("verdicts.parquet", "facts.parquet", "findings.parquet", "findings.xlsx"),
        *("rollup.parquet", "rollup.csv", "rejects.parquet", "report.html"),
        *("forms/annex2.xlsx", "forms/todo.csv", "results.duckdb"),
        *("figures/heatmap.png", "figures/heatmap.svg"),
    }


def test_the_same_run_written_twice_has_the_same_manifest(run_folder, tmp_path):
    write(make_results(), tmp_path)
    first = manifest_bytes(make_results(), run_folder)
    assert manifest_bytes(make_results(), tmp_path) == first


def test_the_manifest_names_every_file_and_its_digest_ignores_the_clock(run_folder):
    results = make_results()
    first = json.loads(manifest_bytes(results, run_folder))
    later = replace(results, identity={**results.identity, "ran_at": "2030-01-01"})
    second = json.loads(manifest_bytes(later, run_folder))
    assert first["digest"] == second["digest"]
    assert first["ran_at"] != second["ran_at"]
    names = [row["name"] for row in first["outputs"]]
    assert names == sorted(names)
    assert {"verdicts.parquet", "forms/annex2.xlsx", "results.duckdb"} <= set(names)
    by_name = {row["name"]: row for row in first["outputs"]}
    assert by_name["verdicts.parquet"]["rows"] == 60
    assert "sha256" not in by_name["results.duckdb"]
    assert first["complete"] is False
    assert first["accounting"]["rows"]["events"]["read"] == 301
    raw = manifest_bytes(results, run_folder)
    assert digest_of(raw) == first["digest"]
    assert "江南" not in raw.decode() or "\\u" not in raw.decode()
