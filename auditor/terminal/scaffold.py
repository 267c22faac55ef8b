"""What was written for a new rule, and what is left to do."""

import json
from typing import TYPE_CHECKING

from auditor.terminal.words import say

if TYPE_CHECKING:
    from auditor.scaffold import NewRule


def show_new_rule(made: "NewRule", lang: str, *, as_json: bool) -> None:
    """Print the files that were written and what a person has to fill in."""
    if as_json:
        told = {
            "rule_id": made.rule_id,
            "page": str(made.page),
            "files": [str(one) for one in made.files],
            "examples": made.examples,
            "listed": made.listed,
        }
        print(json.dumps(told, ensure_ascii=False))
        return
    say("new.page", lang, page=made.page, n=made.examples)
    for path in made.files:
        say("new.file", lang, file=path)
    say("new.fill", lang)
    if made.listed is False:
        say("new.unlisted", lang, rule=made.rule_id)
