"""Does the store tell the gate, on both engines, who is in trouble, what was done, what holds?"""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from alerts.model import Category
from responder.run_values import Act, Run, RunState
from responder.store import alerts, gated, incidents, kill_switch, runs, unhealthy
from responder.values import IncidentState
from tests.store.samples import MINUTE, NOW, episode, incident, stored


def test_a_server_is_unhealthy_while_a_critical_incident_is_about_it(tx: Connection) -> None:
    stored(tx, 1)
    stored(tx, 2, state=IncidentState.ACKNOWLEDGED)
    stored(tx, 3, state=IncidentState.MITIGATED)
    stored(tx, 4, category=Category.HOSTING)
    stored(tx, 5, drill=True)
    stored(tx, 6, server=None, key="dc:fra1")
    assert unhealthy.servers(tx) == {"web1", "web2"}


def test_the_parts_of_a_whole_are_counted_by_their_alerts(tx: Connection) -> None:
    stored(tx, 1, server=None, key="dc:fra1")
    alerts.add(tx, [episode(1), episode(2), episode(3, ends_at=NOW), episode(4, server=None)])
    assert unhealthy.servers(tx) == {"web1", "web2"}


def test_a_storm_rages_until_it_is_well(tx: Connection) -> None:
    stored(tx, 1, key="dc:fra1", rule="storm", title="12 servers of fra1 are down")
    stored(tx, 2, key="dc:ams1")
    assert unhealthy.storms(tx) == {"dc:fra1": "12 servers of fra1 are down"}
    incidents.change(tx, [incident(1, key="dc:fra1", rule="storm", state=IncidentState.MITIGATED)])
    assert unhealthy.storms(tx) == {}


def test_what_was_done_lately_or_is_not_over_or_is_its_own_is_told(tx: Connection) -> None:
    stored(tx, 1)
    runs.keep_copy(tx, "h", "{}", now=NOW)
    for number, age in ((1, 5), (2, 50), (3, 500), (4, 5000)):
        one = Run(
            id=number, key=f"k{number}", playbook="p", version=1, hash="h", incident=1,
            incident_ref="x-1", target=f"web{number}", state=RunState.RUNNING, mode="auto",
            step="cycle", began_at=NOW, changed_at=NOW,
        )  # fmt: skip
        runs.add(tx, one, [])
        act = Act(number, "cycle", one.target, "power.cycle", NOW - age * MINUTE, by_person=False)
        assert gated.begin_act(tx, act, now=NOW)
    for number in (1, 2, 4):
        gated.end_act(tx, number, "cycle", "done", now=NOW)
    since = NOW - timedelta(minutes=10)
    assert [one.run for one in gated.recent(tx, 4, since=since)] == [4, 3, 1]
    assert [one.run for one in gated.recent(tx, 9, since=since)] == [3, 1]


@pytest.mark.parametrize("words", ["", "ana: smoke in rack 4 \N{FIRE}"])
def test_the_kill_switch_is_a_fact_of_the_store(tx: Connection, words: str) -> None:
    assert kill_switch.thrown(tx) is None
    kill_switch.throw(tx, "earlier")
    kill_switch.throw(tx, words)
    assert kill_switch.thrown(tx) == words
    kill_switch.lift(tx)
    kill_switch.lift(tx)
    assert kill_switch.thrown(tx) is None
