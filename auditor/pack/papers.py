"""Which names of documents a pack knows: those on its lists, and those it forbids."""

from auditor.pack.model import Pack

WORDED = "document_worded"  # the check whose words make a name a known one


def listed_documents(pack: Pack) -> dict[str, tuple[str, ...]]:
    """Return, for each step with a list, the names that any rule has on it."""
    lists: dict[str, dict[str, None]] = {}
    for rule in pack.rules:
        for step, names in rule.documents.items():
            lists.setdefault(step, {}).update(dict.fromkeys(names))
    return {step: tuple(names) for step, names in lists.items()}


def forbidden_words(pack: Pack) -> list[str]:
    """Return the words by which a page tells a document that nobody may ask for."""
    signs = [sign for rule in pack.rules for sign in rule.signs]
    return [str(w) for sign in signs if sign.check == WORDED for w in sign["words"]]
