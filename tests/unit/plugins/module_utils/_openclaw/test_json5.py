"""Reading JSON5, against its specification and the reader that OpenClaw uses."""

from __future__ import annotations

import json
import math
import re
import sys
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import MAX_DEPTH
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import SPACE
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import Json5Error
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json5 import parse
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.json_text import same
from tests.unit.plugins.module_utils._openclaw.strategies import PROPERTY
from tests.unit.plugins.module_utils._openclaw.strategies import texts

Reader = Callable[[str], Any]
SIGNIFICANT = "{}[]:,'\"\\/*+-.0123456789abexuInfinityNull \n\t$_"
OUR_OWN_LIMITS = ("more than", "a number of", "a number that is too large")


def as_javascript(value: Any) -> Any:
    """The value with the numbers that JavaScript makes of it."""
    if isinstance(value, dict):
        return {key: as_javascript(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_javascript(each) for each in value]
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return float(value)
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # The examples of the specification.
        ("{unquoted: 'and you can quote me on that', singleQuotes: 'I can use \"double quotes\" here'}", None),
        ("{lineBreaks: 'Look, Mom! \\\nNo \\\\n\\'s!'}", {"lineBreaks": "Look, Mom! No \\n's!"}),
        ("{hexadecimal: 0xdecaf}", {"hexadecimal": 0xDECAF}),
        ("{leadingDecimalPoint: .8675309, andTrailing: 8675309.}", None),
        ("{positiveSign: +1}", {"positiveSign": 1}),
        ("{trailingComma: 'in objects', andIn: ['arrays',],}", {"trailingComma": "in objects", "andIn": ["arrays"]}),
        ('{"backwardsCompatible": "with JSON",}', {"backwardsCompatible": "with JSON"}),
        # White space and comments.
        ("\ufeff\u00a0\u2003\v\f {} // end", {}),
        ("/**/[/***/1/* * / */,// x\r2]", [1, 2]),
        ("[1,// x\u20282,//\u20293]", [1, 2, 3]),
        ("{}//", {}),
        ("[ /*/ 1 */2]", [2]),
        # Keys.
        ("{$a_1: 1, ümlaut: 2, \\u0061b: 3, 'a b': 4, a\u200c: 5, aꙁ\u0301: 6}", None),
        ("{null: 1, true: 2, Infinity: 3}", {"null": 1, "true": 2, "Infinity": 3}),
        ("{ab\\u0063: 1}", {"abc": 1}),
        # Strings.
        (r'"\b\f\n\r\t\v\0\x41\u0042\a\"\/"', "\b\f\n\r\t\v\0AB" + 'a"/'),
        ("'\\\r\n\\\r\\\u2028\\\u2029x'", "x"),
        ("'\u2028\u2029\t'", "\u2028\u2029\t"),
        (r"'\ud83d\ude00'", "😀"),
        (r"'\ud83dx\ude00'", "\ud83dx\ude00"),
        (r"'\\0'", "\\0"),
        ("'\\0a'", "\0a"),
        # Numbers, with their exact value.
        ("[0, -0, 1e3, 1E-2, 1.50, -.5, 5., 0.]", None),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("0.1234567890123456789012345", Decimal("0.1234567890123456789012345")),
        ("1e400", Decimal("1e400")),
        ("-0xFf", -255),
        ("[+Infinity, -Infinity]", [math.inf, -math.inf]),
        # Words.
        ("[null, true, false]", [None, True, False]),
        ("  1  ", 1),
    ],
)
def test_what_is_json5(reference: Reader, text: str, value: Any) -> None:
    read = parse(text).data
    assert same(as_javascript(read), as_javascript(reference(text)))
    assert value is None or same(read, value)


def test_not_a_number_is_read() -> None:
    assert [math.isnan(each) for each in parse("[NaN, -NaN]").data] == [True, True]


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("", 1, 1, "the end of the file where a value is expected"),
        ("  ", 1, 3, "the end of the file where a value is expected"),
        ("{", 1, 2, "the end of the file where a key is expected"),
        ("[1", 1, 3, "the end of the file where a comma or ] is expected"),
        ("{a:1", 1, 5, "the end of the file where a comma or } is expected"),
        ("{a:1 b:2}", 1, 6, "'b' where a comma or } is expected"),
        ("{a 1}", 1, 4, "'1' where a colon is expected"),
        ("{1a: 1}", 1, 2, "'1' where a key is expected"),
        ("{,}", 1, 2, "',' where a key is expected"),
        ("[,]", 1, 2, "',' where a value is expected"),
        ("[1,,2]", 1, 4, "',' where a value is expected"),
        ("{} {}", 1, 4, "'{' after the end of the value"),
        ("{}\n\n  x", 3, 3, "'x' after the end of the value"),
        ("{a: 'b\n'}", 1, 5, "a string that is not closed"),
        ("{a: 'b\r'}", 1, 5, "a string that is not closed"),
        ("'", 1, 1, "a string that is not closed"),
        ("'\\\n\n'", 1, 1, "a string that is not closed"),
        ("'\\", 1, 1, "a string that is not closed"),
        ("'\\x4'", 1, 4, "an incomplete \\x escape"),
        ("'\\u00g0'", 1, 4, "an incomplete \\u escape"),
        ("'a\\1'", 1, 3, "an octal escape, which JSON5 does not have"),
        ("'\\01'", 1, 2, "an octal escape, which JSON5 does not have"),
        ("'\\9'", 1, 2, "an octal escape, which JSON5 does not have"),
        ("01", 1, 1, "'0' where a value is expected"),
        ("1_000", 1, 1, "'1' where a value is expected"),
        ("1a", 1, 1, "'1' where a value is expected"),
        ("0x", 1, 1, "'0' where a value is expected"),
        ("1e", 1, 1, "'1' where a value is expected"),
        (".", 1, 1, "'.' where a value is expected"),
        ("+ 1", 1, 1, "'+' where a value is expected"),
        ("--1", 1, 1, "'-' where a value is expected"),
        ("nul", 1, 1, "'n' where a value is expected"),
        ("nullx", 1, 1, "'n' where a value is expected"),
        ("undefined", 1, 1, "'u' where a value is expected"),
        ("True", 1, 1, "'T' where a value is expected"),
        ("[1,\r\n\r2,\n/* x", 4, 1, "a comment that is not closed"),
        ("# x\n{}", 1, 1, "'#' where a value is expected"),
        ("/", 1, 1, "'/' where a value is expected"),
        ("{a\\u0020: 1}", 1, 3, "'\\\\' where a colon is expected"),
        ("{\\u00: 1}", 1, 4, "an incomplete \\u escape"),
        ("1" * 1001, 1, 1, "a number of 1001 characters"),
        ("[1e9999999999999999999]", 1, 2, "a number that is too large"),
        ("[" * (MAX_DEPTH + 2), 1, MAX_DEPTH + 2, f"more than {MAX_DEPTH} objects and arrays within each other"),
    ],
)
def test_what_is_not_json5(reference: Reader, text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(Json5Error) as caught:
        parse(text)
    if not problem.startswith(OUR_OWN_LIMITS):
        with pytest.raises(ValueError, match="JSON5"):
            reference(text)
    assert str(caught.value) == f"line {line}, column {column}: {problem}"
    assert (caught.value.line, caught.value.column) == (line, column)


def test_every_space_of_unicode_is_one() -> None:
    spaces = {chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Zs"}
    assert spaces == {char for char in spaces if parse(f"[{char}]").data == []}
    found = re.findall(SPACE.pattern.removesuffix("*"), "".join(map(chr, range(0x10000))))
    assert set(found) == spaces | set("\t\v\f\ufeff\n\r\u2028\u2029")


def test_depth_that_is_allowed() -> None:
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH).data
    assert parse("{a:" * MAX_DEPTH + "1" + "}" * MAX_DEPTH).data


def test_number_that_is_long_enough() -> None:
    assert parse("1" * 1000).data == int("1" * 1000)


def test_comments_are_counted_outside_of_strings() -> None:
    assert parse("{a: '// no', /* 1 */ b: 2 // 2 /* still */\n}// 3").comments == 3


def test_last_of_two_keys_holds_in_the_place_of_the_first() -> None:
    document = parse("{a: 1, b: 2,\n'a': 3, c: {a: 4}}")
    assert json.dumps(document.data) == '{"a": 3, "b": 2, "c": {"a": 4}}'
    assert document.duplicates == ["'a' in line 2"]


@PROPERTY
@given(texts())
def test_reads_what_was_written(written: tuple[str, Any]) -> None:
    text, value = written
    assert same(parse(text).data, value)


@settings(PROPERTY, max_examples=150)
@given(texts())
def test_reads_the_same_as_openclaw(reference: Reader, written: tuple[str, Any]) -> None:
    text, _value = written
    assert same(as_javascript(parse(text).data), as_javascript(reference(text)))


@settings(PROPERTY, max_examples=500)
@given(
    st.one_of(st.text(max_size=8), st.text(alphabet="{}[]:,'\"\\/*+-.0123456789abexuInfinityNull \n\t$_", max_size=12))
)
def test_takes_and_refuses_the_same_as_openclaw(reference: Reader, text: str) -> None:
    try:
        expected = reference(text)
    except ValueError:
        with pytest.raises(Json5Error):
            parse(text)
    else:
        assert same(as_javascript(parse(text).data), as_javascript(expected))
