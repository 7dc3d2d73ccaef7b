# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads JSON5 1.0.0, as OpenClaw does for openclaw.json. Pure. Private to the collection.

Integers of any size and decimal fractions keep their exact value. What a rewrite as JSON would lose is told: how many
comments there were, and which keys stood twice.
U(https://spec.json5.org/)
"""

from __future__ import annotations

import re
import typing as t
import unicodedata
from decimal import Decimal
from decimal import InvalidOperation

MAX_DEPTH = 200
LINE_TERMINATORS = "\n\r\u2028\u2029"
# What is skipped between two parts, with all that Unicode calls a space (category Zs), and the rest of a line.
SPACE = re.compile(f"[\t\v\f \ufeff\xa0\u1680\u2000-\u200a\u202f\u205f\u3000{LINE_TERMINATORS}]*")
LINE = re.compile(f"[^{LINE_TERMINATORS}]*")
# What stands for itself in a string, by its quote.
PLAIN = {quote: re.compile(rf"[^{quote}\\\n\r]*") for quote in "'\""}
NUMBER = re.compile(
    r"[+-]?(?:Infinity|NaN|(?P<hex>0[xX][0-9a-fA-F]+)"
    r"|(?P<int>0|[1-9][0-9]*)(?![.eE0-9])"
    r"|(?P<decimal>(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))"
)
LONGEST_NUMBER = 1000
LITERALS = {"null": None, "true": True, "false": False}
SINGLE_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
HEX_ESCAPES = {"x": re.compile("[0-9a-fA-F]{2}"), "u": re.compile("[0-9a-fA-F]{4}")}
SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Json5Error(ValueError):
    """The text is not JSON5."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {problem}")
        self.line = line
        self.column = column


class Document(t.NamedTuple):
    """What a text holds."""

    data: t.Any
    comments: int
    duplicates: list[str]


def parse(text: str) -> Document:
    """The value that a JSON5 text holds."""
    reader = _Reader(text)
    data = reader.value(0)
    reader.skip()
    if reader.rest:
        raise reader.error(f"{reader.shown()} after the end of the value")
    return Document(data, reader.comments, reader.duplicates)


def _starts_name(char: str) -> bool:
    return char in ("$", "_") or (char != "" and unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl"))


def _continues_name(char: str) -> bool:
    return (
        _starts_name(char)
        or char in ("\u200c", "\u200d")
        or (char != "" and unicodedata.category(char) in ("Mn", "Mc", "Nd", "Pc"))
    )


class _Reader:
    """A position in a text, and what was found on the way to it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.comments = 0
        self.duplicates: list[str] = []

    @property
    def rest(self) -> bool:
        """Whether there is anything left."""
        return self._at < len(self._text)

    def _peek(self, ahead: int = 0) -> str:
        return self._text[self._at + ahead : self._at + ahead + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        self._at = found.end()
        return found[0]

    def _place(self, at: int) -> tuple[int, int]:
        lines = re.split("\r\n|\n|\r", self._text[:at])
        return len(lines), len(lines[-1]) + 1

    def shown(self) -> str:
        """The character that is next, for a message."""
        return repr(self._peek()) if self.rest else "the end of the file"

    def error(self, problem: str, at: int | None = None) -> Json5Error:
        """An error at the current position, or at another."""
        return Json5Error(problem, *self._place(self._at if at is None else at))

    def skip(self) -> None:
        """Go past white space and comments."""
        while True:
            self._take(SPACE)
            if self._text.startswith("//", self._at):
                self.comments += 1
                self._take(LINE)
            elif self._text.startswith("/*", self._at):
                self.comments += 1
                end = self._text.find("*/", self._at + 2)
                if end < 0:
                    raise self.error("a comment that is not closed")
                self._at = end + 2
            else:
                return

    def value(self, depth: int) -> t.Any:
        """The value that comes next."""
        self.skip()
        if depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} objects and arrays within each other")
        char = self._peek()
        if char == "{":
            return self._object(depth)
        if char == "[":
            return self._array(depth)
        if char in ("'", '"'):
            return self._string()
        return self._word()

    def _word(self) -> t.Any:
        for word, meaning in LITERALS.items():
            if self._text.startswith(word, self._at) and not _continues_name(self._peek(len(word))):
                self._at += len(word)
                return meaning
        found = NUMBER.match(self._text, self._at)
        if not found or _continues_name(self._text[found.end() : found.end() + 1]):
            raise self.error(f"{self.shown()} where a value is expected")
        if len(found[0]) > LONGEST_NUMBER:
            raise self.error(f"a number of {len(found[0])} characters")
        self._at = found.end()
        return self._number(found)

    def _number(self, found: t.Match[str]) -> t.Any:
        sign = -1 if found[0][0] == "-" else 1
        if found["hex"]:
            return sign * int(found["hex"], 16)
        if found["int"]:
            return sign * int(found["int"])
        try:
            return Decimal(found[0]) if found["decimal"] else float(found[0].replace("Infinity", "inf"))
        except InvalidOperation:
            raise self.error("a number that is too large", found.start()) from None

    def _object(self, depth: int) -> dict[str, t.Any]:
        members: dict[str, t.Any] = {}
        self._at += 1
        while True:
            self.skip()
            if self._peek() == "}":
                self._at += 1
                return members
            begin = self._at
            key = self._key()
            if key in members:
                self.duplicates.append(f"{key!r} in line {self._place(begin)[0]}")
            self.skip()
            if self._peek() != ":":
                raise self.error(f"{self.shown()} where a colon is expected")
            self._at += 1
            members[key] = self.value(depth + 1)
            self._separator("}")

    def _array(self, depth: int) -> list[t.Any]:
        items: list[t.Any] = []
        self._at += 1
        while True:
            self.skip()
            if self._peek() == "]":
                self._at += 1
                return items
            items.append(self.value(depth + 1))
            self._separator("]")

    def _separator(self, end: str) -> None:
        self.skip()
        if self._peek() == ",":
            self._at += 1
        elif self._peek() != end:
            raise self.error(f"{self.shown()} where a comma or {end} is expected")

    def _key(self) -> str:
        if self._peek() in ("'", '"'):
            return self._string()
        name = ""
        while True:
            begin = self._at
            escaped = self._text.startswith("\\u", self._at)
            if escaped:
                self._at += 2
                char = self._hex("u")
            else:
                char = self._peek()
            if not (_continues_name(char) if name else _starts_name(char)):
                self._at = begin
                break
            if not escaped:
                self._at += 1
            name += char
        if not name:
            raise self.error(f"{self.shown()} where a key is expected")
        return name

    def _hex(self, kind: str) -> str:
        found = HEX_ESCAPES[kind].match(self._text, self._at)
        if not found:
            raise self.error(f"an incomplete \\{kind} escape")
        self._at = found.end()
        return chr(int(found[0], 16))

    def _string(self) -> str:
        begin = self._at
        quote = self._peek()
        self._at += 1
        parts = [self._take(PLAIN[quote])]
        while self._peek() != quote:
            if self._peek() != "\\":
                raise self.error("a string that is not closed", begin)
            self._at += 1
            parts += [self._escape(), self._take(PLAIN[quote])]
        self._at += 1
        return SURROGATE_PAIR.sub(
            lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), "".join(parts)
        )

    def _escape(self) -> str:
        char = self._peek()
        self._at += 1
        if char in HEX_ESCAPES:
            return self._hex(char)
        if char == "\r" and self._peek() == "\n":
            self._at += 1
        if char in ("", *LINE_TERMINATORS):
            return ""
        if char.isdigit() and char.isascii() and (char != "0" or self._peek() in tuple("0123456789")):
            raise self.error("an octal escape, which JSON5 does not have", self._at - 2)
        return SINGLE_ESCAPES.get(char, char)
