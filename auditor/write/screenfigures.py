"""``figures/<screen>``: distributions with their limit, a county against others."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from auditor.write.results import Results
from auditor.write.screened import kind_of, measure_word, place_of, signals
from auditor.write.words import visible, word

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 24  # groups in the overview of a screen
PANELS = 4  # groups whose distribution is drawn: the surest signals
PAYEES = 6
_OURS, _OTHERS, _SIGN, _QUIET = "#0072B2", "#999999", "#D55E00", "#56B4E9"
_AXES = {
    "whole_hour": "minutes",
    "midnight": "hours",
    "night": "hours",
    "day_off": "weekdays",
    "capacity_above": "kilowatts",
    "one_payee": "payees",
}
Row = dict[str, Any]


def screen_figures(results: Results, lang: str) -> "Mapping[str, Figure]":
    """Return a figure a screen that tested anything, by the name of its file."""
    import polars as pl

    if results.screens is None or results.tallies is None:
        return {}
    made = {}
    for rule in results.screens.get_column("rule_id").unique().sort():
        rows = results.screens.filter(pl.col("rule_id") == rule)
        if rows.get_column("signal").null_count() < rows.height:
            mine = results.tallies.filter(pl.col("rule_id") == rule)
            made[rule] = _figure(rows, mine, results.title(rule, lang), lang)
    return made


def _figure(
    rows: "pl.DataFrame", tallies: "pl.DataFrame", title: str, lang: str
) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 7.5), dpi=110, layout="constrained")
    parts = figure.subfigures(1, 2, width_ratios=(1, 1.6), squeeze=False)
    left, right = parts[0, 0], parts[0, 1]
    _overview(left.add_subplot(), rows, lang)
    panels = _panels(rows)
    axes = right.subplots(2, 2, squeeze=False)
    for at, spot in enumerate(axes.flat):
        if at < len(panels):
            _distribution(spot, panels[at], tallies, lang)
        else:
            spot.set_axis_off()
    figure.suptitle(title, fontsize=13)
    return figure


def _panels(rows: "pl.DataFrame") -> list[Row]:
    """Return the surest signals, else all counties together, or the largest groups."""
    import polars as pl

    found = list(signals(rows).sort("q", "p").head(PANELS).iter_rows(named=True))
    if found:
        return found
    tested = rows.filter(pl.col("signal").is_not_null())
    order = [pl.col("level") == "all", pl.col("n")]
    return list(
        tested.sort([*order, "code", "measure"], descending=[True, True, False, False])
        .head(PANELS)
        .iter_rows(named=True)
    )


def _overview(axes: "Axes", rows: "pl.DataFrame", lang: str) -> None:
    """Draw the groups with the highest statistic, each with its interval."""
    import polars as pl

    tested = rows.filter(pl.col("signal").is_not_null())
    keys = ["signal", "statistic", "code", "measure"]
    top = tested.sort(keys, descending=[True, True, False, False]).head(MOST)
    labels = []
    for at, row in enumerate(top.iter_rows(named=True)):
        colour = _SIGN if row["signal"] else _QUIET
        axes.plot((row["low"], row["high"]), (at, at), color=colour, lw=1.6)
        axes.plot(row["statistic"], at, "o", color=colour, ms=4)
        axes.plot(row["reference"], at, "|", color="black", ms=9)
        labels.append(f"{place_of(row, lang)} {measure_word(row, lang)}")
    axes.set_yticks(range(len(labels)), labels=[_cut(label) for label in labels])
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.tick_params(labelsize=6.5)
    axes.invert_yaxis()
    if top.get_column("missing").null_count() < top.height:
        axes.set_xscale("log")
    shown = f"{top.height} / {tested.height}"
    said, mark = word("screen", "overview", lang), word("screen", "reference", lang)
    axes.set_title(
        f"{said} ({shown})  | = {mark}",
        fontsize=8,
    )


def _cut(label: str, most: int = 46) -> str:
    label = visible(label)
    return label if len(label) <= most else label[: most - 1] + "…"


def _distribution(axes: "Axes", row: Row, tallies: "pl.DataFrame", lang: str) -> None:
    """Draw one group's counts, the others' scaled to it, and the limit."""
    import polars as pl

    mine = tallies.filter(pl.col("measure") == row["measure"])
    shape = mine.filter(pl.col("what") == "shape")
    mine = shape if shape.height else mine
    if row["user_class"] is not None:
        mine = mine.filter(pl.col("user_class") == row["user_class"])
    kind = kind_of(row)
    heap = row["missing"] is not None
    here = _here(mine, row)
    if kind == "one_payee":
        _bars(axes, here)
    else:
        _histogram(axes, here, mine.filter(pl.col("code") != row["code"]), row, lang)
    axis = "days" if heap else _AXES.get(kind, "no_yes")
    axes.set_xlabel(word("screen", axis, lang), fontsize=7)
    axes.set_ylabel(word("screen", "cases", lang), fontsize=7)
    axes.set_title(
        _cut(f"{place_of(row, lang)}：{measure_word(row, lang)}", 44),
        fontsize=8,
        parse_math=False,
    )
    axes.tick_params(labelsize=7)


def _here(mine: "pl.DataFrame", row: Row) -> "pl.DataFrame":
    import polars as pl

    if row["level"] == "all":
        return mine
    same = pl.col("utility").eq_missing(pl.lit(row["utility"], pl.String))
    return mine.filter((pl.col("code") == row["code"]) & same)


def _histogram(
    axes: "Axes", here: "pl.DataFrame", others: "pl.DataFrame", row: Row, lang: str
) -> None:
    from matplotlib.ticker import MaxNLocator

    ours, theirs = (_summed(frame) for frame in (here, others))
    if row["level"] == "all":
        theirs = {}
    heap = row["missing"] is not None
    edge = 2 * int(row["limit"]) + 5 if heap else None
    ours, theirs = (_within(counts, edge) for counts in (ours, theirs))
    axes.bar(
        list(ours),
        list(ours.values()),
        color=_OURS,
        width=0.8,
        label=word("screen", "here", lang),
    )
    _others(axes, theirs, sum(ours.values()), lang)
    if row["limit"] is not None:
        _limit(axes, row, lang)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=6.5, frameon=False)


def _others(axes: "Axes", theirs: dict[int, int], total: int, lang: str) -> None:
    """Draw the others' counts as a line, as many of them as this group has."""
    if all_others := sum(theirs.values()):
        scaled = [n * total / all_others for n in theirs.values()]
        said = word("screen", "others", lang)
        axes.plot(list(theirs), scaled, ".-", color=_OTHERS, ms=4, lw=1, label=said)


def _limit(axes: "Axes", row: Row, lang: str) -> None:
    """Draw the limit, or the threshold, and what is expected on a limit's last day."""
    heap = row["missing"] is not None
    said = word("screen", "limit" if heap else "threshold", lang)
    at = row["limit"] + 0.5 if heap else 0.5
    axes.axvline(at, color=_SIGN, lw=1.5, label=f"{said} {row['limit']:g}")
    if heap:
        label, (x, y) = (
            word("screen", "expected", lang),
            (row["limit"], row["expected"]),
        )
        axes.plot(x, y, "_", color="black", ms=12, mew=2, ls="", label=label)


def _summed(frame: "pl.DataFrame") -> dict[int, int]:
    import polars as pl

    rows = frame.group_by("bin").agg(pl.col("n").sum()).sort("bin")
    return dict(rows.iter_rows())


def _within(counts: dict[int, int], edge: int | None) -> dict[int, int]:
    return {at: n for at, n in counts.items() if edge is None or at <= edge}


def _bars(axes: "Axes", here: "pl.DataFrame") -> None:
    import polars as pl

    named = (
        here.filter(pl.col("name").is_not_null())
        .group_by("name")
        .agg(pl.col("n").sum())
    )
    top = named.sort(["n", "name"], descending=[True, False]).head(PAYEES)
    names, counts = top.get_column("name").to_list(), top.get_column("n").to_list()
    axes.bar(range(len(names)), counts, color=_OURS)
    axes.set_xticks(range(len(names)), labels=[_cut(name, 12) for name in names])
    for text in axes.get_xticklabels():
        text.set_parse_math(False)
