"""R9: is the right brand found, by the first hint that tells it, and never a wrong one?"""

import pytest

from alerts.inventory import Inventory, Reseller, Server
from probes.panel_map import Account, PanelMap
from responder.customers.brands import Brand
from responder.customers.clientele import Client
from responder.desk.whose import Directory, Hints, Sure

DIRECTORY = Directory(
    brands={
        "acme": Brand.model_validate(
            {
                "title": "Acme Hosting",
                "url": "https://www.acme.example/help",
                "from": "support@acme.example",
                "addresses": ["helpdesk@shared.example", "acme-mail.example"],
            }
        ),
        "blau": Brand.model_validate(
            {"mail": "hilfe@blau.example", "addresses": ["blau.example", "both@shared.example"]}
        ),
        "rot": Brand.model_validate({"addresses": ["both@shared.example"]}),
    },
    clients={
        "anna": Client("anna", "acme", "web1", "anna@reseller.example"),
        "bert": Client("bert", "blau", "web1", "bert@kunde.example"),
        "carl": Client("carl", "acme", "web2", "twice@kunde.example"),
        "dora": Client("dora", "blau", "web2", "twice@kunde.example"),
        "emil": Client("emil", None, "web3", "emil@kunde.example"),
    },
    inventory=Inventory(
        servers={
            "web1": Server("web1", "127.0.0.2"),
            "web2": Server("web2", "127.0.0.3"),
            "web3": Server("web3", "127.0.0.4"),
            "web4": Server("web4", "127.0.0.5", brand="rot"),
        },
        resellers={
            "anna": Reseller("anna", "web1", "acme"),
            "bert": Reseller("bert", "web1", "blau"),
            "carl": Reseller("carl", "web2", "acme"),
            "dora": Reseller("dora", "web2", "blau"),
            "emil": Reseller("emil", "web3", None),
        },
    ),
    maps={
        "web1": PanelMap(
            accounts=(
                Account("anna", "anna-shop.example", "anna"),
                Account("gina", "gina.example", "anna"),
                Account("hugo", "hugo.example", "bert"),
                Account("same", "double.example", "anna"),
            )
        ),
        "web2": PanelMap(accounts=(Account("same", "double.example", "dora"),)),
        "web4": PanelMap(accounts=(Account("ivan", "ivan.example", "root"),)),
    },
)
CERTAIN, LIKELY, NOT = Sure.CERTAIN, Sure.LIKELY, Sure.NOT

TABLE = [
    (Hints(brand="acme"), "acme", "named", CERTAIN),
    (Hints(brand="acme", to="hilfe@blau.example"), "acme", "named", CERTAIN),
    (Hints(brand="nobody"), None, "unknown", NOT),
    (Hints(brand="nobody", to="hilfe@blau.example"), "blau", "recipient", CERTAIN),
    (Hints(to="support@acme.example"), "acme", "recipient", CERTAIN),
    (Hints(to="Support@ACME.example"), "acme", "recipient", CERTAIN),
    (Hints(to="helpdesk@shared.example"), "acme", "recipient", CERTAIN),
    (Hints(to="other@shared.example"), None, "unknown", NOT),
    (Hints(to="both@shared.example"), None, "unknown", NOT),
    (Hints(to="anybody@acme-mail.example"), "acme", "recipient", CERTAIN),
    (Hints(to="anybody@eu.blau.example"), "blau", "recipient", CERTAIN),
    (Hints(to="anybody@notblau.example"), None, "unknown", NOT),
    (Hints(to="https://acme.example/form"), "acme", "recipient", CERTAIN),
    (Hints(key="rot"), "rot", "key", CERTAIN),
    (Hints(key="rot", brand="blau", to="hilfe@blau.example"), "rot", "key", CERTAIN),
    (Hints(key="rot", account="anna"), "rot", "key", CERTAIN),
    (Hints(account="anna"), "acme", "account", CERTAIN),
    (Hints(account="gina"), "acme", "account", CERTAIN),
    (Hints(account="hugo", sender="anna@reseller.example"), "blau", "account", CERTAIN),
    (Hints(account="same"), None, "unknown", NOT),
    (Hints(account="emil"), None, "unknown", NOT),
    (Hints(sender="Anna@Reseller.example"), "acme", "sender", LIKELY),
    (Hints(sender="twice@kunde.example"), None, "unknown", NOT),
    (Hints(sender="stranger@else.example"), None, "unknown", NOT),
    (Hints(hosts=("www.gina.example",)), "acme", "domain", LIKELY),
    (Hints(hosts=("mail.hugo.example",)), "blau", "domain", LIKELY),
    (Hints(hosts=("double.example",)), None, "unknown", NOT),
    (Hints(hosts=("example", "else.example")), None, "unknown", NOT),
    (Hints(hosts=("ivan.example",)), "rot", "domain", LIKELY),
    (Hints(server="web4"), "rot", "server", LIKELY),
    (Hints(server="web1"), None, "unknown", NOT),
    (Hints(), None, "unknown", NOT),
]


@pytest.mark.parametrize(("hints", "brand", "rule", "sure"), TABLE)
def test_r9_a_brand_is_found_by_the_first_rule_that_knows_one(
    hints: Hints, brand: str | None, rule: str, sure: Sure
) -> None:
    found = DIRECTORY.resolve(hints)
    assert (found.brand, found.rule, found.sure) == (brand, rule, sure)


def test_account_reseller_and_server_come_with_the_host_that_somebody_names() -> None:
    found = DIRECTORY.resolve(Hints(hosts=("gina.example",), sender="gina@mail.example"))
    assert (found.account, found.reseller, found.server) == ("gina", "anna", "web1")


@pytest.mark.parametrize(
    ("hints", "end_customer"),
    [
        (Hints(hosts=("gina.example",), sender="gina@mail.example"), True),
        (Hints(hosts=("gina.example",), sender="anna@reseller.example"), False),
        (Hints(hosts=("anna-shop.example",), sender="who@ever.example"), False),
        (Hints(account="gina"), True),
        (Hints(account="anna"), False),
        (Hints(sender="anna@reseller.example"), False),
    ],
)
def test_r80_who_is_not_the_reseller_himself_is_his_end_customer(
    hints: Hints, end_customer: bool
) -> None:
    assert DIRECTORY.resolve(hints).end_customer is end_customer


def test_r9_a_machine_of_another_brand_is_not_his_because_he_writes_its_name() -> None:
    """Nobody joins, opens or pages for the incident of a machine on which another brand lives."""
    strange = DIRECTORY.resolve(Hints(to="support@acme.example", hosts=("web4",)))
    assert (strange.brand, strange.server) == ("acme", None)
    theirs = DIRECTORY.resolve(Hints(brand="rot", hosts=("web4",)))
    assert (theirs.brand, theirs.server) == ("rot", "web4")
    shared = DIRECTORY.resolve(Hints(to="support@acme.example", hosts=("web1",)))
    assert shared.server == "web1"
    told = DIRECTORY.resolve(Hints(brand="acme", server="web4"))  # an agent says so
    assert told.server == "web4"


def test_r9_who_writes_to_another_brand_of_ours_is_shown_nothing_of_his_own() -> None:
    found = DIRECTORY.resolve(Hints(to="hilfe@blau.example", sender="anna@reseller.example"))
    assert (found.brand, found.account, found.reseller, found.server) == ("blau", None, None, None)


@pytest.mark.parametrize(
    ("account", "brands"),
    [
        ("anna", ("acme",)),  # a reseller, and the account that he has himself
        ("gina", ("acme",)),
        ("same", ("acme", "blau")),  # two machines have one of this name
        ("bert", ("blau",)),
        ("emil", ("",)),
        ("ivan", ("rot",)),
        ("nobody", ()),
    ],
)
def test_every_account_of_a_name_is_known_by_its_brand(
    account: str, brands: tuple[str, ...]
) -> None:
    assert DIRECTORY.called(account) == brands
    strange = DIRECTORY.has_account(account, other_than="acme")
    assert strange == (account in ("bert", "ivan"))


def test_a_machine_of_another_brand_is_known_as_such() -> None:
    there = [
        name for name in ("web1", "web4", "none") if DIRECTORY.has_server(name, other_than="acme")
    ]
    assert there == ["web4"]


def test_a_site_on_a_machine_of_another_brand_is_none_of_his() -> None:
    found = DIRECTORY.resolve(Hints(brand="acme", hosts=("ivan.example",)))
    assert (found.brand, found.account, found.site, found.server) == ("acme", None, None, None)
