"""Texts for readers: verdicts, statuses and reasons in words, nothing invisible."""

import re
from decimal import ROUND_HALF_UP, Decimal

from auditor import errors

# C0, DEL, C1, soft hyphen, joiners and direction marks, line separators, BOM,
# surrogates, non-characters and tags: characters that a reader cannot see.
_HIDDEN = (
    "\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff"
    "\U000e0000-\U000e0fff"
)
_HIDDEN_RE = re.compile(f"[{_HIDDEN}\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")


def visible(text: str) -> str:
    """Return the text with each invisible character written as ``⟦U+000A⟧``."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN_RE.sub(lambda hit: f"⟦U+{ord(hit[0]):04X}⟧", text)


def csv_text(text: str) -> str:
    """Return text for a CSV cell that no spreadsheet takes for a formula.

    A text that starts with one of ``= + - @``, their full-width forms or an
    apostrophe gets an apostrophe in front; taking away one leading apostrophe
    restores it. Hidden characters are made visible first.
    """
    shown = visible(text)
    return "'" + shown if shown.startswith(_FORMULA) else shown


def word(group: str, key: str | None, lang: str = "zh") -> str:
    """Return the word for a key of a vocabulary, e.g. ``status`` and ``met``.

    A key without a word of its own is shown as it is; None is an empty text.
    """
    if key is None:
        return ""
    row = errors.messages().get(f"{group}.{key}")
    return key if row is None else str(row.get(lang, row["en"]))


def sentence(reason: str | None, lang: str = "zh", **fields: object) -> str:
    """Return a reason code as a sentence; the code itself if it has none.

    ``missing_<column>`` and ``outside_<column>`` share one sentence each, and
    ``parts`` are named in words.
    """
    if not reason:
        return ""
    shown = {key: number(value) for key, value in fields.items()}
    listed = fields.get("parts")
    if isinstance(listed, str):
        parts = (one.removesuffix("_wd") for one in listed.split(";"))
        words = (word("part", one, lang) for one in parts)
        shown["parts"] = ("、" if lang == "zh" else ", ").join(words)
    key = f"reason.{reason}"
    kind, _, column = reason.partition("_")
    if key not in errors.messages() and kind in {"missing", "outside"} and column:
        key, shown["column"] = f"reason.{kind}", word("part", column, lang)
    text = errors.text(key, lang, **shown)
    return reason if text == key else text


def number(value: object) -> str:
    """Return a value for a sentence: 6 rather than 6.0, a dash for nothing."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def percent(done: int, total: int) -> Decimal | None:
    """Return the percentage as the form wants it, None without a denominator.

    One decimal, half up, and never 100 while anything is missing.
    """
    if total == 0:
        return None
    exact = Decimal(done) * 100 / Decimal(total)
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    if rounded == 100 and done < total:
        return Decimal("99.9")
    return rounded


def percent_text(value: Decimal | None) -> str:
    """Return ``90.3%`` or ``100%``: a trailing ``.0`` is dropped."""
    if value is None:
        return "—"
    whole = value.to_integral_value()
    return f"{whole if whole == value else value}%"


def rate_text(rate: float | None) -> str:
    """Return a rate of the rollup as a percentage that never rounds up to 100."""
    if rate is None:
        return "—"
    rounded = (Decimal(str(rate)) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if rounded == 100 and rate < 1:
        rounded = Decimal("99.9")
    return percent_text(rounded)
