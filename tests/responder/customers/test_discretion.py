"""Which words are names, and which are only words."""

import time

import pytest

from probes import redaction
from responder.customers.brands import Brand
from responder.customers.discretion import Discretion, host_of

NAMES = {
    "web1": "a server",
    "eu-web1.core.example.net": "a server",
    "mail": "a server",
    "10.0.0.7": "an address",
    "2001:db8::7": "an address",
    "Ana Petrova": "a person",
    "ana": "a person",
    "di": "a person",
    "r1": "a rack",
    "12": "a rack",
    "rack 12": "a rack",
}
BRANDS = {
    "acme": Brand.model_validate({"title": "Acme", "url": "https://acme.example"}),
    "acme-pro": Brand.model_validate(
        {
            "title": "Acme Pro",
            "mail": "help@pro.example",
            "addresses": ["care.example"],
            "status_url": "https://status.pro-net.example",
            "order_url": "https://shop.example/pro",
        }
    ),
    "blau": Brand.model_validate(
        {
            "title": "Blau",
            "signature": "Ana from Blau",
            "announce": ["all@lists.blau.example"],
            "never_say": ["mothership", "cold spare"],
        }
    ),
}
DISCRETION = Discretion(BRANDS, NAMES)


def found(text: str, brand: str = "acme") -> list[str]:
    return [one.word for one in DISCRETION.leaks(text, brand=brand)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("web1 is down", "web1"),
        ("it runs on WEB1:443.", "web1"),
        ("see https://web1/login", "web1"),
        ("core.example.net of eu-web1.core.example.net", "eu-web1.core.example.net"),
        ("10.0.0.7, again", "10.0.0.7"),
        ("[2001:DB8::7]:22", "2001:db8::7"),
        ("Ana  Petrova knows", "ana petrova"),
        ("w\u200beb1", "web1"),
        ("\uff57\uff45\uff42\uff11", "web1"),  # in wide letters
        ("rack 12 has no power", "rack 12"),
        ("in R1", "r1"),
        ("Acme Pro has it too", "acme pro"),
        ("write to x@pro.example", "pro.example"),
        ("blau.example", "blau"),
        ("write to you@care.example", "care.example"),
        ("https://status.pro-net.example/s/1", "status.pro-net.example"),
        ("incident dc:fra1", "dc:fra1"),
    ],
)
def test_names_are_found_however_they_are_written(text: str, word: str) -> None:
    assert word in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Banana bread",  # holds "ana"
        "web12 and web",
        "your mail does not work",  # every house has a machine of that name
        "la lista di posta",  # too short to be a name
        "12 servers",
        "Acme is at work, see https://acme.example/status",
        "10.0.0.70",
    ],
)
def test_words_are_not_taken_for_names(text: str) -> None:
    assert found(text) == []


def test_a_brand_may_say_what_is_a_part_of_its_own_name() -> None:
    assert found("Acme Pro is at work", "acme-pro") == []


def test_a_brand_may_lead_its_customers_to_all_its_doors() -> None:
    text = "https://shop.example/pro, https://status.pro-net.example/s/1, you@care.example"
    assert found(text, "acme-pro") == []
    assert found("https://shop.example/acme") == []  # a shop may serve many


def test_what_a_brands_owner_has_written_himself_may_be_said_of_it() -> None:
    assert found("Ana is at work", "blau") == []
    assert found("Ana is at work", "acme") == ["ana"]


def test_a_brand_has_words_that_it_never_says() -> None:
    assert found("The Mothership says: use the cold  spare", "blau") == ["mothership", "cold spare"]
    assert found("mothership", "acme") == []


def test_a_secret_is_never_shown_not_even_in_the_refusal() -> None:
    redaction.remember("hunter2hunter2")
    (leak,) = DISCRETION.leaks("try hunter2hunter2", brand="acme")
    assert str(leak) == '"[secret]" is a secret'


def test_twenty_thousand_names_and_a_long_text_are_no_burden() -> None:
    names = {f"host{number}.example.net": "a server" for number in range(20_000)}
    text = "we are working on host19999.example.net " * 400
    assert [one.word for one in Discretion(BRANDS, names).leaks(text, brand="acme")] == [
        "host19999.example.net"
    ]


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.acme.example:443/x", "acme.example"),
        ("help@acme.example", "acme.example"),
        ("acme.example", "acme.example"),
        ("http://[::1]:80/", "[::1]:80"),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.usefixtures("no_collector")
def test_a_text_is_read_once_however_often_its_page_is_loaded() -> None:
    """60 comments of 20,000 characters took the daemon 16 seconds each time they were shown."""
    discretion = Discretion({"acme": Brand(), "blau": Brand(title="Blau und Weiss")})
    told = "a." * 10_000 + " Blau und Weiss"
    first = discretion.leaks(told, brand="acme")
    assert {leak.what for leak in first} == {"a name of another brand"}
    begun = time.thread_time()
    for _ in range(200):
        assert discretion.leaks(told, brand="acme") is first
    assert time.thread_time() - begun < 2
    assert discretion.leaks(told, brand="blau") == ()
    for number in range(400):
        discretion.leaks(f"text {number}", brand="acme")
    assert discretion.leaks(told, brand="acme") == first
