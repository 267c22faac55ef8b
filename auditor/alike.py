"""Ids easily taken for one another: zeros and letters, widths, marks, suffixes."""

from collections.abc import Callable, Iterable

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
    if _all_plain(every):
        return pl.DataFrame(schema=PAIRS)
    table = _grouped(every.unique())
    cut = _cut(table).join(table.select(GROUP).unique(), on=GROUP, how="semi")
    both = pl.concat([table, cut])
    return both.filter(pl.col(GROUP).is_duplicated()).sort(GROUP, KEY)


def near_duplicates_among(pieces: Callable[[], Iterable[pl.Series]]) -> pl.DataFrame:
    """Return what :func:`near_duplicates` does of ids that come in pieces, and again.

    No two pieces share an id. Only hashes of all skeletons are held at a time, and
    the ids of those that come twice.
    """
    if all(_all_plain(ids.drop_nulls()) for ids in pieces()):
        return pl.DataFrame(schema=PAIRS)
    hashes = [_hashes(ids)["hash"] for ids in pieces()]
    every = pl.concat(hashes).sort()
    twice = every.filter(every == every.shift(1)).unique().implode()
    found = [pl.Series(KEY, [], pl.String)]
    for ids in pieces():
        hashed = _hashes(ids)
        found.append(hashed[KEY].filter(hashed["hash"].is_in(twice)))
    return near_duplicates(pl.concat(found))


def _hashes(ids: pl.Series) -> pl.DataFrame:
    """Return the hash of each group that an id may belong to."""
    table = _grouped(ids.drop_nulls().unique().alias(KEY))
    both = pl.concat([table, _cut(table)])
    return both.select(KEY, pl.col(GROUP).hash().alias("hash"))


def _all_plain(ids: pl.Series) -> bool:
    """Say whether ids are skeletons, of which none can be taken for another."""
    if not ids.str.contains(PLAIN).all():
        return False
    dashed = ids.filter(ids.str.contains("-", literal=True))
    return not dashed.str.contains(SUFFIX).any()


def _grouped(ids: pl.Series) -> pl.DataFrame:
    """Return distinct ids with their skeletons."""
    plain, odd = _parted(ids.to_frame(), PLAIN)
    digits, odd = _parted(odd, r"^[0-9]+$")
    bare = pl.col(KEY).str.strip_chars_start("0")
    number = pl.when(bare == "").then(pl.lit("0")).otherwise(bare)
    return pl.concat(
        [
            plain.with_columns(pl.col(KEY).alias(GROUP)),
            digits.with_columns(number.alias(GROUP)),
            odd.with_columns(skeleton(odd[KEY]).alias(GROUP)),
        ]
    )


def _cut(table: pl.DataFrame) -> pl.DataFrame:
    """Return the ids with a number behind a dash, by what stands before it."""
    base = pl.col(GROUP).str.extract(SUFFIX)
    dashed = table.filter(pl.col(GROUP).str.contains("-", literal=True))
    return dashed.with_columns(base.alias(GROUP)).drop_nulls()


def _parted(frame: pl.DataFrame, pattern: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split ids into those that a pattern fits and the others."""
    fits = frame[KEY].str.contains(pattern)
    return frame.filter(fits), frame.filter(~fits)
