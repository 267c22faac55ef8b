"""What every command shares: option types, and errors turned into exit codes."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from auditor.errors import AuditError

DATE = click.DateTime(["%Y-%m-%d"])
PATH = click.Path(path_type=Path)
LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="语言 / language"
)
JSON = click.option(
    "--json", "as_json", is_flag=True, help="机器可读 / machine-readable"
)
PACK = click.option(
    "--rules",
    "ref",
    default="nea-2021-37",
    show_default=True,
    help="规则包 / rule pack",
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
