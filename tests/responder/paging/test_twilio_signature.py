"""Is Twilio's signature told from every other?"""

import pytest

from responder.paging.twilio_signature import genuine, signature

# The example of Twilio's own libraries and documents.
TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675310"),
    ("Digits", "1234"),
    ("From", "+14158675310"),
    ("To", "+18005551212"),
]
RIGHT = "GvWf1cFY/Q7PnoempGyD5oXAezc="


def test_it_is_the_one_of_twilios_documents() -> None:
    assert signature(TOKEN, URL, FORM) == RIGHT
    assert signature(TOKEN, URL, FORM[::-1]) == RIGHT
    assert genuine(RIGHT, tokens=[TOKEN], url=URL, form=FORM)


def test_either_of_two_tokens_will_do_while_one_is_changed() -> None:
    assert genuine(RIGHT, tokens=["new", TOKEN], url=URL, form=FORM)
    assert not genuine(RIGHT, tokens=["new", "newer"], url=URL, form=FORM)
    assert not genuine(RIGHT, tokens=[], url=URL, form=FORM)


@pytest.mark.parametrize(
    ("signed", "known"),
    [
        ("https://mycompany.com:443/a", "https://mycompany.com/a"),
        ("https://mycompany.com/a", "https://mycompany.com:443/a"),
        ("https://mycompany.com/a?b=1", "https://mycompany.com:8443/a?b=1"),
        ("http://mycompany.com:80/a", "http://mycompany.com/a"),
        ("https://[::1]/a", "https://[::1]:8443/a"),
    ],
)
def test_a_port_is_signed_or_left_out(signed: str, known: str) -> None:
    assert genuine(signature(TOKEN, signed, FORM), tokens=[TOKEN], url=known, form=FORM)


@pytest.mark.parametrize(
    "url",
    [
        "http://mycompany.com/myapp.php?foo=1&bar=2",
        "https://mycompany.org/myapp.php?foo=1&bar=2",
        "https://mycompany.com/myapp.php?foo=1&bar=3",
        "https://mycompany.com/myapp.php",
    ],
)
def test_another_address_is_not_signed_by_it(url: str) -> None:
    assert not genuine(RIGHT, tokens=[TOKEN], url=url, form=FORM)


def test_another_form_is_not_signed_by_it() -> None:
    for place in range(len(FORM)):
        name, value = FORM[place]
        for changed in [(name, value + "1"), (name + "1", value)]:
            form = [*FORM[:place], changed, *FORM[place + 1 :]]
            assert not genuine(RIGHT, tokens=[TOKEN], url=URL, form=form)
    assert not genuine(RIGHT, tokens=[TOKEN], url=URL, form=FORM[1:])
    assert not genuine(RIGHT, tokens=[TOKEN], url=URL, form=[*FORM, ("Extra", "1")])


@pytest.mark.parametrize(
    "given", ["", "=", RIGHT[:-1], RIGHT.lower(), "\ud800", "x" * 10_000, "né"]
)
def test_no_odd_signature_fits(given: str) -> None:
    assert not genuine(given, tokens=[TOKEN], url=URL, form=FORM)


def test_a_name_with_several_values_has_each_different_one() -> None:
    once = signature(TOKEN, URL, [("a", "1"), ("a", "2")])
    assert once == signature(TOKEN, URL, [("a", "2"), ("a", "1"), ("a", "1")])
    assert once == signature(TOKEN, f"{URL}a1a2", [])
