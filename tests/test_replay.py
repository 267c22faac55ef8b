"""Frames that are made once and asked for several times."""

import polars as pl
import pytest

from auditor.line.replay import Replay


def test_frames_are_made_once_and_are_the_same_whenever_they_are_asked(tmp_path):
    frames = [
        pl.DataFrame({"case_id": ["甲", "b"], "key": [1, None]}),
        pl.DataFrame({"case_id": [], "key": []}, {"case_id": pl.String, "key": int}),
    ]
    asked = []

    def made():
        asked.append(True)
        return iter(frames)

    replay = Replay(made, tmp_path, "keys")
    for _ in range(3):
        found = list(replay())
        assert [one.rows() for one in found] == [one.rows() for one in frames]
        assert [one.schema for one in found] == [one.schema for one in frames]
    assert len(asked) == 1
    replay.clear()
    assert not list(tmp_path.iterdir())


def test_frames_of_which_only_some_were_taken_are_not_made_again(tmp_path):
    frames = [pl.DataFrame({"key": [n]}) for n in range(3)]
    replay = Replay(lambda: iter(frames), tmp_path, "keys")
    next(replay())
    with pytest.raises(RuntimeError, match="keys"):
        next(replay())
    replay.clear()
    assert not list(tmp_path.iterdir())
