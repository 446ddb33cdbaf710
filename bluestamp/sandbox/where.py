"""The `where` and `order` parameters: a small grammar, compiled to SQL over indexed columns and stored bodies.

    either     := both ("OR" both)*
    both       := comparison ("AND" comparison)*
    comparison := "(" either ")" | Field op literal | Field.Contains("x") | Field.StartsWith("x") | Field.EndsWith("x")
    op         := "==" | "=" | "!=" | ">" | ">=" | "<" | "<="
    literal    := "text" | DateTime(2026,1,31) | DateTime.Parse("2026-01-31") | guid("...") | 12.30 | true | false | null

From developer.xero.com, api/accounting/requests-and-responses. Names and text are compared whatever their case; a quote
inside a text is doubled; a backslash is refused. Anything else is a QueryParseException that says where it stopped.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from bluestamp.sandbox import wire
from bluestamp.sandbox.errors import QueryInvalid
from bluestamp.sandbox.store import Value

TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\"\")*\")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)"
    r"|(?P<mark>&&|\|\||==|!=|>=|<=|=|>|<|\(|\)|,))"
)
OPERATORS = frozenset({"==", "=", "!=", ">", ">=", "<", "<="})
METHODS = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}"}
JOINS = {"and": "AND", "&&": "AND", "or": "OR", "||": "OR"}


@dataclass(frozen=True)
class Column:
    """How a field is found in SQL: an expression, and how its literals are written there."""

    sql: str
    shape: str = "text"
    """text, guid, day, instant, money (whole cents), number or flag."""
    inside: str = "{}"
    """For a column of another table: the condition around the comparison, so that its index is used."""
    inner: str = ""
    """What is compared inside; empty is `sql` itself."""


Reader = Callable[[], "Compiled"]
Columns = Mapping[str, Column]
"""Fields by their lower-case Xero name."""


@dataclass
class Compiled:
    """A condition with its values."""

    sql: str
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True)
class Token:
    """One word of the query."""

    kind: str
    text: str
    at: int


def compile_where(text: str, columns: Columns) -> Compiled:
    """Turn a where into SQL. Raises QueryInvalid."""
    parser = _Parser(text, columns)
    compiled = parser.either()
    parser.expect_end()
    return compiled


def compile_order(text: str, columns: Columns) -> str:
    """Turn an order ("Date DESC, InvoiceNumber") into SQL. Raises QueryInvalid."""
    parts = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        way = direction.strip().upper() or "ASC"
        if way in {"ASCENDING", "DESCENDING"}:
            way = way.removesuffix("ENDING")
        if way not in {"ASC", "DESC"}:
            raise QueryInvalid(f"Expression expected at '{part.strip()}'")
        parts.append(f"{_column(name, columns).sql} {way}")
    return ", ".join(parts)


def _column(name: str, columns: Columns) -> Column:
    found = columns.get(name.lower())
    if found is None:
        raise QueryInvalid(f"No property or field '{name}' exists in the type being queried")
    return found


class _Parser:
    def __init__(self, text: str, columns: Columns) -> None:
        self.columns = columns
        self.tokens = list(_tokens(text))
        self.place = 0

    def either(self) -> Compiled:
        return self._joined("OR", self._both)

    def expect_end(self) -> None:
        if self.place < len(self.tokens):
            token = self.tokens[self.place]
            raise QueryInvalid(f"Syntax error at '{token.text}' (at index {token.at})")

    def _both(self) -> Compiled:
        return self._joined("AND", self._comparison)

    def _joined(self, word: str, read: Reader) -> Compiled:
        parts = [read()]
        while JOINS.get(self._peek().lower()) == word:
            self._next()
            parts.append(read())
        values = [value for part in parts for value in part.values]
        return Compiled(f"({f' {word} '.join(part.sql for part in parts)})", values)

    def _comparison(self) -> Compiled:
        if self._peek() == "(":
            self._next()
            inner = self.either()
            self._expect(")")
            return inner
        token = self._next()
        if token.kind != "name":
            raise QueryInvalid(f"Expression expected at '{token.text}' (at index {token.at})")
        name, _, method = token.text.rpartition(".")
        if method.lower() in METHODS and self._peek() == "(":
            return self._called(name, METHODS[method.lower()])
        column = _column(token.text.removesuffix(".Value"), self.columns)
        operator = self._next()
        if operator.text not in OPERATORS:
            raise QueryInvalid(f"Operator expected at '{operator.text}' (at index {operator.at})")
        return _compare(column, "=" if operator.text == "==" else operator.text, self._literal(column))

    def _called(self, name: str, pattern: str) -> Compiled:
        column = _column(name, self.columns)
        self._expect("(")
        text = self._next()
        if text.kind != "text":
            raise QueryInvalid(f"Text expected at '{text.text}' (at index {text.at})")
        self._expect(")")
        escaped = re.sub(r"([%_!])", r"!\1", _unquote(text.text))
        condition = f"{column.inner or column.sql} LIKE ? ESCAPE '!'"
        return Compiled(column.inside.format(condition), [pattern.format(escaped)])

    def _literal(self, column: Column) -> Value:
        token = self._next()
        low = token.text.lower()
        if token.kind == "name" and low in {"datetime", "datetime.parse", "guid", "decimal"}:
            return self._constructed(low, column)
        if token.kind == "name" and low in {"true", "false", "null"}:
            return None if low == "null" else int(low == "true")
        if token.kind == "text":
            return _as_text(_unquote(token.text), column)
        if token.kind == "number":
            return _as_number(Decimal(token.text), column)
        raise QueryInvalid(f"Value expected at '{token.text}' (at index {token.at})")

    def _constructed(self, name: str, column: Column) -> Value:
        self._expect("(")
        parts = [self._next()]
        while self._peek() == ",":
            self._next()
            parts.append(self._next())
        self._expect(")")
        words = [_unquote(part.text) if part.kind == "text" else part.text for part in parts]
        return words[0].lower() if name == "guid" else _as_instant(words, column)

    def _peek(self) -> str:
        return self.tokens[self.place].text if self.place < len(self.tokens) else ""

    def _next(self) -> Token:
        if self.place >= len(self.tokens):
            raise QueryInvalid("Expression expected (at the end)")
        self.place += 1
        return self.tokens[self.place - 1]

    def _expect(self, mark: str) -> None:
        token = self._next()
        if token.text != mark:
            raise QueryInvalid(f"'{mark}' expected at '{token.text}' (at index {token.at})")


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise QueryInvalid(f"Syntax error at '{text[at:].strip()[:20]}' (at index {at})")
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


def _compare(column: Column, operator: str, value: Value) -> Compiled:
    if value is None:
        empty = f"({column.sql} IS NULL OR {column.sql} = '')"
        return Compiled(empty if operator == "=" else f"NOT {empty}")
    nocase = " COLLATE NOCASE" if column.shape == "text" else ""
    condition = f"{column.inner or column.sql} {operator} ?{nocase}"
    return Compiled(column.inside.format(condition), [value])


def _unquote(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _as_text(text: str, column: Column) -> Value:
    if column.shape in {"day", "instant"}:
        return _as_instant([text], column)
    if column.shape == "guid":
        return text.lower()
    if column.shape in {"money", "number"}:
        return _as_number(wire.read_number(text, "where"), column)
    return text


def _as_number(number: Decimal, column: Column) -> Value:
    if abs(number) >= wire.TOO_LARGE:
        raise QueryInvalid(f"Invalid integer literal '{number}'")
    if column.shape == "money":
        return wire.as_cents(number)
    return float(number) if column.shape == "number" else str(number)


def _as_instant(words: list[str], column: Column) -> Value:
    try:
        if len(words) >= 3:
            padded = [*(int(word) for word in words), 0, 0, 0]
            year, month, dated, hour, minute, second = padded[:6]
            instant = datetime(year, month, dated, hour, minute, second, tzinfo=UTC)
        else:
            instant = datetime.fromisoformat(words[0]).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        raise QueryInvalid(f"'{', '.join(words)}' is not a valid DateTime") from None
    on: date = instant.date()
    return int(instant.timestamp() * 1000) if column.shape == "instant" else on.isoformat()
