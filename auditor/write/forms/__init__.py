"""Fill the official forms of a pack and list what a person still has to supply."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.write.results import Results


def write_forms(results: "Results", folder: Path) -> None:
    """Write ``forms/`` if the pack has a form; a pack without forms writes none.

    Without a roster there is no annex 2 (nobody knows how many counties there are):
    ``forms/todo.csv`` then says so.
    """
    layout_path = results.pack_folder / "forms" / "annex2.toml"
    counted = results.benefit_form is not None and results.benefits is not None
    if not layout_path.is_file() and not counted:
        return
    from auditor.write.forms import annex2, annex3, todo
    from auditor.write.forms.layout import load_layout

    target = folder / "forms"
    target.mkdir(exist_ok=True)
    lines = []
    if layout_path.is_file():
        layout = load_layout(layout_path)
        if results.has_roster:
            lines += annex2.write_annex2(results, layout, target)
        else:
            lines.append(todo.no_roster(layout.words["id"]))
    if counted:
        lines += annex3.write_annex3(results, target)
    todo.write_todo(lines, target / "todo.csv")
