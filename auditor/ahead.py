"""Pieces of work done a few at a time, in threads, and taken in their order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

AT_ONCE = 2
Piece = TypeVar("Piece")
Result = TypeVar("Result")


def ahead(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """Yield what ``work`` makes of each piece, in their order, a few in threads.

    A partition takes many small steps, of which few keep two processors busy. A piece
    is asked for when there is room for its work: no more results wait than that. No
    plan of the work may call back into Python: the thread that it waits for may wait
    for it.
    """
    waiting: deque[Future[Result]] = deque()
    coming = iter(pieces)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in islice(coming, AT_ONCE):
            waiting.append(pool.submit(work, piece))
        while waiting:
            yield waiting.popleft().result()
            for piece in islice(coming, 1):
                waiting.append(pool.submit(work, piece))
