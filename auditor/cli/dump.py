"""``audit inspect``: what is in a dump, and a mapping drafted from it."""

from pathlib import Path

import click

from auditor.cli.common import JSON, LANG, PACK, PATH, guarded


@click.command()
@click.argument("dump", nargs=-1, required=True, type=PATH)
@PACK
@click.option(
    "--mapping", type=PATH, help="用这份字段对照试读 / try this mapping on the dump"
)
@click.option(
    "--write-mapping",
    "target",
    type=PATH,
    help="起草字段对照，写到新文件 / draft a mapping into a new file",
)
@JSON
@LANG
@guarded
def inspect(
    dump: tuple[Path, ...],
    ref: str,
    mapping: Path | None,
    target: Path | None,
    as_json: bool,
    lang: str,
) -> None:
    """看清一批数据里有什么 / what is in a dump, with evidence."""
    from auditor import terminal
    from auditor.inspect import inspect as look
    from auditor.inspect import write_mapping

    found = look(dump, ref, mapping)
    if target is not None:
        write_mapping(found, target, ref, lang)
    terminal.show_inspection(found, target, lang, as_json=as_json)
