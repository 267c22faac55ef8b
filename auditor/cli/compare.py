"""``audit compare``: two finished runs against each other."""

from pathlib import Path
from typing import Any

import click

from auditor.cli.common import JSON, LANG, PATH, guarded


@click.command()
@click.argument("folder_a", metavar="DIR_A", type=PATH)
@click.argument("folder_b", metavar="DIR_B", type=PATH)
@click.option(
    "--out", type=PATH, help="写到哪里（默认在 DIR_B 旁）/ default: beside DIR_B"
)
@click.option(
    "--rules-a", type=PATH, help="A 当时的规则包 / the pack that A was made with"
)
@click.option(
    "--rules-b", type=PATH, help="B 当时的规则包 / the pack that B was made with"
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["rewritten", "moved", "vanished", "appeared", "changed"]),
)
@JSON
@LANG
@guarded
def compare(**options: Any) -> int:  # noqa: ANN401
    """两次运行之间：改写、消失、改变的结论 / what changed between two runs, and why."""
    from auditor import terminal
    from auditor.compare import compare as compare_runs
    from auditor.compare import write_comparison

    later: Path = options["folder_b"]
    lang = options["lang"]
    out = options["out"] or later.with_name(f"{later.name}.compare")
    packs = (options["rules_a"], options["rules_b"])
    result = compare_runs(options["folder_a"], later, packs)
    write_comparison(result, out, lang)
    held = result.fails(options["fail_on"])
    terminal.show_comparison(result, out, lang, held, as_json=options["as_json"])
    return 1 if held else 0
