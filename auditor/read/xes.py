"""An XES log as two staged tables: traces as ``cases``, events as ``events``."""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from auditor.read.job import SHOWN, Answer, Job, Refused, Staged
from auditor.read.names import clean_name, lost_cell
from auditor.read.stage import RejectLog
from auditor.read.union import UnionWriter
from auditor.read.xml import HARDENED, local

CASE = "case:concept:name"
_VALUES = frozenset(
    {"string", "date", "int", "float", "boolean", "id", "list", "container"}
)
_TAG = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?:[A-Za-z_][\w.-]*:)?(trace|event)(?=[\s/>])",
    re.DOTALL,
)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(slots=True)
class _Log:
    """What is gathered while the log is read."""

    cases: UnionWriter
    events: UnionWriter
    rejects: RejectLog
    job: Job
    seen: int = 0  # events, in the order of the file
    ignored: int = 0  # attributes nested deeper than one level, or without a key
    held: list[tuple[int, dict[str, str]]] = field(default_factory=list)


def read_file(job: Job) -> Answer:
    """Read trace by trace; both counts must equal a count of tags in the bytes.

    Raises:
        Refused: doctype, bad_xml (with its line), not_xes, too_deep, nested_trace,
            too_many_columns or count_mismatch.
    """
    traces, events = _count_tags(Path(job.path))
    rejects = RejectLog(Path(f"{job.out}.rejects.parquet"), job.limits.rejects)
    log = _Log(
        UnionWriter(Path(f"{job.out}.cases"), job.limits.columns),
        UnionWriter(Path(f"{job.out}.events"), job.limits.columns),
        rejects,
        job,
    )
    encoding = _walk(log)
    tables = (
        Staged("cases", *log.cases.finish(("concept:name",)), traces, log.cases.rows),
        Staged("events", *log.events.finish((CASE,)), events, log.events.rows),
    )
    if log.ignored:
        rejects.cell(None, None, str(log.ignored), "ignored_attributes")
    path = rejects.close()
    if (traces, events) != (log.cases.rows, log.events.rows + rejects.rows):
        read = f"{log.cases.rows} / {log.events.rows} + {rejects.rows}"
        raise Refused("count_mismatch", f"{traces} / {events} <> {read}")
    return Answer("xes", tables, encoding, None, path)


def _count_tags(path: Path) -> tuple[int, int]:
    """Count the start tags of traces and events without a parser.

    Raises:
        Refused: doctype, with the offset of the declaration.
    """
    counts = {b"trace": 0, b"event": 0}
    with (
        path.open("rb") as handle,
        mmap.mmap(handle.fileno(), 0, prot=mmap.PROT_READ) as data,
    ):
        if found := _DECLARATION.search(data):
            raise Refused("doctype", byte_offset=found.start())
        for tag in _TAG.finditer(data):
            if name := tag.group(1):
                counts[name] += 1
    return counts[b"trace"], counts[b"event"]


def _walk(log: _Log) -> str | None:
    """Feed every trace and event to the log; return the declared encoding."""
    encoding: str | None = None
    try:
        # A start handler sees the root before anything inside it has been built.
        context = etree.iterparse(
            log.job.path,
            events=("start", "end"),
            **HARDENED,
        )
        depth = 0
        for step, element in context:
            if step == "start":
                depth += 1
                if depth == 1:
                    encoding = _check_root(element)
                elif depth > log.job.limits.nesting:
                    raise Refused("too_deep", row=element.sourceline)
                continue
            depth -= 1
            _end(log, element, depth)
    except etree.XMLSyntaxError as error:
        raise Refused("bad_xml", error.msg, row=error.lineno) from error
    return encoding


def _check_root(element: Any) -> str | None:  # noqa: ANN401 - lxml has no types
    info = element.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise Refused("doctype")
    if local(element) != "log":
        raise Refused("not_xes", str(element.tag))
    return str(info.encoding) if info.encoding else None


def _end(log: _Log, element: Any, depth: int) -> None:  # noqa: ANN401 - lxml has no types
    name = local(element)
    if name == "event":
        _event(
            log,
            element,
            is_in_trace=depth == 2 and local(element.getparent()) == "trace",
        )
    elif name == "trace":
        if depth != 1:
            raise Refused("nested_trace", row=element.sourceline)
        _trace(log, element)
    if name in {"event", "trace"} or depth == 1:
        element.clear(keep_tail=False)
    if depth == 1:
        root = element.getparent()
        while root.index(element):
            del root[0]


def _event(log: _Log, element: Any, *, is_in_trace: bool) -> None:  # noqa: ANN401
    log.seen += 1
    if is_in_trace:
        log.held.append((log.seen, _attributes(log, element, log.seen, "events")))
    else:
        shown = etree.tostring(element, encoding="unicode")[:SHOWN]
        log.rejects.row(log.seen, "event_outside_trace", shown, table="events")


def _trace(log: _Log, element: Any) -> None:  # noqa: ANN401 - lxml has no types
    events, log.held = log.held, []
    number = log.cases.rows + 1
    case = _attributes(log, element, number, "cases")
    log.cases.add(number, case)
    name = case.get("concept:name", "")
    for place, event in events:
        log.events.add(place, {CASE: name, **event})


def _attributes(log: _Log, element: Any, number: int, table: str) -> dict[str, str]:  # noqa: ANN401
    """Return the attributes of a trace or event, nested ones as ``parent:child``.

    A key that comes twice is ambiguous and an over-long value is no value: the cell is
    logged and handed on as lost.
    """
    cells: dict[str, str] = {}
    for key, value in _pairs(log, element):
        reason = None
        if key in cells or key == CASE:
            reason = "duplicate_attribute"
        elif len(value) > log.job.limits.field_bytes:
            reason = "field_too_long"
        if reason:
            log.rejects.cell(number, key, value, reason, table=table)
            value = lost_cell(number, is_key=key in log.job.keys)
        cells[key] = value
    cells.pop(CASE, None)
    return cells


def _pairs(log: _Log, element: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for child in element:
        name, key = local(child), child.get("key")
        if name in {"event", "trace"}:
            continue
        if name not in _VALUES or not key:
            log.ignored += 1
            continue
        value = child.get("value")
        if value is not None:
            yield clean_name(key), value
        for inner in child:
            inner_key, inner_value = inner.get("key"), inner.get("value")
            if inner_key and inner_value is not None:
                yield f"{clean_name(key)}:{clean_name(inner_key)}", inner_value
            else:
                log.ignored += 1
            log.ignored += sum(1 for _ in inner.iterdescendants())
