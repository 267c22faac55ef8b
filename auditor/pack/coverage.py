"""The coverage of a pack, as rows and as a page: what it checks of the notice."""

from typing import TYPE_CHECKING, TypedDict

from auditor.errors import text
from auditor.pack.forms import CLAUSE_STATUSES, Clause

if TYPE_CHECKING:
    from auditor.pack.model import Pack

BEGIN, END = "<!-- clauses:begin -->", "<!-- clauses:end -->"
_HEAD = (
    *("", "要求 / requirement", "期限 / due", "列组 / group"),
    *("状态 / status", "规则 / rules"),
)
_KINDS = {
    "task": "台账任务 / tasks of the ledger",
    "indicator": "指标 / indicators",
}


class CoverageRow(TypedDict):
    """One clause for a program: dates in ISO form, None where the notice has none."""

    id: str
    kind: str
    status: str
    title_zh: str
    title_en: str
    due: str | None
    ledger_due: str | None
    ongoing: bool
    group: str | None
    rules: list[str]
    planned: list[str]
    links: list[str]
    note_zh: str
    note_en: str
    conflict_zh: str
    conflict_en: str


def coverage_rows(pack: "Pack") -> list[CoverageRow]:
    """Return one row a clause, tasks first; see :class:`auditor.pack.Clause`."""
    return [_row(one) for one in pack.clauses]


def _row(one: Clause) -> CoverageRow:
    return {
        "id": one.id,
        "kind": one.kind,
        "status": one.status,
        "title_zh": one.title_zh,
        "title_en": one.title_en,
        "due": one.due.isoformat() if one.due else None,
        "ledger_due": one.ledger_due.isoformat() if one.ledger_due else None,
        "ongoing": one.ongoing,
        "group": one.group,
        "rules": list(one.rules),
        "planned": list(one.planned),
        "links": list(one.links),
        "note_zh": one.note_zh,
        "note_en": one.note_en,
        "conflict_zh": one.conflict_zh,
        "conflict_en": one.conflict_en,
    }


def due_text(one: Clause, lang: str = "zh") -> str:
    """Return a clause's date in ISO form, the ledger's beside it where they differ."""
    if one.ongoing:
        return text("coverage.ongoing", lang)
    shown = one.due.isoformat() if one.due else "—"
    if one.kind == "indicator" and one.ledger_due != one.due:
        told = one.ledger_due.isoformat() if one.ledger_due else "—"
        shown += text("coverage.ledger", lang, due=told)
    return shown


def group_text(one: Clause, lang: str) -> str:
    """Return the column group of the form that an indicator stands in."""
    return text("coverage.ongoing", lang) if one.group == "ongoing" else one.group or ""


def counts(pack: "Pack", kind: str) -> dict[str, int]:
    """Return how many tasks or indicators have each status."""
    mine = [one.status for one in pack.clauses if one.kind == kind]
    return {status: mine.count(status) for status in CLAUSE_STATUSES}


def coverage_page(pack: "Pack") -> str:
    """Return the section that stands between the markers of the README."""
    lines = [BEGIN, ""]
    lines += _table(
        ("", *(_both(status) for status in CLAUSE_STATUSES), "Σ"),
        [_counted(pack, kind, name) for kind, name in _KINDS.items()],
    )
    for kind, name in _KINDS.items():
        rows = [_line(one) for one in pack.clauses if one.kind == kind]
        lines += ["", "<details>", f"<summary>{name}</summary>", ""]
        lines += [*_table(_HEAD, rows), "", "</details>"]
    return "\n".join([*lines, "", END])


def with_section(page: str, section: str) -> str:
    """Return a page with the section between its markers replaced, or at its end."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return f"{page.rstrip()}\n\n{section}\n".lstrip()
    return before + section + after


def _both(status: str) -> str:
    return " / ".join(text(f"coverage.{status}", lang) for lang in ("zh", "en"))


def _counted(pack: "Pack", kind: str, name: str) -> tuple[str, ...]:
    found = counts(pack, kind)
    return (name, *map(str, found.values()), str(sum(found.values())))


def _line(one: Clause) -> tuple[str, ...]:
    rules = [*one.rules, *(f"({rule})" for rule in one.planned)]
    said = [f"{one.title_zh}<br>{one.title_en}"]
    if one.conflict_zh:
        said.append(f"*{one.conflict_zh}<br>{one.conflict_en}*")
    if one.note_zh:
        said.append(f"{one.note_zh}<br>{one.note_en}")
    return (
        one.id,
        "<br>".join(said),
        due_text(one),
        group_text(one, "zh"),
        _both(one.status),
        " ".join(rules),
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
