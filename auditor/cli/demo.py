"""``audit demo``: an invented province."""

from pathlib import Path

import click

from auditor.cli.common import LANG, PATH, guarded
from auditor.errors import AuditError


@click.command()
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
