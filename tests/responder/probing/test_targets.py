"""Does the configuration become the looks that its writer meant?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerts.inventory import Inventory, Reseller, Server
from probes.discovery import Account, PanelMap
from probes.discovery import Reseller as Found
from probes.dnsbl import DnsblProbe
from probes.kinds import KINDS
from probes.model import FAST, Look, Patience
from responder.probing.filesd import Group
from responder.probing.section import LookPart, Probing
from responder.probing.targets import Estate, looks
from tests.responder.probing.made_up import SiteProbe

WEB1 = Server("web1", "127.0.0.2", datacentre="fra1", rack="r1", brand="acme", tags=("shared",))
WEB2 = Server("web2", "127.0.0.3", brand="acme", tags=("dedicated",))
BLUE = Reseller("blue", "web1", "bluebrand")
INVENTORY = Inventory({"web1": WEB1, "web2": WEB2}, {"blue": BLUE}, frozenset({"fra1"}))
MODULES = {"ping": KINDS["ping"](), "site": SiteProbe()}
ESTATE = Estate(INVENTORY, MODULES)


def found(*parts: dict[str, Any], estate: Estate = ESTATE) -> dict[str, Look]:
    section = Probing.model_construct(looks=tuple(LookPart(**part) for part in parts))
    return {one.key: one for one in looks(section, estate)}


def test_a_kind_looks_at_every_server_it_is_given() -> None:
    seen = found({"kind": ["ping"], "servers": "all"})
    assert {key: one.target.address for key, one in seen.items()} == {
        "web1/ping": "127.0.0.2",
        "web2/ping": "127.0.0.3",
    }
    assert seen["web1/ping"].target.labels == {
        "server": "web1", "brand": "acme", "datacentre": "fra1", "rack": "r1", "module": "ping",
    }  # fmt: skip
    assert seen["web1/ping"].host == "web1"


def test_tags_choose_servers_too() -> None:
    assert list(found({"kind": "ping", "tags": "shared"})) == ["web1/ping"]


def test_a_target_is_filled_with_address_and_name() -> None:
    seen = found({"module": "site", "servers": "web1", "target": "http://{address}:81/{name}"})
    assert seen["web1/site"].target.address == "http://127.0.0.2:81/web1"


def test_an_ipv6_address_is_bracketed_in_a_target() -> None:
    servers = {"web1": replace(WEB1, address="::1")}
    estate = replace(ESTATE, inventory=Inventory(servers))
    seen = found({"module": "site", "servers": "web1", "target": "{address}:25"}, estate=estate)
    assert seen["web1/site"].target.address == "[::1]:25"


def test_two_looks_of_one_module_at_one_server_have_names_of_their_own() -> None:
    parts = [{"module": "site", "servers": "web1", "target": f"{{address}}:{n}"} for n in (1, 2)]
    assert list(found(*parts)) == ["web1/site", "web1/site@127.0.0.2:2"]


def test_targets_that_are_no_servers_are_looked_at_as_they_are_written() -> None:
    seen = found({"module": "site", "targets": ["https://example.net/x", "[::1]:25"]})
    assert {key: one.host for key, one in seen.items()} == {
        "site@https://example.net/x": "example.net",
        "site@[::1]:25": "[::1]",
    }


def test_files_bring_targets_and_labels() -> None:
    estate = replace(ESTATE, files={"a.yml": (Group(("10.0.0.1:80",), {"server": "web2"}),)})
    (one,) = found({"module": "site", "file_sd": ["a.yml"]}, estate=estate).values()
    assert (one.host, one.target.labels["server"]) == ("web2", "web2")


def test_each_reseller_of_a_server_is_looked_at_by_its_own_name() -> None:
    seen = found({"module": "site", "servers": "all", "each": "reseller"})
    assert list(seen) == ["web1/blue/site"]
    labels = seen["web1/blue/site"].target.labels
    assert (labels["reseller"], labels["brand"]) == ("blue", "bluebrand")


def test_each_domain_is_asked_for_at_its_own_address() -> None:
    accounts = (
        Account("blue", "blue.example", "blue", "127.0.0.9", suspended=False, plan=""),
        Account("old", "old.example", "root", "", suspended=True, plan=""),
        Account("own", "own.example", "root", "", suspended=False, plan=""),
    )
    estate = replace(ESTATE, maps={"web1": PanelMap((Found("blue"),), accounts)})
    seen = found({"module": "site", "servers": "all", "each": "domain"}, estate=estate)
    assert {key: one.target.address for key, one in seen.items()} == {
        "web1/blue.example/site": "site:127.0.0.9",
        "web1/own.example/site": "site:127.0.0.2",
    }
    blue = seen["web1/blue.example/site"].target
    assert (blue.hostname, blue.labels["reseller"], blue.labels["brand"]) == (
        "blue.example", "blue", "bluebrand",
    )  # fmt: skip
    assert blue.labels["severity"] == "warning"
    assert "reseller" not in seen["web1/own.example/site"].target.labels


def test_the_profile_says_how_often() -> None:
    (normal,) = found({"kind": "ping", "servers": "web1"}).values()
    (fast,) = found({"kind": "ping", "servers": "web1", "profile": "fast"}).values()
    assert (normal.patience, fast.patience) == (Patience(), FAST)


def test_an_interval_bounds_the_retry() -> None:
    (one,) = found({"kind": "ping", "servers": "web1", "interval": "5s", "attempts": 2}).values()
    assert one.patience == Patience(5.0, 5.0, 2)


def test_the_severity_of_a_look_is_a_label_of_its_targets() -> None:
    (one,) = found({"kind": "ping", "servers": "web1", "severity": "info"}).values()
    assert one.target.labels["severity"] == "info"


def test_references_are_looked_at_often_and_briefly() -> None:
    places = {"gw": "127.0.0.1", "six": "::1", "dns": "127.0.0.1:53", "web": "[::1]:80"}
    seen = found(estate=replace(ESTATE, references=places))
    assert {key: one.probe.kind for key, one in seen.items()} == {
        "@ref/gw": "ping", "@ref/six": "ping", "@ref/dns": "tcp", "@ref/web": "tcp",
    }  # fmt: skip
    assert {one.patience.interval for one in seen.values()} == {10.0}
    assert {one.probe.timeout for one in seen.values()} == {timedelta(seconds=3)}


def test_lists_of_bad_senders_are_asked_once_an_hour() -> None:
    lists = DnsblProbe.model_construct(resolver="127.0.0.1:53", lists=())
    estate = replace(ESTATE, modules={"lists": lists})
    (one,) = found({"module": "lists", "targets": "127.0.0.2"}, estate=estate).values()
    assert one.patience == Patience(3600.0, 3600.0, 1, 1)
