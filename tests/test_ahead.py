"""Work done a few pieces at a time, and taken in order."""

import threading
import time

import pytest

from auditor.ahead import AT_ONCE, ahead


def test_results_come_in_the_order_of_the_pieces_whichever_is_done_first():
    def work(piece: int) -> int:
        time.sleep(0.02 if piece % 2 == 0 else 0)
        return piece * 10

    assert list(ahead(work, range(7))) == [0, 10, 20, 30, 40, 50, 60]
    assert list(ahead(work, [])) == []


def test_no_more_pieces_are_begun_than_are_worked_on_at_once():
    lock, now, most = threading.Lock(), [0], [0]

    def work(piece: int) -> int:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return piece

    asked = []

    def pieces():
        for piece in range(6):
            asked.append(piece)
            yield piece

    results = ahead(work, pieces())
    assert next(results) == 0
    assert len(asked) == AT_ONCE  # the others wait until the next result is asked for
    assert list(results) == [1, 2, 3, 4, 5]
    assert most[0] == AT_ONCE


def test_what_goes_wrong_with_a_piece_is_told_and_the_rest_is_not_begun():
    done = []

    def work(piece: int) -> int:
        if piece == 2:
            raise ValueError(piece)
        done.append(piece)
        return piece

    with pytest.raises(ValueError, match="2"):
        list(ahead(work, range(100)))
    assert len(done) <= 2 + AT_ONCE
