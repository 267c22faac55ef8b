"""The worst findings are the same however few rows are looked at together."""

import random
from typing import Any

import polars as pl
import pytest

from auditor.vocabulary import SEVERITIES
from auditor.write import worst as module
from auditor.write.worst import worst

VERDICTS = ("fail", "undetermined", None)
REASONS = ("over_limit", "open_overdue", "user_paid", "no_end_date", None)
SCHEMA = {
    "case_id": pl.String,
    "county_code": pl.String,
    "rule_id": pl.String,
    "reason": pl.String,
    "severity": pl.String,
    "verdict": pl.String,
    "measured": pl.Float64,
    "limit": pl.Float64,
    "rows": pl.String,
}


def _made(seed: int, height: int) -> pl.DataFrame:
    draw = random.Random(seed)
    rows: list[dict[str, Any]] = [
        {
            "case_id": draw.choice([None, *(f"c{n}" for n in range(9))]),
            "county_code": draw.choice(["1", "2", None]),
            "rule_id": draw.choice(["r1", "r2"]),
            "reason": draw.choice(REASONS),
            "severity": draw.choice(SEVERITIES),
            "verdict": draw.choice(VERDICTS),
            "measured": draw.choice([None, 1.0, 2.0, 7.5]),
            "limit": draw.choice([None, 1.0, 2.0]),
            "rows": str(n),
        }
        for n in range(height)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def _by_hand(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort findings as the notes of the list say, one by one."""

    def group(row: dict[str, Any]) -> tuple[Any, ...]:
        grave = SEVERITIES.index(row["severity"])
        sure = VERDICTS.index(row["verdict"])
        days = row["reason"] in {"over_limit", "open_overdue"}
        return grave, sure, "over_limit" if days else row["reason"]

    def over(row: dict[str, Any]) -> float | None:
        known = row["measured"] is not None and row["limit"] is not None
        return row["measured"] - row["limit"] if known else None

    def last(value: Any) -> tuple[bool, Any]:
        return value is None, "" if value is None else value

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        mine = over(row)
        rivals = [over(one) for one in rows if group(one) == group(row)]
        further = [one for one in rivals if None not in {one, mine} and one > mine]
        place = (True, 0) if mine is None else (False, len(further))
        grave, sure, of = group(row)
        texts = [last(row[name]) for name in ("case_id", "rule_id", "reason")]
        rest = [name for name in SCHEMA if name not in {"case_id", "rule_id", "reason"}]
        return grave, sure, place, last(of), *texts, *(last(row[name]) for name in rest)

    return sorted(rows, key=key)


@pytest.mark.parametrize("chunk", [1, 3, 1000])
@pytest.mark.parametrize("most", [0, 1, 7, 60, 200])
def test_a_part_at_a_time_gives_what_a_person_would_sort(
    monkeypatch: pytest.MonkeyPatch, chunk: int, most: int
) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    frame = _made(chunk, 150)
    wanted = _by_hand(frame.to_dicts())[:most]
    assert worst(frame.lazy(), most).to_dicts() == wanted


@pytest.mark.parametrize("chunk", [1, 10, 1000])
def test_only_those_asked_for_are_set_against_one_another(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    frame = _made(7, 150)
    mine = _by_hand(frame.filter(rule_id="r1").to_dicts())
    told = worst(frame.lazy(), 2, only=pl.col("rule_id") == "r1", each="county_code")
    counties = (None, "1", "2")
    wanted = [[r for r in mine if r["county_code"] == code][:2] for code in counties]
    found = [[r for r in told.to_dicts() if r["county_code"] == c] for c in counties]
    assert found == wanted


def test_no_findings_have_no_worst() -> None:
    assert worst(_made(0, 0).lazy(), 5).is_empty()
