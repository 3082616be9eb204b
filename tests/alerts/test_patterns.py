"""Expressions mean what they mean in Go, and none takes longer than its text is long."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.patterns import Pattern, read_pattern

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
    pattern = Pattern(expression)
    for _ in range(2):  # the second time from memory
        assert [text for text in fits if not pattern.matches(text)] == []
        assert [text for text in not_fits if pattern.matches(text)] == []


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("(", "missing closing )"),
        ("(?:a", "missing closing )"),
        ("a)(b", "unexpected )"),
        ("*", "missing argument to repetition operator"),
        ("a|+", "missing argument to repetition operator"),
        ("a**", "invalid nested repetition operator"),
        ("a{2}{3}", "invalid nested repetition operator"),
        ("x{1,1001}", "invalid repeat count"),
        ("x{2,1}", "invalid repeat count"),
        ("(?=a)", "invalid or unsupported Perl syntax"),
        ("(?<!a)", "invalid or unsupported Perl syntax"),
        ("(?x)a", "invalid or unsupported Perl syntax"),
        ("(?m)a", "the flag m is not supported"),
        (r"(a)\1", "invalid escape sequence"),
        (r"a\Z", "invalid escape sequence"),
        (r"\x4", "invalid escape sequence"),
        (r"\x{110000}", "invalid escape sequence"),
        (r"\é", "invalid escape sequence"),
        (r"\ba", "word boundaries are not supported"),
        (r"\p{Greek}", "invalid character class range"),
        ("[[:nope:]]", "invalid character class range"),
        ("[b-a]", "invalid character class range"),
        ("[a", "unexpected end of the expression"),
        ("[]", "unexpected end of the expression"),
        ("a\\", "unexpected end of the expression"),
        ("(" * 2000, "expression nests too deeply"),
        ("a" * 4097, "expression too long"),
        ("((a{99}){99}){99}", "expression too large"),
        ("((){999}){999}", "expression too large"),
    ],
)
def test_what_go_refuses_or_we_do_not_know_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^error parsing regexp: {re.escape(reason)}: `"):
        read_pattern(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "(a|a)*b",
        "(a*)*b",
        "(a|aa)+!?b",
        ".*.*.*.*.*.*b",
        "(.*a){30}b",
        "(a?){400}a{400}",
        "(a+a+)+b",
    ],
)
def test_no_expression_runs_away(expression: str) -> None:
    """Each of these keeps Python's `re` busy for longer than a night."""
    started = time.monotonic()
    assert not Pattern(expression).matches("a" * 2048)
    assert time.monotonic() - started < 5


def test_two_hundred_names_are_one_expression() -> None:
    pattern = read_pattern("|".join(f"web{n}.example.net" for n in range(200)))
    assert pattern.matches("web199.example.net")
    assert not pattern.matches("web200.example.net")


def test_what_is_remembered_is_bounded_and_forgetting_changes_nothing() -> None:
    pattern = Pattern("(.*[ab]){3}.")
    texts = ["".join(chr(256 + n * 7 + m) for m in range(7)) + "aab." for n in range(1500)]
    assert all(pattern.matches(text) for text in texts)
    assert not any(pattern.matches(text[1:7]) for text in texts)
    assert pattern._moves <= 2000


PIECES = st.sampled_from(
    ["a", "b", "1", ".", "[ab]", "[^a]", r"\d", r"\W", "(?i:A)", "^", r"\Z", ""]
)
EXPRESSIONS = st.recursive(
    PIECES,
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "+?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        )
    ),
    max_leaves=8,
)


@given(EXPRESSIONS, st.lists(st.text("ab1A\n", max_size=6), min_size=1, max_size=8))
def test_we_agree_with_re_where_re_speaks_the_same_language(
    expression: str, texts: list[str]
) -> None:
    theirs = re.compile(expression, re.ASCII)
    ours = Pattern(expression.replace(r"\Z", r"\z"))
    for text in texts:
        assert ours.matches(text) == bool(theirs.fullmatch(text))


@given(
    st.text(st.sampled_from(r"ab1()[]{}|*+?.^$\-,:=!<>PidsxpL"), max_size=30), st.text(max_size=9)
)
def test_any_text_is_an_expression_or_refused_in_plain_words(expression: str, text: str) -> None:
    try:
        pattern = Pattern(expression)
    except ValueError as told:
        refused = str(told)
    else:
        refused = ""
        assert pattern.matches(text) in {True, False}
    assert refused == "" or refused.startswith("error parsing regexp: ")
