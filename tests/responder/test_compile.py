"""Does a configuration become the plan that its writer had in mind?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.model import Priority
from alerts.settings import AlertSettings
from probes.panel_map import Account, PanelMap
from responder.compile import compiled
from responder.config import Config
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.plan import Plan

MAIL = {"kind": "email", "to": "x@example.net"}
HOOK = {"kind": "webhook", "url": "http://127.0.0.1:1/"}
PEOPLE = {
    "ana": {"methods": [MAIL, HOOK]},
    "bob": {"methods": [HOOK]},
    "carl": {"methods": [MAIL]},
    "mute": {},
}
PAGING = {"email": {"host": "127.0.0.1", "port": 2525, "from": "r@example.net"}}


NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


def plan(**parts: Any) -> Plan:
    told = {"people": PEOPLE, "paging": PAGING, **parts}
    return compiled(Config.model_validate(told))


def called(**parts: Any) -> Escalations:
    """Who would be called at ten past three."""
    return plan(**parts).escalations.at(NOW)


def rungs(ladder: Ladder | None) -> list[tuple[str, ...]]:
    return [rung.people for rung in ladder.rungs] if ladder else []


def escalation(*steps: dict[str, Any], priorities: tuple[str, ...] = ("critical",)) -> Any:
    return {"priorities": priorities, "steps": steps}


def test_without_escalations_the_rapid_response_team_is_paged_every_five_minutes() -> None:
    escalations = called(teams={"rapid-response": {"members": ["bob", "ana"]}})
    assert escalations.critical == Ladder((Rung(("bob", "ana"), timedelta(minutes=5)),))
    assert escalations.by_priority == {}


def test_without_that_team_everybody_who_can_be_reached_is_paged() -> None:
    assert rungs(called().critical) == [("ana", "bob", "carl")]
    mute = {"rapid-response": {"members": ["mute"]}}
    assert rungs(called(teams=mute).critical) == [("ana", "bob", "carl")]


@pytest.mark.parametrize("people", [{}, {"mute": {}}])
def test_where_nobody_can_be_reached_there_is_no_ladder(people: dict[str, Any]) -> None:
    assert called(people=people).critical is None


def test_an_escalation_names_people_and_teams_each_once() -> None:
    steps: list[dict[str, Any]] = [
        {"notify": ["ana"], "wait": "2m"},
        {"notify": ["team:night", "ana", "night"]},
        {"notify": ["carl"], "wait": "1h"},
    ]
    told = called(
        teams={"night": {"members": ["bob", "carl"]}}, escalations={"all": escalation(*steps)}
    )
    ladder = told.by_priority[Priority.CRITICAL]
    assert rungs(ladder) == [("ana",), ("bob", "carl", "ana"), ("carl",)]
    waits = [rung.wait.total_seconds() / 60 for rung in ladder.rungs]
    assert waits == [2, 5, 60]


def test_a_step_that_would_reach_nobody_is_left_out() -> None:
    """F57."""
    told = {"all": escalation({"notify": ["mute"]}, {"notify": ["mute", "bob"]})}
    assert rungs(called(escalations=told).by_priority[Priority.CRITICAL]) == [("bob",)]


def test_an_escalation_that_would_reach_nobody_falls_back_to_the_default() -> None:
    """F57."""
    told = {"all": escalation({"notify": ["mute"]})}
    escalations = called(escalations=told)
    assert rungs(escalations.by_priority[Priority.CRITICAL]) == [("ana", "bob", "carl")]


def test_only_the_priorities_that_an_escalation_names_page() -> None:
    told = {
        "urgent": escalation({"notify": ["ana"]}),
        "office": escalation({"notify": ["bob"]}, priorities=("high", "medium")),
        "later": escalation({"notify": ["carl"]}, priorities=("medium",)),
    }
    one = plan(escalations=told)
    assert one.rules.paging == {Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM}
    assert rungs(one.escalations.at(NOW).by_priority[Priority.MEDIUM]) == [("bob",)]
    assert plan().rules.paging == frozenset()


def test_the_kinds_of_each_persons_methods_are_known_in_order() -> None:
    assert called().methods == {
        "ana": ("email", "webhook"), "bob": ("webhook",), "carl": ("email",), "mute": (),
    }  # fmt: skip


def test_the_inventory_is_what_the_file_says() -> None:
    inventory = plan(
        brands={"acme": {}},
        datacentres={"fra1": {}, "ams1": {}},
        servers={
            "hv1": {"address": "192.0.2.1", "datacentre": "fra1", "rack": "r1"},
            "vm1": {"hypervisor": "hv1", "brand": "acme", "aliases": ["www"], "tags": ["shop"]},
        },
        resellers={"anna": {"server": "vm1", "brand": "acme"}},
    ).inventory
    assert inventory.datacentres == {"fra1", "ams1"}
    place = inventory.find({"reseller": "anna"}, server_labels=())
    assert place.keys == (
        "dc:fra1", "rack:fra1/r1", "server:hv1", "server:vm1", "reseller:anna",
    )  # fmt: skip
    assert (inventory.servers["vm1"].tags, inventory.servers["vm1"].aliases) == (
        ("shop",),
        ("www",),
    )


def test_planned_work_of_the_file_cannot_be_mistaken_for_that_of_the_store() -> None:
    span = {"starts": "2026-11-22T01:00:00Z", "ends": "2026-11-22T02:00:00+01:00"}
    late = {**span, "ends": "2026-11-22T05:00:00Z"}
    told = plan(maintenance=[{"scope": "all", **late}, {"scope": "all", "reason": "x", **late}])
    assert [(one.id, one.created_by) for one in told.works] == [
        (-1, "configuration"), (-2, "configuration"),
    ]  # fmt: skip


def test_how_alerts_are_judged_is_taken_over_whole() -> None:
    told = plan(alerts={"watch": "1m", "storm": "off", "ignore_labels": ["pod"]})
    one_minute = timedelta(minutes=1)
    assert told.alerts == AlertSettings(watch=one_minute, storm="off", ignore_labels=("pod",))


def test_an_empty_file_is_a_plan_that_pages_nobody() -> None:
    empty = compiled(Config())
    assert (empty.inventory.servers, empty.escalations.at(NOW).critical, empty.works) == (
        {},
        None,
        (),
    )


def test_only_what_is_critical_lapses_unless_the_file_says_more() -> None:
    told = {"all": escalation({"notify": ["ana"]}, priorities=("critical", "high"))}
    assert plan(escalations=told).rules.progress == {Priority.CRITICAL: timedelta(hours=1)}
    told["all"]["progress"] = "2h"
    both = dict.fromkeys((Priority.CRITICAL, Priority.HIGH), timedelta(hours=2))
    assert plan(escalations=told).rules.progress == both
    told["all"]["progress"] = None
    assert plan(escalations=told).rules.progress == {}


def test_a_rota_of_the_rapid_response_is_called_before_anybody_else() -> None:
    shifts = [{"from": "07:00", "to": "19:00"}, {"from": "19:00", "to": "07:00"}]
    layer = {"name": "all", "people": ["bob"], "begins": "2026-01-05", "shifts": shifts}
    rota = {"zone": "UTC", "team": "rapid-response", "layers": [layer]}
    told = called(teams={"rapid-response": {"members": ["ana"]}}, rotas={"rapid-response": rota})
    assert rungs(told.critical) == [("bob",), ("ana",), ("ana", "bob", "carl")]


def test_the_accounts_of_a_server_are_counted_as_its_panel_says() -> None:
    config = Config.model_validate({"servers": {"web1": {"address": "127.0.0.2"}}})
    known = PanelMap(accounts=(Account("a", "a.example"), Account("b", "b.example")))
    inventory = compiled(config, {"web1": known, "gone": known}).inventory
    assert inventory.accounts == {"web1": 2}


def test_r38_a_machine_of_somebody_who_must_agree_first_is_never_rebooted_unasked() -> None:
    part = {"server": "web1", "flags": ["no_reboot_without_consent"], "notes": "call Jo"}
    told = {
        "servers": {"web1": {"address": "127.0.0.2", "tags": ["old"]}, "web2": {}},
        "resellers": {"acme": part, "blau": {"server": "web2", "flags": ["call_first"]}},
    }
    made = compiled(Config.model_validate(told))
    assert made.inventory.servers["web1"].tags == ("old", "ask_before_reboot")
    assert made.inventory.servers["web2"].tags == ()
    assert made.clientele.clients["acme"].notes == "call Jo"
    assert made.clientele.clients["blau"].flags == ("call_first",)
