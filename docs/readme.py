"""Write the generated section of README.md anew: what the pack checks of the notice."""

from pathlib import Path

from auditor.fsops import write_text
from auditor.pack import coverage_page, load_pack, with_section

README = Path(__file__).parents[1] / "README.md"

if __name__ == "__main__":
    page = README.read_text("utf-8")
    write_text(README, with_section(page, coverage_page(load_pack())))
