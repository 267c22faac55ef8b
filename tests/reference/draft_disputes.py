"""Disputes: two dates for one thing, or only a bound for it, as law L has them."""

from collections.abc import Callable
from datetime import date
from random import Random

from tests.reference.daycount import ONE_DAY
from tests.reference.draft_log import CHECKS
from tests.reference.drafts import Cells, Draft, Setting, chance, earlier, later, within

Fault = Callable[[Random, Draft, Setting], None]
BAD_DATES = (
    "2022-02-30", "2023-03-32", "2022-03-01 24:00", "2022-03-01 10:00:60", "22-03-01",
    "44256", "待定", "2022.03.01", "0000-00-00", "2022-13-01",
)  # fmt: skip


def moved(rng: Random, day: date) -> date:
    """Move a day a little, forwards or back."""
    days = rng.choice([1, 1, 2, 3])
    return later(day, days) if chance(rng, 0.5) else earlier(rng, day, days)


def until_cutoff(day: date, setting: Setting) -> date:
    return day if setting.future else min(day, setting.cutoff)


def dispute_submission(rng: Random, draft: Draft, setting: Setting) -> None:
    """Say two dates of submission."""
    day = draft.case.get("submitted_at")
    if isinstance(day, date):
        other = until_cutoff(moved(rng, day), setting)
        if chance(rng, 0.6):
            draft.add("events", step="submit", finished_at=other)
        else:
            draft.more_cases.append({**draft.case, "submitted_at": other})


def dispute_end(rng: Random, draft: Draft, setting: Setting) -> None:
    """Say two dates of power or withdrawal."""
    for name in ("energised_at", "withdrawn_at"):
        day = draft.case.get(name)
        if isinstance(day, date):
            other = until_cutoff(moved(rng, day), setting)
            if name == "energised_at" and chance(rng, 0.6):
                draft.add("events", step="connect", finished_at=other)
            else:
                draft.more_cases.append({**draft.case, name: other})


def dispute_step(rng: Random, draft: Draft, setting: Setting) -> None:
    """Record a step a second time with another date."""
    lines = [line for line in draft.lines["events"] if line.get("step") != "archive"]
    _dispute_one_of(rng, draft, lines, setting)


def dispute_round(rng: Random, draft: Draft, setting: Setting) -> None:
    """Number the rounds of each check and give one of them a stamp too many."""
    for name in CHECKS:
        for number, line in enumerate(draft.of_step(name), start=1):
            line["round"] = number
        if name == draft.culprit or chance(rng, 0.85):
            _dispute_one_of(rng, draft, draft.of_step(name), setting)


def dispute_culprit(rng: Random, draft: Draft, setting: Setting) -> None:
    """Dispute the stage that was meant to break its limit."""
    if draft.culprit in CHECKS:
        dispute_round(rng, draft, setting)
    elif draft.culprit == "connect":
        ways = [drop_formalities, dispute_end, _dispute_papers, _dispute_papers]
        rng.choice(ways)(rng, draft, setting)
    elif draft.culprit:
        _dispute_one_of(rng, draft, draft.of_step(draft.culprit), setting)
    else:
        rng.choice([dispute_submission, dispute_end])(rng, draft, setting)


def _dispute_papers(rng: Random, draft: Draft, setting: Setting) -> None:
    _dispute_one_of(rng, draft, draft.of_step("formalities"), setting)


def _dispute_one_of(
    rng: Random, draft: Draft, lines: list[Cells], setting: Setting
) -> None:
    """Write one of some lines again, with another date in one of its stamps."""
    places = [
        (line, name)
        for line in lines
        for name in ("started_at", *4 * ["finished_at"])
        if isinstance(line.get(name), date)
    ]
    if places:
        line, name = rng.choice(places)
        other = until_cutoff(moved(rng, line[name]), setting)
        begun = line.get("started_at")
        inside = name == "finished_at" and line["step"] != draft.culprit
        if inside and isinstance(begun, date) and chance(rng, 0.6):
            other = within(rng, begun, max(begun, line[name] - ONE_DAY))
        draft.lines["events"].append({**line, name: other})


def drop_formalities(rng: Random, draft: Draft, setting: Setting) -> None:
    """Leave out the formalities, or every start, so that connect is only bounded."""
    papers = draft.of_step("formalities")
    draft.lines["events"] = [
        line for line in draft.lines["events"] if line not in papers
    ]
    for line in draft.of_step("connect") if chance(rng, 0.7) else []:
        line.pop("started_at", None)


DISPUTES: dict[Fault, int] = {
    dispute_submission: 3,
    dispute_end: 3,
    dispute_step: 4,
    dispute_round: 12,
    dispute_culprit: 16,
    drop_formalities: 3,
}
