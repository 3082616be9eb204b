"""Can a stranger's words stand in one line of ours, and are they about us?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.words import about_us, clean


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fine", "fine"),
        ("  two \t  words\r\n", "two words"),
        ("\x1b[31mred\x07", "[31mred"),
        ("a\u202egnol\u2028b", "a gnol b"),
        ("x" * 300, "x" * 199 + "…"),
        ("", ""),
    ],
)
def test_words_are_cleaned(said: str, shown: str) -> None:
    assert clean(said) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(said: str) -> None:
    shown = clean(said)
    assert shown.isprintable()
    assert len(shown) <= 200


@pytest.mark.parametrize(
    "said",
    [
        "421 4.7.0 mail.test Error: too many connections from 192.0.2.1",
        "421 Too many concurrent SMTP connections from this IP address; please try again later.",
        "421 There are too many connections from your internet address.",
        "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.test",
        "550 Your IP address is not welcome",
        "Exceeded MaxStartups",
        "Not allowed at this time",
        "421 4.7.0 Rate limit exceeded",
    ],
)
def test_a_refusal_that_is_about_us_is_known(said: str) -> None:
    assert about_us(said)


@pytest.mark.parametrize(
    "said",
    [
        "421 Too many concurrent SMTP connections; please try again later.",
        "Too many connections",
        "There are too many connected users, please try later.",
        "454 4.7.0 TLS not available due to local problem",
        "internal error",
        "500 OOPS: vsftpd: refusing to run with writable root inside chroot()",
    ],
)
def test_trouble_of_the_server_itself_is_not_taken_for_one(said: str) -> None:
    assert not about_us(said)
