"""``audit verify``, ``audit sql``, ``audit sample``: over a finished run."""

from pathlib import Path
from typing import Any

import click

from auditor.cli.common import JSON, LANG, PATH, guarded


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.option(
    "--replay",
    "dump",
    multiple=True,
    type=PATH,
    help="按原来的要求用这些数据重新运行并比较；可重复 / run again over these files",
)
@click.option("--dossier", type=PATH, help="重新运行用的卷宗 / for the replay")
@click.option("--mapping", type=PATH, help="重新运行用的字段对照 / for the replay")
@click.option("--key-file", type=PATH, help="重新运行用的密钥 / for the replay")
@JSON
@LANG
@guarded
def verify(**options: Any) -> int:  # noqa: ANN401
    """结果文件夹是否完整、未被改动 / whole and untouched?"""
    from auditor import terminal
    from auditor.settings import Settings
    from auditor.verify import verify as verify_run

    folder: Path = options["folder"]
    replay = None
    if options["dump"]:
        replay = Settings(
            inputs=options["dump"],
            out=folder,
            dossier=options["dossier"],
            mapping=options["mapping"],
            key_file=options["key_file"],
        )
    result = verify_run(folder, replay)
    terminal.show_verified(result, options["lang"], as_json=options["as_json"])
    return 4 if result.problems else 0


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.argument("statement", metavar="SQL")
@click.option("--csv", "as_csv", is_flag=True, help="CSV")
@JSON
@LANG
@guarded
def sql(folder: Path, statement: str, as_csv: bool, as_json: bool, lang: str) -> None:
    """对结果做只读查询 / read-only SQL over a run's tables."""
    from auditor import terminal
    from auditor.query import query

    how = "json" if as_json else "csv" if as_csv else "table"
    terminal.show_rows(query(folder, statement), lang, how=how)


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.option(
    "--size",
    default=300,
    show_default=True,
    type=click.IntRange(1),
    help="件数 / cases to draw",
)
@click.option("--seed", default=37, show_default=True, help="随机种子 / seed")
@click.option("--out", type=PATH, help="写成 CSV / write the drawn cases as CSV")
@JSON
@LANG
@guarded
def sample(
    folder: Path, size: int, seed: int, out: Path | None, as_json: bool, lang: str
) -> None:
    """抽取现场核对的案件 / draw cases for checks on site."""
    from auditor import terminal
    from auditor.drawing import draw
    from auditor.write.tables import write_csv

    drawn = draw(folder, size, seed)
    if out is not None:
        write_csv(drawn.cases, out)
    terminal.show_drawn(drawn, lang, as_json=as_json)
