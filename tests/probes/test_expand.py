"""Places of a text are filled from a match by the rules of Go's Regexp.Expand."""

import pytest

from probes.expand import expanded
from probes.patterns import read_pattern

CASES = [
    (b"PONG ${1}", b"PONG irc"),
    (b"PONG $1", b"PONG irc"),
    (b"${word}!", b"irc!"),
    (b"$word!", b"irc!"),
    (b"$0", b"PING :irc"),
    (b"$1x", b""),  # the longest name counts: it is ${1x}
    (b"${1}x", b"ircx"),
    (b"$$1", b"$1"),
    (b"$", b"$"),
    (b"$-", b"$-"),
    (b"${1", b"${1"),
    (b"${}", b"${}"),
    (b"$7", b""),
    (b"$nobody", b""),
    (b"$01", b""),  # a leading zero makes it a name
    (b"${2}", b""),  # took no part
    (b"$999999999999", b""),
    (b"\x00\xff", b"\x00\xff"),
]


@pytest.mark.parametrize(("template", "wanted"), CASES)
def test_a_place_is_filled_as_go_fills_it(template: bytes, wanted: bytes) -> None:
    found = read_pattern("^PING :(?P<word>[a-z]+)(x)?").search(b"PING :irc")
    assert found is not None
    assert expanded(template, found) == wanted
