"""A pack of one's own: no calendar, one stamp an event, no fees, classes or form."""

from pathlib import Path

import polars as pl
import pytest

from auditor.errors import PackError
from auditor.explain import explain
from auditor.origins import kept_tables
from auditor.pack import load_pack
from auditor.pipeline import Run, run
from auditor.rehearsal import run_examples
from auditor.settings import Settings

PACK = """
[pack]
id = "hearings"
version = "1"
title_zh = "听证"
title_en = "Hearings"
zone = "Europe/Berlin"

[tables.cases]
case_id = { type = "id", required = true }
place = { type = "text" }
asked_on = { type = "date" }
user_cost_yuan = { type = "number" }

[tables.events]
case_id = { type = "id", required = true }
step = { type = "text", required = true }
finished_at = { type = "date" }

[tables.hearings]
case_id = { type = "id", required = true }
held_on = { type = "date" }

[case]
start = ["cases.asked_on"]
end = ["decide.finished"]
county = "place"

[cost]
column = "user_cost_yuan"

[[window]]
id = "whole"
from = "start"
to = "end"
needs_events = false

[[window]]
id = "check"
rounds = "check"

[[window]]
id = "tail"
from = "check.finished"
to = "end"
"""
STEPS = """
order = ["ask", "check", "decide", "unmapped"]
customer_facing = ["ask", "decide"]
later = ["check", "decide"]
"""
# id: kind, fact, value, and what is given in an example that passes, fails, is unclear
RULES = {
    "whole": ("time", "whole", 10, "whole = 10", "whole = 11", "n_events = 1"),
    "check": ("time", "check", 5, "check = 5", "check = 6", "n_events = 1"),
    "tail": ("time", "tail", 5, "tail = 5", "tail = 6", "n_events = 1"),
    "steps": ("steps", "step_count", 1, "step_count = 1", "step_count = 2", ""),
    "cost": (
        "cost",
        "user_cost_yuan",
        0,
        "user_cost_yuan = 0",
        "user_cost_yuan = 1",
        "",
    ),
}
CASES = "case_id,place,asked_on,user_cost_yuan\nA,X,2024-01-01,0\nB,X,2024-01-01,5\n"
CASES += "C,,2024-01-03,\n"
EVENTS = """case_id,step,finished_at
A,ask,2024-01-02
A,check,2024-01-03
A,decide,2024-01-05
B,decide,2024-02-05
C,ask,2024-01-20
"""


def page(name: str) -> str:
    kind, fact, value, *given = RULES[name]
    text = f'id = "{name}"\nkind = "{kind}"\ntitle_zh = "x"\ntitle_en = "x"\n'
    text += 'clause = "1"\nseverity = "A"\nwhy = "w"\n'
    text += f'[[limit]]\nfact = "{fact}"\nvalue = {value}\nsource = "s"\n'
    for line, verdict in zip(given, ("pass", "fail", "undetermined"), strict=True):
        text += f'[[case]]\nname = "{verdict}"\ngiven = {{ {line} }}\n'
        text += f'expect = "{verdict}"\n'
    return text


def write_pack(folder: Path) -> Path:
    (folder / "indicators").mkdir(parents=True)
    (folder / "pack.toml").write_text(PACK, "utf-8")
    (folder / "steps.toml").write_text(STEPS, "utf-8")
    for name in RULES:
        (folder / "indicators" / f"{name}.toml").write_text(page(name), "utf-8")
    return folder


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("own")
    pack = write_pack(folder / "pack")
    (folder / "dump").mkdir()
    tables = {"cases": CASES, "events": EVENTS, "hearings": "case_id,held_on\nA,\n"}
    for name, text in tables.items():
        (folder / "dump" / f"{name}.csv").write_text(text, "utf-8")
    return run(Settings((folder / "dump",), folder / "run", rules=str(pack)))


def test_the_examples_of_the_pack_come_out(tmp_path):
    outcomes = run_examples(load_pack(write_pack(tmp_path / "pack")))
    assert len(outcomes) == 15
    assert [
        (o.rule.id, o.example.name, o.verdict) for o in outcomes if not o.agrees
    ] == []


def test_every_rule_gives_a_verdict_and_an_unknown_fact_is_never_a_pass(done):
    table = pl.read_parquet(done.out / "verdicts.parquet", glob=False)
    rows = {row["case_id"]: row for row in table.iter_rows(named=True)}
    assert {
        case: {rule: row[rule] for rule in RULES} for case, row in rows.items()
    } == {
        # Nothing says when a check began, so its length stays unknown.
        "A": {
            "whole": "pass",
            "check": "undetermined",
            "tail": "pass",
            "steps": "fail",
            "cost": "pass",
        },
        "B": {
            "whole": "fail",
            "check": "undetermined",
            "tail": "undetermined",
            "steps": "pass",
            "cost": "fail",
        },
        "C": {
            "whole": "fail",
            "check": "pending",
            "tail": "pending",
            "steps": "pending",
            "cost": "pending",
        },
    }
    facts = pl.read_parquet(done.out / "facts.parquet", glob=False)
    assert facts["whole_wd"].to_list() == [4, 35, 33]


def test_places_without_a_name_and_all_rules_stand_in_the_rollup(done):
    county = done.rollup.filter(pl.col("level") == "county")
    assert set(county["code"]) == {"X", "unknown"}
    basis = dict(county.select("rule_id", "basis").unique().iter_rows())
    assert basis == dict.fromkeys(RULES, "events") | {"cost": "attributes"}
    assert (done.out / "figures" / "heatmap.png").is_file()


@pytest.mark.parametrize("case", ["A", "B", "C"])
def test_every_case_can_be_argued(done, case):
    argument = explain(done.out, case)
    assert [ruling.rule.id for ruling in argument.rulings] == sorted(RULES)


def test_the_rows_of_every_table_of_cases_are_kept(done):
    pack = load_pack(done.out.parent / "pack")
    assert kept_tables(pack) == ("cases", "events", "hearings")
    assert (done.out / "evidence" / "hearings.parquet").is_file()


@pytest.mark.parametrize(
    ("rule", "old", "new", "told"),
    [
        ("cost", "user_cost_yuan = { type", "other = { type", "user_cost_yuan"),
        ("whole", 'fact = "whole"', 'fact = "end_on"', "end_on"),
    ],
)
def test_a_rule_on_a_fact_that_the_pack_cannot_give_is_refused(
    tmp_path, rule, old, new, told
):
    folder = write_pack(tmp_path / "pack")
    for path in (folder / "pack.toml", folder / "indicators" / f"{rule}.toml"):
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    text = caught.value.render("en")
    assert told in text
    assert f"indicators/{rule}.toml" in text
