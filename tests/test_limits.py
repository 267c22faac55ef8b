"""Caps on input: one place, set by a file, told where they are not the usual ones."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.settings import Limits, load_limits

ROOT = Path(__file__).resolve().parents[1]


def test_some_caps_are_set_and_the_others_stay(tmp_path):
    file = tmp_path / "limits.toml"
    file.write_text('child_memory = "512MB"\ncolumns = 40\n')
    assert load_limits(file) == Limits(child_memory=512_000_000, columns=40)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("columns 40", "AUD111"),
        ("colums = 40", "AUD112"),
        ("columns = 0", "AUD112"),
        ("columns = true", "AUD112"),
        ("columns = 4.5", "AUD112"),
        ('child_memory = "much"', "AUD112"),
        ("columns = [1]", "AUD112"),
    ],
)
def test_a_file_of_limits_that_cannot_be_meant_is_an_error(tmp_path, text, code):
    file = tmp_path / "limits.toml"
    file.write_text(text)
    with pytest.raises(AuditError) as caught:
        load_limits(file)
    assert caught.value.code == code
    with pytest.raises(AuditError):
        load_limits(tmp_path / "absent.toml")


def test_the_command_line_takes_them_and_the_manifest_names_them(audit, tmp_path):
    file = tmp_path / "limits.toml"
    out = tmp_path / "run"
    (tmp_path / "cases.csv").write_text("case_id,county_code,customer_type\n")
    (tmp_path / "events.csv").write_text("case_id,step,finished_at\n")
    told = ("--cutoff", "2022-12-31", "--out", out, "--limits", file)
    dump = sorted(tmp_path.glob("*.csv"))
    file.write_text("columns = 2\n")
    answer = audit("run", *dump, *told)
    assert answer.code == 3
    assert "too_many_columns" in answer.err
    file.write_text("columns = 60\n")
    answer = audit("run", *dump, *told)
    assert answer.code == 0, answer.err
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["parameters"]["limits"] == {"columns": 60}


def test_every_cap_and_its_default_stand_in_the_page_about_them():
    page = (ROOT / "docs" / "limits.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", page, re.MULTILINE))
    defaults = {field.name: f"{field.default:,}" for field in fields(Limits)}
    assert told == defaults
