"""The page about mappings: its examples run, its tables name every key."""

import re
from pathlib import Path

import polars as pl
import pytest

from auditor.clean import clean, entries, load, load_mapping, lookups
from auditor.read import read
from auditor.settings import Limits
from tests.raws import PACK, loaded
from tests.test_docs import ROOT, audit_commands, done, write_blocks

PAGE = (ROOT / "docs" / "mapping.md").read_text("utf-8")
KEYS = PAGE.partition("## Every key")[2]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mapping")
    write_blocks(PAGE, folder)
    return folder


def shown() -> tuple[list[str], list[list[str]]]:
    """The table of cases that the page promises."""
    part = PAGE.partition("gives these cases")[2].partition("## Every key")[0]
    rows = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in part.splitlines()
        if line.startswith("| ")
    ]
    return rows[0], [row for row in rows[1:] if set(row) != {"---"}]


def test_the_worked_example_gives_the_cases_that_the_page_shows(place, tmp_path):
    mapping = load_mapping(place / "mapping.toml", PACK)
    plan = mapping.read_plan(PACK)
    raw = read((place / "dump",), None, plan, Limits(), tmp_path)
    tables = clean(raw, mapping, PACK, tmp_path)
    header, rows = shown()
    frame = loaded(tables, "cases").select(pl.col(header).cast(pl.String))
    assert [["-" if c is None else c for c in row] for row in frame.rows()] == rows
    rejected = tables.rejects.filter(kind="row").select("value", "reason").rows()
    assert ("湖东供电公司:A2", "unknown_case") in rejected


def test_the_command_of_the_page_works(place, audit, monkeypatch):
    monkeypatch.chdir(place)
    line = audit_commands(PAGE)[0]
    assert "湖东供电公司:A2" in done(audit, line.split())  # among the rejects


@pytest.mark.parametrize("name", ["mapping.toml", "pair.toml", "wide.toml"])
def test_every_mapping_of_the_page_loads(place, name):
    load_mapping(place / name, PACK)


def test_every_key_is_in_the_tables_of_the_page():
    known = {*load.HEAD, *load.DATES, *load.STEP, *lookups.KEYS, *entries.KEYS}
    said = set(
        re.findall(
            r"`([\w:]+)`",
            "".join(
                line.split("|")[1]
                for line in KEYS.splitlines()
                if line.startswith("| `")
            ),
        )
    )
    assert said == known


def test_every_unit_of_a_column_is_of_the_kind_that_the_page_names():
    from auditor.clean.units import UNITS

    assert set(re.findall(r"`…_(\w+)`", KEYS)) == set(UNITS)


def test_every_shipped_mapping_is_listed_and_loads_with_its_pack():
    from auditor.pack import load_pack

    shipped = {p.stem for p in (ROOT / "rules" / "mappings").glob("*.toml")}
    listed = set(re.findall(r"^\| `([\w-]+)` \|", PAGE.partition("## What")[0], re.M))
    assert listed == shipped
    for name in shipped:
        pack = load_pack("wabo-receipt") if name == "wabo-receipt" else PACK
        assert (
            load_mapping(ROOT / "rules" / "mappings" / f"{name}.toml", pack).id == name
        )
