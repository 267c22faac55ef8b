"""What surrounds a column's name and is no part of it."""


def clean_name(cell: str) -> str:
    """Strip blanks of any width, line ends and a byte order mark."""
    return cell.strip("\ufeff \t\u3000\xa0\r\n")
