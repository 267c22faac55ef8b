"""What mutation testing found, in the terminal: a line a page, then who survived."""

import json
from typing import TYPE_CHECKING

from auditor.errors import text
from auditor.terminal.tables import table
from auditor.terminal.words import say, say_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auditor.mutation import Mutation, Trial


def show_mutations(found: "Sequence[Mutation]", lang: str, *, as_json: bool) -> None:
    """Print what was found in each pack."""
    if as_json:
        print(json.dumps([one.to_json() for one in found], ensure_ascii=False))
        return
    for one in found:
        _show(one, lang)


def _show(found: "Mutation", lang: str) -> None:
    said = found.to_json()
    left = sum(len(one.survivors) for one in found.trials)
    say(
        "mutate.title",
        lang,
        pack=found.pack,
        version=found.version,
        total=said["total"],
        killed=said["killed"],
        accepted=said["total"] - said["killed"] - left,
        left=left,
    )
    head = [text("ui.rule", lang), text("mutate.killed", lang)]
    table(
        [*head, text("mutate.page", lang)],
        ([t.rule_id, f"{t.killed}/{t.total}", t.page] for t in found.trials),
    )
    for trial in found.trials:
        _show_trial(trial, lang)
    if found.untried:
        say("mutate.untried", lang, pages=" ".join(found.untried))
    if found.inherited:
        say("mutate.inherited", lang, pages=" ".join(found.inherited))
    if not found.clean:
        say("mutate.write", lang)


def _show_trial(trial: "Trial", lang: str) -> None:
    """Print what nobody noticed in a page, and what need not be noticed."""
    if not (trial.survivors or trial.accepted or trial.stale):
        return
    print(f"\n{trial.rule_id}")
    for change in trial.survivors:
        say_below(1, "mutate.survivor", lang, change=change)
    for one in trial.accepted:
        say_below(1, "mutate.accepted", lang, change=one.change, why=one.why)
    for change in trial.stale:
        say_below(1, "mutate.stale", lang, change=change)
