"""The ``audit`` command: each command is a few lines over a public function.

Heavy imports happen inside the commands, so that ``audit --help`` answers at once.
"""

import os
import sys

import click

from auditor.cli.checks import sample, sql, verify
from auditor.cli.compare import compare
from auditor.cli.demo import demo
from auditor.cli.dump import inspect
from auditor.cli.folders import explain, reconcile
from auditor.cli.rules import rules
from auditor.cli.run import run
from auditor.cli.whatif import whatif
from auditor.usage import BilingualGroup

__all__ = ["cli"]

# Read when the engines of frames are loaded, which is later: memory that is free again
# goes back, so that a limit on the process's data counts what it holds.
# Whoever starts a run after loading Polars hands its settings on; the last ones count.
_ALLOCATOR = "retain:false,background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0"
os.environ["_RJEM_MALLOC_CONF"] = ",".join(
    filter(None, (os.environ.get("_RJEM_MALLOC_CONF"), _ALLOCATOR))
)
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # claims no gigabyte ahead


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


for command in (
    run,
    inspect,
    explain,
    reconcile,
    compare,
    whatif,
    verify,
    sql,
    sample,
    demo,
    rules,
):
    cli.add_command(command)
