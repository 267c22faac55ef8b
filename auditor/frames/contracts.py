"""The contracts of frames, checked for real: columns in order, laws on their values."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from auditor.errors import AuditError
from auditor.frames.columns import (
    FINDINGS,
    FIRST_DAY,
    LAST_DAY,
    LOST,
    NOTES,
    REJECTS,
    ROLLUP,
    SCREENS,
    STEPS,
    UNREAD,
    Dtype,
    dtypes,
    reject_reasons,
)
from auditor.pack.model import Pack
from auditor.vocabulary import COHORTS, STATUSES, VERDICTS

if TYPE_CHECKING:
    from pandera.polars import DataFrameSchema


def schema(
    name: str,
    kinds: Mapping[str, Dtype | None],
    laws: Mapping[str, pl.Expr],
    *,
    exact: bool = True,
) -> "DataFrameSchema":
    """Return the contract of a frame: its columns in order, and laws on its values.

    An inexact contract names the columns that must be there and allows others.

    A law is an expression that is true in every row (null passes). Columns and laws
    are one check, since one check a column costs more than the rest of a small run.
    """
    import pandera.polars as pa  # half a second that only a run pays

    def keeps(data: pa.PolarsData) -> bool:
        frame = data.lazyframe
        return not (_misfits(frame, kinds, exact=exact) or _broken(frame, laws))

    return pa.DataFrameSchema(
        checks=[pa.Check(keeps, name="contract")],
        name=name,
        metadata={"laws": laws, "kinds": kinds, "exact": exact},
    )


def _misfits(
    frame: pl.LazyFrame, kinds: Mapping[str, Dtype | None], *, exact: bool
) -> list[str]:
    """Name the columns that are absent, of another type, or where they must not be."""
    found = frame.collect_schema()
    wrong = [
        name
        for name, kind in kinds.items()
        if name not in found or (kind is not None and found[name] != kind)
    ]
    if exact and not wrong and [*found] != [*kinds]:
        wrong = [name for name in found if name not in kinds] or [*found]
    return wrong


def _broken(frame: pl.LazyFrame, laws: Mapping[str, pl.Expr]) -> list[str]:
    """Name the laws that do not hold in every row."""
    told = frame.select(law.all().alias(name) for name, law in laws.items())
    (row,) = told.collect(engine="in-memory").rows(named=True)
    return [name for name, holds in row.items() if not holds]


def check(frame: pl.DataFrame, contract: "DataFrameSchema") -> pl.DataFrame:
    """Return the frame if it keeps its contract, values included.

    Only a collected frame is taken: on a lazy one the values would go unchecked.

    Raises:
        AuditError: AUD190 (internal), naming the frame and what is broken.
        TypeError: for anything but a collected frame.
    """
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    if not isinstance(frame, pl.DataFrame):
        raise TypeError(type(frame))
    depth = ValidationDepth.SCHEMA_AND_DATA
    try:
        with config_context(validation_enabled=True, validation_depth=depth):
            contract.validate(frame, lazy=True)
    except SchemaErrors as errors:
        said = contract.metadata or {}
        lazy = frame.lazy()
        broken = _misfits(lazy, said["kinds"], exact=said["exact"])
        try:
            broken += _broken(lazy, said["laws"])
        except pl.exceptions.PolarsError as error:
            broken.append(str(error).partition("\n")[0])
        raise AuditError(
            "AUD190", frame=contract.name, laws=", ".join(broken)
        ) from errors
    return frame


def canonical_schema(pack: Pack, table: str) -> "DataFrameSchema":
    """Return the contract of a typed table: closed words, real days, keys present."""
    laws: dict[str, pl.Expr] = {
        "_row": pl.col("_row") >= 1,
        "_source": pl.col("_source").is_not_null(),
        "_bad": pl.col("_bad").is_not_null(),
    }
    for name, column in pack.tables[table].columns.items():
        cell = pl.col(name)
        if column.type == "word":
            laws[name] = cell.is_in(column.words)
        elif column.type == "date":
            clock = pl.col(f"{name}_tod")
            laws[name] = cell.is_between(FIRST_DAY, LAST_DAY)
            laws[f"{name}_tod"] = clock.is_null() | (
                clock.is_between(0, 86_399) & cell.is_not_null()
            )
        elif column.type == "number":
            laws[name] = cell.is_finite()
        elif name == "step":
            laws[name] = cell.is_in(pack.steps.order) & cell.is_not_null()
        elif name == "case_id" and column.required:
            laws[name] = cell.is_not_null() & (cell != "")
    return schema(table, dtypes(pack.tables[table]), laws)


def rejects_schema() -> "DataFrameSchema":
    """Return the contract of rejects: a known kind and reason, and a place.

    A rejected row or cell names its source, table and row, a cell also its column.
    """
    kind, reason = pl.col("kind"), pl.col("reason")
    whole = kind == "file"
    laws = {
        "kind": kind.is_in(("file", "row", "cell")) & kind.is_not_null(),
        "reason": reason.is_in(reject_reasons()) & reason.is_not_null(),
        "source": pl.col("source").is_not_null(),
        "row": whole | pl.col("row").is_not_null(),
        "column": (kind != "cell") | pl.col("column").is_not_null(),
    }
    return schema("rejects", REJECTS, laws)


def verdicts_schema(rules: Sequence[str]) -> "DataFrameSchema":
    """Return the contract of verdicts: a row a case, a word and a reason a rule."""
    head = ("case_id", "county_code", "utility")
    kinds: dict[str, Dtype | None] = dict.fromkeys(head, pl.String)
    kinds |= {"user_class": None, "submitted_on": pl.Date, "energised_on": pl.Date}
    kinds["cohort"] = pl.Enum(COHORTS)
    laws = {
        "case_id": pl.col("case_id").is_not_null(),
        "unique": pl.col("case_id").is_unique(),
        "cohort": pl.col("cohort").is_in(COHORTS) & pl.col("cohort").is_not_null(),
    }
    for rule in rules:
        word, reason = pl.col(rule), pl.col(f"{rule}_reason")
        kinds |= {rule: pl.Enum(VERDICTS), f"{rule}_reason": None}
        laws[rule] = word.is_not_null()
        laws[f"{rule}_reason"] = (word == "pass") | reason.is_not_null()
    return schema("verdicts", kinds, laws)


def facts_schema(pack: Pack) -> "DataFrameSchema":
    """Return the contract of facts: a row a case; days never negative nor out of order.

    A single known value lies between its bounds, which are equal to it.
    """
    kinds: dict[str, Dtype | None] = {"case_id": pl.String, "end_state": None}
    laws: dict[str, pl.Expr] = {"case_id": pl.col("case_id").is_unique()}
    for name in pack.window_ids:
        days, low, high = (pl.col(f"{name}_wd{part}") for part in ("", "_lo", "_hi"))
        kinds |= {
            f"{name}_wd": pl.Int32,
            f"{name}_wd_lo": pl.Int32,
            f"{name}_wd_hi": pl.Int32,
        }
        laws[f"{name}_wd"] = days.is_null() | (
            (days >= 0) & (days == low) & (days == high)
        )
        laws[f"{name}_wd_lo"] = low.is_null() | (
            (low >= 0) & (high.is_null() | (low <= high))
        )
    return schema("facts", kinds, laws, exact=False)


def findings_schema() -> "DataFrameSchema":
    """Return the contract of findings: a known verdict, never a pass."""
    verdict = pl.col("verdict")
    return schema("findings", FINDINGS, {"verdict": verdict.is_in(VERDICTS[1:])})


def projects_schema(rules: Sequence[str]) -> "DataFrameSchema":
    """Return the contract of projects: a row a project, a word and a reason a rule."""
    kinds: dict[str, Dtype | None] = dict.fromkeys(
        ("project_id", "county_code"), pl.String
    )
    laws = {
        "project_id": pl.col("project_id").is_not_null(),
        "unique": pl.col("project_id").is_unique(),
    }
    for rule in rules:
        word, reason = pl.col(rule), pl.col(f"{rule}_reason")
        kinds |= {rule: None, f"{rule}_reason": None}
        laws[rule] = word.cast(pl.String).is_in(VERDICTS) & word.is_not_null()
        laws[f"{rule}_reason"] = (word == "pass") | reason.is_not_null()
    return schema("projects", kinds, laws)


def lost_schema(pack: Pack) -> "DataFrameSchema":
    """Return the contract of losses: a case, and a table of the pack, read or not."""
    table = pl.col("table").str.strip_suffix(UNREAD)
    laws = {
        "case_id": pl.col("case_id").is_not_null(),
        "table": table.is_in([*pack.tables]) & table.is_not_null(),
    }
    return schema("lost", LOST, laws)


def notes_schema() -> "DataFrameSchema":
    """Return the contract of notes: what was noticed, in which file."""
    named = pl.all_horizontal(pl.col("note", "source").is_not_null())
    return schema("notes", NOTES, {"note": named})


def steps_schema(pack: Pack) -> "DataFrameSchema":
    """Return the contract of source steps: each once, with a step of the pack."""
    laws = {
        "raw_step": pl.col("raw_step").is_not_null(),
        "step": pl.col("step").is_in(pack.steps.order) & pl.col("step").is_not_null(),
        "rows": pl.col("rows") >= 1,
    }
    return schema("steps", STEPS, laws)


def rollup_schema() -> "DataFrameSchema":
    """Return the contract of the rollup: counts from 0 up, known words, real rates."""
    laws = {word: pl.col(word).is_not_null() & (pl.col(word) >= 0) for word in VERDICTS}
    laws["doubtful"] = pl.col("doubtful").is_between(0, pl.col("pass"))
    laws["status"] = pl.col("status").is_in(STATUSES) & pl.col("status").is_not_null()
    laws["level"] = pl.col("level").is_in(("county", "city", "province"))
    laws |= {name: pl.col(name).is_between(0, 1) for name in ("rate", "coverage")}
    return schema("rollup", ROLLUP, laws)


def screens_schema() -> "DataFrameSchema":
    """Return the contract of screens: a tested row has all its figures, no other any.

    Bounds enclose the statistic, chances lie from 0 to 1, and whoever was not tested
    says why.
    """
    tested, reason = pl.col("signal").is_not_null(), pl.col("reason")
    figures = [pl.col(n).is_not_null() for n in ("statistic", "low", "high", "p", "q")]
    statistic = pl.col("statistic")
    laws = {
        "n": pl.col("n").is_not_null() & (pl.col("n") >= 0),
        "level": pl.col("level").is_in(("county", "all")),
        "reason": tested == reason.is_null(),
        "figures": ~tested | pl.all_horizontal(figures),
        "low": pl.col("low") <= statistic * (1 + 1e-9) + 1e-9,
        "high": statistic <= pl.col("high") * (1 + 1e-9) + 1e-9,
        **{name: pl.col(name).is_between(0, 1) for name in ("p", "q")},
    }
    return schema("screens", SCREENS, laws)
