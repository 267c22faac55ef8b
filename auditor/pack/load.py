"""Load a rule pack from its folder: everything checked, all problems at once."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from auditor.errors import AuditError, PackError
from auditor.pack.benefits import read_benefits
from auditor.pack.beyond import ACROSS, SCREEN, check_names, read_across, read_screen
from auditor.pack.case import (
    read_classes,
    read_clock,
    read_cost,
    read_documents_table,
    read_notes,
)
from auditor.pack.child import names_parent, read_child
from auditor.pack.clauses import read_clauses
from auditor.pack.conditions import read_conditions
from auditor.pack.indicators import read_indicators
from auditor.pack.laws import read_laws
from auditor.pack.model import Pack, Rule, Screen
from auditor.pack.reading import Page, Problems
from auditor.pack.rules import read_rule
from auditor.pack.shown import indicators_of
from auditor.pack.tables import read_steps, read_tables
from auditor.pack.windows import read_sums, read_windows

SECTIONS = (
    "pack", "tables", "case", "cost", "documents", "note", "class", "window", "sum",
    "law",
)  # fmt: skip
HEAD = ("id", "version", "title_zh", "title_en", "zone")
PAGES = (
    "indicators",
    "ledger",
    "integrity",
)  # folders of rule pages, in the order of their rules


def rules_folder() -> Path:
    """Return the shipped rules: inside the wheel, or beside a checkout's package."""
    inside = Path(__file__).parents[1] / "rules"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "rules"


def shipped_packs() -> tuple[str, ...]:
    """Return the names of the packs that come with the product."""
    return tuple(sorted(p.parent.name for p in rules_folder().glob("*/pack.toml")))


def find_pack(ref: str | Path) -> Path:
    """Return the folder of a shipped pack's name or of a given path.

    Raises:
        AuditError: AUD201, neither is a folder with a ``pack.toml``.
    """
    for folder in (rules_folder() / str(ref), Path(ref)):
        if (folder / "pack.toml").is_file():
            return folder
    raise AuditError("AUD201", pack=str(ref), known=", ".join(shipped_packs()))


def load_pack(ref: str | Path = "nea-2021-37") -> Pack:
    """Return a validated pack: tables, steps, windows, rules with dated limits.

    Args:
        ref: the name of a shipped pack, or the folder of any other.

    Raises:
        AuditError: AUD201, no such pack.
        PackError: AUD202 with every problem, each with file and line.
    """
    folder = find_pack(ref)
    return _load(folder, digest_of(folder), ())


def load_lineage(folders: tuple[Path, ...]) -> Pack:
    """Return a pack whose parents are these folders, whatever names it has for them.

    Args:
        folders: the pack's own, then its parent's, then that one's parent's.

    Raises:
        PackError: AUD202 with every problem, each with file and line.
    """
    return _load(folders[0], digest_of(folders[0]), folders[1:])


def files_of(folder: Path) -> list[Path]:
    """Return the files of a pack in order, those in linked folders aside."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_of(folder: Path) -> str:
    """Return the sha256 over names and bytes of every file of a pack."""
    total = hashlib.sha256()
    for path in files_of(folder):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read_together(digests: Iterable[str]) -> str:
    """Return the digest of a pack from those of its files and of its parents' files."""
    *children, last = digests
    for own in reversed(children):
        last = hashlib.sha256(f"{last}\n{own}".encode()).hexdigest()
    return last


@lru_cache(maxsize=32)
def _load(folder: Path, digest: str, parents: tuple[Path, ...]) -> Pack:
    problems = Problems(folder)
    page = Page.read(folder / "pack.toml", problems)
    if page is not None and names_parent(page):
        load = partial(_parent, parents)
        return read_child(page, folder, digest, load)
    steps_page = Page.read(folder / "steps.toml", problems)
    if page is None or steps_page is None:
        raise PackError("AUD202", problems.found, pack=folder.name)
    pack = _without_rules(page, steps_page, digest)
    rules, screens = _rules(pack, problems)
    shown = pack.indicators or indicators_of(rules, pack)
    pack = replace(pack, rules=rules, indicators=shown, screens=screens)
    pack = replace(pack, laws=read_laws(page, pack.case_rules))
    pack = _with_forms(pack, problems)
    if problems.found:
        raise PackError("AUD202", problems.found, pack=folder.name)
    return pack


def _parent(folders: tuple[Path, ...], ref: str) -> Pack:
    """Return the parent that a child names, or the one that was given for it."""
    return load_lineage(folders) if folders else load_pack(ref)


def _with_forms(pack: Pack, problems: Problems) -> Pack:
    """Add what names rules: the clauses they cover, the form that counts benefits."""
    every = (*(one.id for one in pack.rules), *(one.id for one in pack.screens))
    on_cases = tuple(rule.id for rule in pack.case_rules)
    return replace(
        pack,
        clauses=read_clauses(pack.folder, every, pack.indicators, problems),
        benefits=read_benefits(
            pack.folder, pack.tables, on_cases, read_conditions, problems
        ),
    )


def _without_rules(page: Page, steps_page: Page, digest: str) -> Pack:
    problems = page.problems
    folder = problems.folder
    page.keys(page.data, SECTIONS)
    head = page.need(page.data, "pack", dict)
    page.keys(head, (*HEAD, "calendar"))
    words = {key: page.need(head, key, str, "pack") for key in HEAD}
    tables = read_tables(page)
    steps = read_steps(steps_page)
    calendar = head.get("calendar")
    return Pack(
        **words,
        folder=folder,
        lineage=(folder,),
        digest=digest,
        tables=tables,
        steps=steps,
        clock=read_clock(page, tables, steps),
        classes=read_classes(page, tables),
        windows=read_windows(page, tables, steps),
        sums=read_sums(page, tables),
        rules=(),
        indicators=read_indicators(_if_there(folder / "indicators.toml", problems)),
        cost=read_cost(page, tables, _if_there(folder / "fees.toml", problems)),
        notes=read_notes(page, tables),
        documents_table=read_documents_table(page, tables),
        calendar_folder=folder / calendar if calendar else None,
    )


def _if_there(path: Path, problems: Problems) -> Page | None:
    return Page.read(path, problems) if path.is_file() else None


def rule_pages(folder: Path) -> list[Path]:
    """Return the rule pages of a pack: form, ledger, then integrity."""
    return [path for kind in PAGES for path in sorted((folder / kind).glob("*.toml"))]


def _rules(
    pack: Pack, problems: Problems
) -> tuple[tuple[Rule, ...], tuple[Screen, ...]]:
    """Return the rules that judge subjects, and the screens of distributions."""
    rules: list[Rule] = []
    screens: list[Screen] = []
    seen: dict[str, Page] = {}
    for path in rule_pages(pack.folder):
        page = Page.read(path, problems)
        if page is None:
            continue
        kind = page.data.get("kind")
        one: Rule | Screen = (
            read_screen(page) if kind == SCREEN
            else read_across(page, pack) if kind == ACROSS
            else read_rule(page, pack)
        )  # fmt: skip
        if one.id in seen:
            page.wrong(
                f"规则号 {one.id} 已在 {seen[one.id].name}。",
                f"rule id {one.id} is taken by {seen[one.id].name}.",
                "id",
            )
        seen[one.id] = page
        if isinstance(one, Screen):
            screens.append(one)
        else:
            rules.append(one)
    found = replace(pack, rules=tuple(rules), screens=tuple(screens))
    check_names(seen, found)
    return found.rules, found.screens
