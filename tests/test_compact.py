"""A few rows of a large frame do not keep the large frame in memory."""

import polars as pl

from auditor.frames import compact

WORDS = pl.Enum(["pass", "fail"])


def held(frame: pl.DataFrame) -> int:
    """Return the bytes of all buffers that a frame's texts lie in."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.newest())
    return sum(
        buffer.size
        for column in table.columns
        for chunk in column.chunks
        for buffer in chunk.buffers()
        if buffer is not None
    )


def test_few_rows_keep_their_values_and_types_but_not_the_texts_of_the_others():
    rows = 100_000
    whole = pl.DataFrame(
        {
            "case_id": [f"application-{n:020}" for n in range(rows)],
            "word": pl.Series(["pass", "fail"] * (rows // 2), dtype=WORDS),
            "note": [
                None if n % 2 else f"a long remark on {n:030}" for n in range(rows)
            ],
            "named": [[f"a case with a long id {n:020}"] for n in range(rows)],
        }
    )
    few = whole.gather_every(1_000)
    assert held(few) > rows * 30
    alone = compact(few)
    assert alone.equals(few)
    assert alone.schema == few.schema
    assert held(alone) < few.height * 300


def test_rows_without_texts_and_no_rows_at_all_stay_as_they_are():
    numbers = pl.DataFrame({"n": [1, None]})
    assert compact(numbers) is numbers
    empty = pl.DataFrame(schema={"case_id": pl.String, "word": WORDS})
    assert compact(empty).equals(empty)
    assert compact(empty).schema == empty.schema
