"""The house rules that a machine can check: sizes, layers of words, nothing private."""

import ast
import importlib
import re
import string
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from auditor.errors import messages
from auditor.judge.words import FIXED_REASONS
from auditor.pack import load_pack, shipped_packs
from auditor.settings import OUTPUTS
from auditor.vocabulary import COHORTS, STATUSES, VERDICTS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "auditor"
MODULES = sorted(PACKAGE.rglob("*.py"))
STAGES = ("read", "clean", "measure", "judge", "rollup", "write")
LINES_OF_MODULE, LINES_OF_FUNCTION, PARAMETERS = 300, 40, 6
LANGUAGES = ("zh", "en")
EXITS = {0, 1, 2, 3, 4, 5, 70}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


# --------------------------------------------------------------------------- sizes


def test_a_module_fits_on_a_few_screens():
    sizes = {name_of(p): len(p.read_text("utf-8").splitlines()) for p in MODULES}
    assert {k: n for k, n in sizes.items() if n > LINES_OF_MODULE} == {}


def test_a_function_fits_on_one_screen():
    sizes = {f"{name_of(p)}:{f.name}": length(f) for p in MODULES for f in functions(p)}
    assert {k: n for k, n in sizes.items() if n > LINES_OF_FUNCTION} == {}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring."""
    first = function.body[0]
    described = ast.get_docstring(function, clean=False) is not None
    said = first.end_lineno - first.lineno + 1 if described else 0
    return function.end_lineno - function.lineno + 1 - said


def test_a_function_takes_few_parameters():
    sizes = {f"{name_of(p)}:{f.name}": width(f) for p in MODULES for f in functions(p)}
    assert {k: n for k, n in sizes.items() if n > PARAMETERS} == {}


def width(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return sum(one.arg not in ("self", "cls") for one in named)


def test_a_module_says_in_one_sentence_what_it_is_for():
    silent = []
    for path in MODULES:
        said = (ast.get_docstring(tree_of(path)) or "").partition("\n")[0]
        if path.read_text("utf-8").strip() and not said.endswith((".", "?", ":")):
            silent.append(name_of(path))
    assert silent == []


# -------------------------------------------------------------------------- layers


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_exports_the_verb_it_is_named_after(stage):
    module = importlib.import_module(f"auditor.{stage}")
    assert callable(getattr(module, stage))
    assert stage in module.__all__


SHELL = re.compile(r"auditor/(__main__|listing|usage)\.py|auditor/(cli|terminal)/.*")
NETWORK = {
    *("socket", "ssl", "urllib.request", "http.client", "ftplib", "smtplib"),
    *("requests", "httpx", "aiohttp"),
}


def importers(*names: str) -> list[str]:
    """The modules that import one of these, or something of theirs."""
    return [
        name_of(path)
        for path in MODULES
        if any(
            found == n or found.startswith(f"{n}.")
            for found in imports(path)
            for n in names
        )
    ]


def test_frames_are_polars_and_nothing_else():
    assert importers("pandas") == []


def test_nothing_talks_to_a_network():
    assert importers(*NETWORK) == []


def test_only_the_shell_knows_click():
    assert [name for name in importers("click") if not SHELL.fullmatch(name)] == []


def test_only_the_shell_prints():
    printing = {
        name_of(path)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    assert [name for name in printing if not SHELL.fullmatch(name)] == []


def test_what_the_notice_says_stands_in_data_and_not_in_code():
    """No holiday and no notice in Python; the synthetic province has its own."""
    law = re.compile(r"国办发明电|国能综通|(春|清明|劳动|端午|中秋|国庆)节")
    told = []
    for path in MODULES:
        docs = {ast.get_docstring(node, clean=False) for node in documented(path)}
        said = [t for t in literals(path) if law.search(t) and t not in docs]
        told += [(name_of(path), t) for t in said if "demo" not in path.parts]
    assert told == []


def documented(path: Path) -> Iterator[ast.AST]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, kinds))


# ------------------------------------------------------------------------ messages

CODES = sorted({
    code
    for path in MODULES
    for code in re.findall(r"\bAUD\d{3}\b", path.read_text("utf-8"))
})  # fmt: skip
CALLS = ("text", "say", "advice", "word", "_said", "said")


def literals(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_is_explained_in_both_languages_with_its_exit(code):
    row = messages()[code]
    assert all(str(row[lang]).strip() for lang in LANGUAGES)
    assert row["exit"] in EXITS


def test_no_error_code_is_explained_that_nothing_raises():
    assert [key for key in messages() if key.startswith("AUD")] != []
    assert {key for key in messages() if key.startswith("AUD")} - set(CODES) == set()


def test_every_text_exists_in_both_languages_with_the_same_blanks():
    for key, row in messages().items():
        assert {"zh", "en"} <= row.keys(), key
        for zh, en in (("zh", "en"), ("fix_zh", "fix_en")):
            assert (zh in row) == (en in row), key
            if zh in row:
                assert blanks(str(row[zh])) == blanks(str(row[en])), key


def blanks(text: str) -> set[str]:
    """The placeholders of a text; one a language stands for either."""
    fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return {re.sub(r"_?(zh|en)$", "", name) for name in fields}


def test_every_reason_of_a_reject_is_explained():
    words = set()
    for path in [*(PACKAGE / "read").glob("*.py"), *(PACKAGE / "clean").glob("*.py")]:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                words |= set(reasons_in(node))
    assert len(words) >= 40
    assert {word for word in words if f"reject.{word}" not in messages()} == set()


def reasons_in(call: ast.Call) -> Iterator[str]:
    """What is given to a refusal, or as ``reason``; a choice of two gives both."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = [word.value for word in call.keywords if word.arg == "reason"]
    if name in ("Refused", "SourceRefused") and call.args:
        given.append(call.args[0])
    for value in given:
        branches = (
            [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        )
        for branch in branches:
            if isinstance(branch, ast.Constant) and isinstance(branch.value, str):
                yield branch.value


def test_no_reason_of_a_reject_is_explained_that_nothing_gives():
    said = {text for path in MODULES for text in literals(path)}
    words = [k.removeprefix("reject.") for k in messages() if k.startswith("reject.")]
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("verdict", VERDICTS),
        ("status", STATUSES),
        ("reason", FIXED_REASONS),
        ("state", ("open", "energised", "withdrawn", "unknown")),
        ("level", ("county", "city", "province")),
        ("basis", ("events", "attributes", "approvals", "mixed", "attestation")),
    ],
)
def test_every_word_of_a_verdict_is_explained(section, words):
    assert [word for word in words if f"{section}.{word}" not in messages()] == []


def test_every_reason_that_a_sample_run_gives_is_explained(sample):
    for name in ("verdicts", "findings"):
        rows = pl.read_parquet(sample / f"{name}.parquet")
        columns = [c for c in rows.columns if c.endswith("reason")]
        told = {
            word for c in columns for word in rows[c].cast(pl.String).unique() if word
        }
        plain = {re.sub(r"^(outside|missing)_.*", r"\1", word) for word in told}
        assert {word for word in plain if f"reason.{word}" not in messages()} == set()
    assert set(pl.read_parquet(sample / "verdicts.parquet")["cohort"]) == set(COHORTS)


@pytest.mark.parametrize("pack", shipped_packs())
def test_every_fact_that_a_rule_compares_has_a_name(pack):
    rules = load_pack(pack).rules
    facts = {fact for rule in rules for fact in rule.facts}
    flags = {rule.flag for rule in rules if rule.flag}
    named = {key.partition(".")[2] for key in messages() if key.startswith("part.")}
    named |= {key.partition(".")[2] for key in messages() if key.startswith("fact.")}
    assert {name for name in facts | flags if name not in named} == set()


def test_every_text_that_the_code_asks_for_exists():
    asked = set()
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[0]
                if name in CALLS and isinstance(first, ast.Constant):
                    asked.add(first.value)
    dotted = {
        k for k in asked if isinstance(k, str) and re.fullmatch(r"[a-z]+\.\w+", k)
    }
    assert len(dotted) >= 30
    assert {key for key in dotted if key not in messages()} == set()


# -------------------------------------------------------------- what is not written

# Written so that they do not match themselves.
NAMESPACES = r"www\.xes-standard\.org/|www\.w3\.org/|schemas\."
SECRETS = {
    "a host": re.compile(rf"https?://(?!(?:[\w.]*\.)?example\b|x\b|{NAMESPACES})"),
    "a path of one machine": re.compile(
        r"(?<![\w./])/(?:[w]ork|[h]ome|[r]oot|[U]sers|[m]nt|[t]mp)/\w"
    ),
    "how the work was organised": re.compile(
        r"\b(?:(?:sub-?)?[a]gents?|[h]elpers?|[i]ssue ?#\d+|[a]ssistants?)\b",
        re.IGNORECASE,
    ),
    "a meeting": re.compile(r"(?<!scope=\")\b[s]essions?\b", re.IGNORECASE),
}
DATA = ("sample_data/", "requirements")  # compared byte for byte, or made by a tool


def tracked() -> list[str]:
    words = ["git", "ls-files", "-z"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    return [name for name in done.stdout.split("\0") if name]


@pytest.mark.parametrize("what", SECRETS)
def test_the_repository_names_neither_hosts_nor_machines_nor_its_makers(what):
    found = []
    for name in tracked():
        if name.startswith(DATA) or not (ROOT / name).is_file():
            continue
        data = (ROOT / name).read_bytes()
        if b"\0" in data:
            continue
        lines = enumerate(data.decode("utf-8").splitlines(), 1)
        found += [
            f"{name}:{n}: {ln.strip()[:80]}"
            for n, ln in lines
            if SECRETS[what].search(ln)
        ]
    assert found == []


def test_every_text_file_is_utf_8_with_plain_line_ends():
    for name in tracked():
        if (
            name.startswith(("sample_data/dump", "sample_data/shapes"))
            or not (ROOT / name).is_file()
        ):
            continue
        data = (ROOT / name).read_bytes()
        if b"\0" not in data:
            data.decode("utf-8")
            assert b"\r" not in data, name


def test_everything_of_the_package_is_named_by_the_layer_contract():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (layers,) = [
        contract["layers"]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    ]
    named = {name.strip() for layer in layers for name in re.split(r"[|:]", layer)}
    there = {
        path.stem
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert there - named <= {"__init__", "__main__"}


def test_outputs_that_may_be_left_out_are_written_by_the_last_stage():
    text = (PACKAGE / "write" / "stage.py").read_text("utf-8")
    text += (PACKAGE / "pipeline.py").read_text("utf-8")
    assert [name for name in OUTPUTS if f'"{name}"' not in text] == []
