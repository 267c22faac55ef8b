"""Sentences of the message table, said in the asked language."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from auditor.errors import text
from auditor.terminal.tables import cell

MOST = 20  # rows of a list in the terminal; the files hold all


def say(key: str, lang: str, **fields: object) -> None:
    """Print one message of the table."""
    print(text(key, lang, **fields))


def say_below(depth: int, key: str, lang: str, **fields: object) -> None:
    """Print one message of the table, two columns further in a level of depth."""
    print("  " * depth + text(key, lang, **fields))


def headings(names: Iterable[str], lang: str) -> list[str]:
    """Return the headings of a table's columns."""
    return [text(f"ui.{name}", lang) for name in names]


def more(found: int, file: str, lang: str) -> None:
    """Say how many rows a list leaves out, and which file has them."""
    if found > MOST:
        say("ui.more", lang, n=found - MOST, file=file)


def progress_in(lang: str) -> Callable[[str], None]:
    """Return what prints one line a stage on stderr, in the asked language."""

    def progress(stage: str) -> None:
        name, _, which = stage.partition(" ")
        said = text(f"ui.stage_{name}", lang, which=which)
        print(f"· {said}", file=sys.stderr, flush=True)

    return progress


def named(group: str, name: str, lang: str) -> str:
    """Return the word for a fact; a fact of a pack's own goes by its id."""
    found = text(f"{group}.{name}", lang)
    return name if found == f"{group}.{name}" else found


def parts_of(facts: Iterable[str], lang: str) -> str:
    """Return the words for the parts of a rule, as one enumeration."""
    return text("ui.comma", lang).join(named("part", fact, lang) for fact in facts)


def reason_of(reason: str, lang: str, **fields: object) -> str:
    """Return the sentence for a reason; some name a column of the population."""
    for kind in ("outside", "missing"):
        if reason.startswith(f"{kind}_"):
            return text(f"reason.{kind}", lang, column=reason.removeprefix(f"{kind}_"))
    return text(f"reason.{reason}", lang, **fields)


def why(finding: dict[str, Any], lang: str) -> str:
    """Return the sentence for a finding's reason, its figures filled in."""
    return reason_of(
        finding["reason"],
        lang,
        measured=cell(finding["measured"]),
        limit=cell(finding["limit"]),
        parts=parts_of(str(finding.get("parts") or "").split(";"), lang),
    )
