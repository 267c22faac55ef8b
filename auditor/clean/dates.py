"""Read dates by a written grammar: patterns on ASCII digits, then the calendar.

Without a declaration a cell is a date if it is one of ``2021-03-01``, ``2021/3/1``,
``20210301``, ``2021年3月1日``, alone or followed by one blank or ``T`` and
``HH:MM[:SS[.fraction]]`` and perhaps an offset (``Z``, ``+08:00``, ``+0800``), which is
converted to the zone. Hours end at 23, minutes and seconds at 59, years run from 1990
to 2100. Fractions are cut off, never rounded. Everything else is unreadable (rule 1).
"""

from datetime import date

import polars as pl

from auditor.clean.dateforms import CALENDARS, EPOCHS, DateForms, Form, forms

DAY = 86_400
EPOCH = date(1970, 1, 1)
YEARS = (1990, 2100)
_END = (YEARS[1], 12, 31)
MANY = 1024  # below this, looking for repeated values costs more than it saves

FAST = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
SERIAL = r"^([0-9]{5})(\.[0-9]{1,15})?$"


def parse(values: pl.Series, rules: DateForms) -> pl.DataFrame:
    """Return ``day`` (local Date), ``tod`` (seconds of that day) and ``aware``.

    One row a value; ``day`` is null where the value is null or unreadable, ``tod``
    null also for a bare date, ``aware`` true where an offset was given.
    """
    text = values.alias("text").to_frame()
    gate = pl.col("text").str.contains(FAST)
    if rules.calendar != "gregorian":
        gate = pl.when(pl.col("text").is_not_null()).then(pl.lit(value=False))
    fast = text.select(gate.alias("text")).to_series()
    if fast.all(ignore_nulls=True):
        return _clocked(text.select(_stamp(pl.col("text"))).select(_split()))
    rest = (~fast).fill_null(value=False)
    slow = _distinct(text.filter(rest).to_series(), rules)
    if slow.height == text.height:
        return _clocked(slow)
    plain = text.select(pl.when(~rest).then(pl.col("text")))
    done = plain.select(_stamp(pl.col("text"))).select(_split())
    at = rest.arg_true()
    both = [done[name].scatter(at, slow[name]) for name in done.columns]
    return _clocked(pl.DataFrame(both))


def split_stamps(values: pl.Series) -> pl.DataFrame:
    """Return what :func:`parse` returns for stamps that are none of text."""
    at = pl.col("at")
    known = values.to_physical().cast(pl.Int64).alias("at").to_frame()
    days, tod = at, pl.lit(None, pl.Int32)
    if isinstance(values.dtype, pl.Datetime):
        second = 1_000 if values.dtype.time_unit == "ms" else 1_000_000
        known = known.with_columns((at // (DAY * second)).alias("days"))
        days = pl.col("days")
        tod = ((at - days * (DAY * second)) // second).cast(pl.Int32)
    first, last = ((date(*day) - EPOCH).days for day in ((YEARS[0], 1, 1), _END))
    low, high = known.select(days.min().alias("low"), days.max().alias("high")).row(0)
    if low is not None and (low < first or high > last):
        days = pl.when(days.is_between(first, last)).then(days)
        tod = pl.when(days.is_not_null()).then(tod)
    return known.select(
        days.cast(pl.Int32).cast(pl.Date).alias("day"),
        tod.alias("tod"),
        pl.lit(value=False).alias("aware"),
    )


def _clocked(dates: pl.DataFrame) -> pl.DataFrame:
    """Leave no clock time where there is no day, e.g. outside the years."""
    return dates.with_columns(pl.when(pl.col("day").is_not_null()).then(pl.col("tod")))


def _stamp(text: pl.Expr) -> pl.Expr:
    """Read text that has passed the gate; only an impossible day is left to fail."""
    exact = "%Y-%m-%d %H:%M:%S"
    stamp = text.str.to_datetime(exact, time_unit="ms", strict=False, cache=False)
    return stamp.alias("stamp")


def _split() -> list[pl.Expr]:
    """Cut a naive ``stamp`` in milliseconds into day and second of the day."""
    milliseconds = pl.col("stamp").to_physical()
    within = (milliseconds % (DAY * 1000)) // 1000
    day = pl.col("stamp").dt.date()
    return [
        _in_range(day).alias("day"),
        within.cast(pl.Int32).alias("tod"),
        pl.lit(value=False).alias("aware"),
    ]


def _in_range(day: pl.Expr) -> pl.Expr:
    """Drop days outside the years that any of our inputs can mean."""
    return pl.when(day.dt.year().is_between(*YEARS)).then(day)


def _distinct(values: pl.Series, rules: DateForms) -> pl.DataFrame:
    """Parse each distinct value once when values repeat, else all of them."""
    if values.len() < MANY or values.n_unique() * 2 > values.len():
        return _slow(values, rules)
    distinct = values.unique()
    table = _slow(distinct, rules).with_columns(distinct)
    rows = values.to_frame().join(table, on="text", how="left", maintain_order="left")
    return rows.select("day", "tod", "aware")


def _slow(values: pl.Series, rules: DateForms) -> pl.DataFrame:
    """Parse by pattern after pattern; the first that fits decides."""
    left = values.to_frame().with_row_index("at")
    parts: list[pl.DataFrame] = []
    for form in forms(rules):
        fits = left["text"].str.contains(form.pattern)
        if fits.any():
            parts.append(_read(left.filter(fits), form, rules))
            left = left.filter(~fits)
    if rules.serial is not None:
        parts.append(_serials(left, EPOCHS[rules.serial]))
    else:
        parts.append(left.select("at", *_unread()))
    return pl.concat(parts).sort("at").select("day", "tod", "aware")


def _unread() -> list[pl.Expr]:
    """Return the three outputs of text that no pattern fits."""
    return [
        pl.lit(None, pl.Date).alias("day"),
        pl.lit(None, pl.Int32).alias("tod"),
        pl.lit(value=False).alias("aware"),
    ]


def _read(rows: pl.DataFrame, form: Form, rules: DateForms) -> pl.DataFrame:
    """Turn the fields of one pattern into a local day and second of the day."""
    groups = pl.col("text").str.extract_groups(form.pattern)
    fields = rows.select("at", groups.struct.rename_fields(list(form.groups)))
    fields = fields.unnest("text")
    absent = [name for name in ("y", "H", "M", "S", "z") if name not in form.groups]
    fields = fields.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    if "yy" in form.groups:
        fields = fields.with_columns(y=str(rules.century // 100) + pl.col("yy"))
    if rules.calendar != "gregorian":
        year = pl.col("y").cast(pl.Int32) + CALENDARS[rules.calendar]
        fields = fields.with_columns(y=year.cast(pl.String))
    written = pl.concat_str(
        pl.col("y"), pl.col("m").str.zfill(2), pl.col("d").str.zfill(2), separator="-"
    )
    hour, minute, second = (pl.col(name).cast(pl.Int32) for name in ("H", "M", "S"))
    clock = hour * 3600 + minute * 60 + second.fill_null(0)
    local = fields.select(
        "at",
        day=written.str.to_date("%Y-%m-%d", strict=False),
        tod=clock,
        aware=pl.col("z").is_not_null(),
        offset=_seconds(pl.col("z")),
    ).with_columns(
        day=pl.col("day") + pl.duration(days=(pl.col("tod") // DAY).fill_null(0)),
        tod=pl.col("tod") % DAY,
    )
    return _converted(local, rules.zone).select(
        "at", _in_range(pl.col("day")).alias("day"), "tod", "aware"
    )


def _seconds(offset: pl.Expr) -> pl.Expr:
    """Return an offset in seconds east of UTC; null without one."""
    hours = offset.str.slice(1, 2).cast(pl.Int32, strict=False)
    minutes = offset.str.slice(-2, 2).cast(pl.Int32, strict=False)
    size = hours * 3600 + minutes * 60
    signed = pl.when(offset.str.starts_with("-")).then(-size).otherwise(size)
    return pl.when(offset == "Z").then(0).otherwise(signed)


def _converted(rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Convert the rows with an offset to local time; the others stay as written."""
    if not rows["aware"].any():
        return rows
    since = pl.col("day").to_physical().cast(pl.Int64) * DAY + pl.col("tod")
    instant = pl.from_epoch(since - pl.col("offset"), time_unit="s")
    there = instant.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    units = ((there.dt.hour(), 3600), (there.dt.minute(), 60), (there.dt.second(), 1))
    clock = pl.sum_horizontal(part.cast(pl.Int32) * size for part, size in units)
    aware = pl.col("aware")
    return rows.with_columns(
        day=pl.when(aware).then(there.dt.date()).otherwise(pl.col("day")),
        tod=pl.when(aware).then(clock).otherwise(pl.col("tod")),
    )


def _serials(rows: pl.DataFrame, epoch: int) -> pl.DataFrame:
    """Read spreadsheet serial numbers: whole days, then a fraction of a day.

    The fraction is a rounded binary number, so ten microseconds are forgiven.
    """
    fits = pl.col("text").str.contains(SERIAL)
    number = pl.when(fits).then(pl.col("text")).cast(pl.Float64)
    whole = number.floor()
    clock = ((number - whole) * DAY + 1e-5).floor().cast(pl.Int32)
    day = (whole.cast(pl.Int32) + epoch).cast(pl.Date)
    return rows.select(
        "at",
        _in_range(day).alias("day"),
        pl.when(number != whole).then(clock).alias("tod"),
        pl.lit(value=False).alias("aware"),
    )
