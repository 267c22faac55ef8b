"""``audit rules``: rule pages."""

from pathlib import Path
from typing import Any

import click

from auditor.cli.common import DATE, JSON, LANG, PACK, PATH, guarded
from auditor.errors import AuditError


@click.group()
def rules() -> None:
    """规则页 / rule pages."""


@rules.command("list")
@PACK
@click.option(
    "--clauses",
    is_flag=True,
    help="逐条列出通知的要求 / every clause of the notice and what checks it",
)
@JSON
@LANG
@guarded
def list_(ref: str, clauses: bool, as_json: bool, lang: str) -> None:
    """列出规则 / list the rules of a pack."""
    from auditor import listing, terminal
    from auditor.pack import load_pack

    show = listing.show_clauses if clauses else terminal.show_rules
    show(load_pack(ref), lang, as_json=as_json)


@rules.command()
@click.argument("rule_id", required=False)
@PACK
@click.option(
    "--diff",
    nargs=2,
    metavar="PARENT CHILD",
    help="两个规则包的限值之差 / where the limits of two packs differ",
)
@JSON
@LANG
@guarded
def show(
    rule_id: str | None,
    ref: str,
    diff: tuple[str, str] | None,
    as_json: bool,
    lang: str,
) -> None:
    """一条规则，或两个规则包之差 / one rule, or where two packs differ."""
    from auditor import terminal
    from auditor.pack import differences, load_pack

    if diff is not None:
        found = differences(load_pack(diff[0]), load_pack(diff[1]))
        terminal.show_differences(found, diff, lang, as_json=as_json)
        return
    pack = load_pack(ref)
    if rule_id not in {rule.id for rule in pack.rules}:
        raise AuditError(
            "AUD204", rule=rule_id, known=", ".join(r.id for r in pack.rules)
        )
    terminal.show_rule(pack, rule_id, lang, as_json=as_json)


@rules.command()
@click.argument("packs", nargs=-1)
@LANG
@guarded
def check(packs: tuple[str, ...], lang: str) -> None:
    """检查规则包 / check packs; all problems at once."""
    from auditor import terminal
    from auditor.pack import hints_on, load_pack, shipped_packs

    for ref in packs or shipped_packs():
        pack = load_pack(ref)
        terminal.say(
            "ui.pack_ok",
            lang,
            pack=pack.id,
            version=pack.version,
            rules=len(pack.rules),
            digest=pack.digest[:12],
        )
        terminal.show_hints(hints_on(pack), lang)


@rules.command("test")
@click.argument("packs", nargs=-1)
@LANG
@guarded
def test_(packs: tuple[str, ...], lang: str) -> int:
    """运行规则页上的例子 / run the examples on every rule page."""
    from auditor import terminal
    from auditor.pack import hints_on, load_pack, shipped_packs
    from auditor.rehearsal import run_examples

    wrong = 0
    for ref in packs or shipped_packs():
        pack = load_pack(ref)
        wrong += terminal.show_examples(pack, run_examples(pack), lang)
        untried = [one for one in hints_on(pack) if one.kind != "old_title"]
        terminal.show_hints(untried, lang)
    return 2 if wrong else 0


@rules.command()
@click.argument("packs", nargs=-1)
@click.option(
    "--rule",
    "only",
    multiple=True,
    metavar="ID",
    help="只试这些规则；可重复 / these rules only; repeatable",
)
@JSON
@LANG
@guarded
def mutate(
    packs: tuple[str, ...], only: tuple[str, ...], as_json: bool, lang: str
) -> int:
    """逐处改动规则页，看例子能否发现 / do the examples notice small changes?"""
    from auditor import terminal
    from auditor.mutation import mutate as try_pages
    from auditor.pack import shipped_packs

    usual = ("nea-2021-37",) if only else shipped_packs()  # where the ids are
    found = [try_pages(ref, only) for ref in packs or usual]
    terminal.show_mutations(found, lang, as_json=as_json)
    return 0 if all(one.clean for one in found) else 1


@rules.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.argument("ref", metavar="PACK")
@click.option(
    "--out", type=PATH, help="各县、变动和案件写到这里 / write places, moves and cases"
)
@JSON
@LANG
@guarded
def impact(folder: Path, ref: str, out: Path | None, as_json: bool, lang: str) -> None:
    """改规则页会动哪些结论 / what another pack would move in a finished run."""
    from auditor import terminal
    from auditor.whatif import impact as judge_by
    from auditor.whatif import write_impact

    result = judge_by(folder, ref)
    if out is not None:
        write_impact(result, out)
    terminal.show_impact(result, out, lang, as_json=as_json)


@rules.command()
@click.argument("rule_id")
@click.option(
    "--rules",
    "folder",
    type=PATH,
    required=True,
    metavar="PACK_DIR",
    help="自己的规则包文件夹 / the folder of a pack of one's own",
)
@click.option(
    "--parent", metavar="PACK", help="文件夹为空时，以此为上级新建子包 / begin a child"
)
@click.option("--fact", required=True, help="比较的事实 / whole_process, step_count, …")
@click.option("--limit", type=float, help="限值，等于不算超 / still within")
@click.option("--column", help="end_on 所比的日期列 / the date column for end_on")
@click.option(
    "--applies",
    multiple=True,
    metavar="COND",
    help="customer_type=hv, capacity_kw<=160；可重复 / repeatable",
)
@click.option("--in-force-from", type=DATE, help="自何日起有约束力 / binds from")
@click.option("--clause", default="", help="依据 / what the rule rests on")
@click.option(
    "--under",
    multiple=True,
    metavar="ID",
    help="列入 clauses.toml 的条目，如 task06；可重复 / entries of clauses.toml",
)
@click.option("--severity", default="B", help="A, B, C")
@click.option("--title-zh", default="", help="中文标题 / title in Chinese")
@click.option("--title-en", default="", help="英文标题 / title in English")
@JSON
@LANG
@guarded
def new(folder: Path, parent: str | None, **options: Any) -> None:  # noqa: ANN401
    """新建规则页，附可通过的例子 / a new rule page with examples that agree."""
    from auditor import terminal
    from auditor.scaffold import RuleDraft, new_rule

    lang, as_json = options.pop("lang"), options.pop("as_json")
    if (day := options["in_force_from"]) is not None:
        options["in_force_from"] = day.date()
    made = new_rule(folder, RuleDraft(**options), parent)
    terminal.show_new_rule(made, lang, as_json=as_json)
