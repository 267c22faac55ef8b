"""The coverage of a pack in the terminal: each clause, and what checks it."""

import json
from typing import TYPE_CHECKING

from auditor.errors import text
from auditor.pack import CLAUSE_STATUSES, Clause, coverage_rows
from auditor.pack.coverage import counts, due_text, group_text
from auditor.terminal import table

if TYPE_CHECKING:
    from auditor.pack import Pack


def show_clauses(pack: "Pack", lang: str, *, as_json: bool) -> None:
    """Print how many clauses are checked how far, then a line a clause."""
    if as_json:
        print(json.dumps(coverage_rows(pack), ensure_ascii=False))
        return
    words = [text(f"coverage.{status}", lang) for status in CLAUSE_STATUSES]
    kinds = ("task", "indicator")
    table(
        ["", *words, "Σ"],
        (
            [text(f"coverage.{kind}", lang), *found, sum(found)]
            for kind in kinds
            for found in [list(counts(pack, kind).values())]
        ),
    )
    print()
    names = ("clause", "due", "group", "status", "rules", "title")
    table(
        [text(f"coverage.{name}", lang) for name in names],
        (_line(one, lang) for one in pack.clauses),
    )
    for one in pack.clauses:
        if one.conflict_zh:
            said = one.conflict_zh if lang == "zh" else one.conflict_en
            print(f"\n{one.id}: {said}", end="")
    print()


def _line(one: Clause, lang: str) -> list[str]:
    rules = [*one.rules, *(f"({rule})" for rule in one.planned)]
    shown = rules if len(rules) <= 4 else [*rules[:3], f"… {len(rules)}"]
    return [
        one.id,
        due_text(one, lang),
        group_text(one, lang) or "-",
        text(f"coverage.{one.status}", lang),
        " ".join(shown) or "-",
        one.title_zh if lang == "zh" else one.title_en,
    ]
