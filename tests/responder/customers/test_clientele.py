"""Who our customers are, how a brand greets mail servers, and who is one reader."""

from typing import Any

import pytest

from alerts.inventory import Inventory, Reseller, Server
from responder.compile import compiled
from responder.config import Config
from responder.customers.audience import Customer, Untold, everybody
from responder.customers.clientele import Clientele, clients_of

RELAY = {"host": "127.0.0.1", "from": "responder@mothership.example", "helo": "core7.mothership"}
OWN = {"host": "127.0.0.9", "from": "post@blau.example"}
FILE: dict[str, Any] = {
    "daemon": {"url": "https://responder.mothership.example:9095", "member": "core7"},
    "paging": {"email": RELAY},
    "people": {"ana": {"name": "Ana Petrova"}},
    "datacentres": {"fra1": {"title": "Frankfurt One"}},
    "servers": {"web1": {"address": "127.0.0.2", "aliases": ["kiste"], "rack": "r7"}},
    "brands": {
        "acme": {"title": "Acme", "mail": "help@acme.example"},
        "blau": {"from": "hilfe@blau.example", "smtp": OWN},
        "mute": {},
        "odd": {"mail": "Odd <odd@odd.example>"},
    },
    "resellers": {
        "anna": {"server": "web1", "brand": "acme", "mail": "a@customer.example"},
        "anna-two": {"server": "web1", "brand": "acme", "mail": "A@customer.example"},
        "blue-anna": {"server": "web1", "brand": "blau", "mail": "a@customer.example"},
        "nobody": {"server": "web1", "mail": "n@customer.example"},
        "quiet": {"brand": "mute", "mail": "q@customer.example"},
    },
}


@pytest.fixture(scope="module")
def known() -> Clientele:
    return compiled(Config.model_validate(FILE)).clientele


def test_one_mailbox_of_a_brand_is_one_reader_and_two_brands_never_meet(known: Clientele) -> None:
    found = list(everybody(known))
    assert [(one.name, one.brand) for one in found if isinstance(one, Customer)] == [
        ("reseller:anna", "acme"),
        ("reseller:blue-anna", "blau"),
    ]
    assert [(one.name, one.why) for one in found if isinstance(one, Untold)] == [
        ("reseller:nobody", "it belongs to no brand"),
        ("reseller:quiet", "its brand has no from, or no mail server"),
    ]


@pytest.mark.parametrize(
    ("brand", "host", "sender", "helo"),
    [
        ("acme", "127.0.0.1", "help@acme.example", "acme.example"),
        ("blau", "127.0.0.9", "hilfe@blau.example", "blau.example"),
    ],
)
def test_mail_servers_are_greeted_in_the_brands_name(
    known: Clientele, brand: str, host: str, sender: str, helo: str
) -> None:
    server = known.server(brand)
    assert server is not None
    assert (server.host, server.sender, server.helo) == (host, sender, helo)


@pytest.mark.parametrize("brand", ["mute", "odd"])
def test_a_brand_without_an_address_writes_no_mail(known: Clientele, brand: str) -> None:
    assert known.server(brand) is None


@pytest.mark.parametrize(
    "word",
    [
        "web1", "kiste", "127.0.0.2", "r7", "fra1", "Frankfurt One", "ana", "Ana Petrova", "blau",
        "responder.mothership.example", "mothership.example", "core7",
    ],
)  # fmt: skip
def test_everything_of_ours_has_a_name_that_is_kept_back(known: Clientele, word: str) -> None:
    assert known.discretion.leaks(f"it is {word} again", brand="acme") != ()


def test_a_panels_accounts_belong_to_their_servers_brand() -> None:
    inventory = Inventory({"web1": Server("web1", brand="acme")}, {"x": Reseller("x", "web1")})
    assert clients_of({}, inventory)["x"].brand == "acme"
