"""Files of one layout as one: their counts added up, column by column."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from auditor.inspect.nouns import ColumnSeen, Counted, Dates, FileSeen, Form


def merged(files: Sequence[FileSeen]) -> FileSeen:
    """Return files with the same headers as one; ``distinct`` is the largest."""
    columns = zip(*(file.columns for file in files), strict=True)
    return replace(
        files[0],
        rows=sum(file.rows for file in files),
        columns=tuple(_column(same) for same in columns),
    )


def _column(same: Sequence[ColumnSeen]) -> ColumnSeen:
    words = {value: word for one in same for value, word in one.words.items()}
    first = next((one for one in same if one.guess or one.also), same[0])
    return replace(
        first,
        filled=sum(one.filled for one in same),
        distinct=max(one.distinct for one in same),
        private=any(one.private for one in same),
        values=_added([one.values for one in same]),
        unknown=_added([one.unknown for one in same]),
        unknown_values=max(one.unknown_values for one in same),
        alike=tuple(dict.fromkeys(group for one in same for group in one.alike)),
        words=words,
        dates=_dates([one.dates for one in same if one.dates is not None]),
    )


def _dates(parts: Sequence[Dates]) -> Dates | None:
    """Add up how files write the dates of one column."""
    if not parts:
        return None
    cells: Counter[str] = Counter()
    example: dict[str, str] = {}
    for form in (form for one in parts for form in one.forms):
        cells[form.form] += form.cells
        example.setdefault(form.form, form.example)
    return Dates(
        plain=sum(one.plain for one in parts),
        forms=tuple(Form(name, n, example[name]) for name, n in cells.most_common()),
        either=sum(one.either for one in parts),
        midnight=sum(one.midnight for one in parts),
        unread=_added([one.unread for one in parts]),
        unseen=sum(one.unseen for one in parts),
    )


def _added(parts: Sequence[Counted]) -> Counted:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(dict(part))
    return tuple(sorted(total.items(), key=lambda one: (-one[1], one[0])))
