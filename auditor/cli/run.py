"""``audit run``: the whole line."""

from typing import Any

import click

from auditor.cli.common import DATE, JSON, LANG, PATH, guarded


@click.command()
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
    "--master", help="Spark 集群地址 / where Spark runs: local[2] | spark://…"
)
@click.option(
    "--memory", default="4GB", show_default=True, help="内存上限 / memory bound"
)
@click.option(
    "--limits", type=PATH, help="上限文件 / limits.toml: caps on untrusted input"
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
@JSON
@LANG
@guarded
def run(**options: Any) -> int:  # noqa: ANN401
    """核查一批数据 / audit a dump."""
    from auditor import pipeline, terminal
    from auditor.settings import Limits, Settings, load_limits

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
        master=options["master"],
        memory=options["memory"],
        lang=options["lang"],
        fail_on=options["fail_on"],
        key_file=options["key_file"],
        force=options["force"],
        limits=load_limits(options["limits"]) if options["limits"] else Limits(),
    )
    result = pipeline.run(settings, terminal.progress_in(settings.lang))
    terminal.show_run(result, settings, as_json=options["as_json"])
    return result.exit_code
