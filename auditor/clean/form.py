"""Read ``form.toml`` of the dossier: who fills in the form, for whom, and when."""

from auditor.clean.page import open_page
from auditor.errors import PackError
from auditor.frames import FORM_TABLE, RawTables

KEYS = ("province", "filler", "phone", "reviewer", "date")


def read_form(raw: RawTables) -> dict[str, str]:
    """Return the form's lines as text; absent keys are absent, no file is empty.

    Raises:
        PackError: AUD140, with every unknown key and every value that is no text.
        AuditError: AUD141 if the file is no TOML.
    """
    file = next((file for file in raw.files if file.table == FORM_TABLE), None)
    if file is None:
        return {}
    page, tree = open_page(file.staged, file.source, "AUD141")
    page.known(tree, KEYS)
    lines: dict[str, str] = {}
    for key in KEYS:
        value = tree.get(key)
        if hasattr(value, "isoformat"):
            lines[key] = value.isoformat()
        elif value is not None and (text := page.string(tree, key)) is not None:
            lines[key] = text.strip()
    if page.problems:
        raise PackError("AUD140", page.problems, file=file.source)
    return lines
