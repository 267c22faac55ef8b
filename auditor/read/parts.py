"""XML parts of an office package: their elements, relations and texts, streamed."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from auditor.read.job import Refused
from auditor.read.xml import HARDENED, local
from auditor.read.zipped import Package, Part

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def targets(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part: id to kind and path of the target."""
    folder, _, name = part.rpartition("/")
    path = f"{folder}/_rels/{name}.rels".lstrip("/")
    if path not in package:
        return {}
    found = {}
    for _, link in elements(package, path, "Relationships", ("Relationship",)):
        if link.get("TargetMode") == "External":
            continue
        target = link.get("Target") or ""
        kind = (link.get("Type") or "").rpartition("/")[2]
        whole = target if target.startswith("/") else f"{folder}/{target}"
        found[link.get("Id")] = (kind, posixpath.normpath(whole).lstrip("/"))
    return found


def elements(
    package: Package, part: str, root: str, names: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    """Yield the elements of these local names, each complete, then drop them.

    Raises:
        Refused: bad_xml, doctype, not_a_workbook if the root has another name.
    """
    with package.part(part) as stream:
        for step, name, element in walk(stream, root, names):
            if step == "end":
                yield name, element
                drop(element)


def walk(
    stream: Part, root: str, names: tuple[str, ...]
) -> Iterator[tuple[str, str, Any]]:
    """Yield ``start`` or ``end``, local name and element of a part, as it is read."""
    try:
        context = etree.iterparse(
            stream,
            events=("start", "end"),
            tag=[f"{{*}}{name}" for name in (root, *names)],
            **HARDENED,
        )
        is_first = True
        for step, element in context:
            name = local(element)
            if is_first:
                _check_root(stream, element, root)
            is_first = False
            if name != root:
                yield step, name, element
        if is_first:
            raise Refused("not_a_workbook", stream.name)
    except etree.XMLSyntaxError as error:
        said = f"{stream.name}: {error.msg}"
        raise Refused("bad_xml", said, row=error.lineno) from error


def _check_root(stream: Part, element: Any, root: str) -> None:  # noqa: ANN401
    if local(element) != root or element.getparent() is not None:
        raise Refused("not_a_workbook", f"{stream.name}: {local(element)}")
    if element.getroottree().docinfo.doctype:
        raise Refused("doctype", stream.name)


def drop(element: Any) -> None:  # noqa: ANN401 - lxml has no types
    """Free an element that is done with, and what stands before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def rich(item: Any) -> str:  # noqa: ANN401 - lxml has no types
    """Return the text of a string item without the readings of its characters."""
    parts = []
    for child in item:
        name = local(child)
        inner = [child] if name == "t" else list(child) if name == "r" else []
        parts += [one.text or "" for one in inner if local(one) == "t"]
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """Return text in which the format's ``_x000A_`` are the characters they mean.

    Raises:
        Refused: bad_xml, for one half of a character.
    """
    if "_x" not in text:
        return text
    whole = _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), text)
    try:
        return whole.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise Refused("bad_xml", text) from error
