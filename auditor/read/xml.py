"""How XML of untrusted origin is parsed, whatever it holds."""

from typing import Any

HARDENED = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""The options of every parser: no entity is expanded, nothing else is loaded."""


def local(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
