"""Read ``clauses.toml``: every task and indicator of the notice, and what checks it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from auditor.pack.forms import CLAUSE_STATUSES, Clause, ClauseStatus
from auditor.pack.model import Indicator
from auditor.pack.reading import Page, Problems

FILE = "clauses.toml"
_SHARED = (
    *("status", "once_built", "rules", "note_zh", "note_en"),
    *("conflict_zh", "conflict_en"),
)
TASK_KEYS = (
    *("number", "title_zh", "title_en", "due", "ongoing", "indicators"),
    *_SHARED,
)
INDICATOR_KEYS = ("id", *_SHARED)


@dataclass(frozen=True, slots=True)
class Known:
    """What clauses may name: rules with a page, rules planned, indicators by id."""

    built: frozenset[str]
    planned: frozenset[str]
    indicators: Mapping[str, Indicator]


def read_clauses(
    folder: Path,
    rule_ids: Iterable[str],
    indicators: tuple[Indicator, ...],
    problems: Problems,
) -> tuple[Clause, ...]:
    """Return the clauses of a pack, tasks first; none if the pack has no such file.

    Noted as problems: a rule that neither has a page nor is planned, a task or
    indicator that is missing or told twice, a status that its rules do not bear out,
    a date on which the notice contradicts itself without a word about it.
    """
    if not (folder / FILE).is_file():
        return ()
    page = Page.read(folder / FILE, problems)
    if page is None:
        return ()
    page.keys(page.data, ("tasks", "planned", "task", "indicator"))
    planned = frozenset(page.data.get("planned", ()))
    by_id = {one.id: one for one in indicators}
    known = Known(frozenset(rule_ids), planned, by_id)
    tasks = [_task(page, row, known) for row in page.data.get("task", ())]
    _complete(page, tasks, indicators)
    rows = page.data.get("indicator", ())
    told = [one for row in rows if (one := _indicator(page, row, known, tasks))]
    return (*tasks, *sorted(told, key=lambda one: one.number))


def _task(page: Page, row: dict[str, Any], known: Known) -> Clause:
    number = page.need(row, "number", int, "task")
    where = f"number = {number}"
    page.keys(row, TASK_KEYS, where)
    for name in row.get("indicators", ()):
        page.among(name, known.indicators, "indicator", where)
    due, ongoing = row.get("due"), row.get("ongoing") is True
    if due is not None and not isinstance(due, date):
        page.wrong("due 要是日期。", "due must be a date.", where, "due")
        due = None
    if (due is None) is not ongoing and not row.get("conflict_zh"):
        page.wrong(
            "due 与 ongoing 恰好要有一个；通知没有写日期的，要有 conflict_zh。",
            "exactly one of due and ongoing is needed; a date that the notice lacks "
            "needs conflict_zh.",
            where,
        )
    return Clause(
        id=f"task{number:02}",
        kind="task",
        number=number,
        title_zh=page.need(row, "title_zh", str, where),
        title_en=page.need(row, "title_en", str, where),
        links=tuple(row.get("indicators", ())),
        ongoing=ongoing,
        ledger_due=due,
        due=due,
        **_shared(page, row, known, where),
    )


def _indicator(
    page: Page, row: dict[str, Any], known: Known, tasks: list[Clause]
) -> Clause | None:
    name = page.need(row, "id", str, "indicator")
    where = f'id = "{name}"'
    page.keys(row, INDICATOR_KEYS, where)
    if not page.among(name, known.indicators, "indicator", where):
        return None
    one = known.indicators[name]
    mine = [task for task in tasks if name in task.links]
    if not mine:
        page.wrong(f"没有任务写明 {name}。", f"no task lists {name}.", where)
    dues = {task.ledger_due for task in mine}
    ledger = dues.pop() if len(dues) == 1 else None
    clause = Clause(
        id=name,
        kind="indicator",
        number=one.number,
        title_zh=one.title_zh,
        title_en=one.title_en,
        links=tuple(task.id for task in mine),
        ongoing=bool(mine) and all(task.ongoing for task in mine),
        ledger_due=ledger,
        due=one.due,
        group=one.group,
        **_shared(page, row, known, where),
    )
    if disagrees(clause) is not bool(clause.conflict_zh):
        page.wrong(
            f"{name} 的台账日期、期限和列组不一致时（只在这时）要有 conflict_zh。",
            f"{name} needs a conflict text exactly if its dates in ledger, "
            "indicators.toml and form group differ.",
            where,
        )
    return clause


def disagrees(clause: Clause) -> bool:
    """Whether ledger, completion standard and form give an indicator other dates."""
    if clause.ledger_due != clause.due:
        return True
    return clause.due is not None and clause.group != str(clause.due.year)


def _shared(
    page: Page, row: dict[str, Any], known: Known, where: str
) -> dict[str, Any]:
    rules = tuple(row.get("rules", ()))
    for rule in rules:
        page.among(rule, sorted(known.built | known.planned), "rule", where)
    built = tuple(rule for rule in rules if rule in known.built)
    texts = ("note_zh", "note_en", "conflict_zh", "conflict_en")
    for zh, en in (texts[:2], texts[2:]):
        if bool(row.get(zh)) is not bool(row.get(en)):
            page.wrong(f"{zh} 与 {en} 要成对。", f"{zh} needs {en}.", where)
    return {
        "status": _status(page, row, (rules, built), where),
        "rules": built,
        "planned": tuple(rule for rule in rules if rule not in known.built),
        **{key: str(row.get(key, "")) for key in texts},
    }


def _status(
    page: Page,
    row: dict[str, Any],
    named: tuple[tuple[str, ...], tuple[str, ...]],
    where: str,
) -> ClauseStatus:
    """Return the status that today's rule pages bear out."""
    rules, built = named
    status = page.need(row, "status", str, where)
    for key in ("status", "once_built"):
        if key in row:
            page.among(str(row[key]), CLAUSE_STATUSES, "status", where)
    if built and len(built) == len(rules):
        status = row.get("once_built", status)
    elif built:
        status = "partial"
    if status in ("automated", "partial") and not built:
        page.wrong(
            f"状态 {status} 至少要有一条已有的规则。",
            f"status {status} needs a rule that has a page.",
            where,
        )
    elif status not in ("automated", "partial") and built:
        page.wrong(
            f"有规则页的，状态不能是 {status}；请写 once_built。",
            f"with a rule page the status cannot be {status}; give once_built.",
            where,
        )
    return cast("ClauseStatus", status)


def _complete(
    page: Page, tasks: list[Clause], indicators: tuple[Indicator, ...]
) -> None:
    """Note every task and indicator that is missing or told more than once."""
    wanted = page.need(page.data, "tasks", int)
    numbers = [f"number = {task.number}" for task in tasks]
    told = [f'id = "{row.get("id")}"' for row in page.data.get("indicator", ())]
    _once(page, numbers, [f"number = {n}" for n in range(1, wanted + 1)])
    _once(page, told, [f'id = "{one.id}"' for one in indicators])


def _once(page: Page, have: list[str], want: list[str]) -> None:
    for one in want:
        if (found := have.count(one)) != 1:
            page.wrong(
                f"{one} 要有且只有一处，现有 {found} 处。",
                f"{one} must stand here exactly once, found {found}.",
                one,
            )
    for one in dict.fromkeys(have):
        if one not in want:
            page.wrong(f"没有 {one}。", f"there is no {one}.", one)
