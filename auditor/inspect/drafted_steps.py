"""Names of steps in a drafted mapping: what they may be, and which stamp counts."""

from collections.abc import Iterator

from auditor.errors import text
from auditor.inspect.lines import LIKELY, OPEN, line, quoted
from auditor.inspect.nouns import Inspection, StepSeen
from auditor.vocabulary import UNMAPPED


def step_lines(inspection: Inspection, lang: str) -> Iterator[str]:
    """Yield a line for each name of a step that the pack does not know as it is."""
    stamped = {
        guess.column
        for file in inspection.files
        for column in file.columns
        for guess in (column.guess, column.also)
        if guess is not None
    }
    asked = [one for one in inspection.steps if _is_asked(one)]
    if asked:
        yield "[steps]"
    for one in asked:
        rule = dict(one.proposal)
        if "started_at" not in stamped and rule.get("start") == "started_at":
            rule["start"] = "finished_at"  # a layout with one stamp a node
        parts = ", ".join(f"{key} = {quoted(value)}" for key, value in rule.items())
        said = f"{one.rows:,}" if rule else f"{one.rows:,}; {text('draft.step', lang)}"
        mark, meant = (LIKELY, parts) if rule else (OPEN, 'step = ""')
        yield line(mark, quoted(one.raw), f"{{ {meant} }}", said)


def _is_asked(one: StepSeen) -> bool:
    """Say whether a step needs a line: unknown, or known with other edges."""
    edges = one.proposal.keys() & {"start", "finish"}
    return one.step == UNMAPPED or bool(edges)
