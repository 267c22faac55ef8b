"""A declared form against a run, in the terminal."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.terminal.words import say

if TYPE_CHECKING:
    from auditor.reconcile import Reconciliation


def show_reconciliation(
    result: "Reconciliation", folder: Path, lang: str, *, as_json: bool
) -> None:
    """Print the one-page summary of a declared form against a run."""
    from auditor.reconcile import OUTPUTS, page

    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False))
        return
    print(page(result, lang))
    print()
    say("cell.written", lang, folder=folder, files=" ".join(OUTPUTS))
