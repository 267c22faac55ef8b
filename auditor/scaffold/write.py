"""Write a new rule page into a pack, once all of it is known to be good."""

import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.errors import AuditError, PackError
from auditor.fsops import write_text
from auditor.pack import Pack, load_pack, rules_folder, shipped_packs
from auditor.rehearsal import rehearse
from auditor.scaffold.cases import cases_of
from auditor.scaffold.draft import Plan, RuleDraft, planned
from auditor.scaffold.page import pack_text, page_text

FOLDER = "indicators"
CLAUSES = "clauses.toml"
HEAD = "pack.toml"


@dataclass(frozen=True, slots=True)
class NewRule:
    """What was written: the page, and the other files that were made or changed.

    ``listed`` says whether the pack's list of clauses names the rule, None if the
    pack has no such list.
    """

    rule_id: str
    page: Path
    files: tuple[Path, ...]
    examples: int
    listed: bool | None


def new_rule(folder: Path, draft: RuleDraft, parent: str | None = None) -> NewRule:
    """Write a rule page on facts that exist, with examples that come out.

    A folder that does not exist, or is empty, becomes a child pack of ``parent``. All
    is tried in a copy first; if anything is wrong, nothing is written.

    Args:
        folder: a pack of one's own, or where a child pack is to begin.
        draft: what the rule compares, and in whom.
        parent: the pack that a new child pack stands on, by name or folder.

    Raises:
        AuditError: AUD403 the folder cannot be written, AUD565 no pack and no parent,
            AUD566 the folder holds other things, AUD567 it has another parent, and
            those of :func:`auditor.load_pack`.
        PackError: AUD561 with every problem of the draft: AUD560 a shipped pack,
            AUD562 a value, AUD563 the page is there, AUD564 the id is taken, AUD568
            no such fact, AUD203 a condition.
    """
    fresh = _is_fresh(folder, parent)
    # A pack that is to begin has no page of its own yet: all are the parent's.
    above = replace(load_pack(str(parent)), own=()) if fresh else None
    pack = above or load_pack(_own(folder))
    # A child pack has no list of clauses: it stands on that of its parent.
    own = not fresh and pack.parent is None
    clauses = [one.id for one in pack.clauses] if own else []
    plan, problems = planned(draft, pack, clauses)
    if _is_shipped(folder):
        problems.insert(0, AuditError("AUD560", pack=folder.name))
    page = folder / FOLDER / f"{draft.rule_id}.toml"
    if page.exists():
        problems.append(AuditError("AUD563", file=page))
    if problems:
        raise PackError("AUD561", problems, rule=draft.rule_id)
    files = _files(plan, pack, folder, parent if fresh else None)
    count = _tried(folder, files, draft.rule_id)
    _write(folder, files)
    listed = bool(draft.under) if (folder / CLAUSES).is_file() else None
    others = tuple(path for path in files if path != page)
    return NewRule(draft.rule_id, page, others, count, listed)


def _own(folder: Path) -> Path:
    """Return a folder that is there by its whole path, which names no shipped pack."""
    return folder.resolve() if folder.is_dir() else folder


def _write(folder: Path, files: dict[Path, str]) -> None:
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, text)
    except OSError as error:
        raise AuditError(
            "AUD403", folder=folder, why=error.strerror or error
        ) from error


def _is_fresh(folder: Path, parent: str | None) -> bool:
    """Whether a child pack has to be begun in the folder."""
    if (folder / HEAD).is_file():
        if parent is not None and (has := _parent_of(folder)) != parent:
            raise AuditError("AUD567", folder=folder, was=has or "—", asked=parent)
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AuditError("AUD566", folder=folder)
    if parent is None:
        if _is_shipped(folder):
            return False
        raise AuditError("AUD565", folder=folder, known=", ".join(shipped_packs()))
    return True


def _parent_of(folder: Path) -> str | None:
    try:
        head = tomllib.loads((folder / HEAD).read_text("utf-8")).get("pack", {})
    except (OSError, ValueError):
        return None
    return head.get("parent") if isinstance(head, dict) else None


def _is_shipped(folder: Path) -> bool:
    """Whether a folder, or a name given for one, is a pack of the product."""
    inside = folder.resolve().is_relative_to(rules_folder().resolve())
    return inside or (str(folder) in shipped_packs() and not folder.is_dir())


def _files(plan: Plan, pack: Pack, folder: Path, parent: str | None) -> dict[Path, str]:
    """Return every file to be written, with its text."""
    files: dict[Path, str] = {}
    if parent is not None:
        name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
        files[folder / HEAD] = pack_text(name or "province", parent)
    rule_id = plan.draft.rule_id
    text = page_text(plan, cases_of(plan, pack))
    files[folder / FOLDER / f"{rule_id}.toml"] = text
    if plan.draft.under:
        clauses = (folder / CLAUSES).read_text("utf-8")
        for name in plan.draft.under:
            clauses = with_rule(clauses, name, rule_id)
        files[folder / CLAUSES] = clauses
    return files


def with_rule(text: str, clause: str, rule_id: str) -> str:
    """Return the text of clauses.toml with a rule named by one more clause."""
    number = clause.removeprefix("task").lstrip("0")
    key = rf"number\s*=\s*{number}" if number.isdigit() else rf'id\s*=\s*"{clause}"'
    blocks = re.split(r"(?m)^(?=\[\[)", text)
    for at, block in enumerate(blocks):
        if not re.search(rf"(?m)^{key}\s*(#.*)?$", block):
            continue
        found = re.search(r"(?ms)^(rules\s*=\s*\[)(.*?)(\s*,?\s*\])", block)
        if found is None:
            blocks[at] = f'{block.rstrip()}\nrules = ["{rule_id}"]\n\n'
        else:
            comma = ", " if found[2].strip() else ""
            named = f'{found[1]}{found[2]}{comma}"{rule_id}"]'
            blocks[at] = block[: found.start()] + named + block[found.end() :]
        break
    return "".join(blocks)


def _tried(folder: Path, files: dict[Path, str], rule_id: str) -> int:
    """Load the pack with these files in a copy and run the examples of the page.

    Returns how many examples there are.
    """
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / folder.resolve().name
        if folder.is_dir():
            shutil.copytree(folder, copy)
        for path, text in files.items():
            there = copy / path.relative_to(folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(text, "utf-8")
        pack = load_pack(copy)
        outcomes = rehearse(pack, [pack.rule(rule_id)])
        wrong = [one for one in outcomes if not one.agrees]
        if wrong:
            first = wrong[0]
            name, page = first.example.name, first.rule.page
            raise AuditError("AUD570", pack=pack.id, page=page, name=name)
        return len(outcomes)
