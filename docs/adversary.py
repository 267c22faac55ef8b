"""Write the page about the operators of an interested party, and what shows them.

Run by ``make docs``; a test compares the page with what this would write.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.adversary import OPERATORS  # noqa: E402

PAGE = ROOT / "docs" / "adversary.md"
INTRO = """\
<!-- Made by `make docs` from benchmarks/adversary: edit that. -->

# 篡改手法 · What tampering leaves behind

被查的一方自己写这些文件。下列每一种手法都在各类、各种毛病的申请上试过：不合格的不再不合格、不能认定的变成合格，
就算得手；得手而不留下任何信号、存疑、排除、提示或拒收的，只能是第二张表里的手法。

The party under audit wrote the files. Each operator below is tried on applications of
every class with every kind of flaw. It has gained where a failing rule does not fail
any more or an open question became a pass. Whatever gains and leaves no signal, doubt,
exclusion, note or reject stands in the second table, and nothing else does:
`tests/test_adversary.py` holds this page to it.
"""
SHOWN = """\
## 一次报送就会露出痕迹 · What one delivery gives away

| 手法 operator | 目的 aim |
| --- | --- |
"""
HONEST = """\
## 一次报送看不出的 · What one delivery cannot tell

改后的记录也可能是真实的。要靠数据之外的凭据，或者两次报送的比对（`audit compare`）。

The result may also be an honest history. Each needs something outside the dump, or two
deliveries and `audit compare`.

| 手法 operator | 为何看不出 why | 靠什么揭出 what exposes it |
| --- | --- | --- |
"""


def page() -> str:
    """Return the text of the page."""
    path = ROOT / "benchmarks" / "adversary" / "honest.toml"
    honest = tomllib.loads(path.read_text("utf-8"))
    shown = [
        f"| `{one.name}` | {one.aim} |" for one in OPERATORS if one.name not in honest
    ]
    listed = [
        f"| `{name}` | {row['zh']} {row['en']}"
        f" | {row['exposed_zh']} · {row['exposed_en']} |"
        for name, row in honest.items()
    ]
    return (
        "\n".join([INTRO, SHOWN + "\n".join(shown), "", HONEST + "\n".join(listed)])
        + "\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
