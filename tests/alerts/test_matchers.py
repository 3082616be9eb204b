"""Matchers are read and judged as Alertmanager 0.25 did in front of us."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.matchers import Matcher, all_match, read_matcher, show_matcher

DB1 = {"alertname": "X", "host": "db1"}

# What Alertmanager 0.25 answered to `filter=...` with DB1 among its alerts (facts, section 6.2).
JUDGED = [
    ("host=db1", True),
    ('host="db1"', True),
    ('host = "db1"', True),
    (" host=db1 ", True),
    ('host!="db1"', False),
    ('host=~"db.*"', True),
    ("host=~db", False),
    ("host!~db.*", False),
    ("host=", False),
    ('host=""', False),
    ("host!=", True),
    ('host!=""', True),
    (r'host="d\"b1"', False),
    (r'host="db1\n"', False),
    ('host=~"(?i)DB1"', True),
    (r'host=~"\d+"', False),
    ("host='db1'", False),
    (r'host=~"db\\d"', True),
    (r'host=~"db\d"', True),
    ('nope=~".*"', True),
    ('nope=~""', True),
    ('nope!~".*"', False),
    ('nope!~""', False),
    ('nope=~".+"', False),
    ('nope=""', True),
    ('a:b="1"', False),
    ("host=\\", False),
    ('host=~"db1|"', True),
    ('host=~"^db1$"', True),
    (r'host=~"db1\z"', True),
    ('host=~"[[:alpha:]]+1"', True),
    (r'host=~"\pL+1"', True),
    ('host=~"(?P<n>db)1"', True),
]

REFUSED = [
    ("host", "bad matcher format: host"),
    ("", "bad matcher format: "),
    ('="x"', 'bad matcher format: ="x"'),
    ('host=="db1"', 'matcher value contains unescaped double quote: ="db1"'),
    ('host="db1', 'matcher value contains unescaped double quote: "db1'),
    ('host=db1"', 'matcher value contains unescaped double quote: db1"'),
    ('host=d"b', 'matcher value contains unescaped double quote: d"b'),
    ('host="', 'matcher value contains unescaped double quote: "'),
    ('host="\\"', 'matcher value contains unescaped double quote: "\\"'),
    ('host="db1",a="1"', 'matcher value contains unescaped double quote: "db1",a="1"'),
    ('{host="db1"}', 'bad matcher format: {host="db1"}'),
    ('a-b="1"', 'bad matcher format: a-b="1"'),
    ('1a="1"', 'bad matcher format: 1a="1"'),
    ('host=~"("', "error parsing regexp: missing closing ): `(`"),
    ('host=~"x{1,1001}"', "error parsing regexp: invalid repeat count: `{1,1001}`"),
]


@pytest.mark.parametrize(("text", "fits"), JUDGED)
def test_a_matcher_judges_as_alertmanager_does(text: str, fits: bool) -> None:
    assert read_matcher(text).matches(DB1) is fits


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_no_matcher_is_refused_in_alertmanagers_words(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        read_matcher(text)


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("a=b", Matcher("a", "b")),
        ("a!=b", Matcher("a", "b", is_equal=False)),
        ("a=~b", Matcher("a", "b", is_regex=True)),
        ("a!~b", Matcher("a", "b", is_regex=True, is_equal=False)),
        ("a= b c ", Matcher("a", "b c")),
        (r'a="x\"y\\z\nw\t"', Matcher("a", 'x"y\\z\nw\\t')),
        ('"größe x"="1"', Matcher("größe x", "1")),
        (r'"a\"b"!="1"', Matcher('a"b', "1", is_equal=False)),
        ("a=b=c", Matcher("a", "b=c")),
        ("a=\nb", Matcher("a", "b")),
    ],
)
def test_a_matcher_is_read_part_by_part(text: str, matcher: Matcher) -> None:
    assert read_matcher(text) == matcher
    assert read_matcher(show_matcher(matcher)) == matcher


@given(st.text(min_size=1), st.text(), st.booleans(), st.booleans())
def test_a_matcher_that_is_shown_is_read_again(
    name: str, value: str, is_regex: bool, is_equal: bool
) -> None:
    value = re.sub(r"[^\w ]", "", value, flags=re.ASCII) if is_regex else value
    matcher = Matcher(name, value, is_regex=is_regex, is_equal=is_equal)
    assert read_matcher(show_matcher(matcher)) == matcher


@given(st.text(max_size=40) | st.from_regex(r"\s*[a-z]+\s*(=|!)[=~]?.{0,20}"))
def test_any_text_is_a_matcher_or_refused_in_plain_words(text: str) -> None:
    try:
        matcher = read_matcher(text)
    except ValueError as told:
        assert str(told).startswith(("bad matcher", "matcher value", "error parsing"))  # noqa: PT017
    else:
        assert read_matcher(show_matcher(matcher)) == matcher


def test_an_expression_that_is_none_makes_no_matcher() -> None:
    with pytest.raises(ValueError, match="missing closing"):
        Matcher("host", "(", is_regex=True)
    assert Matcher("host", "(").matches({"host": "("})


def test_all_matchers_must_fit() -> None:
    host, name = Matcher("host", "db1"), Matcher("alertname", "Y", is_equal=False)
    assert all_match([host, name], DB1)
    assert not all_match([host, Matcher("alertname", "Y")], DB1)
    assert all_match([], DB1)
