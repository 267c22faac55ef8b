"""Column names without what surrounds them, and what stands for a lost cell."""

LOST = "\ufffd"  # no date, number or word of any table begins like this


def clean_name(cell: str) -> str:
    """Strip blanks of any width, line ends and a byte order mark."""
    return cell.strip("\ufeff \t\u3000\xa0\r\n")


def lost_cell(row: int, *, is_key: bool) -> str:
    """Return the text handed on for a rejected cell.

    An empty cell would pass for a fact that was never recorded, so the text is one that
    no column can take, different in each row. A lost key is empty: this rejects a row.
    """
    return "" if is_key else f"{LOST}{row}"
