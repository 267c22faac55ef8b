"""How a column writes its dates: by the plain forms, by others, or by two at once."""

import polars as pl

from auditor.clean.dateforms import EPOCHS, DateForms
from auditor.clean.dates import parse
from auditor.inspect.nouns import Dates, Form

_CLOCKS = ("", " %H:%M", " %H:%M:%S")
_SURE = ("%Y.%m.%d", "%Y/%m/%d", "%Y-%m-%d")  # the year comes first
_PACKED = ("%Y%m%d%H%M%S", "%Y%m%d%H%M")
_OTHER = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%y/%m/%d", "%y-%m-%d", "%y.%m.%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y"),
)
_MINGUO = ("%Y/%m/%d", "%Y-%m-%d", "%Y年%m月%d日", "民国%Y年%m月%d日", "%Y.%m.%d")
_SHOWN = 3
LOOKED_AT = 20_000  # distinct values in no plain form that are tried


def dates(values: pl.DataFrame) -> Dates:
    """Explain the cells of a column, given as its distinct ``value`` and ``count``."""
    plain_forms = DateForms()
    read = _fits(values, plain_forms)
    every = values.filter(~read)
    rest = every.head(LOOKED_AT)
    found = [(form, rest.filter(_fits(rest, rules))) for form, rules in _candidates()]
    forms = tuple(
        Form(form, int(rows["count"].sum()), rows["value"][0])
        for form, rows in sorted(found, key=lambda one: -one[1]["count"].sum())
        if rows.height
    )
    explained = pl.concat([rows for _, rows in found])["value"].unique()
    left = rest.filter(~pl.col("value").is_in(explained.implode()))
    midnight = rest.filter(_fits(rest, DateForms(next_day=True)))
    left = left.filter(~pl.col("value").is_in(midnight["value"].implode()))
    return Dates(
        plain=int(values.filter(read)["count"].sum()),
        forms=forms,
        either=_either(rest),
        midnight=int(midnight["count"].sum()),
        unread=tuple(left.head(_SHOWN).iter_rows()),
        unseen=int(every.slice(LOOKED_AT)["count"].sum()),
    )


def _candidates() -> list[tuple[str, DateForms]]:
    """Return each form to try by the words that a mapping would declare it with."""
    forms = [day + clock for day in (*_SURE, *_OTHER) for clock in _CLOCKS]
    tried = [(form, DateForms(formats=(form,))) for form in (*forms, *_PACKED)]
    tried += [(f"serial {name}", DateForms(serial=name)) for name in EPOCHS]
    return tried + [
        (f"minguo {form}", DateForms(formats=(form,), calendar="minguo"))
        for form in _MINGUO
    ]


def _fits(values: pl.DataFrame, rules: DateForms) -> pl.Series:
    return parse(values["value"], rules)["day"].is_not_null()


def _either(rest: pl.DataFrame) -> int:
    """Count the cells in which either number may be the month."""
    both = [
        _fits(rest, DateForms(formats=pair))
        for mark in "/-"
        for year in "Yy"
        for pair in (
            tuple(f"%d{mark}%m{mark}%{year}{clock}" for clock in _CLOCKS),
            tuple(f"%m{mark}%d{mark}%{year}{clock}" for clock in _CLOCKS),
        )
    ]
    mixed = [one & two for one, two in zip(both[::2], both[1::2], strict=True)]
    hits = pl.DataFrame([m.alias(str(at)) for at, m in enumerate(mixed)])
    return int(
        rest.filter(hits.select(pl.any_horizontal(pl.all())).to_series())["count"].sum()
    )
