"""``figures/heatmap``: places × indicators, in colours that everyone can tell apart."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import fsops
from auditor.vocabulary import STATUSES
from auditor.write.board import SYMBOLS, Board, board
from auditor.write.results import Results
from auditor.write.screenfigures import screen_figures
from auditor.write.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 300  # rows of one picture; beyond it the picture shows cities
# Okabe and Ito's palette: told apart with any kind of colour vision.
_COLOURS = {
    "met": "#0072B2",
    "attested_met": "#56B4E9",
    "not_met": "#D55E00",
    "attested_not_met": "#E69F00",
    "undetermined": "#F0E442",
    "no_cases": "#DDDDDD",
    "not_attested": "#AAAAAA",
}
_NARROWEST = 9.0  # inches that the legend takes
_DARK = frozenset({"met", "not_met"})
_SIGNS = SYMBOLS | {"not_met": "×", "attested_not_met": "×*", "undetermined": "?"}
_NAMES = ("heatmap.png", "heatmap.svg")


def write_figures(results: Results, folder: Path) -> None:
    """Draw the heat map as PNG and SVG, and a PNG a screen; equal runs, equal bytes.

    A run without indicators or without any place has no heat map, a screen that
    tested nothing no picture.
    """
    shown = board(results)
    if len(shown.places) > MOST:
        shown = board(results, "city")
    has_map = bool(shown.places and shown.indicators)
    if not has_map and results.screens is None:
        return
    from matplotlib import rc_context

    from auditor.fonts import use_chinese_font

    target = folder / "figures"
    with rc_context({"svg.hashsalt": "auditor"}), warnings.catch_warnings():
        # A character that the font lacks is drawn as a box; that is no failure.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        lang = "zh" if use_chinese_font() else "en"
        if has_map:
            figure = _draw(shown, lang)
            for name in _NAMES:
                _save(figure, target / name)
        for name, screen in screen_figures(results, lang).items():
            _save(screen, target / f"{name}.png")


def _save(figure: "Figure", path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    for axes in figure.get_axes():
        # What lies inside the axes moves nothing: the layout need not measure it.
        for artist in (*axes.patches, *axes.lines, *axes.texts):
            artist.set_in_layout(False)
    with fsops.atomic(path) as temporary:
        figure.savefig(temporary, metadata=_METADATA[path.suffix[1:]])


_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}


def _draw(shown: Board, lang: str) -> "Figure":
    from matplotlib.figure import Figure

    across, down = len(shown.indicators), len(shown.places)
    size = (max(_NARROWEST, 3.6 + 0.34 * across), 2.3 + 0.30 * down)
    figure = Figure(figsize=size, dpi=110, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlim(0, across)
    axes.set_ylim(down, 0)
    for row in range(down):
        _row(axes, shown, row)
    _labels(axes, shown, lang)
    figure.suptitle(word("figure", "title", lang), fontsize=13)
    _legend(figure, lang)
    return figure


def _row(axes: "Axes", shown: Board, row: int) -> None:
    from matplotlib.patches import Rectangle

    for column, one in enumerate(shown.indicators):
        cell = shown.cell(shown.places[row], one)
        status = None if cell is None else str(cell["status"])
        colour = "#FFFFFF" if status is None else _COLOURS[status]
        patch = Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="white")
        axes.add_patch(patch)
        if status is not None:
            axes.text(
                column + 0.5,
                row + 0.52,
                _SIGNS[status],
                ha="center",
                va="center",
                fontsize=10,
                color="white" if status in _DARK else "black",
            )


def _labels(axes: "Axes", shown: Board, lang: str) -> None:
    numbers = [f"{'*' if one.star else ''}{one.number}" for one in shown.indicators]
    names = [
        place.name if lang == "zh" else f"{place.level} {place.code}"
        for place in shown.places
    ]
    axes.set_xticks([at + 0.5 for at in range(len(numbers))], labels=numbers)
    axes.set_yticks([at + 0.5 for at in range(len(names))], labels=names)
    for text in axes.get_yticklabels():
        text.set_parse_math(False)  # a name with $ is a name, not a formula
    axes.tick_params(length=0, labelsize=8, labeltop=True, labelbottom=False)
    for side in axes.spines.values():
        side.set_visible(False)


def _legend(figure: "Figure", lang: str) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(
            facecolor=_COLOURS[status],
            label=f"{_SIGNS[status]} {word('status', status, lang)}",
        )
        for status in STATUSES
    ]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        frameon=False,
        fontsize=8,
    )
