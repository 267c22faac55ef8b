"""Files appear whole or not at all, and an earlier run survives every crash."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from auditor import fsops
from auditor.errors import AuditError
from auditor.fsops import (
    MANIFEST,
    RunFolder,
    atomic,
    sha256_file,
    write_bytes,
    write_text,
)

ROOT = Path(__file__).parents[1]


def run_python(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )


def finished_run(out: Path, content: str = "old") -> Path:
    with RunFolder(out) as folder:
        write_text(folder.path / "verdicts.txt", content)
        folder.commit(b"{}")
    return out


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_written_file_holds_exactly_the_bytes(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.bin", b"\r\n\x00")
    write_text(tmp_path / "b.txt", "合计\n")
    assert (tmp_path / "a.bin").read_bytes() == b"\r\n\x00"
    assert (tmp_path / "b.txt").read_bytes() == "合计\n".encode()
    assert names(tmp_path) == ["a.bin", "b.txt"]


def test_a_writer_that_fails_leaves_the_old_file_and_no_scraps(tmp_path: Path) -> None:
    target = tmp_path / "form.xlsx"
    target.write_text("good")
    with pytest.raises(ValueError, match="half way"), atomic(target) as temporary:
        temporary.write_text("bad")
        raise ValueError("half way")
    assert target.read_text() == "good"
    assert names(tmp_path) == ["form.xlsx"]


def test_a_temporary_file_keeps_the_suffix_that_writers_look_at(tmp_path: Path) -> None:
    with atomic(tmp_path / "form.xlsx") as temporary:
        temporary.write_bytes(b"x")
        assert temporary.suffix == ".xlsx"
        assert temporary.parent == tmp_path


def test_a_file_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(AuditError) as caught:
        write_bytes(tmp_path / "absent" / "a.txt", b"")
    assert caught.value.code == "AUD404"
    assert caught.value.exit_code == 5


def test_a_digest_comes_with_the_size(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_file(path) == (digest, 3)


def test_a_committed_run_has_its_name_its_files_and_its_manifest(
    tmp_path: Path,
) -> None:
    out = finished_run(tmp_path / "deep" / "run")
    assert names(out) == [MANIFEST, "verdicts.txt"]
    assert names(out.parent) == ["run"]


def test_without_commit_nothing_is_left_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyError), RunFolder(tmp_path / "run") as folder:
        (folder.path / "half").write_text("x")
        (folder.work / "scratch").write_text("x")
        raise KeyError
    assert names(tmp_path) == []


def test_an_existing_output_is_not_touched_without_force(tmp_path: Path) -> None:
    for name in ("folder", "file", "dangling"):
        out = tmp_path / name
        if name == "folder":
            out.mkdir()
        elif name == "file":
            out.write_text("mine")
        else:
            out.symlink_to("nowhere")
        with pytest.raises(AuditError) as caught, RunFolder(out):
            pass
        assert caught.value.code == "AUD402"
    assert names(tmp_path) == ["dangling", "file", "folder"]


def test_force_replaces_a_run_whole(tmp_path: Path) -> None:
    out = finished_run(tmp_path / "run")
    (out / "extra").write_text("x")
    with RunFolder(out, force=True) as folder:
        write_text(folder.path / "verdicts.txt", "new")
        assert (out / "verdicts.txt").read_text() == "old"
        folder.commit(b"{}")
    assert names(out) == [MANIFEST, "verdicts.txt"]
    assert (out / "verdicts.txt").read_text() == "new"
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_force_never_replaces_what_is_not_a_run(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
        (out / "thesis.txt").write_text("x")
    elif kind == "file":
        out.write_text("x")
    else:
        out.symlink_to(finished_run(tmp_path / "run"))
    with pytest.raises(AuditError) as caught, RunFolder(out, force=True):
        pass
    assert caught.value.code == "AUD405"
    assert out.exists()


def test_a_failed_forced_run_leaves_the_old_one(tmp_path: Path) -> None:
    out = finished_run(tmp_path / "run")
    with pytest.raises(KeyError), RunFolder(out, force=True):
        raise KeyError
    assert (out / "verdicts.txt").read_text() == "old"
    assert names(tmp_path) == ["run"]


def test_where_folders_cannot_be_swapped_the_old_run_is_moved_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = finished_run(tmp_path / "run")
    monkeypatch.setattr(fsops, "_exchange", lambda one, other: False)
    with RunFolder(out, force=True) as folder:
        write_text(folder.path / "verdicts.txt", "new")
        folder.commit(b"{}")
    assert (out / "verdicts.txt").read_text() == "new"
    assert names(tmp_path) == ["run"]


def test_two_runs_do_not_share_an_output(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with RunFolder(out):
        with pytest.raises(AuditError) as caught, RunFolder(out):
            pass
        assert caught.value.code == "AUD401"
        assert caught.value.exit_code == 5
    with RunFolder(out):
        pass


def test_of_many_runs_at_once_each_one_wins_alone(tmp_path: Path) -> None:
    out = tmp_path / "run"
    together = threading.Barrier(6)
    won: list[int] = []
    codes: list[str] = []

    def attempt(number: int) -> None:
        together.wait()
        try:
            with RunFolder(out) as folder:
                folder.commit(b"{}")
                won.append(number)
        except AuditError as error:
            codes.append(error.code)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert set(codes) <= {"AUD401", "AUD402"}
    assert names(tmp_path) == ["run"]


KILLED = """
import os, signal, sys
from pathlib import Path
from auditor.fsops import RunFolder, write_text
with RunFolder(Path(sys.argv[1]), force=True) as folder:
    write_text(folder.path / "verdicts.txt", "new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_neither_blocks_nor_harms(tmp_path: Path) -> None:
    out = finished_run(tmp_path / "run")
    assert run_python(KILLED, out).returncode == -signal.SIGKILL
    assert (out / "verdicts.txt").read_text() == "old"
    with RunFolder(out, force=True) as folder:
        folder.commit(b"{}")
    assert names(tmp_path) == ["run"]


def test_a_run_that_a_crash_left_moved_aside_comes_back(tmp_path: Path) -> None:
    out = finished_run(tmp_path / "run")
    out.rename(tmp_path / "run.old")
    with pytest.raises(AuditError) as caught, RunFolder(out):
        pass
    assert caught.value.code == "AUD402"
    assert (out / "verdicts.txt").read_text() == "old"


CUT = """
import sys
from pathlib import Path
from auditor.fsops import RunFolder, write_text
with RunFolder(Path(sys.argv[1]), force=True) as folder:
    write_text(folder.path / "verdicts.txt", "new")
    folder.commit(b"{}")
"""


@pytest.mark.parametrize("call", ["fsync", "rename", "renameat2", "mkdir", "unlink"])
@pytest.mark.parametrize("when", [1, 2, 4])
def test_killed_at_any_system_call_the_folder_holds_a_whole_run(
    tmp_path: Path, call: str, when: int
) -> None:
    if not Path("/usr/bin/strace").exists():
        pytest.skip("strace is not installed")
    out = finished_run(tmp_path / "run")
    inject = ["-e", f"inject={call}:signal=KILL:when={when}", "-e", f"trace={call}"]
    subprocess.run(
        [
            "/usr/bin/strace",
            "-f",
            "-o",
            "/dev/null",
            *inject,
            sys.executable,
            "-c",
            CUT,
            out,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=30,
    )
    assert (out / MANIFEST).is_file()
    assert (out / "verdicts.txt").read_text() in {"old", "new"}
    with RunFolder(out, force=True) as folder:
        folder.commit(b"{}")
    assert names(tmp_path) == ["run"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_parent_is_named_before_work_begins(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(AuditError) as caught, RunFolder(tmp_path / "run"):
        pass
    tmp_path.chmod(0o700)
    assert caught.value.code == "AUD403"


def test_a_parent_that_is_a_file_is_named_before_work_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(AuditError) as caught, RunFolder(tmp_path / "file" / "run"):
        pass
    assert caught.value.code == "AUD403"
