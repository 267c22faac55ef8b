"""Why nothing can be judged: each refused file, its headers, and what might help."""

from collections.abc import Iterator, Sequence

from auditor.clean.bind import Bound, columns_of
from auditor.clean.mapping import Mapping
from auditor.clean.nearby import nearest
from auditor.clean.shipped import FITTING, fits, named_for, shipped
from auditor.errors import AuditError, PackError, text
from auditor.frames import RawFile, RawTables
from auditor.pack.model import Pack

_NO_LOSS = ("not_a_table",)
_MANY = 3  # files of one reason that are named one by one


def unusable(
    lacking: Sequence[str], raw: RawTables, bound: Bound, mapping: Mapping, pack: Pack
) -> PackError:
    """Return AUD150 with a line for each file that could have filled the tables."""
    problems = [*_refused(raw), *_unbound(raw, bound, mapping, pack)]
    problems += _advice(raw, pack, mapping)
    return PackError("AUD150", problems, tables=", ".join(lacking))


def _refused(raw: RawTables) -> Iterator[AuditError]:
    """Yield the files that the reader did not hand on; many of one reason as one."""
    refused = raw.rejects.filter(kind="file").group_by("reason", maintain_order=True)
    for reason, names in refused.agg("source").iter_rows():
        if reason in _NO_LOSS:
            continue
        if len(names) <= _MANY:
            yield from (_said("AUD163", name, reason) for name in names)
        else:
            first = ", ".join(names[:_MANY])
            yield _said("AUD163", f"{first} … (+{len(names) - _MANY})", reason)


def _said(code: str, file: object, reason: str) -> AuditError:
    why = {f"why_{lang}": text(f"reject.{reason}", lang) for lang in ("zh", "en")}
    return AuditError(code, file=file, reason=reason, **why)


def _unbound(
    raw: RawTables, bound: Bound, mapping: Mapping, pack: Pack
) -> Iterator[AuditError]:
    """Yield the files that cannot fill their table, with their headers."""
    files = {file.source: file for file in raw.files}
    for reject in bound.rejects:
        file = files[str(reject["source"])]
        if reject["reason"] == "missing_column":
            yield _missing(file, str(reject["table"]), mapping, pack)
        else:
            yield _said("AUD163", reject["source"], str(reject["reason"]))


def _missing(file: RawFile, table: str, mapping: Mapping, pack: Pack) -> AuditError:
    rules = (mapping.rule_for(file), *mapping.also_for(file))
    rule = next(rule for rule in rules if rule.to == table)
    found = columns_of(file, rule, pack.tables[table])
    given = {*found, *rule.constant, *(("step",) if rule.milestones else ())}
    columns = pack.tables[table].columns.values()
    lost = [
        column for column in columns if column.required and column.name not in given
    ]
    unused = [h for at, h in enumerate(file.header) if at not in found.values()]
    near = nearest(lost, unused)
    pairs = ", ".join(f"{name} = “{header}”?" for name, header in near.items())
    return AuditError(
        "AUD164",
        file=file.source,
        table=table,
        columns=", ".join(column.name for column in lost),
        headers="、".join(file.header),
        near=pairs or "—",
    )


def _advice(raw: RawTables, pack: Pack, mapping: Mapping) -> Iterator[AuditError]:
    """Yield the shipped mapping that fits best, by headers or else by file names."""
    if mapping.digest is not None:
        return
    known = shipped(pack)
    best = next((fit for fit in fits(raw.files, known) if fit.share >= FITTING), None)
    if best is not None:
        yield AuditError(
            "AUD165", mapping=best.mapping, found=best.found, wanted=best.wanted
        )
        return
    refused = raw.rejects.filter(kind="file")["source"].to_list()
    for name in named_for(refused, ("cases", "events"), known)[:1]:
        yield AuditError("AUD166", mapping=name)
