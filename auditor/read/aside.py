"""Processes beside the parser of a large text: they decode, prove and count it.

They are started by the capped process and share its caps. Neither hands on anything
but text or numbers; whoever reads a file carefully finds the same faults again.
"""

import json
import re
import subprocess
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import auditor
from auditor.read.counter import Count, count_records
from auditor.read.job import Job, Refused
from auditor.read.text import copy_text

_ROOT = str(Path(auditor.__file__).parents[1])
_START = (
    "import os, sys, threading; sys.path.append({root!r})\n"
    "from auditor.read.aside import {what}\n"
    "from auditor.read.worker import die_with_parent\n"
    "watch = threading.Thread(target=die_with_parent, args=(os.getppid(),))\n"
    "watch.daemon = True; watch.start()\n"
    "{what}(sys.argv[1:])"
)
_FAILED = 3
_STEP = 1 << 20


class Aside:
    """One such process; leaving the context ends it."""

    def __init__(self, what: str, *words: str, text: IO[bytes] | None = None) -> None:
        code = _START.format(root=_ROOT, what=what)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", code, *words],
            stdin=subprocess.DEVNULL if text is None else text,
            stdout=subprocess.PIPE,
            pipesize=_STEP,
            bufsize=0,  # what is not read here must be left to the next process
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self.output.close()
        self._process.wait()

    @property
    def output(self) -> IO[bytes]:
        """What the process writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    def is_done(self) -> bool:
        """Wait for the end; say whether it was a good one."""
        return self._process.wait() == 0

    def all_output(self) -> bytes:
        """Return everything up to the end."""
        return b"".join(iter(lambda: self.output.read(_STEP), b""))


def decoding(job: Job, encoding: str, start: int) -> Aside:
    """Start a process that writes a text in UTF-8; it fails at the first fault."""
    return Aside("decode", job.dump().decode(), encoding, str(start))


def decode(words: list[str]) -> None:
    """Be that process."""
    job, encoding, start = Job.load(words[0].encode()), words[1], int(words[2])
    with suppress(BrokenPipeError), Path(job.path).open("rb") as handle:
        handle.seek(start)
        try:
            is_whole = copy_text(job, handle, sys.stdout.buffer, encoding)
        except Refused:
            is_whole = False
        sys.stdout.buffer.flush()
        sys.exit(0 if is_whole else _FAILED)


def proving(text: IO[bytes], delimiter: str, held: bytes, cap: int) -> Aside:
    """Start a process that passes a text on as long as each line is one record.

    ``held`` is the beginning of a line that was already taken from the text.
    """
    return Aside("prove", delimiter, held.decode("latin-1"), str(cap), text=text)


def prove(words: list[str]) -> None:
    """Be that process."""
    lines, held, cap = line_grammar(words[0]), words[1].encode("latin-1"), int(words[2])
    source, target = FileIO(0), sys.stdout.buffer
    with suppress(BrokenPipeError):
        while chunk := source.read(_STEP):
            held += chunk
            end = held.rfind(b"\n") + 1
            if lines.fullmatch(held, 0, end) is None or len(held) - end > cap:
                sys.exit(_FAILED)
            target.write(chunk)
            held = held[end:]
        target.flush()
    sys.exit(0 if lines.fullmatch(held) else _FAILED)


def line_grammar(delimiter: str) -> re.Pattern[bytes]:
    """Return what whole lines match if each alone follows RFC 4180."""
    comma = re.escape(delimiter.encode())
    cell = rb'(?:"[^"\r\n]*+(?:""[^"\r\n]*+)*+"|[^"\r\n' + comma + rb"]*+)"
    return re.compile(rb"(?:" + cell + rb"(?:" + comma + rb"|\r?\n))*+" + cell)


def counting(path: Path, encoding: str) -> Aside:
    """Start a process that counts the records of a text; see `counted`."""
    return Aside("count", str(path), encoding)


def count(words: list[str]) -> None:
    """Be that process."""
    found = count_records(Path(words[0]), words[1])
    sys.stdout.write(json.dumps([found.lines, found.blank, found.records]))


def counted(aside: Aside) -> Count | None:
    """Wait for a count; None if the process failed."""
    told = aside.all_output()
    return Count(*json.loads(told)) if aside.is_done() else None
