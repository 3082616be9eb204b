"""The life of an incident as a whole: whatever happens in whatever order, the promises hold."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from typing_extensions import override

from alerts.model import Category, Priority
from responder import acts, watch
from responder.store import Tx, logs, pages
from responder.store import incidents as rows
from responder.store.tables import outbox as outbox_table
from responder.store.tables import page_delivery
from responder.values import ACTIVE, NOT_WELL, Incident, IncidentState
from tests.responder.estate import plan
from tests.responder.room import Room

SERVERS = ("web1", "web2", "hv1", "vm1", "far1")
SEVERITIES = ("critical", "warning", "info")
STORM = {"servers": 2, "percent": 0, "within": "5m"}


class Life(RuleBasedStateMachine):
    """A small company on its worst day."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(plan(storm=STORM))
        self.lines: dict[int, list[str]] = {}

    @initialize(patient=st.booleans())
    def somebody_writes_the_file(self, patient: bool) -> None:
        """With and without the rule that whoever has taken it must show work."""
        how = self.room.plan
        progress = {} if patient else {Priority.CRITICAL: timedelta(minutes=20)}
        self.room.plan = replace(how, rules=replace(how.rules, progress=progress))

    @override
    def teardown(self) -> None:
        self.room.close()

    @rule(
        server=st.sampled_from(SERVERS),
        severity=st.sampled_from(SEVERITIES),
        source=st.sampled_from(["am", "other"]),
        replica=st.sampled_from(["a", "b"]),
        ends=st.booleans(),
    )
    def hears(self, server: str, severity: str, ends: bool, source: str, replica: str) -> None:
        told = {"severity": severity, "name": severity, "source": source, "replica": replica}
        (self.room.ends if ends else self.room.fires)(server, **told)

    @rule(servers=st.lists(st.sampled_from(SERVERS), min_size=2, max_size=5))
    def storms(self, servers: list[str]) -> None:
        self.room.storms(*servers)

    @rule(
        server=st.sampled_from(SERVERS), minutes=st.sampled_from([1, 7]), number=st.integers(1, 2)
    )
    def silences(self, server: str, minutes: int, number: int) -> None:
        self.room.silences(number, value=server, lasts=minutes)

    @rule(
        scope=st.sampled_from(["server:web1", "server:hv1", "dc:fra1"]),
        begins=st.sampled_from([0, 2]),
    )
    def works_on(self, scope: str, begins: int) -> None:
        self.room.works_on(scope, begins=begins, lasts=3)

    @rule(span=st.sampled_from([1, 40, 301, 1300, 90_000]), turns=st.integers(0, 3))
    def passes(self, span: int, turns: int) -> None:
        """Time goes by; the daemon may be away, and is back at the end."""
        for _ in range(turns):
            self.room.passes(seconds=span / turns, every=span / turns)
        if not turns:
            self.room.now += timedelta(seconds=span)

    @rule(ways=st.sets(st.sampled_from(["email", "pagerduty"])))
    def provider_is_away(self, ways: set[str]) -> None:
        self.room.broken_ways = ways

    @rule()
    def works(self) -> None:
        self.room.works()

    @precondition(lambda self: self.room.incidents())
    @rule(
        data=st.data(),
        act=st.sampled_from(["acknowledge", "resolve", "note", "snooze", "escalate", "hand_over"]),
    )
    def somebody_acts(self, data: st.DataObject, act: str) -> None:
        one = data.draw(st.sampled_from(self.room.incidents()))
        told: dict[str, Any] = {"words": "because"}
        if act == "snooze":
            told["until"] = self.room.now + timedelta(minutes=10)
        if act == "hand_over":
            told["to"] = "bob"
        self._may(getattr(acts, act), one.id, **told)

    @precondition(lambda self: len(self.room.incidents()) > 1)
    @rule(data=st.data())
    def somebody_merges(self, data: st.DataObject) -> None:
        one, other = (data.draw(st.sampled_from(self.room.incidents())) for _ in range(2))
        self._may(acts.merge, one.id, into=other.id)

    @precondition(lambda self: any(one.parent for one in self.room.incidents()))
    @rule(data=st.data())
    def somebody_splits(self, data: st.DataObject) -> None:
        parts = [one for one in self.room.incidents() if one.parent]
        self._may(acts.split, data.draw(st.sampled_from(parts)).id)

    @rule(server=st.sampled_from([None, *SERVERS]))
    def somebody_sees_it_first(self, server: str | None) -> None:
        self.room.opens("it is gone", server=server)

    @rule()
    def all_works_again_and_the_auditor_is_content(self) -> None:
        """Whatever went wrong before: half a minute of good ways and nobody critical is unheard."""
        self.room.broken_ways = set()
        self.room.passes(seconds=90, every=30)
        since = self.room.now - timedelta(seconds=60)
        assert self.room.look(pages.unpaged, queued_before=since) == 0

    def _may(self, act: Any, id_: int, **told: Any) -> None:
        try:
            self.room.acts(act, id_, **told)
        except acts.Refusal:
            assume(False)

    # What always holds

    @invariant()
    def nobody_is_paged_about_what_somebody_has_taken(self) -> None:
        for one in self.room.incidents():
            if one.state is IncidentState.OPEN:
                assert one.acknowledged_by is None, one
            elif one.state is IncidentState.ACKNOWLEDGED:
                watched = one.priority in self.room.plan.rules.progress
                assert (one.page_at is not None) == watched, one
            else:
                assert one.page_at is None, one

    @invariant()
    def each_thing_has_one_incident_that_is_not_closed(self) -> None:
        open_keys = Counter(one.key for one in self.room.incidents() if one.closed_at is None)
        assert set(open_keys.values()) <= {1}

    @invariant()
    def as_many_alerts_fire_as_the_incidents_say(self) -> None:
        firing = Counter(one.incident for one in self.room.firing())
        assert {one.id: one.firing for one in self.room.incidents() if one.firing} == firing

    @invariant()
    def each_alert_has_one_open_episode(self) -> None:
        episodes = Counter((one.source, one.identity) for one in self.room.firing())
        assert set(episodes.values()) <= {1}

    @invariant()
    def what_is_critical_and_heard_by_all_will_be_paged(self) -> None:
        for one in self.room.incidents():
            loud = one.state is IncidentState.OPEN and one.category is Category.CRITICAL
            if loud and not one.muted_by:
                assert one.page_at is not None, one

    @invariant()
    def a_part_is_muted_by_its_whole_while_that_one_is_active(self) -> None:
        known = {one.id: one for one in self.room.incidents()}
        for one in known.values():
            whole = known.get(one.parent or 0)
            if whole is not None and whole.active and one.state in NOT_WELL:
                assert f"part of {whole.key}" in one.muted_by, one

    @invariant()
    def nothing_is_a_part_of_itself(self) -> None:
        parents = {one.id: one.parent for one in self.room.incidents()}
        for start in parents:
            seen, here = set(), parents[start]
            while here is not None:
                assert here not in seen
                seen.add(here)
                here = parents[here]
            assert start not in seen

    @invariant()
    def every_log_only_grows_and_proves_itself(self) -> None:
        self.room.look(self._prove)

    def _prove(self, tx: Tx) -> None:
        listed = rows.listed(tx, limit=1000)
        assert list(logs.broken(tx, "incident", [(o.id, o.seq, o.head) for o in listed])) == []
        for one in listed:
            lines = [f"{line.at} {line.kind}" for line in logs.read(tx, "incident", one.id)]
            known = self.lines.get(one.id, [])
            assert lines[: len(known)] == known
            self.lines[one.id] = lines

    @invariant()
    def no_effect_is_asked_for_twice_and_each_page_is_in_the_ledger(self) -> None:
        keys = self.room.look(lambda tx: list(tx.execute(select(outbox_table.c.key)).scalars()))
        ledger = self.room.look(lambda tx: list(tx.execute(select(page_delivery.c.key)).scalars()))
        sent = [one.key for one in self.room.sent]
        assert len(set(keys)) == len(keys)
        assert set(ledger) <= set(keys)
        assert len(set(sent)) == len(sent)

    @invariant()
    def the_times_of_an_incident_are_in_order(self) -> None:
        for one in self.room.incidents():
            _in_order(one)


def _in_order(one: Incident) -> None:
    assert (one.recovered_at is None) == (one.state in NOT_WELL), one
    assert (one.resolved_at is None) == (one.state in ACTIVE), one
    assert (one.closed_at is not None) == (one.state is IncidentState.CLOSED), one
    times = [one.recovered_at, one.resolved_at, one.closed_at]
    told = [time for time in times if time is not None]
    assert told == sorted(told), one


@pytest.mark.timeout(120)
def test_the_promises_hold_whatever_happens() -> None:
    how = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Life, settings=how)


def test_in_the_end_everything_is_over_and_everybody_was_told(room: Room) -> None:
    """The same company, one ordinary night."""
    for server in SERVERS:
        room.fires(server)
        room.passes(minutes=6)
    for server in SERVERS:
        room.ends(server)
        room.passes(minutes=1)
    room.passes(hours=25, every=600)
    assert {one.state for one in room.incidents()} == {IncidentState.CLOSED}
    assert room.do(watch.tick).incidents == ()
    paged = {(one.incident, one.person) for one in room.sent if one.event != "recovered"}
    recovered = [(one.incident, one.person) for one in room.sent if one.event == "recovered"]
    assert sorted(recovered) == sorted(paged)
