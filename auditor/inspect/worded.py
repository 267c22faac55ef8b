"""What a draft says of its evidence, and what the lexicon knows of values and codes."""

from collections.abc import Sequence

from auditor.errors import text
from auditor.inspect.headers import guess
from auditor.inspect.lexicon import lexicon
from auditor.inspect.names import is_closed
from auditor.inspect.nouns import CodeTable, Guess
from auditor.pack import Pack, load_pack


class Wording:
    """Texts of one draft in one language."""

    def __init__(self, rules: str, lang: str) -> None:
        self.lang = lang
        self.known = lexicon()
        self.pack: Pack = load_pack(rules)

    def say(self, key: str, **fields: object) -> str:
        """Return one text of the draft."""
        return text(f"draft.{key}", self.lang, **fields)

    def how(self, found: Guess) -> str:
        """Return on what evidence a header was recognised."""
        return text(f"how.{found.how}", self.lang, said=found.said)

    def allowed(self, table: str, found: Guess) -> str:
        """Return what the column can hold, or what a person is to say of a name."""
        if is_closed(self.pack.tables[table], found.column, self.pack):
            return self.say(found.column)
        column = self.pack.tables[table].columns[found.column]
        return " | ".join(map(str, column.words)) or column.type

    def by_code(self, one: CodeTable) -> str:
        """Return how well the codes explain the column that uses them."""
        return self.say(
            "by_code", header=one.header, covered=one.covered, distinct=one.distinct
        )

    def coded(self, codes: Sequence[CodeTable]) -> list[tuple[str, CodeTable]]:
        """Return the canonical columns that code tables give, each with its table."""
        found: dict[str, CodeTable] = {}
        cases = self.pack.tables["cases"]
        for one in codes:
            for value in one.values:
                meant = guess(value, cases, self.known)
                if meant is not None and meant.how != "similar":
                    found.setdefault(meant.column, one)
        return list(found.items())

    def value_of(self, column: str, one: CodeTable) -> str:
        """Return the header of a code table whose meaning is the column."""
        cases = self.pack.tables["cases"]
        meant = {value: guess(value, cases, self.known) for value in one.values}
        return next(v for v, g in meant.items() if g is not None and g.column == column)
