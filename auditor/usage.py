"""Errors of the command line itself, in the words of the message table."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import IO, Any

import click
from click.exceptions import (
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchCommand,
    NoSuchOption,
)

from auditor.errors import AuditError

_LANG = "auditor.lang"


class BilingualGroup(click.Group):
    """A command group whose usage errors carry a code and speak the asked language.

    The parser stops before a command has its ``--lang``, so the language is read from
    the raw arguments.
    """

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - handed on to click as it came
    ) -> click.Context:
        """Parse the group's own options; their errors come out in our words."""
        lang = _asked(args)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _in_our_words(error, lang) from error
        context.meta[_LANG] = lang
        return context

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - the command's own
        """Run the command; errors of its options come out in our words."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _in_our_words(error, ctx.meta[_LANG]) from error


class _Usage(click.UsageError):
    """A usage error that shows a row of the message table."""

    def __init__(self, error: AuditError, lang: str) -> None:
        super().__init__(error.render(lang))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message alone: it names the command that prints the usage."""
        click.echo(self.message, file=file, err=True)


def _asked(args: Sequence[str]) -> str:
    asked = [after for name, after in pairwise(args) if name == "--lang"]
    return "en" if asked[-1:] == ["en"] or "--lang=en" in args else "zh"


def _in_our_words(error: click.UsageError, lang: str) -> click.UsageError:
    if isinstance(error, NoArgsIsHelpError):
        return error
    command = error.ctx.command_path if error.ctx else "audit"
    return _Usage(_translated(error, command), lang)


def _translated(error: click.UsageError, command: str) -> AuditError:
    match error:
        case MissingParameter():
            return AuditError("AUD250", name=_name(error), command=command)
        case NoSuchOption():
            known = [
                name
                for param in (error.ctx.command.params if error.ctx else ())
                for name in param.opts
            ]
            return AuditError(
                "AUD251", name=error.option_name, command=command,
                near=_near(error.option_name, known),
            )  # fmt: skip
        case NoSuchCommand():
            group = error.ctx.command if error.ctx else None
            known = list(group.commands) if isinstance(group, click.Group) else []
            return AuditError(
                "AUD252", name=error.command_name, command=command,
                near=_near(error.command_name, known),
            )  # fmt: skip
        case click.BadParameter():
            return AuditError(
                "AUD253",
                command=command,
                name=_name(error),
                value=_value(error),
                allowed=_allowed(error),
            )
        case _:
            return AuditError("AUD254", command=command, why=error.format_message())


def _near(name: str, known: Sequence[str]) -> str:
    """Return the closest known names, or all of them when none is close."""
    return ", ".join(get_close_matches(name, known) or known)


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    return error.param.get_error_hint(error.ctx).strip("'")


def _value(error: click.BadParameter) -> str:
    """Return what was typed, which click keeps only at the head of its sentence."""
    typed = re.match(
        r"(?P<quote>['\"])(?P<text>.*?)(?P=quote)|(?P<number>-?\d+) ", error.message
    )
    return (typed["text"] or typed["number"] or "") if typed else ""


def _allowed(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return " | ".join(map(str, kind.choices))
    if isinstance(kind, click.DateTime):
        return "YYYY-MM-DD"
    if isinstance(kind, click.IntRange):
        ends = ("" if end is None else f"{end}" for end in (kind.min, kind.max))
        return "..".join(ends)
    return error.message
