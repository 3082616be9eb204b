"""Does an alert find what it is about, and what that is a part of?"""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.inventory import Inventory, Place, Reseller, Server
from alerts.settings import AlertSettings

LABELS = AlertSettings().server_labels
INVENTORY = Inventory(
    servers={
        "web1": Server("web1", "192.0.2.1", ("www.example.net",), "fra1", "r7", brand="acme"),
        "web2": Server("web2", "2001:db8::2", datacentre="fra1", rack="r7"),
        "hv1": Server("hv1", datacentre="fra1", rack="r9"),
        "vm1": Server("vm1", hypervisor="hv1"),
        "vm2": Server("vm2", hypervisor="hv1", datacentre="ams1"),
        "lone": Server("lone"),
    },
    resellers={
        "anna": Reseller("anna", "web1", "annas"),
        "bert": Reseller("bert", "web1"),
        "carl": Reseller("carl", "vm1"),
        "nomad": Reseller("nomad"),
    },
    datacentres=frozenset({"fra1", "ams1"}),
)


def find(**labels: str) -> Place:
    return INVENTORY.find(labels, server_labels=LABELS)


@pytest.mark.parametrize(
    "value",
    [
        "web1",
        "WEB1",
        "web1:9100",
        "192.0.2.1",
        "192.0.2.1:443",
        "www.example.net",
        "https://www.example.net/login?next=/",
        "http://web1:8080/",
    ],
)
def test_a_server_is_found_by_name_address_or_alias(value: str) -> None:
    assert find(instance=value).server == "web1"


@pytest.mark.parametrize("value", ["2001:db8::2", "[2001:db8::2]:9100", "http://[2001:db8::2]/"])
def test_an_ipv6_address_keeps_its_colons(value: str) -> None:
    assert find(instance=value).server == "web2"


@pytest.mark.parametrize("label", LABELS)
def test_each_of_the_contract_labels_names_a_server(label: str) -> None:
    assert find(**{label: "web1"}).server == "web1"


def test_the_first_label_that_names_a_server_counts() -> None:
    assert find(server="web2", instance="web1").server == "web2"
    assert find(server="exporter", instance="web1").server == "web1"
    assert find(server="", instance="web1").server == "web1"


@pytest.mark.parametrize("value", ["", "web", "web10", "web1.example.net", "[", "://", ":9100"])
def test_what_is_not_known_is_nowhere(value: str) -> None:
    assert find(instance=value) == Place()
    assert find(instance=value).own is None


def test_a_servers_own_name_counts_more_than_the_alias_of_another() -> None:
    servers = {"a": Server("a"), "b": Server("b", "a", ("a", "c")), "c": Server("c")}
    inventory = Inventory(servers)
    assert inventory.find({"host": "a"}, server_labels=LABELS).server == "a"
    assert inventory.find({"host": "c"}, server_labels=LABELS).server == "c"


def test_a_place_goes_from_the_widest_whole_to_the_thing_itself() -> None:
    place = find(instance="web1")
    assert place.keys == ("dc:fra1", "rack:fra1/r7", "server:web1")
    assert (place.own, place.wholes) == ("server:web1", ("dc:fra1", "rack:fra1/r7"))
    assert place.brand == "acme"


def test_a_virtual_machine_is_a_part_of_its_carrier_and_stands_where_it_stands() -> None:
    assert find(host="vm1").keys == ("dc:fra1", "rack:fra1/r9", "server:hv1", "server:vm1")
    assert find(host="vm2").keys == ("dc:ams1", "server:hv1", "server:vm2")
    assert INVENTORY.scopes("vm1") == ("dc:fra1", "rack:fra1/r9")


def test_a_server_that_is_its_own_carrier_is_no_part_of_itself() -> None:
    inventory = Inventory({"odd": Server("odd", hypervisor="odd")})
    assert inventory.find({"host": "odd"}, server_labels=LABELS).keys == ("server:odd",)


def test_an_account_is_a_part_of_its_server_and_has_a_brand_of_its_own() -> None:
    anna, bert = find(reseller="anna"), find(reseller="bert")
    assert anna.keys == (*find(instance="web1").keys, "reseller:anna")
    assert (anna.server, anna.brand, bert.brand) == ("web1", "annas", "acme")


def test_an_account_without_a_server_stands_where_the_alert_says() -> None:
    assert find(reseller="nomad").keys == ("reseller:nomad",)
    assert find(reseller="nomad", instance="web2").keys[-2:] == ("server:web2", "reseller:nomad")


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        ({"datacentre": "fra1"}, ("dc:fra1",)),
        ({"datacenter": "fra1"}, ("dc:fra1",)),
        ({"dc": "fra1", "rack": "r7"}, ("dc:fra1", "rack:fra1/r7")),
        ({"dc": "mars"}, ()),
        ({"rack": "r7"}, ()),
        ({"dc": "fra1", "instance": "web2"}, ("dc:fra1", "rack:fra1/r7", "server:web2")),
    ],
)
def test_an_alert_may_speak_of_a_site(labels: Mapping[str, str], keys: tuple[str, ...]) -> None:
    assert find(**labels).keys == keys


@pytest.mark.parametrize(
    ("labels", "accounts"),
    [
        ({"instance": "web1"}, 2),
        ({"instance": "web2"}, 0),
        ({"instance": "hv1"}, 1),
        ({"dc": "fra1"}, 3),
        ({"dc": "ams1"}, 0),
        ({"reseller": "anna"}, 1),
        ({"instance": "unknown"}, 0),
    ],
)
def test_the_accounts_that_feel_it_are_counted(labels: Mapping[str, str], accounts: int) -> None:
    assert INVENTORY.resellers_on(find(**labels)) == accounts


@pytest.mark.parametrize(
    ("key", "scope", "inside"),
    [
        ("server:web1", "all", True),
        ("alert:4711", "all", True),
        ("server:web1", "server:web1", True),
        ("server:web1", "rack:fra1/r7", True),
        ("server:web1", "dc:fra1", True),
        ("server:web1", "brand:acme", True),
        ("server:vm1", "server:hv1", True),
        ("server:vm1", "dc:fra1", True),
        ("rack:fra1/r7", "dc:fra1", True),
        ("dc:fra1", "dc:fra1", True),
        ("server:web1", "server:web2", False),
        ("server:web2", "brand:acme", False),
        ("server:hv1", "server:vm1", False),
        ("dc:fra1", "rack:fra1/r7", False),
        ("rack:fra1/r7", "dc:ams1", False),
        ("alert:4711", "dc:fra1", False),
        ("server:gone", "dc:fra1", False),
    ],
)
def test_a_thing_is_within_its_wholes_and_its_brand(key: str, scope: str, inside: bool) -> None:
    assert INVENTORY.within(key, scope) is inside


def test_a_whole_knows_whose_trouble_is_a_part_of_it() -> None:
    assert set(INVENTORY.members("dc:fra1")) == {"web1", "web2", "hv1", "vm1"}
    assert set(INVENTORY.members("server:hv1")) == {"hv1", "vm1", "vm2"}
    assert INVENTORY.members("server:web1") == ("web1",)
    assert INVENTORY.above("server:vm1") == ("dc:fra1", "rack:fra1/r9", "server:hv1")
    assert INVENTORY.above("dc:fra1") == ()


def test_a_server_without_guests_and_accounts_has_no_parts() -> None:
    inventory = Inventory({"a": Server("a"), "b": Server("b")}, {"r": Reseller("r", "b")})
    assert inventory.members("server:a") == ()
    assert inventory.members("server:b") == ("b",)


def test_an_account_of_no_server_may_live_on_any() -> None:
    inventory = Inventory({"a": Server("a")}, {"nomad": Reseller("nomad")})
    assert inventory.members("server:a") == ("a",)


def test_the_size_of_a_scope_is_its_servers() -> None:
    sizes = {scope: INVENTORY.size(scope) for scope in ("dc:fra1", "rack:fra1/r7", "brand:acme")}
    assert sizes == {"dc:fra1": 4, "rack:fra1/r7": 2, "brand:acme": 1}
    assert INVENTORY.size("dc:mars") == 0


def test_the_accounts_of_a_whole_are_those_of_its_servers_as_far_as_panels_tell() -> None:
    accounts = {"web1": 300, "web2": 12, "vm1": 7, "gone": 99}
    inventory = Inventory(INVENTORY.servers, datacentres=INVENTORY.datacentres, accounts=accounts)
    keys = ("server:web1", "rack:fra1/r7", "server:hv1", "dc:fra1", "server:lone", "server:gone")
    assert [inventory.accounts_on(key) for key in keys] == [300, 312, 7, 319, 0, 0]


def test_a_server_hurts_its_own_brand_and_those_of_its_resellers() -> None:
    servers = {"web1": Server("web1", brand="acme"), "web2": Server("web2", brand="blau")}
    resellers = {
        "one": Reseller("one", "web1", "noir"),
        "two": Reseller("two", "web1"),
        "nomad": Reseller("nomad", brand="blau"),
    }
    inventory = Inventory(servers, resellers)
    assert inventory.brands_on("server:web1") == ("acme", "noir")
    assert inventory.brands_on("server:gone") == ()


def test_a_server_that_has_left_the_inventory_is_in_no_scope() -> None:
    assert INVENTORY.scopes("gone") == ()


@given(st.dictionaries(st.sampled_from([*LABELS, "reseller", "dc", "rack"]), st.text()))
def test_no_label_however_odd_is_an_error(labels: dict[str, str]) -> None:
    place = INVENTORY.find(labels, server_labels=LABELS)
    assert (place.own is None) == (place.keys == ())
