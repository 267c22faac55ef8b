"""Write the pages that repeat what the code says: commands, reasons, errors.

Run by ``make docs``. A test compares the pages with what this would write.
"""

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click

from auditor.cli import cli
from auditor.errors import AuditError, advice, messages, text

ROOT = Path(__file__).resolve().parents[1]
MADE = (
    "<!-- Made by `make docs` from auditor/messages, docs/advice.toml and"
    " auditor/cli: edit those. -->"
)
NONE = "—"
VERDICTS = {
    "fail": "不合格 · `fail`",
    "undetermined": "不能认定 · `undetermined`",
    "pending": "未办结且未超限 · `pending`",
    "excluded": "不在本次范围 · `excluded`",
    "not_applicable": "不适用 · `not_applicable`",
    "data": "提示 · notes under the rule `data`",
}
EXITS = {
    0: ("完成", "done"),
    1: (
        "`--fail-on` 的条件成立，或 `rules mutate` 有改动没有例子发现",
        "a condition of `--fail-on` holds, or no example noticed a change that "
        "`rules mutate` made",
    ),
    2: ("用法、配置或规则包有误", "usage, configuration or rule pack"),
    3: (
        "没有可用的 cases 或 events，什么也没写",
        "no usable `cases` or `events`, nothing written",
    ),
    4: ("核验不符", "verification failed"),
    5: (
        "输出被占用、不可写或已存在",
        "the output is locked, not writable or already there",
    ),
    70: ("程序内部错误", "internal error"),
}


@cache
def said() -> dict[str, Any]:
    """Return ``docs/advice.toml``."""
    return tomllib.loads((ROOT / "docs" / "advice.toml").read_text("utf-8"))


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; bars inside cells are escaped."""
    lines = [list(header)]
    lines.append(["---"] * len(lines[0]))
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(*parts: str) -> str:
    """Join the parts of a page with blank lines between them."""
    return "\n\n".join([MADE, *parts]) + "\n"


# ---- commands


def commands(
    group: click.Group, path: str = "audit"
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name, in order; groups are left out."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def usage(name: str, command: click.Command) -> str:
    """Return a command with its arguments and required options."""
    context = click.Context(command)
    words = [name]
    for one in command.params:
        if isinstance(one, click.Argument):
            words.append(one.make_metavar(context))
        elif one.required:
            words.append(f"{one.opts[0]} {one.make_metavar(context)}")
    return " ".join(words)


def meaning(option: click.Option) -> str:
    """Return what an option does; what the command line leaves out is in the advice."""
    listed = (said()["option"].get(name) for name in option.opts)
    parts = [option.help or next(filter(None, listed), NONE)]
    if option.multiple:
        parts.append("可重复 / repeatable")
    shown = option.default if isinstance(option.default, str | int) else None
    if shown is not None and not option.is_flag:
        parts.append(f"默认 / default `{shown}`")
    return "; ".join(parts)


def options(command: click.Command) -> Iterator[tuple[str, str]]:
    """Yield each option as it is typed, and what it does."""
    context = click.Context(command)
    for one in command.params:
        if isinstance(one, click.Option):
            value = "" if one.is_flag else f" {one.make_metavar(context)}"
            yield f"`{', '.join(one.opts)}{value}`", meaning(one)


def cli_page() -> str:
    """Return the page of commands and options."""
    parts = [
        "# 命令 · Commands",
        said()["intro"]["cli"].strip(),
    ]
    for name, command in commands(cli):
        parts += [
            f"## {name}",
            command.help or "",
            f"```text\n{usage(name, command)}\n```",
        ]
        rows = list(options(command))
        if rows:
            parts.append(table(("选项 option", "含义 meaning"), rows))
    parts += ["## 退出码 · Exit codes", exits()]
    return page(*parts)


def exits() -> str:
    """Return the table of exit codes with the errors that lead to each."""
    codes = defaultdict(list)
    for code, row in messages().items():
        if code.startswith("AUD"):
            codes[int(row.get("exit", 70))].append(
                f"[{code}](errors.md#{code.lower()})"
            )
    return table(
        ("", "含义", "meaning", "错误 errors"),
        (
            (str(exit_), zh, en, " ".join(sorted(codes[exit_])) or NONE)
            for exit_, (zh, en) in EXITS.items()
        ),
    )


def commands_table() -> str:
    """Return the README's list of commands."""
    rows = (
        (f"`{usage(name, command)}`", command.help or "")
        for name, command in commands(cli)
    )
    return table(("命令 command", "作用 what it does"), rows)


# ---- errors and reasons


def example(key: str, lang: str) -> dict[str, object]:
    """Return a value for every placeholder of a message, as in a real case."""
    values: dict[str, Any] = said()["example"]
    own: Mapping[str, Any] = values.get(key, {})
    plain = {k: v for k, v in values.items() if _is_value(v)} | dict(own)
    return {k: v[lang] if isinstance(v, dict) else v for k, v in plain.items()}


def _is_value(value: object) -> bool:
    return not isinstance(value, dict) or "zh" in value


def pattern(key: str, lang: str) -> str:
    """Return a message with its placeholders in brackets."""
    return re.sub(r"\{(\w+)\}", r"‹\1›", text(key, lang))


def errors_page() -> str:
    """Return the page of error codes and rejects."""
    parts = [
        "# 错误和拒收 · Errors and rejects",
        said()["intro"]["errors"].strip(),
    ]
    for code in sorted(key for key in messages() if key.startswith("AUD")):
        parts += [f"## {code}", error_lines(code)]
    parts += ["## Rejects", *rejects()]
    return page(*parts)


def error_lines(code: str) -> str:
    """Return cause, fix and example of one error."""
    lines = [f"- {pattern(code, 'zh')}", f"- {pattern(code, 'en')}"]
    fixes = [re.sub(r"\{(\w+)\}", r"‹\1›", advice(code, lang)) for lang in ("zh", "en")]
    if any(fixes):
        lines.append(f"- 办法 fix: {' '.join(fixes)}")
    lines.append(f"- 退出码 exit: {messages()[code].get('exit', 70)}")
    shown = AuditError(code, **example(code, "en")).render("en")
    return "\n".join([*lines, f"- 例 example: `{shown}`"])


def rejects() -> Iterator[str]:
    """Yield the words of rejects, grouped by what to do about them."""
    yield said()["intro"]["rejects"].strip()
    delivered = said()["delivered"]
    for group in said()["remedy"].values():
        yield f"**{group['zh']}** {group['en']}"
        rows = (
            (
                f"`{word}`",
                text(f"reject.{word}", "zh"),
                text(f"reject.{word}", "en"),
                f"`{delivered[word].replace('|', '&#124;')}`"
                if word in delivered
                else "",
            )
            for word in group["words"]
        )
        yield table(("", "含义", "meaning", "例 delivered"), rows)


def reasons_page() -> str:
    """Return the page of the reasons behind verdicts."""
    parts = [
        "# 结论的原因 · Reasons of verdicts",
        said()["intro"]["reasons"].strip(),
    ]
    for verdict, title in VERDICTS.items():
        parts += [
            f"## {title}",
            table(
                ("", "含义", "meaning", "怎么办", "what to do"), reason_rows(verdict)
            ),
        ]
    return page(*parts)


def reason_rows(verdict: str) -> Iterator[tuple[str, ...]]:
    """Yield the reasons of one verdict with what to do about each."""
    for word, what in said()[verdict].items():
        shown = f"{word}_<column>" if word in {"missing", "outside"} else word
        told = (
            text(f"reason.{word}", lang, **example(f"reason.{word}", lang))
            for lang in ("zh", "en")
        )
        yield (f"`{shown}`", *told, what["zh"], what["en"])


# ---- all pages


def between(page_text: str, name: str, content: str) -> str:
    """Return a page with other content between ``<!-- name:begin -->`` and ``end``."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, _, rest = page_text.partition(begin)
    tail = rest.partition(end)[2]
    return f"{head}{begin}\n{content}\n{end}{tail}"


def pages() -> dict[str, str]:
    """Return the text of every page that is made here, by its path."""
    readme = (ROOT / "README.md").read_text("utf-8")
    return {
        "docs/cli.md": cli_page(),
        "docs/errors.md": errors_page(),
        "docs/reasons.md": reasons_page(),
        "README.md": between(readme, "commands", commands_table()),
    }


def main() -> None:
    """Write the pages that have changed and name them."""
    changed = {name: made for name, made in pages().items() if _stands(name) != made}
    for name, made in changed.items():
        (ROOT / name).write_text(made, "utf-8")
    click.echo(json.dumps({"written": sorted(changed)}))


def _stands(name: str) -> str:
    path = ROOT / name
    return path.read_text("utf-8") if path.is_file() else ""


if __name__ == "__main__":
    main()
