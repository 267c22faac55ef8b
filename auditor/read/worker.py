"""The child process: takes jobs, parses untrusted bytes under limits, answers.

It imports nothing heavy before a file needs it, and it dies rather than exceed a limit.
"""

import errno
import io
import os
import resource
import struct
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from auditor.read.formats import GZIP, HEAD, Format, tell_format
from auditor.read.job import DISK_ERRORS, WORK_FOLDER, Answer, Job, Refused
from auditor.settings import Limits

LENGTH = struct.Struct(">Q")


def read_message(stream: BinaryIO) -> bytes | None:
    """Return the next length-prefixed message; None when the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    body = stream.read(size)
    return body if len(body) == size else None


def write_message(stream: BinaryIO, body: bytes) -> None:
    """Send one length-prefixed message."""
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def answer(job: Job) -> Answer:
    """Parse one file; whatever goes wrong is a refusal of that file."""
    try:
        return _parsed(job)
    except Refused as error:
        return _refusal(error)
    except (MemoryError, ImportError):  # a library that cannot be mapped does not fit
        return _refusal(Refused("memory_limit", str(job.limits.child_memory)))
    except OSError as error:
        if error.errno == errno.ENOMEM:
            return _refusal(Refused("memory_limit", str(job.limits.child_memory)))
        reason = WORK_FOLDER if error.errno in DISK_ERRORS else "unreadable"
        return _refusal(Refused(reason, error.strerror))
    except BaseException as error:  # a parser's panic says something about the file
        return _refusal(Refused("parser_failed", f"{type(error).__name__}: {error}"))


def _parsed(job: Job) -> Answer:
    if job.cells:
        return tell_format(_head(job.path)).read_cells(job)
    if job.member is not None:
        from auditor.read.archive import extract

        return extract(job, job.member)
    kind, path, size = _unpacked(job)
    if kind.refused:
        return _refusal(Refused(kind.refused, kind.name), kind.name)
    found = kind.read_file(replace(job, path=path))
    return replace(found, unpacked=found.unpacked + size)


def _unpacked(job: Job) -> tuple[Format, str, int]:
    """Tell the format by the first bytes; look inside gzip, say how much came out."""
    head = _head(job.path)
    if not head.startswith(GZIP):
        return tell_format(head), job.path, 0
    from auditor.read.unpack import unpack

    target = Path(f"{job.out}.unpacked")
    size = unpack(job, target)
    kind = tell_format(_head(str(target)))
    if not kind.packed:
        raise Refused("unsupported_format", f"gzip: {kind.name}")
    return kind, str(target), size


def _head(path: str) -> bytes:
    with Path(path).open("rb") as handle:
        return handle.read(HEAD)


def _refusal(error: Refused, name: str = "unknown") -> Answer:
    return Answer(name, refused=error.to_json())


def set_limits(limits: Limits) -> None:
    """Bind the process for good: data segment, file size, open files, no core dumps."""
    memory = limits.child_memory
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.child_file_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _start_threads() -> None:
    """Have Arrow start its threads now: one that no longer fits would be waited for."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    pacsv.open_csv(pa.PythonFile(io.BytesIO(b"a\n1\n"), "r")).read_all()


def _allow_processor_time(seconds: int) -> None:
    """Give one file its own share: the limit counts from the process's start."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard)
    )


def die_with_parent(parent: int) -> None:
    """End this process when its parent has ended; run in a thread of its own."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    """Serve jobs until stdin ends; the first message fixes the limits."""
    # Arrow loads numpy where there is one; unneeded here, it would double the start.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the messages
    threading.Thread(target=die_with_parent, args=(os.getppid(),), daemon=True).start()
    bound = False
    while (message := read_message(jobs)) is not None:
        job = Job.load(message)
        if not bound:
            _start_threads()
            set_limits(job.limits)
            bound = True
        _allow_processor_time(job.limits.child_cpu_s)
        write_message(answers, answer(job).dump())
    os._exit(0)  # everything is written; taking Arrow down in order costs 50 ms
