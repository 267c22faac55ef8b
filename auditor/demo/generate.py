"""Plan the applications, write dump and dossier, and the truth beside them."""

import csv
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from auditor.demo.bulk import plain
from auditor.demo.days import CUTOFF
from auditor.demo.dossier import write_dossier
from auditor.demo.export import Dump
from auditor.demo.places import places
from auditor.demo.plan import RULES, WORDS, Plan
from auditor.demo.render import Renderer
from auditor.demo.scenario import plant, scenarios
from auditor.demo.truth import Ledger, compact, stars

PERIOD = "2022"
MIN_CASES = 400
_DENSITY = 20  # one application in twenty is planted


def write_demo(folder: Path, cases: int = 4000, seed: int = 37) -> None:
    """Write a synthetic dump, its dossier and the planted truth into a folder.

    ``folder/dump`` is to be audited with the mapping ``state-grid``, period 2022 and
    cut-off 2022-12-31; ``folder/dossier`` goes with it; ``truth.csv`` and
    ``truth.json`` say what must come out. Same cases and seed, same bytes.

    Args:
        folder: made if absent; other files in it are left alone.
        cases: applications that have a readable row, at least :data:`MIN_CASES`.
        seed: of everything that is drawn.

    Raises:
        ValueError: fewer cases than the scenarios need.
        FileExistsError: the folder already holds a demo.
    """
    if cases < MIN_CASES:
        raise ValueError(f"a demo needs at least {MIN_CASES} cases, not {cases}")
    write_dossier(folder / "dossier")
    plans = _plans(cases, seed)
    renderer = Renderer(seed)
    with (
        Dump(folder / "dump") as dump,
        (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file,
    ):
        ledger = Ledger(file)
        ledger.open()
        for number, plan in enumerate(plans, 1):
            rows = renderer.rows(plan, number)
            ledger.add(plan, rows.case_id)
            dump.add(plan, rows)
        dump.finish()
    document = {"seed": seed, **_summary(ledger, dump)}
    (folder / "truth.json").write_text(
        compact(document), encoding="utf-8", newline="\n"
    )


def _plans(cases: int, seed: int) -> list[Plan]:
    """Return all applications in the order of their submission."""
    rng = Random(f"plans {seed}")
    planted = max(len(scenarios()), cases // _DENSITY)
    plans: list[Plan] = []
    for turn, scenario in zip(range(planted), cycle(scenarios()), strict=False):
        plans.append(plant(scenario, turn, rng))
    counties = [county for county in places().roster for _ in range(county.share)]
    missing = cases - sum(not plan.ghost for plan in plans)
    plans += [plain(rng, rng.choice(counties)) for _ in range(missing)]
    return sorted(plans, key=lambda plan: plan.start)


def _summary(ledger: Ledger, dump: Dump) -> dict[str, Any]:
    return {
        "cases": ledger.cases,
        "period": PERIOD,
        "cutoff": CUTOFF.isoformat(),
        "rules": list(RULES),
        "words": list(WORDS),
        "complete": False,  # rejected rows, a silent utility, counties off the roster
        "accounting": dump.accounting,
        "rollup": ledger.rollup(),
        "stars": stars(),
        "scenarios": {scenario.id: scenario.why for scenario in scenarios()},
    }


def read_truth(folder: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Return the planted verdicts of a demo: case → rule → (word, reason).

    ``cohort`` stands among the rules with an empty reason; a reason is empty where
    the rules of judgement do not fix it.
    """
    truth: dict[str, dict[str, tuple[str, str]]] = {}
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            verdicts = {"cohort": (row["cohort"], "")}
            for rule in RULES:
                word, _, reason = (row[rule] or "not_applicable").partition(":")
                verdicts[rule] = (word, reason)
            truth[row["case_id"]] = verdicts
    return truth
