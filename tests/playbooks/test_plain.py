"""Letters that hide, turn or break lines, and what is left of them."""

import pytest

from playbooks.plain import how_many, in_header, many_lines, one_line, short_key


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("web1\r\nBcc: all@example.net", "web1 Bcc: all@example.net"),
        ("a\u2028b\u2029c\x0bd\x0ce\x85f", "a b c d e f"),
        ("\x1b[31mred\x07", "[31mred"),
        ("gpj.\u202egnp", "gpj.gnp"),
        ("in\u2066vis\u200bi\ufeffble\u2069\u061c", "invisible"),
        ("nul\x00 and \ud800 half", "nul and half"),
        ("  much \t space  ", "much space"),
        ("Zürich 東京", "Zürich 東京"),
        ("\U000e0041tags", "tags"),
    ],
)
def test_hostile_letters_do_not_reach_a_line(hostile: str, shown: str) -> None:
    assert one_line(hostile) == shown


def test_one_thing_is_no_plural() -> None:
    assert [how_many(count, "time") for count in range(3)] == ["0 times", "1 time", "2 times"]


def test_a_long_line_is_cut_with_a_mark() -> None:
    assert one_line("x" * 11, limit=10) == "xxxxxxx..."
    assert one_line("x" * 10, limit=10) == "x" * 10


def test_a_long_key_is_shortened_and_stays_different() -> None:
    assert short_key("x" * 255) == "x" * 255
    keys = {short_key("x" * 300 + end) for end in "ab"}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {255}


def test_lines_stay_lines() -> None:
    assert many_lines("a\r\nb\n\n\x1bc\rd") == "a\nb\n\nc\nd"


def test_a_header_can_not_be_smuggled_in_as_an_encoded_word() -> None:
    assert "=?" not in in_header("x =?utf-8?q?=0D=0AX-Injected:_yes?=")
    assert in_header("a\r\nBcc: all@example.net") == "a Bcc: all@example.net"
