"""Each word of a reject says what is wrong, shows it, and says what to do."""

import re
from pathlib import Path

import pytest

from auditor.errors import messages
from auditor.frames import reject_reasons
from docs.generate import said

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "errors.md").read_text("utf-8")


@pytest.mark.parametrize("word", reject_reasons())
def test_a_reject_has_a_cause_an_example_and_a_fix(word):
    cause = messages()[f"reject.{word}"]
    (fix,) = (one for one in said()["remedy"].values() if word in one["words"])
    row = re.search(rf"^\| `{word}` \| (.+) \| (.+) \| `(.+)` \|$", PAGE, re.MULTILINE)
    assert row, f"docs/errors.md shows no row for {word}"
    assert (row[1], row[2]) == (cause["zh"], cause["en"])
    assert all(fix[lang].strip() for lang in ("zh", "en"))
    shown = said()["delivered"][word].replace("|", "&#124;")
    assert row[3] == shown


def test_no_example_is_of_a_reject_that_there_is_not():
    assert set(said()["delivered"]) == set(reject_reasons())
