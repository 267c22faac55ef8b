"""Writing things down as text: every form of a date, of a yes and of a no [1]."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random

from tests.reference.cells import LOCAL
from tests.reference.drafts import Cells

Row = dict[str, str]


def _clock(rng: Random, text: str) -> str:
    """Put no clock time, a short one or a long one behind a date."""
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    return rng.choice(
        [
            text,
            text,
            f"{text} {hour:02}:{minute:02}",
            f"{text} {hour:02}:{minute:02}:07",
        ]
    )


def _aware(rng: Random, day: date) -> str:
    """Write a moment of a local day with the offset of another zone."""
    moment = datetime.combine(day, time(rng.randint(0, 23), rng.randint(0, 59)), LOCAL)
    zone = rng.choice(
        [
            UTC,
            LOCAL,
            timezone(timedelta(hours=-5)),
            timezone(timedelta(hours=5, minutes=30)),
        ]
    )
    return (
        moment.astimezone(zone)
        .isoformat()
        .replace("+00:00", rng.choice(["Z", "+00:00"]))
    )


def write_date(rng: Random, day: date) -> str:
    """Write a local day in one of the forms that are read."""
    way = rng.random()
    if way < 0.55:
        return _clock(rng, day.isoformat())
    if way < 0.66:
        return _clock(
            rng, rng.choice([f"{day:%Y/%m/%d}", f"{day.year}/{day.month}/{day.day}"])
        )
    if way < 0.77:
        return _clock(rng, f"{day:%Y%m%d}")
    if way < 0.88:
        return _clock(
            rng,
            rng.choice(
                [f"{day:%Y年%m月%d日}", f"{day.year}年{day.month}月{day.day}日"]
            ),
        )
    return _aware(rng, day)


def _text(rng: Random, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return rng.choice(
            [str(value).lower()] * 8 + (["1", "是"] if value else ["0", "否"])
        )
    if isinstance(value, date):
        return write_date(rng, value)
    return str(value)


def write_row(rng: Random, cells: Cells) -> Row:
    return {column: _text(rng, value) for column, value in cells.items()}
