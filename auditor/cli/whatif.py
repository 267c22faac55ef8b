"""``audit whatif``: a finished run under other limits."""

from pathlib import Path

import click

from auditor.cli.common import JSON, LANG, PATH, guarded


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.option(
    "--set",
    "texts",
    multiple=True,
    required=True,
    metavar="RULE.limit=N",
    help="ind34.limit=12, ind03.acceptance.limit=2, ind34.in_force_from=2022-07-01；"
    "可重复 / repeatable",
)
@click.option(
    "--out", type=PATH, help="全部县和案件写到这里 / write every place and case there"
)
@JSON
@LANG
@guarded
def whatif(
    folder: Path, texts: tuple[str, ...], out: Path | None, as_json: bool, lang: str
) -> None:
    """换一个限值会怎样 / a run judged again under other limits."""
    from auditor import terminal
    from auditor.whatif import whatif as judge_again
    from auditor.whatif import write_whatif

    result = judge_again(folder, texts)
    if out is not None:
        write_whatif(result, out)
    terminal.show_whatif(result, out, lang, as_json=as_json)
