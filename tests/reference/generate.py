"""Random dumps, written as tables of text, that aim at the limits.

``random_dump`` makes up applications that have nothing to do with one another and share
one cut-off, so that thousands of them can be judged in one run. Nothing here judges.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from tests.reference.daycount import ONE_DAY
from tests.reference.draft_dossier import COUNTIES, approvals, attestations, roster
from tests.reference.draft_faults import spoil
from tests.reference.draft_log import write_force_majeure, write_log
from tests.reference.draft_papers import write_columns, write_cost, write_documents
from tests.reference.draft_tampering import tamper
from tests.reference.draft_text import Row, write_row
from tests.reference.drafts import KINDS, LINES, Cells, Draft, Setting, chance, within

OUTCOMES = {"energised": 66, "open": 24, "withdrawn": 10}
UTILITIES = ("U1", "U2", "U3")


@dataclass
class Dump:
    """A dump with its dossier, as text by column, and the options of the run."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    cutoff: str | None = None
    period: str | None = None


def _draft(rng: Random, case_id: str, setting: Setting) -> Draft:
    """Make up one application."""
    outcome = rng.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    draft = Draft(case_id, kind, outcome, case={"case_id": case_id})
    whole = draft.kind in {"resident", "three_zero"}
    storm = rng.randint(1, 6) if whole and chance(rng, 0.15) else 0
    write_columns(rng, draft, setting)
    laid = write_log(rng, draft, setting, storm)
    if storm:
        write_force_majeure(rng, draft, laid, storm)
    write_cost(rng, draft)
    write_documents(rng, draft)
    if chance(rng, 0.05):
        draft.add("meters", installed_at=laid[-1].start, first_energy_at=laid[-1].end)
    # A source of chance of its own, so that what was drawn before stays as it was.
    tamper(Random(f"{case_id} {draft.kind} {setting.cutoff}"), draft, setting)
    spoil(rng, draft, setting)
    return draft


def _write_case(rng: Random, tables: dict[str, list[Row]], draft: Draft) -> None:
    """Write an application down; now and then a row twice, equal in every cell."""
    rows = [("cases", cells) for cells in (draft.case, *draft.more_cases)]
    rows += [(table, line) for table in LINES for line in draft.lines[table]]
    for table, cells in rows:
        row = write_row(rng, cells)
        tables[table].append(row)
        rejected = cells.get("step") == "" or table == "suspensions"
        if chance(rng, 0.01) and not rejected:
            tables[table].append(dict(row))


def _nobodys(rng: Random, tables: dict[str, list[Row]], count: int, day: date) -> None:
    """Add rows of unknown cases and rows without a case."""
    for number in range(count):
        key = rng.choice(["", f"Z{number}"])
        table = rng.choice(["events", "fees", "suspensions", "materials", "cases"])
        lines: dict[str, Cells] = {
            "events": {"step": "accept", "finished_at": day, "operator": number},
            "fees": {
                "item": "外线工程",
                "amount_yuan": 5,
                "payer": "user",
                "receipt_id": number,
            },
            "suspensions": {
                "from_date": day,
                "reason": "customer",
                "evidence_id": number,
            },
            "materials": {"step": "accept", "document": f"文件{number}"},
            "cases": {
                "county_code": COUNTIES[0],
                "customer_type": "resident",
                "customer_id": number,
            },
        }
        case_id = "" if table == "cases" else key
        tables[table].append(write_row(rng, {"case_id": case_id, **lines[table]}))


def _random_cutoff(rng: Random) -> date:
    if chance(rng, 0.15):
        return within(rng, date(2027, 1, 4), date(2027, 1, 25))
    return within(rng, date(2019, 8, 1), date(2026, 12, 20))


def _random_period(rng: Random) -> tuple[str, date, date]:
    way, year = rng.randint(0, 2), rng.randint(2020, 2026)
    if way == 0:
        return f"{year}", date(year, 1, 1), date(year, 12, 31)
    if way == 1:
        half = rng.choice([1, 2])
        ends = date(year, 6, 30) if half == 1 else date(year, 12, 31)
        return f"{year}H{half}", date(year, 6 * half - 5, 1), ends
    begins = within(rng, date(year, 1, 1), date(year, 9, 1))
    ends = begins + rng.randint(40, 300) * ONE_DAY
    return f"{begins}..{ends}", begins, ends


def _options(rng: Random) -> tuple[Setting, str | None, str | None]:
    """Draw cut-off and period of a run: given, derived, or bounded by the period."""
    way = rng.random()
    names = {
        "counties": (*COUNTIES, "339999") if chance(rng, 0.3) else COUNTIES,
        "utilities": UTILITIES,
    }
    if way < 0.6:
        day = _random_cutoff(rng)
        given = way < 0.5
        return (
            Setting(day, future=given, **names),
            day.isoformat() if given else None,
            None,
        )
    period, begins, ends = _random_period(rng)
    day = within(rng, ends - 20 * ONE_DAY, ends) if way < 0.85 else ends
    return (
        Setting(day, begins, **names),
        day.isoformat() if way < 0.85 else None,
        period,
    )


def random_dump(rng: Random, cases: int) -> Dump:
    """Make up a dump.

    Args:
        rng: the source of chance; the same state gives the same dump.
        cases: the number of applications; rows without a known case come on top.
    """
    setting, cutoff, period = _options(rng)
    tables: dict[str, list[Row]] = {"cases": [], **{table: [] for table in LINES}}
    for number in range(cases):
        _write_case(rng, tables, _draft(rng, f"C{number:06}", setting))
    if cutoff is None:
        last = {
            "case_id": "LAST",
            "county_code": COUNTIES[0],
            "customer_type": "resident",
        }
        tables["cases"].append(write_row(rng, {**last, "energised_at": setting.cutoff}))
    if chance(rng, 0.6):
        _nobodys(rng, tables, max(cases // 200, 1), setting.cutoff - 40 * ONE_DAY)
    if chance(rng, 0.9):
        tables["approvals"] = approvals(rng, setting, max(cases // 3, 1))
    if chance(rng, 0.75):
        tables["roster"] = roster(rng, setting)
    if chance(rng, 0.9):
        tables["attestations"] = attestations(rng, setting)
    for table in LINES:
        rng.shuffle(tables[table])
    return Dump({name: rows for name, rows in tables.items() if rows}, cutoff, period)
