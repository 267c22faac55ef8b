"""Which names a pack knows: documents on its lists or forbidden, and charges."""

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


def listed_charges(pack: Pack) -> list[str]:
    """Return the items of charges on either list of the pack; none without a table."""
    cost = pack.cost
    return (
        []
        if cost is None or cost.table is None
        else [*cost.counting, *cost.not_counting]
    )
