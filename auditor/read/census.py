"""What a text's bytes hold: line ends, blank lines, quotes, the longest line."""

import re
from dataclasses import dataclass, field

_BLANK = re.compile(rb"\n\r?\n")
_MANY = 1 << 20  # blank lines that are still listed one by one


@dataclass(slots=True)
class Census:
    """Counts over UTF-8 bytes fed in chunks no longer than ``longest_allowed``.

    ``blank`` lists the 1-based numbers of lines without any character, unless there
    are so many that ``has_many_blank`` is set.
    """

    longest_allowed: int
    newlines: int = 0
    returns: int = 0
    pairs: int = 0  # carriage return followed by line feed
    quotes: int = 0
    has_odd_end: bool = False  # NEL, U+2028 or U+2029: line ends to other programs
    size: int = 0
    long_line: bool = False
    blank: list[int] = field(default_factory=list)
    _last: bytes = b"\n"  # as if a line had ended before the first byte
    _tail: bytes = b"\n"  # the last two bytes without counting a lone first
    _line_start: int = 0

    def feed(self, chunk: bytes) -> None:
        """Count one more piece of the text."""
        self._measure_lines(chunk)
        self._find_blank(chunk)
        if self._last == b"\r" or b"\r" in chunk:
            self._count_returns(chunk)
        if not self.has_odd_end and _has_odd_end(self._tail + chunk):
            self.has_odd_end = True
        if b'"' in chunk:
            self.quotes += chunk.count(b'"')
        self.newlines += chunk.count(b"\n")
        self.size += len(chunk)
        self._last = chunk[-1:]
        self._tail = (self._tail + chunk[-2:])[-2:]

    @property
    def lines(self) -> int:
        """Physical lines, the last one also when nothing ends it."""
        return self.newlines + (self.size > 0 and self._last != b"\n")

    @property
    def has_many_blank(self) -> bool:
        """``blank`` is not complete."""
        return len(self.blank) >= _MANY

    @property
    def has_lone_return(self) -> bool:
        """A carriage return that does not belong to a CR LF pair."""
        return self.returns > self.pairs

    @property
    def ends_in_return(self) -> bool:
        """The last byte is a carriage return: a line feed may still come."""
        return self._last == b"\r"

    @property
    def is_return_only(self) -> bool:
        """Lines end in carriage returns, as on old Macs."""
        return self.returns > 0 and self.newlines == 0

    def _measure_lines(self, chunk: bytes) -> None:
        first = chunk.find(b"\n")
        reach = self.size + (len(chunk) if first < 0 else first)
        self.long_line |= reach - self._line_start > self.longest_allowed
        if first >= 0:
            self._line_start = self.size + chunk.rfind(b"\n") + 1

    def _count_returns(self, chunk: bytes) -> None:
        self.returns += chunk.count(b"\r")
        self.pairs += chunk.count(b"\r\n") + (
            self._last == b"\r" and chunk[:1] == b"\n"
        )

    def _find_blank(self, chunk: bytes) -> None:
        text = self._tail + chunk
        if self.has_many_blank or not _has_blank(text):
            return
        line = self.newlines + 1 - self._tail.count(b"\n")
        at = 0
        while (end := text.find(b"\n", at)) >= 0:
            # Only ends inside this chunk are new; the tail was judged before.
            if at > 0 and end >= len(self._tail) and text[at:end] in {b"", b"\r"}:
                self.blank.append(line)
            line += 1
            at = end + 1


def _has_odd_end(text: bytes) -> bool:
    # One byte is found far faster than two, and these begin no Chinese character.
    if b"\xc2" in text and b"\xc2\x85" in text:
        return True
    return b"\xe2" in text and (b"\xe2\x80\xa8" in text or b"\xe2\x80\xa9" in text)


def _has_blank(text: bytes) -> bool:
    return _BLANK.search(text) is not None  # twice as fast as looking for two bytes
