"""Ids easily taken for one another: zeros and letters, widths, marks, suffixes."""

import polars as pl

_NUMBER = r"(?:[1-9][0-9]*|0)"
PLAIN = rf"^{_NUMBER}?(?:[A-HJ-NP-Z-]+{_NUMBER})*[A-HJ-NP-Z-]*$"
"""Ids that are their own skeleton; nearly all are, and cost one test."""
UNSEEN = r"[\s\p{Cf}\p{Cc}\p{Mn}\x{115F}\x{1160}\x{3164}\x{FFA0}'\"`\x{2018}-\x{201F}]"
DASHES = r"[\p{Pd}_\x{2212}\x{30FC}]"
DECIMALS = r"\.0+$"  # what a spreadsheet adds to a number
ZEROS = r"(^|[^0-9])0+([0-9])"
SUFFIX = r"^(.*[^-])-[0-9]{1,2}$"
# Letters of other scripts by the Latin capital or digit that they look like.
LETTERS = {
    "0": "OoОоΟοՕօ߀०০Ⲟⲟ",
    "1": "lI|ІіӀӏΙι׀ا١ⅠⅼǀƖ",
    "A": "АаΑα", "B": "ВвΒ", "C": "СсϹϲⅭⅽ", "D": "ԀԁⅮⅾ", "E": "ЕеΕ", "G": "Ԍ",
    "H": "НнΗ", "J": "Јј", "K": "КкΚκ", "M": "МмΜⅯⅿ", "N": "Νո", "P": "РрΡρ", "Q": "Ԛԛ",
    "S": "Ѕѕ", "T": "ТтΤτ", "U": "Սս", "V": "ѴѵⅤⅴν", "W": "Ԝԝ", "X": "ХхΧχⅩⅹ",
    "Y": "УуΥү", "Z": "Ζ",
}  # fmt: skip
LOOKS = {letter: plain for plain, letters in LETTERS.items() for letter in letters}
KEY, GROUP = "case_id", "alike"
PAIRS = {KEY: pl.String, GROUP: pl.String}


def skeleton(ids: pl.Series) -> pl.Series:
    """Return what is left of ids once everything that the eye overlooks is gone.

    Width and composition (NFKC), invisible characters and quotes, letters of other
    scripts, O for 0 and l or I for 1, small for capital letters, kinds of dashes,
    zeros in front of a number and ``.0`` behind it. Two ids of one skeleton need not
    be one id; that is for a person to say. Null stays null.
    """
    text = pl.col(KEY).str.normalize("NFKC").str.replace_all(UNSEEN, "")
    text = text.str.replace_all(DASHES, "-").str.replace_many(LOOKS)
    text = text.str.to_uppercase().str.replace(DECIMALS, "")
    bare = ids.alias(KEY).to_frame().select(text.str.replace_all(ZEROS, "${1}${2}"))
    return bare.to_series().alias(ids.name)


def near_duplicates(ids: pl.Series) -> pl.DataFrame:
    """Return the ids that another id is easily taken for: ``case_id``, ``alike``.

    ``alike`` names the group, by its skeleton; rows are sorted by it and by id. An id
    with a number behind a dash belongs to the id without it, if that one is there. The
    work grows with the ids, not with their pairs.
    """
    every = ids.drop_nulls().alias(KEY)
    is_plain = every.str.contains(PLAIN)
    if is_plain.all() and not every.str.contains(SUFFIX).any():
        return pl.DataFrame(schema=PAIRS)
    frame = every.unique().to_frame()
    plain, odd = _parted(frame, PLAIN)
    digits, odd = _parted(odd, r"^[0-9]+$")
    bare = pl.col(KEY).str.strip_chars_start("0")
    number = pl.when(bare == "").then(pl.lit("0")).otherwise(bare)
    table = pl.concat(
        [
            plain.with_columns(pl.col(KEY).alias(GROUP)),
            digits.with_columns(number.alias(GROUP)),
            odd.with_columns(skeleton(odd[KEY]).alias(GROUP)),
        ]
    )
    base = pl.col(GROUP).str.extract(SUFFIX)
    dashed = table.filter(pl.col(GROUP).str.contains("-", literal=True))
    cut = dashed.with_columns(base.alias(GROUP)).drop_nulls()
    cut = cut.join(table.select(GROUP).unique(), on=GROUP, how="semi")
    both = pl.concat([table, cut])
    return both.filter(pl.col(GROUP).is_duplicated()).sort(GROUP, KEY)


def _parted(frame: pl.DataFrame, pattern: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split ids into those that a pattern fits and the others."""
    fits = frame[KEY].str.contains(pattern)
    return frame.filter(fits), frame.filter(~fits)
