"""Expressions mean what they mean in Go, and none takes longer than its text is long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.patterns import LONGEST, read_pattern

SETS = r"[^\pL\d\s[:punct:]]"


@pytest.mark.parametrize(
    ("expression", "fits", "not_fits"),
    [
        ("", [""], ["a", "\n"]),
        ("db1", ["db1"], ["db", "db11", "xdb1", "DB1"]),
        ("db.*", ["db", "db1", "db-é"], ["xdb", "db\n"]),
        ("(?s)db.*", ["db\n"], ["d"]),
        ("db1|db2|", ["db1", "db2", ""], ["db", "db1db2"]),
        ("web[0-9]+", ["web1", "web22"], ["web", "weba"]),
        ("[^0-9]", ["a", "\n", "é"], ["1", "", "ab"]),
        ("[]a-]+", ["]", "a-]"], ["b"]),
        ("[a-c\\-\\]]", ["b", "-", "]"], ["d", "\\"]),
        ("[[:alpha:]_]+", ["ab_"], ["a1", "é"]),
        ("[[:^digit:]]", ["a"], ["1"]),
        (r"\d\w\s\.", ["1a .", "1_\t."], ["aa .", "1a x"]),
        (r"\D\W\S", ["a-b", "é b"], ["1-b"]),
        (r"\pL+\PL", ["aé1"], ["a", "1"]),
        (r"\p{Lu}\p{^Lu}", ["Éé"], ["éÉ"]),
        (SETS, ["€"], ["é", "1", " ", "!"]),
        (r"\x41\x{1F525}\n\t", ["A\U0001f525\n\t"], ["A"]),
        ("a{2}b{1,}c{0,2}d{0}", ["aab", "aabbcc"], ["ab", "aabccc", "aabd"]),
        ("a{,2}", ["a{,2}"], ["a", "aa"]),
        ("a{x", ["a{x"], ["a"]),
        ("a*?b+?c??", ["b", "aabbc"], ["ac"]),
        ("^db1$", ["db1"], ["db1\n"]),
        (r"\Adb1\z", ["db1"], ["db"]),
        ("a^b|a$b", [], ["ab", "a", "b"]),
        ("$^|^$", [""], ["a"]),
        ("(?i)Größe", ["GRÖSSE".replace("SS", "ß"), "größe"], ["grosse"]),
        ("(?i)[a-c]\u212a", ["Bk", "BK"], ["dk"]),
        ("(?i)[^a]", ["b"], ["A", "a"]),
        ("a(?i)b(?-i)c", ["aBc", "abc"], ["ABc", "aBC"]),
        ("a(?i:b)c", ["aBc"], ["aBC"]),
        ("(?i)a|b", ["A", "B"], ["c"]),
        ("((?i)a)b", ["Ab"], ["AB"]),
        ("(?P<n>a)(?<m>b)(?:c)", ["abc"], ["ab"]),
        ("(a*)*", ["", "aaa"], ["b"]),
        ("(a|b)*c(d|e)+f", ["abcdef", "cdf"], ["abcf"]),
        ("(){9}a", ["a"], [""]),
    ],
)
def test_an_expression_fits_what_it_fits_in_go(
    expression: str, fits: list[str], not_fits: list[str]
) -> None:
    pattern = read_pattern(expression)
    assert [text for text in fits if not pattern.matches(text)] == []
    assert [text for text in not_fits if pattern.matches(text)] == []


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("(", "missing closing ): `(`"),
        ("a)(b", "unexpected ): `a)(b`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("x{1,1001}", "invalid repeat count: `{1,1001}`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        (r"(a)\1", "invalid escape sequence: `\\1`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("[a", "missing closing ]: `[a`"),
        ("a" * (LONGEST + 1), "longer than 4096 characters"),
        ("((a{99}){99}){9}", "invalid repeat count"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^error parsing regexp: ") as refused:
        read_pattern(expression)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "expression", ["(a|a)*b", "(a*)*b", "(a|aa)+!?b", ".*.*.*.*.*.*b", "(.*a){30}b", "(a+a+)+b"]
)
def test_no_expression_runs_away(expression: str) -> None:
    """Each of these keeps Python's `re` busy for longer than a night."""
    started = time.thread_time()
    assert not read_pattern(expression).matches("a" * 2048)
    assert time.thread_time() - started < 20


def test_two_hundred_names_are_one_expression() -> None:
    pattern = read_pattern("|".join(f"web{n}.example.net" for n in range(200)))
    assert pattern.matches("web199.example.net")
    assert not pattern.matches("web200.example.net")


@given(
    st.text(st.sampled_from(r"ab1()[]{}|*+?.^$\-,:=!<>PidsxpL"), max_size=30), st.text(max_size=9)
)
def test_any_text_is_an_expression_or_refused_in_plain_words(expression: str, text: str) -> None:
    refused = ""
    try:
        read_pattern(expression).matches(text)
    except ValueError as told:
        refused = str(told)
    assert refused == "" or refused.startswith("error parsing regexp: ")


@pytest.mark.parametrize(
    ("expression", "text", "found"),
    [
        ("b", "abc", "b"),
        ("b", b"abc", b"b"),
        ("^b", "abc", None),
        ("(?m)^b", b"a\nb", b"b"),
        ("a.c", "a\nc", None),
        ("x(a.c)", "xaéc".encode(), "xaéc".encode()),
        ("a.c", b"-a\xffc-", "a\ufffdc".encode()),
        (
            "^a..c$",
            b"a\xe2\x82c",
            "a\ufffd\ufffdc".encode(),
        ),  # a rune cut off: two bytes, two runes
        ("", b"", b""),
    ],
)
def test_an_expression_is_searched_in_text_and_bytes(
    expression: str, text: str | bytes, found: str | bytes | None
) -> None:
    place = read_pattern(expression).search(text)
    assert (None if place is None else place.group()) == found


def test_the_groups_of_a_place_are_known_by_number_and_name() -> None:
    place = read_pattern(r"^220 (?P<host>\S+)( ESMTP)?").search(b"220 mail.example.net\r")
    assert place is not None
    assert (place.group(1), place.group("host"), place.group(2)) == (
        b"mail.example.net",
        b"mail.example.net",
        None,
    )


def test_a_search_takes_time_in_line_with_the_text() -> None:
    began = time.thread_time()
    assert read_pattern("(a|a)*b$").search(b"a" * 1_000_000) is None
    assert time.thread_time() - began < 20
