"""What a person still has to supply before a form can be sent: ``forms/todo.csv``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from auditor import errors

if TYPE_CHECKING:
    from auditor.write.forms.grid import Gap
    from auditor.write.forms.layout import HeadLine

BLOCKING = frozenset({"missing", "no_period", "no_roster", "other_province"})
_LEVELS = ("form", "province", "city", "county")


class Todo(NamedTuple):
    """One line of ``todo.csv``; ``indicator`` is empty for the form as a whole."""

    form: str
    level: str
    code: str
    name: str
    indicator: str
    title: str
    status: str
    what_zh: str
    what_en: str


def of_gap(form: str, gap: "Gap") -> Todo:
    """Return the line for one cell."""
    one = gap.indicator
    place = (form, gap.level, gap.code, gap.name, one.id, one.title_zh)
    return Todo(*place, gap.status, *_advice(gap.what, text=gap.text))


def of_field(form: str, line: "HeadLine", key: str) -> Todo:
    """Return the line for a field under the title that ``form.toml`` leaves out."""
    label = line.label.rstrip(":：")
    return Todo(
        form, "form", "", "", "", label, "missing", *_advice("field", entry=key)
    )


def of_form(form: str, what: str, **fields: object) -> Todo:
    """Return a line about the form as a whole."""
    return Todo(form, "form", "", "", "", "", what, *_advice(what, **fields))


def of_cell(
    form: str, place: tuple[str, str, str], title: str, what: str, **fields: object
) -> Todo:
    """Return a line about a cell that no indicator stands for; place as in a gap."""
    return Todo(form, *place, "", title, "missing", *_advice(what, **fields))


def no_roster(form: str) -> Todo:
    """Return the line that says why there is no form at all."""
    return of_form(form, "no_roster")


def _advice(what: str, **fields: object) -> tuple[str, str]:
    key = f"todo.{what}"
    return errors.text(key, "zh", **fields), errors.text(key, "en", **fields)


def write_todo(lines: Sequence[Todo], path: Path) -> None:
    """Write the list: form by form, its own fields first, then cells by place."""
    import polars as pl

    from auditor.write.tables import write_csv

    frame = pl.DataFrame(
        sorted(
            lines, key=lambda line: (line.form, _LEVELS.index(line.level), line[2:])
        ),
        schema=dict.fromkeys(Todo._fields, pl.String),
        orient="row",
    )
    write_csv(frame, path)
