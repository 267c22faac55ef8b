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
    if not layout_path.is_file():
        return
    from auditor.write.forms import annex2, todo
    from auditor.write.forms.layout import load_layout

    target = folder / "forms"
    target.mkdir(exist_ok=True)
    layout = load_layout(layout_path)
    if results.has_roster:
        lines = annex2.write_annex2(results, layout, target)
    else:
        lines = [todo.no_roster(layout.words["id"])]
    todo.write_todo(lines, target / "todo.csv")
