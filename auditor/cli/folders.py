"""Commands that read a finished run folder."""

from pathlib import Path
from typing import Any

import click

from auditor.cli.common import JSON, LANG, PATH, guarded


@click.command()
@click.argument("folder", type=PATH)
@click.argument("case_id")
@click.option("--rule", "rule_id", help="只看一条规则 / one rule only")
@JSON
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


@click.command()
@click.argument("folder", type=PATH)
@click.argument("declared", type=PATH)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["refuted", "arithmetic-wrong", "not-proven", "not-checkable"]),
)
@JSON
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
