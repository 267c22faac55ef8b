"""What a person sees in the terminal; every text comes from the message table."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from auditor.errors import text

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from auditor.explain import Argument, Ruling, Span
    from auditor.judge import Outcome
    from auditor.pack import Pack, Rule
    from auditor.pipeline import Run
    from auditor.reconcile import Reconciliation
    from auditor.settings import Settings

MOST = 20  # rows of a list in the terminal; the files hold all
COLUMNS_A_BLOCK = 7
SYMBOLS = {"met": "√", "attested_met": "√", "not_met": "✗", "attested_not_met": "✗", "undetermined": "？", "not_attested": "？"}  # fmt: skip


def say(key: str, lang: str, **fields: object) -> None:
    """Print one message of the table."""
    print(text(key, lang, **fields))


def progress_in(lang: str) -> Callable[[str], None]:
    """Return what prints one line a stage on stderr, in the asked language."""

    def progress(stage: str) -> None:
        name, _, which = stage.partition(" ")
        print(
            f"· {text(f'ui.stage_{name}', lang, which=which)}",
            file=sys.stderr,
            flush=True,
        )

    return progress


def wide(word: object) -> int:
    """Return the columns a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in str(word))


def cell(value: object) -> str:
    """Return how one value is shown: dates in ISO, whole floats without a point."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(value))


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table with columns as wide as their widest cell."""
    grid = [list(map(cell, row)) for row in ([*header], *rows)]
    widths = [max(wide(row[i]) for row in grid) for i in range(len(header))]
    for row in grid:
        print(
            "  ".join(
                c + " " * (w - wide(c)) for c, w in zip(row, widths, strict=True)
            ).rstrip()
        )


def percent(value: float | None) -> str:
    """Return a share with one decimal; never 100% unless it is whole."""
    if value is None:
        return "-"
    shown = f"{value * 100:.1f}"
    if shown == "100.0" and value < 1:
        shown = "99.9"
    return f"{shown.removesuffix('.0')}%"


def show_run(run: "Run", settings: "Settings", *, as_json: bool) -> None:
    """Print the matrix, what is not met or not proven, the worst cases, the books."""
    if as_json:
        print(json.dumps({
            "out": str(run.out), "complete": run.accounting["complete"], "accounting": run.accounting,
            "rollup": run.rollup.to_dicts(), "conditions": run.conditions,
        }, ensure_ascii=False, default=str))  # fmt: skip
        return
    lang = settings.lang
    clock = run.clock
    period = (
        f"{clock.period[0]}..{clock.period[1]}"
        if clock.period
        else text("ui.all", lang)
    )
    how = text("ui.derived" if clock.derived else "ui.given", lang)
    say(
        "ui.title",
        lang,
        pack=settings.rules,
        cutoff=clock.cutoff,
        how=how,
        period=period,
    )
    print()
    _matrix(run.rollup, lang)
    _open_list(run.rollup, lang)
    _worst(run.findings, lang)
    _books(run, lang)
    reasons = "、".join(
        text(f"incomplete.{word}", lang) for word in run.accounting["reasons"]
    )
    say("ui.incomplete" if reasons else "ui.complete", lang, reasons=reasons)
    if run.conditions:
        say("ui.conditions", lang, conditions=", ".join(run.conditions))
    say("ui.written", lang, out=run.out)


def _matrix(rollup: "pl.DataFrame", lang: str) -> None:
    import polars as pl

    mine = rollup.filter(
        (pl.col("level") == "county") & (pl.col("basis") != "attestation")
    )
    judged = [
        r for r in mine.get_column("rule_id").unique().sort() if _has_subjects(mine, r)
    ]
    cells = {(row["code"], row["rule_id"]): row for row in mine.iter_rows(named=True)}
    names = dict(mine.select("code", "name").unique().sort("code").iter_rows())
    say("ui.matrix", lang)
    for start in range(0, len(judged), COLUMNS_A_BLOCK):
        rules = judged[start : start + COLUMNS_A_BLOCK]
        header = [text("ui.county", lang), *rules]
        table(
            header,
            (
                [
                    f"{code} {names[code] or ''}",
                    *(_mark(cells.get((code, r))) for r in rules),
                ]
                for code in sorted(names)
            ),
        )
        print()


def _has_subjects(rows: "pl.DataFrame", rule: str) -> bool:
    import polars as pl

    mine = rows.filter(pl.col("rule_id") == rule)
    return (
        sum(
            int(mine.get_column(w).sum())
            for w in ("pass", "fail", "pending", "undetermined")
        )
        > 0
    )


def _mark(row: dict[str, Any] | None) -> str:
    if row is None:
        return "–"
    good, bad, doubt, wait = (
        row[w] for w in ("pass", "fail", "undetermined", "pending")
    )
    symbol = SYMBOLS.get(row["status"])
    if symbol == "√":
        return f"√{good}"
    if symbol == "✗":
        return f"✗{bad}/{good + bad}"
    if symbol == "？":
        return f"？{doubt}/{good + doubt}"
    return f"…{wait}" if wait else "–"


def _open_list(rollup: "pl.DataFrame", lang: str) -> None:
    import polars as pl

    rows = rollup.filter(
        (pl.col("level") == "county")
        & pl.col("status").is_in(["not_met", "undetermined"])
    ).sort(["rate", "coverage", "code", "rule_id"], nulls_last=True)
    if rows.is_empty():
        return
    say("ui.open_list", lang)
    header = [
        text(f"ui.{k}", lang)
        for k in (
            "county",
            "rule",
            "status",
            "pass",
            "fail",
            "undetermined",
            "pending",
            "rate",
            "coverage",
        )
    ]
    table(header, (
        [f"{r['code']} {r['name'] or ''}", r["rule_id"], text(f"status.{r['status']}", lang), r["pass"], r["fail"],
         r["undetermined"], r["pending"], percent(r["rate"]), percent(r["coverage"])]
        for r in rows.head(MOST).iter_rows(named=True)
    ))  # fmt: skip
    _more(rows.height, "rollup.csv", lang)
    print()


def _more(found: int, file: str, lang: str) -> None:
    if found > MOST:
        say("ui.more", lang, n=found - MOST, file=file)


def _worst(findings: "pl.DataFrame", lang: str) -> None:
    import polars as pl

    failed = findings.filter(pl.col("verdict") == "fail").with_columns(
        (pl.col("measured") - pl.col("limit")).alias("over")
    )
    if failed.is_empty():
        return
    say("ui.worst", lang)
    top = (
        failed.sort("over", "case_id", descending=[True, False], nulls_last=True)
        .group_by("rule_id", maintain_order=True)
        .head(3)
    )
    header = [
        text(f"ui.{k}", lang)
        for k in ("rule", "case", "county", "measured", "limit", "reason")
    ]
    table(header, (
        [r["rule_id"], r["case_id"], r["county_code"], r["measured"], r["limit"], why(r, lang)]
        for r in top.sort("rule_id", maintain_order=True).iter_rows(named=True)
    ))  # fmt: skip
    print()


def why(row: dict[str, Any], lang: str) -> str:
    """Return the sentence for a finding's reason, its figures filled in."""
    facts = str(row.get("parts") or "").split(";")
    parts = "、".join(_named("part", fact, lang) for fact in facts)
    return _reason(
        row["reason"],
        lang,
        measured=cell(row["measured"]),
        limit=cell(row["limit"]),
        parts=parts,
    )


def _named(group: str, name: str, lang: str) -> str:
    """Return the word for a fact; a fact of a pack's own goes by its id."""
    found = text(f"{group}.{name}", lang)
    return name if found == f"{group}.{name}" else found


def _books(run: "Run", lang: str) -> None:
    import polars as pl

    say("ui.rows", lang)
    names = ("read", "accepted", "duplicate", "rejected")
    header = [text(f"ui.{k}", lang) for k in ("table", *names)]
    table(
        header,
        (
            [name, *(row[n] for n in names)]
            for name, row in run.accounting["rows"].items()
        ),
    )
    print()
    if run.rejects.is_empty():
        return
    say("ui.rejects", lang)
    groups = (
        run.rejects.group_by("kind", "table", "column", "reason")
        .agg(
            pl.len().alias("n"),
            pl.col("source").first(),
            pl.col("row").first(),
            pl.col("value").first(),
        )
        .sort(
            "n",
            "kind",
            "table",
            "column",
            "reason",
            descending=[True, False, False, False, False],
        )
    )
    header = [
        text(f"ui.{k}", lang) for k in ("kind", "table", "reason", "count", "example")
    ]
    table(header, (
        [g["kind"], ".".join(x for x in (g["table"], g["column"]) if x), text(f"reject.{g['reason']}", lang), g["n"],
         f"{g['source']}:{cell(g['row'])} {cell(g['value'])[:40]}"]
        for g in groups.head(MOST).iter_rows(named=True)
    ))  # fmt: skip
    _more(groups.height, "rejects.parquet", lang)
    print()


def show_argument(argument: "Argument", lang: str, *, as_json: bool) -> None:
    """Print the argument for one case, so that it can be followed by hand."""
    if as_json:
        print(json.dumps(_plain(argument), ensure_ascii=False, default=str, indent=1))
        return
    facts = argument.facts
    say("ui.case_head", lang, **{k: cell(v) for k, v in argument.keys.items()})
    say("ui.case_dates", lang, start=_between(facts["start_lo"], facts["start_hi"]), end=_between(facts["end_lo"], facts["end_hi"]),
        state=text(f"state.{facts['end_state']}", lang), cutoff=argument.clock.cutoff)  # fmt: skip
    outside = [r.rule.id for r in argument.rulings if r.verdict == "not_applicable"]
    for ruling in argument.rulings:
        if ruling.verdict != "not_applicable" or len(argument.rulings) == 1:
            _show_ruling(ruling, argument, lang)
    if len(argument.rulings) > 1:
        print()
        say("ui.not_applicable", lang, rules=" ".join(outside) or "-")
    print()
    say("ui.rows_of_case", lang)
    for row in argument.rows:
        cells = "  ".join(
            f"{k}={cell(v)}"
            for k, v in row.items()
            if k not in ("table", "source", "row", "case_id")
        )
        print(f"  {row['source']}:{row['row']}  {cells}")


def _plain(argument: "Argument") -> dict[str, Any]:
    found = asdict(argument)
    found.pop("pack")
    found["pack"] = {
        "id": argument.pack.id,
        "version": argument.pack.version,
        "digest": argument.pack.digest,
    }
    return found


def _between(low: date | None, high: date | None) -> str:
    if low == high:
        return cell(low)
    return f"{cell(low)} … {cell(high)}"


def _show_ruling(ruling: "Ruling", argument: "Argument", lang: str) -> None:
    rule = ruling.rule
    said = _why_ruled(ruling, lang)
    print(
        f"\n{rule.id}  {text(f'verdict.{ruling.verdict}', lang)}{said}  {rule.title_zh if lang == 'zh' else rule.title_en}"
    )
    print("  " + text("ui.clause", lang, clause=rule.clause))
    since = rule.limits[0].in_force_from if rule.limits else rule.in_force_from
    if since is not None:
        said = {True: "ui.binding", False: "ui.not_binding", None: "ui.unknown"}[
            ruling.in_force
        ]
        print("  " + text("ui.in_force", lang, since=since, said=text(said, lang)))
    for span in ruling.spans:
        _show_span(span, argument, lang)


def _why_ruled(ruling: "Ruling", lang: str) -> str:
    if not ruling.reason:
        return ""
    over = [(s.fact, *found) for s in ruling.spans if (found := _over(s))]
    _, measured, limit = over[0] if over else ("", None, None)
    shown = _reason(
        ruling.reason, lang, measured=cell(measured), limit=cell(limit),
        parts="、".join(_named("part", fact, lang) for fact, *_ in over),
    )  # fmt: skip
    return f"（{shown}）"


def _over(span: "Span") -> tuple[float, float] | None:
    """Return a fact that is over its limit and the limit; past a date, days and 0."""
    low, limit = span.low, span.limit
    if isinstance(limit, date):
        days = (low - limit).days if isinstance(low, date) else 0
        return (days, 0) if days > 0 else None
    if limit is None or low is None or isinstance(low, date) or low <= limit:
        return None
    return low, limit


def _reason(reason: str, lang: str, **fields: object) -> str:
    for kind in ("outside", "missing"):
        if reason.startswith(f"{kind}_"):
            return text(f"reason.{kind}", lang, column=reason.removeprefix(f"{kind}_"))
    return text(f"reason.{reason}", lang, **fields)


def _show_span(span: "Span", argument: "Argument", lang: str) -> None:
    bounds = (
        cell(span.low)
        if span.low == span.high
        else f"{cell(span.low)} … {cell(span.high)}"
    )
    print(
        "  "
        + text(
            "ui.span",
            lang,
            fact=_named("fact", span.fact, lang),
            low=bounds,
            limit=cell(span.limit),
        )
    )
    if isinstance(span.limit, date) and isinstance(span.low, date):
        days = (span.low - span.limit).days
        print(
            "    "
            + text("ui.days_past" if days > 0 else "ui.days_left", lang, days=abs(days))
        )
    if any(span.excused):
        least, most = span.excused
        days_off = cell(most) if least == most else f"{least} … {most}"
        print("    " + text("ui.majeure", lang, days=days_off))
    if span.end[0] is not None and (span.counted or span.skipped):
        print(
            "    "
            + text(
                "ui.from_to", lang, start=_between(*span.start), end=_between(*span.end)
            )
        )
        kind = "counted" if argument.pack.calendar_folder else "counted_days"
        print(
            "    "
            + text(f"ui.{kind}", lang, n=len(span.counted), days=_ranges(span.counted))
        )
        if span.skipped:
            print("    " + text("ui.skipped", lang, days=_skipped(span, lang)))
    for w in span.witnesses:
        print(
            "    "
            + text(
                "ui.witness",
                lang,
                edge=w.edge,
                date=w.date,
                source=w.source,
                row=w.row,
                what=w.what,
            )
        )


def _ranges(days: Sequence[date]) -> str:
    """Write runs of consecutive days as ``03-09..11``, other days alone."""
    shown = []
    for _, group in groupby(
        enumerate(days), lambda pair: pair[1].toordinal() - pair[0]
    ):
        run = [day for _, day in group]
        first, last = run[0], run[-1]
        tail = f"{last:%d}" if last.month == first.month else f"{last:%m-%d}"
        shown.append(f"{first:%Y-%m-%d}" + (f"..{tail}" if len(run) > 1 else ""))
    return " ".join(shown) or "-"


def _skipped(span: "Span", lang: str) -> str:
    groups = groupby(span.skipped, lambda day: day[1:])
    parts = []
    for (reason, notice), days in groups:
        named = f"{reason} {notice}".strip() or text("ui.weekend", lang)
        parts.append(f"{_ranges([day[0] for day in days])}（{named}）")
    return " ".join(parts)


def show_reconciliation(
    result: "Reconciliation", folder: "Path", lang: str, *, as_json: bool
) -> None:
    """Print the one-page summary of a declared form against a run."""
    from auditor.reconcile import OUTPUTS, page

    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False))
        return
    print(page(result, lang))
    print()
    say("cell.written", lang, folder=folder, files=" ".join(OUTPUTS))


def show_rules(pack: "Pack", lang: str, *, as_json: bool) -> None:
    """Print the rules of a pack, a line each."""
    if as_json:
        print(
            json.dumps(
                [_rule_json(rule) for rule in pack.rules],
                ensure_ascii=False,
                default=str,
            )
        )
        return
    table(["id", text("ui.limit", lang), "clause", ""], (
        [r.id, " ".join(dict.fromkeys(cell(limit.value if limit.column is None else limit.column) for limit in r.limits)),
         r.clause, r.title_zh if lang == "zh" else r.title_en]
        for r in pack.rules
    ))  # fmt: skip


def _rule_json(rule: "Rule") -> dict[str, Any]:
    return asdict(rule) | {
        "examples": [dict(e.given) | {"expect": e.expect} for e in rule.examples]
    }


def show_rule(pack: "Pack", rule_id: str, lang: str, *, as_json: bool) -> None:
    """Print one rule page as the engine understands it."""
    rule = pack.rule(rule_id)
    if as_json:
        print(json.dumps(_rule_json(rule), ensure_ascii=False, default=str, indent=1))
        return
    print(
        f"{rule.id}  {rule.title_zh}\n      {rule.title_en}\n{text('ui.clause', lang, clause=rule.clause)}\n{rule.why}\n"
    )
    for condition in rule.applies:
        bound = (
            f"<= {condition.at_most:g}"
            if condition.at_most is not None
            else " | ".join(map(str, condition.among))
        )
        print(f"  {condition.column}: {bound}")
    table([text("ui.kind", lang), text("ui.limit", lang), "since", "in force from", "source"], (
        [limit.fact, limit.value if limit.column is None else limit.column, limit.since, limit.in_force_from, limit.source]
        for limit in rule.limits
    ))  # fmt: skip
    for example in rule.examples:
        print(f"  {example.expect:15} {example.name}")
    print(f"\n{pack.id}/{rule.page}")


def show_examples(pack: "Pack", outcomes: "Sequence[Outcome]", lang: str) -> int:
    """Print the examples that came out otherwise; return how many."""
    wrong = [o for o in outcomes if not o.agrees]
    for o in wrong:
        say("ui.wrong_example", lang, page=o.rule.page, name=o.example.name,
            expect=f"{o.example.expect} {o.example.reason or ''}", got=f"{o.verdict} {o.reason or ''}")  # fmt: skip
    if not wrong:
        say("ui.examples_ok", lang, pack=pack.id, n=len(outcomes))
    return len(wrong)
