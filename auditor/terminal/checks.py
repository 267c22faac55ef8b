"""What a check of a run folder found, and what a query gave, in the terminal."""

import json
from collections import Counter
from typing import TYPE_CHECKING

from auditor.errors import text
from auditor.terminal.tables import table
from auditor.terminal.words import MOST, say

if TYPE_CHECKING:
    import polars as pl

    from auditor.drawing import Drawn
    from auditor.verify import Verified

LONG = 20  # drawn cases shown; --out and --json give all
ROWS = 40  # rows of a query shown; --json and --csv give all


def show_verified(result: "Verified", lang: str, *, as_json: bool) -> None:
    """Print whether a run folder is what the run wrote, and what is not."""
    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False))
        return
    counts = Counter(one.kind for one in result.problems)
    for kind, n in counts.items():
        said = text(f"verify.{kind}", lang)
        names = [one.name for one in result.problems if one.kind == kind]
        print(f"{said} {n}: {', '.join(names[:MOST])}{' …' if n > MOST else ''}")
    key = "verify.wrong" if counts else "verify.right"
    say(key, lang, folder=result.folder, n=result.checked)
    if result.replayed and not counts:
        say("verify.again", lang)
    if not result.complete:
        say("verify.incomplete", lang)


def show_rows(rows: "pl.DataFrame", lang: str, *, how: str) -> None:
    """Print the rows of a query as a table, as JSON or as CSV."""
    if how == "json":
        print(json.dumps(rows.to_dicts(), ensure_ascii=False, default=str))
    elif how == "csv":
        from auditor.write.words import csv_text

        print(_line([csv_text(name) for name in rows.columns]))
        for row in rows.iter_rows():
            print(_line([csv_text(v) if isinstance(v, str) else v for v in row]))
    else:
        table(rows.columns, rows.head(ROWS).iter_rows())
        left = max(0, rows.height - ROWS)
        say("query.rows" if not left else "query.more", lang, n=rows.height, left=left)


def _line(values: list[object]) -> str:
    return ",".join(map(_csv, values))


def _csv(value: object) -> str:
    told = "" if value is None else str(value)
    quoted = any(mark in told for mark in ',"\n\r')
    return '"' + told.replace('"', '""') + '"' if quoted else told


def show_drawn(result: "Drawn", lang: str, *, as_json: bool) -> None:
    """Print the strata, the bounds that the sample buys, and the first drawn cases."""
    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False, default=str))
        return
    names = ("county", "class", "cases", "drawn")
    table([text(f"draw.{n}", lang) for n in names], result.strata.iter_rows())
    print()
    say(
        "draw.bought",
        lang,
        n=result.cases.height,
        total=int(result.strata.get_column("cases").sum()),
        seed=result.seed,
        none=f"{result.none_wrong:.2%}",
        margin=f"{result.margin:.1%}",
    )
    print()
    shown = result.cases.select("case_id", "county_code", "user_class", "utility")
    heads = ("case", "county", "class", "utility")
    table([text(f"draw.{n}", lang) for n in heads], shown.head(LONG).iter_rows())
    if result.cases.height > LONG:
        say("draw.more", lang, n=result.cases.height - LONG)
