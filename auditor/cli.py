"""The ``audit`` command: each command is a few lines over a public function.

Heavy imports happen inside the commands, so that ``audit --help`` answers at once.
"""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from auditor.errors import AuditError
from auditor.usage import BilingualGroup

DATE = click.DateTime(["%Y-%m-%d"])
PATH = click.Path(path_type=Path)
LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="语言 / language"
)


def guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn a user-facing error into its message and exit code, never a traceback."""

    @wraps(command)
    def inner(**options: Any) -> None:  # noqa: ANN401 - whatever click parsed
        lang = options.get("lang", "zh")
        try:
            code = command(**options)
        except AuditError as error:
            click.echo(error.render(lang), err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            # Whoever read the output had enough; the exit must not complain about it.
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            sys.exit(141)
        except KeyboardInterrupt:
            sys.exit(130)
        except Exception as error:
            click.echo(
                AuditError(
                    "AUD999",
                    kind=type(error).__name__,
                    why=str(error).partition("\n")[0],
                ).render(lang),
                err=True,
            )
            sys.exit(70)
        sys.exit(code or 0)

    return inner


@click.group(
    cls=BilingualGroup, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="auditor", prog_name="audit")
def cli() -> None:
    """逐件核查用电报装是否合规 / Audit hook-up applications case by case."""
    for stream in (sys.stdout, sys.stderr):
        # A rare character must not stop a report on a terminal that lacks it.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@cli.command()
@click.argument("dump", nargs=-1, required=True, type=PATH)
@click.option("--out", required=True, type=PATH, help="结果文件夹 / run folder to make")
@click.option(
    "--dossier",
    type=PATH,
    help="派出机构的名册、佐证 / the agency's roster and attestations",
)
@click.option(
    "--rules", default="nea-2021-37", show_default=True, help="规则包 / rule pack"
)
@click.option("--period", help="2021H1 | 2021 | FROM..TO")
@click.option("--cutoff", type=DATE, help="截止日 / cut-off day")
@click.option(
    "--mapping", type=PATH, help="字段对照 / mapping.toml of the source system"
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
)
@click.option(
    "--memory", default="4GB", show_default=True, help="内存上限 / memory bound"
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["rejects", "undetermined", "not-met"]),
)
@click.option("--key-file", type=PATH, help="散列密钥 / key of the keyed hashes")
@click.option(
    "--force", is_flag=True, help="覆盖已有结果 / replace an existing run folder"
)
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable")
@LANG
@guarded
def run(**options: Any) -> int:  # noqa: ANN401
    """核查一批数据 / audit a dump."""
    from auditor import pipeline, terminal
    from auditor.settings import Settings

    cutoff = options["cutoff"]
    settings = Settings(
        inputs=options["dump"],
        out=options["out"],
        dossier=options["dossier"],
        rules=options["rules"],
        period=options["period"],
        cutoff=cutoff.date() if cutoff else None,
        mapping=options["mapping"],
        engine=options["engine"],
        memory=options["memory"],
        lang=options["lang"],
        fail_on=options["fail_on"],
        key_file=options["key_file"],
        force=options["force"],
    )
    result = pipeline.run(settings, terminal.progress_in(settings.lang))
    terminal.show_run(result, settings, as_json=options["as_json"])
    return result.exit_code


@cli.command()
@click.argument("folder", type=PATH)
@click.argument("case_id")
@click.option("--rule", "rule_id", help="只看一条规则 / one rule only")
@click.option("--json", "as_json", is_flag=True)
@LANG
@guarded
def explain(
    folder: Path, case_id: str, rule_id: str | None, as_json: bool, lang: str
) -> None:
    """一件的完整论证 / the full argument for one case."""
    from auditor import terminal
    from auditor.explain import explain as explain_case

    terminal.show_argument(
        explain_case(folder, case_id, rule_id), lang, as_json=as_json
    )


@cli.command()
@click.argument("folder", type=PATH)
@click.argument("declared", type=PATH)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["refuted", "arithmetic-wrong", "not-proven", "not-checkable"]),
)
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable")
@LANG
@guarded
def reconcile(**options: Any) -> int:  # noqa: ANN401
    """核对申报的附件2 / a declared form against a run, cell by cell."""
    from auditor import terminal
    from auditor.reconcile import reconcile as compare

    folder, lang = options["folder"], options["lang"]
    result = compare(folder, options["declared"], lang)
    terminal.show_reconciliation(result, folder, lang, as_json=options["as_json"])
    return 1 if result.fails(options["fail_on"]) else 0


@cli.command()
@click.argument("folder", type=PATH)
@click.option(
    "--cases", default=4000, show_default=True, type=click.IntRange(400, 50_000_000)
)
@click.option("--seed", default=37, show_default=True)
@LANG
@guarded
def demo(folder: Path, cases: int, seed: int, lang: str) -> None:
    """生成演示数据 / write a synthetic dump, dossier and the planted truth."""
    from auditor import terminal
    from auditor.demo import write_demo

    if folder.exists() and any(folder.iterdir()):
        raise AuditError("AUD406", folder=folder)
    write_demo(folder, cases, seed)
    terminal.say("ui.demo_written", lang, folder=folder, cases=cases, seed=seed)


@cli.group()
def rules() -> None:
    """规则页 / rule pages."""


PACK = click.option(
    "--rules",
    "ref",
    default="nea-2021-37",
    show_default=True,
    help="规则包 / rule pack",
)


@rules.command("list")
@PACK
@click.option(
    "--clauses",
    is_flag=True,
    help="逐条列出通知的要求 / every clause of the notice and what checks it",
)
@click.option("--json", "as_json", is_flag=True)
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
@click.option("--json", "as_json", is_flag=True)
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
    from auditor.pack import load_pack, shipped_packs

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


@rules.command("test")
@click.argument("packs", nargs=-1)
@LANG
@guarded
def test_(packs: tuple[str, ...], lang: str) -> int:
    """运行规则页上的例子 / run the examples on every rule page."""
    from auditor import terminal
    from auditor.judge import run_examples
    from auditor.pack import load_pack, shipped_packs

    wrong = 0
    for ref in packs or shipped_packs():
        pack = load_pack(ref)
        wrong += terminal.show_examples(pack, run_examples(pack), lang)
    return 2 if wrong else 0
