"""Packs for tests: a copy of the shipped one, and a province's with its own page."""

import shutil
from pathlib import Path

from auditor.pack import RULES, rules_folder

HEAD = """[pack]
id = "province-p-2021"
version = "1"
title_zh = "某省更严的时限"
title_en = "Stricter limits of a province"
parent = "nea-2021-37"
"""
TWELVE = """id = "ind34"
[[limit]]
fact = "whole_process"
value = 12
in_force_from = 2022-07-01
source = "某省文件 3.2"
[[case]]
name = "twelve days"
given = { customer_type = "lv_nonresident", three_zero = true, whole_process = 12 }
expect = "pass"
[[case]]
name = "thirteen days"
given = { customer_type = "lv_nonresident", three_zero = true, whole_process = 13 }
expect = "fail"
[[case]]
name = "unknown"
given = { customer_type = "lv_nonresident", three_zero = true }
expect = "undetermined"
"""


def child_pack(folder: Path, page: str = TWELVE, head: str = HEAD) -> Path:
    """A province's pack; its one page gives three-zero users twelve days."""
    (folder / "indicators").mkdir(parents=True)
    (folder / "pack.toml").write_text(head, "utf-8")
    (folder / "indicators" / "ind34.toml").write_text(page, "utf-8")
    return folder


def copied_pack(folder: Path) -> Path:
    """The shipped pack in a folder where it can be changed."""
    return Path(shutil.copytree(rules_folder() / "nea-2021-37", folder))


def without_rules(run: Path) -> Path:
    """A run without its copy of the rules, as an earlier version wrote it."""
    shutil.rmtree(run / RULES)
    return run
