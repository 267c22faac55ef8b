"""What the pages promise: commands run, excerpts are printed, nothing is left out."""

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import click
import pytest

from auditor.cli import cli
from auditor.errors import messages
from auditor.frames.columns import FINDINGS, REJECTS, ROLLUP
from auditor.judge.findings import NOTES
from auditor.judge.words import FIXED_REASONS
from auditor.pack import Rule, load_pack, shipped_packs
from auditor.settings import Limits
from docs import generate
from tests.conftest import SAMPLE_RUN, Answer, Audit

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(
    r"(?:^`([^`\n]+)`\n\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
GAP = "…"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the file that it stands for."""

    name: str | None
    lang: str
    text: str


def blocks(page: str) -> list[Block]:
    return [Block(*found.groups()) for found in BLOCK.finditer(page)]


def commands(page: str) -> list[str]:
    """The lines of shell blocks, without remarks."""
    lines = [
        line for b in blocks(page) if b.lang == "sh" for line in b.text.splitlines()
    ]
    return [line.partition(" # ")[0].strip() for line in lines if line.strip()]


def audit_commands(page: str) -> list[str]:
    return [line for line in commands(page) if line.startswith("audit ")]


def consoles(page: str) -> list[tuple[str, list[str]]]:
    """Each console block: the command after ``$``, and the lines that it prints."""
    shown = [b.text.splitlines() for b in blocks(page) if b.lang == "console"]
    return [(lines[0].removeprefix("$ "), lines[1:]) for lines in shown]


def recipe(target: str) -> list[str]:
    """The words of the command that a make target runs."""
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    line = re.search(rf"^{target}:.*\n\t\$\(BIN\)/(.*)$", text, re.MULTILINE)
    assert line, target
    return shlex.split(line[1])


def write_blocks(page: str, folder: Path) -> None:
    """Write the files that a page shows into a folder."""
    for block in (b for b in blocks(page) if b.name):
        path = folder / block.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the checkout, with the files that the README shows."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("sample_data", "rules"):
        (folder / name).symlink_to(ROOT / name)
    write_blocks(README, folder)
    return folder


@pytest.fixture(scope="module")
def outputs(place: Path, audit: Audit, sampled: tuple[Path, Answer]) -> dict[str, str]:
    """What each command of the README prints, given in the order of the page.

    ``make audit`` has been given already: it makes the sample that all tests share.
    """
    asked = ["make audit", *audit_commands(README), *(c for c, _ in consoles(README))]
    said: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for line in dict.fromkeys(asked):
            if line == "make audit":
                said[line] = sample_again(sampled, recipe("audit"))
            else:
                said[line] = done(audit, shlex.split(line))
    return said


def sample_again(sampled: tuple[Path, Answer], words: list[str]) -> str:
    """Put the shared sample where the command, which is the same, would put it."""
    folder, answer = sampled
    asked = [str(word).removeprefix(f"{ROOT}/") for word in SAMPLE_RUN]
    assert words == ["audit", *asked, "--out", "out/sample", "--force"]
    shutil.copytree(folder, "out/sample")
    return answer.out.replace(str(folder), "out/sample")


def done(audit: Audit, words: list[str]) -> str:
    """Give a command that must end well; return what it prints."""
    answer = audit(*words[1:])
    assert answer.code == 0, f"{words}: {answer.err or answer.out}"
    return answer.out


# ---- the front page


def test_every_command_of_the_readme_works(outputs):
    assert set(audit_commands(README)) <= set(outputs)
    assert len(audit_commands(README)) >= 6


@pytest.mark.parametrize("command", [command for command, _ in consoles(README)])
def test_every_excerpt_of_the_readme_is_what_the_command_prints(outputs, command):
    (shown,) = (lines for name, lines in consoles(README) if name == command)
    printed = outputs[command].splitlines()
    wanted = [line for line in shown if line.strip() != GAP]
    assert [line for line in wanted if line not in printed] == []
    left = iter(printed)
    assert [line for line in wanted if line not in left] == [], "out of order"


def test_every_make_target_of_the_readme_exists():
    asked = {line.split()[1] for line in commands(README) if line.startswith("make ")}
    assert asked == {"audit", "test"}
    assert all(recipe(target) for target in asked)


def test_every_file_of_a_run_folder_is_in_the_readme(outputs, place):
    folder = place / "out" / "sample"
    table = README.partition("## 结果文件夹")[2].partition("\n## ")[0]
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert {
        n for n in names if not re.search(rf"`(?:{re.escape(n)}|evidence/)`", table)
    } <= {n for n in names if n.startswith("evidence/")}


def test_the_readme_says_what_each_exit_code_means():
    codes = {int(row["exit"]) for row in messages().values() if "exit" in row} | {0, 1}
    assert {
        int(found) for found in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)
    } == codes


# ---- pages that are made


@pytest.mark.parametrize(
    "name", ["docs/cli.md", "docs/errors.md", "docs/reasons.md", "README.md"]
)
def test_the_made_pages_are_up_to_date(name):
    assert (ROOT / name).read_text("utf-8") == generate.pages()[name], "run `make docs`"


def walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from walk(inner, f"{path} {name}")
    else:
        yield path, command


@pytest.mark.parametrize(
    ("path", "command"), list(walk(cli, "audit")), ids=lambda one: str(one)
)
def test_every_command_and_option_is_explained(path, command):
    section = generate.cli_page().partition(f"## {path}\n")[2].partition("\n## ")[0]
    assert command.help and command.help in section
    for option in (one for one in command.params if isinstance(one, click.Option)):
        row = next(
            line for line in section.splitlines() if f"`{option.opts[0]}" in line
        )
        assert generate.NONE not in row, f"say what {path} {option.opts[0]} does"


def test_every_error_has_an_example_without_blanks():
    examples = re.findall(r"^- 例 example: (.*)$", generate.errors_page(), re.MULTILINE)
    codes = [key for key in messages() if key.startswith("AUD")]
    assert len(examples) == len(codes)
    assert [line for line in examples if re.search(r"\{\w+\}", line)] == []


def test_every_reject_is_grouped_by_what_to_do():
    grouped = [
        w for group in generate.said()["remedy"].values() for w in group["words"]
    ]
    known = [k.removeprefix("reject.") for k in messages() if k.startswith("reject.")]
    assert sorted(grouped) == sorted(known)


def test_every_reason_says_what_to_do():
    told = {word for verdict in generate.VERDICTS for word in generate.said()[verdict]}
    noted = {one.id for ref in shipped_packs() for one in load_pack(ref).notes}
    assert {*FIXED_REASONS, *NOTES, *noted, "missing", "outside"} <= told
    assert {
        k.removeprefix("reason.") for k in messages() if k.startswith("reason.")
    } == told


# ---- pages that are written


def test_every_cap_is_explained_with_its_value():
    page = (ROOT / "docs" / "limits.md").read_text("utf-8")
    caps = {one.name: getattr(Limits(), one.name) for one in fields(Limits)}
    assert [n for n, v in caps.items() if f"| `{n}` | {v:,} |" not in page] == []
    words = re.findall(r"`([a-z_]+)`", page.partition("## Numbers")[0])
    known = {key.removeprefix("reject.") for key in messages()}
    assert [w for w in words if "_" in w and w not in known | set(caps)] == []


RULES = [(ref, rule) for ref in shipped_packs() for rule in load_pack(ref).rules]


@pytest.mark.parametrize(
    ("ref", "rule"), RULES, ids=lambda one: getattr(one, "id", one)
)
def test_the_changelog_names_every_rule_with_date_clause_and_limits(
    ref: str, rule: Rule
):
    page = (ROOT / "CHANGELOG.md").read_text("utf-8")
    rows = [ln for ln in page.splitlines() if ln.startswith(f"| `{rule.id}` |")]
    assert rows, f"CHANGELOG.md has no line for {rule.id} of {ref}"
    since = rule.limits[0].in_force_from if rule.limits else rule.in_force_from
    named = [rule.clause, *([str(since)] if since else [])]
    named += [f"{one.value:g}" for one in rule.limits if one.value is not None]
    assert [what for what in named if what not in rows[-1]] == []


def test_the_rules_of_judgement_are_numbered_1_to_39_and_end_with_law_l():
    page = (ROOT / "docs" / "judgement.md").read_text("utf-8")
    heads = re.findall(r"^### (\d+)\. (.+)$", page, re.MULTILINE)
    assert [int(number) for number, _ in heads] == list(range(1, 40))
    assert page.count("*Serves:*") == 39
    assert page.count("*Example:*") == 40
    assert page.rindex("## Law L") > page.rindex("### 39.")


def test_the_frames_are_described_column_by_column():
    said = set(re.findall(r"`([a-z_]+)`", ARCHITECTURE))
    assert {*REJECTS, *FINDINGS, *ROLLUP} <= said


def test_every_package_and_layer_is_described():
    config = (ROOT / "pyproject.toml").read_text("utf-8")
    layers = re.search(r"^layers = \[\n(.*?)^\]", config, re.DOTALL | re.MULTILINE)
    lines = re.findall(r'"(.+?)"', layers[1])
    (drawn,) = (b.text for b in blocks(ARCHITECTURE) if b.text.startswith("cli\n"))
    assert [ln.split("   ")[0].strip() for ln in drawn.splitlines()] == lines
    for name in {part.strip() for line in lines for part in line.split("|")}:
        found = re.search(rf"`auditor/{name}(?:\.py)?`", ARCHITECTURE)
        assert found, f"say in docs/architecture.md what auditor/{name} is for"


def test_every_path_that_a_page_names_exists():
    pattern = r"`((?:auditor|rules|docs|tests|sample_data)/[\w./-]+)`"
    wrong = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in PAGES
        for name in re.findall(pattern, page.read_text("utf-8"))
        if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists()
    ]
    assert wrong == []


def test_every_link_leads_somewhere():
    wrong = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            name, _, anchor = target.partition("#")
            there = (page.parent / name).resolve() if name else page
            if not there.exists() or (anchor and not has_heading(there, anchor)):
                wrong.append(f"{page.name}: {target}")
    assert wrong == []


def has_heading(page: Path, anchor: str) -> bool:
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    slugs = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
    return anchor in slugs


def test_every_decision_says_what_and_why_in_few_lines():
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        number = path.name[:4]
        lines = path.read_text("utf-8").splitlines()
        assert lines[0].startswith(f"# {number} · "), path.name


# ---- the worked example

NEW_RULE, STRICTER = (
    ARCHITECTURE.partition(f"\n## {head}\n")[2].partition("\n## ")[0]
    for head in ("A new rule, from page to verdict", "A stricter limit than the parent")
)
PLEDGED = """case_id,county_code,customer_type,three_zero,submitted_at,energised_at
B-1,900101,lv_nonresident,true,2022-06-30,2022-07-15
B-2,900101,lv_nonresident,true,2022-07-01,2022-07-18
"""  # both took 11 working days: under 12, over 10


def write_worked(section: str, folder: Path) -> None:
    """Write the files of a worked example, and the dump that it judges."""
    write_blocks(section, folder)
    (folder / "my-dump").mkdir()
    (folder / "my-dump" / "cases.csv").write_text(PLEDGED, "utf-8")
    (folder / "my-dump" / "events.csv").write_text(
        "case_id,step,finished_at\n", "utf-8"
    )


def test_the_worked_example_of_a_rule_runs_from_page_to_verdict(
    audit, tmp_path, monkeypatch
):
    (copy,) = (c for c in commands(NEW_RULE) if c.startswith("cp "))
    _, _, pack, own = copy.split()
    shutil.copytree(ROOT / pack, tmp_path / own)
    write_worked(NEW_RULE, tmp_path)
    monkeypatch.chdir(tmp_path)
    check, test, run, explain = map(shlex.split, audit_commands(NEW_RULE))

    done(audit, check)
    done(audit, test)
    assert "prov01" in done(audit, run)
    late = done(audit, explain)
    assert "prov01  不合格" in late
    assert "计入 11 个工作日" in late
    in_time = done(audit, [word.replace("B-2", "B-1") for word in explain])
    assert "prov01  合格" in in_time


def test_the_worked_example_of_a_stricter_limit_runs_from_page_to_verdict(
    audit, tmp_path, monkeypatch
):
    write_worked(STRICTER, tmp_path)
    late = PLEDGED.replace("2022-07-18", "2022-07-20")  # 13 working days, under 15
    (tmp_path / "my-dump" / "cases.csv").write_text(late, "utf-8")
    monkeypatch.chdir(tmp_path)
    check, test, show, run, explain = map(shlex.split, audit_commands(STRICTER))

    assert len(done(audit, check).splitlines()) == 1, "a hint"
    assert "3 个例子全部符合" in done(audit, test)
    assert "不超过 12 个工作日" in done(audit, show)
    done(audit, run)
    told = done(audit, explain)
    assert "ind34  不合格" in told
    assert "不超过 12 个工作日" in told
    assert "限值依据：某省实施方案 第 3 条" in told
    assert audit("rules", "mutate", "stricter", "--rule", "ind34").code in (0, 1)
