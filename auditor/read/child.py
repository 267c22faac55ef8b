"""Starts the parsing process, sends it files, notices when it dies."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import auditor
from auditor.errors import AuditError
from auditor.read.job import Answer, Job
from auditor.read.worker import LENGTH

_ROOT = str(Path(auditor.__file__).parents[1])
_START = (
    "import sys; sys.path.append({root!r})\n"
    "from auditor.read.worker import main; main()"
)
_KEPT = (
    "LD_LIBRARY_PATH",
    "PATH",
)  # an interpreter may need them to find its libraries
_ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # others reserve more than they use
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "POLARS_MAX_THREADS": "2",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "_RJEM_MALLOC_CONF": "retain:false",  # what is freed must not count on
}
GRACE = 60  # wall-clock seconds beyond twice the processor time
IDLE = 30  # wall-clock seconds without any processor time: a worker that only waits
_LOOK = 1.0  # seconds between two looks at a silent worker


class _Watch:
    """Gives up a worker that takes too long, or that waits for what never comes.

    A library that cannot start a thread under the memory cap sleeps for ever.
    """

    def __init__(self, pid: int, limit: float) -> None:
        self._pid = pid
        self._limit = limit
        self._begin = self._busy = time.monotonic()
        self._used = self._processor_time()

    def look(self) -> None:
        """Compare with the last look.

        Raises:
            TimeoutError: says which of the two times is over.
        """
        now = time.monotonic()
        used = self._processor_time()
        if used != self._used:
            self._used, self._busy = used, now
        if now - self._begin > self._limit:
            raise TimeoutError(f"{self._limit} s")
        if used is not None and now - self._busy > min(IDLE, self._limit):
            raise TimeoutError(f"idle for {IDLE} s")

    def _processor_time(self) -> int | None:
        """Return the ticks used by the worker and the processes that it started."""
        root = Path("/proc") / str(self._pid)
        try:
            started = (root / "task" / str(self._pid) / "children").read_text("ascii")
        except OSError:
            started = ""
        used = [_ticks(pid) for pid in (str(self._pid), *started.split())]
        told = [ticks for ticks in used if ticks is not None]
        return sum(told) if told else None


def _ticks(pid: str) -> int | None:
    """Return the user and system time of a process; None if there is no telling."""
    try:
        told = (Path("/proc") / pid / "stat").read_text("ascii", "replace")
    except OSError:
        return None
    numbers = told.rpartition(")")[2].split()[11:15]
    return sum(int(number) for number in numbers)


class Child:
    """One worker process for many files in turn; restarted after a death."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while there is none."""
        return self._process.pid if self._process else None

    def parse(self, job: Job) -> Answer:
        """Have one file parsed; a dead or stuck worker is a refusal of that file."""
        process = self._process or self._start()
        limit = 2 * job.limits.child_cpu_s + GRACE
        try:
            body = job.dump()
            assert process.stdin is not None
            process.stdin.write(LENGTH.pack(len(body)) + body)
            process.stdin.flush()
            (size,) = LENGTH.unpack(self._receive(process, LENGTH.size, limit))
            return Answer.load(self._receive(process, size, limit))
        except (EOFError, BrokenPipeError):
            return self._died()
        except TimeoutError as error:
            process.kill()
            self._died()
            return _lost("reader_timeout", str(error))

    def _start(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            with (self._work / "worker.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [
                        sys.executable,
                        "-I",
                        "-X",
                        "utf8",
                        "-c",
                        _START.format(root=_ROOT),
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=self._work,
                    env={**kept, **_ENVIRONMENT, "TMPDIR": str(self._work)},
                )
        except OSError as error:
            raise AuditError("AUD109", why=error.strerror or error) from error
        return self._process

    def _receive(
        self, process: subprocess.Popen[bytes], size: int, limit: float
    ) -> bytes:
        assert process.stdout is not None
        fd = process.stdout.fileno()
        body = b""
        poll = select.poll()
        poll.register(fd, select.POLLIN | select.POLLHUP)
        watch = _Watch(process.pid, limit)
        while len(body) < size:
            if not poll.poll(_LOOK * 1000):
                watch.look()
                continue
            piece = os.read(fd, min(size - len(body), 1 << 20))
            if not piece:
                raise EOFError
            body += piece
        return body

    def _died(self) -> Answer:
        process = self._process
        assert process is not None
        code = process.wait()
        self.close()
        reason = "processor_limit" if -code == signal.SIGXCPU else "reader_died"
        told = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return _lost(reason, told)

    def close(self) -> None:
        """Let the worker end; it has nothing left to lose."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _lost(reason: str, value: str) -> Answer:
    fields = {"byte_offset": None, "row": None, "column": None}
    return Answer("unknown", refused={"reason": reason, "value": value, **fields})
