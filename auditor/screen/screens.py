"""All screens of a pack over the tallies of a run, one family of tests a page."""

from collections.abc import Iterable, Mapping

import polars as pl

from auditor.frames import SCREENS
from auditor.pack import Pack, Screen
from auditor.screen.exact import false_discovery
from auditor.screen.frames import label, screened
from auditor.screen.heaping import heaping
from auditor.screen.shares import shares

ORDER = ("rule_id", "level", "code", "utility", "user_class", "measure")


def screens(
    tallies: pl.DataFrame,
    pack: Pack,
    columns: Mapping[str, frozenset[str]],
    codes: Iterable[str],
) -> pl.DataFrame:
    """Return ``screens.parquet``: a row a screen, place, utility, class and measure.

    ``signal`` is null where nothing could be tested, and ``reason`` says why. The
    tests of one page are one family: their false discovery rate is held at the page's
    ``false_discovery`` (Benjamini and Hochberg).

    Args:
        tallies: counts of the whole run.
        pack: the screens and the rules whose limits they look at.
        columns: what was delivered, by table.
        codes: the counties of the run.
    """
    places = sorted(codes)
    frames = [_screen(tallies, one, pack, columns, places) for one in pack.screens]
    whole = pl.concat([pl.DataFrame(schema=SCREENS), *frames])
    return whole.sort(ORDER, nulls_last=True)


def _screen(
    tallies: pl.DataFrame,
    screen: Screen,
    pack: Pack,
    columns: Mapping[str, frozenset[str]],
    codes: list[str],
) -> pl.DataFrame:
    mine = tallies.filter(rule_id=screen.id)
    found = (
        heaping(mine, screen, pack) if screen.of == "heaping" else shares(mine, screen)
    )
    told = _tested(found, screen)
    empty = _delivered(screen, columns)
    lacking = [m for m in measures(screen) if m not in empty]
    absent = [_rows(screen, m, codes, "column_absent") for m in lacking]
    named = told.filter(level="county").select("code", "measure").unique()
    rest = [_silent(screen, m, codes, named) for m in empty]
    return pl.concat([told, *absent, *rest])


def measures(screen: Screen) -> list[str]:
    """Return the names of what a screen measures, as they stand in its rows."""
    if screen.of == "heaping":
        return [f"{row['rule']}.{row['fact']}" for row in screen.settings["points"]]
    return [label(row) for row in screen.settings["measures"]]


def _tested(found: pl.DataFrame, screen: Screen) -> pl.DataFrame:
    """Add q and the signal; a heap also needs a lack of cases just above."""
    tested = found.filter(pl.col("p").is_not_null())
    rest = found.filter(pl.col("p").is_null())
    q = pl.Series("q", false_discovery(tested.get_column("p").to_numpy()), pl.Float64)
    below = pl.col("q") <= screen.settings["false_discovery"]
    lack = pl.col("missing").is_null() | (pl.col("missing") > 0)
    told = tested.with_columns(q).with_columns(
        (below & lack).alias("signal"), pl.lit(screen.severity).alias("severity")
    )
    return pl.concat(
        [told, rest.with_columns(pl.lit(screen.severity).alias("severity"))]
    )


CLOCKS = tuple(
    ("events", name) for name in ("started_at", "finished_at", "recorded_at")
)
NEEDS = {
    **dict.fromkeys(("whole_hour", "midnight", "night"), CLOCKS),
    "day_off": CLOCKS[:2],
    "capacity_above": (("cases", "capacity_kw"),),
    "dual_supply": (("cases", "source_count"),),
    "suspended": (("suspensions", "reason"),),
    "left_out": (("cases", "business_type"),),
    "one_payee": (("fees", "payee"),),
}
"""The columns of which a measure needs one."""


def _delivered(screen: Screen, columns: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the measures for which a column was delivered."""
    rows = screen.settings.get("measures", [])
    if not rows:
        return measures(screen)
    have = {(table, name) for table, names in columns.items() for name in names}
    named = zip(measures(screen), rows, strict=True)
    return [name for name, row in named if have & set(NEEDS[row["of"]])]


def _silent(
    screen: Screen, measure: str, codes: list[str], named: pl.DataFrame
) -> pl.DataFrame:
    """Return a row for each county that has nothing to measure."""
    have = set(named.filter(measure=measure).get_column("code"))
    return _rows(screen, measure, [c for c in codes if c not in have], "too_few")


def _rows(screen: Screen, measure: str, codes: list[str], why: str) -> pl.DataFrame:
    return screened(
        pl.DataFrame({"code": codes}, schema={"code": pl.String}).with_columns(
            pl.lit(screen.id).alias("rule_id"),
            pl.lit("county").alias("level"),
            pl.lit(measure).alias("measure"),
            pl.lit(0).alias("n"),
            pl.lit(why).alias("reason"),
            pl.lit(screen.severity).alias("severity"),
        )
    )
