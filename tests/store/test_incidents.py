"""Are incidents found by what they are about, and by what time makes of them?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from alerts.model import DAEMON, Category, Priority
from responder.store import incidents, logs
from responder.values import Entry, IncidentState
from tests.store.samples import MINUTE, NOW, incident, stored

FULL: dict[str, Any] = {
    "brand": "acme", "acknowledged_at": NOW, "acknowledged_by": "mira", "recovered_at": NOW,
    "resolved_at": NOW, "page_at": NOW, "step": 3, "episode": 2, "firing": 4, "ticketed": True,
    "unstable": True, "drill": True, "held": "am {}", "muted_by": ("silence:1", "part of dc:fra1"),
    "changes": (29_000_000, 29_000_007), "seq": 9, "head": "abc",
}  # fmt: skip


def logged(tx: Connection, number: int, kind: str, minutes: float) -> None:
    """A line of the log, so many minutes ago."""
    at = NOW - timedelta(minutes=minutes)
    _, rows, texts = logs.chained("incident", number, logs.Tail(), [Entry(kind, DAEMON)], at=at)
    logs.add(tx, "incident", rows, texts)


def test_an_incident_comes_back_as_it_was_stored(tx: Connection) -> None:
    stored(tx, 1)
    (full,) = stored(tx, 2, parent=1, **FULL)
    assert incidents.by_ids(tx, [2, 4711]) == [full]
    bare = incident(3, server=None)
    incidents.add(tx, [bare])
    assert incidents.by_ids(tx, [3]) == [bare]


def test_many_are_changed_at_once_and_keep_their_name(tx: Connection) -> None:
    ones = stored(tx, 1, 2)
    changed = [replace(one, **FULL, state=IncidentState.RESOLVED) for one in ones]
    incidents.change(tx, [replace(one, ref="other") for one in changed])
    assert incidents.by_ids(tx, [1, 2]) == changed


def test_more_incidents_than_a_statement_has_room_for_are_found(tx: Connection) -> None:
    stored(tx, 1, 2)
    names = [f"web{number}" for number in range(70_000)]
    assert len(incidents.by_keys(tx, [f"server:{name}" for name in names])) == 2
    assert len(incidents.below(tx, names)) == len(incidents.by_ids(tx, range(70_000))) == 2


def test_nothing_to_write_is_no_statement(tx: Connection) -> None:
    incidents.add(tx, [])
    incidents.change(tx, [])
    assert (incidents.by_ids(tx, []), incidents.by_keys(tx, [])) == ([], [])
    assert (incidents.below(tx, []), incidents.last_id(tx)) == ([], 0)


def test_a_thing_has_at_most_one_incident_that_is_not_closed(tx: Connection) -> None:
    stored(tx, 1, key="dc:fra1", state=IncidentState.CLOSED)
    stored(tx, 2, key="dc:fra1", state=IncidentState.RESOLVED)
    assert [one.id for one in incidents.by_keys(tx, ["dc:fra1", "dc:ams1"])] == [2]
    with pytest.raises(IntegrityError), tx.begin_nested():
        stored(tx, 3, key="dc:fra1")


def test_a_part_needs_its_whole(tx: Connection) -> None:
    with pytest.raises(IntegrityError), tx.begin_nested():
        stored(tx, 1, parent=4711)


def test_ids_go_on_where_they_stopped(tx: Connection) -> None:
    stored(tx, 7, 5)
    assert incidents.last_id(tx) == 7


def test_parts_and_what_lies_below_are_the_active_ones(tx: Connection) -> None:
    stored(tx, 1, key="dc:fra1", server=None)
    stored(tx, 2, parent=1)
    stored(tx, 3, parent=1, state=IncidentState.MITIGATED)
    stored(tx, 4, parent=1, state=IncidentState.RESOLVED)
    stored(tx, 5)
    assert [one.id for one in incidents.parts_of(tx, 1)] == [2, 3]
    assert [one.id for one in incidents.below(tx, ["web3", "web4", "web5"])] == [3, 5]


def test_servers_are_newly_down_when_their_outage_is_new(tx: Connection) -> None:
    for number, kind in enumerate(("opened", "reopened", "raised"), start=1):
        stored(tx, number)
        logged(tx, number, kind, minutes=4)
    since = NOW - 5 * MINUTE
    down = incidents.newly_down(tx, since=since)
    assert down == {f"web{number}": NOW - 4 * MINUTE for number in (1, 2, 3)}
    assert incidents.newly_down(tx, since=NOW - 3 * MINUTE) == {}


@pytest.mark.parametrize(
    "other",
    [
        {"state": IncidentState.MITIGATED},
        {"category": Category.HOSTING, "priority": Priority.HIGH},
        {"key": "reseller:anna"},
        {"drill": True},
        {"server": None, "key": "server:gone"},
        {"muted_by": ("silence:1",)},
    ],
)
def test_what_is_well_or_less_or_expected_is_not_newly_down(
    tx: Connection, other: dict[str, Any]
) -> None:
    stored(tx, 1, **other)
    logged(tx, 1, "opened", minutes=1)
    assert incidents.newly_down(tx, since=NOW - 5 * MINUTE) == {}


def test_a_part_of_a_storm_is_newly_down_though_it_is_muted(tx: Connection) -> None:
    stored(tx, 1, key="dc:fra1", server=None)
    stored(tx, 2, parent=1, muted_by=("part of dc:fra1",))
    logged(tx, 2, "opened", minutes=1)
    assert list(incidents.newly_down(tx, since=NOW - 5 * MINUTE)) == ["web2"]


def test_pages_are_due_for_what_is_open_and_heard(tx: Connection) -> None:
    stored(tx, 1, page_at=NOW)
    stored(tx, 2, page_at=NOW - MINUTE)
    stored(tx, 3, page_at=NOW + MINUTE)
    stored(tx, 4, page_at=NOW, muted_by=("silence:1",))
    stored(tx, 5)
    assert incidents.due_to_page(tx, now=NOW, limit=9) == [2, 1]
    assert incidents.due_to_page(tx, now=NOW, limit=1) == [2]


def test_time_alone_changes_what_is_watched_resolved_or_unstable(tx: Connection) -> None:
    old, young = NOW - 10 * MINUTE, NOW - MINUTE
    over, well = IncidentState.RESOLVED, IncidentState.MITIGATED
    stored(tx, 1, state=well, recovered_at=old)
    stored(tx, 2, state=well, recovered_at=young)
    stored(tx, 3, state=over, resolved_at=old)
    stored(tx, 4, state=over, resolved_at=young)
    stored(tx, 5, state=over, resolved_at=old, firing=1)
    stored(tx, 6, unstable=True)
    stored(tx, 7, unstable=True, state=over, resolved_at=young)
    stored(tx, 8)
    horizon = NOW - 5 * MINUTE
    due = incidents.due_to_tick(tx, recovered_before=horizon, resolved_before=horizon)
    assert sorted(due) == [1, 3, 6]


def test_the_quiet_the_held_and_the_active_are_found(tx: Connection) -> None:
    stored(tx, 1, held="am {}")
    stored(tx, 2, muted_by=("silence:1",))
    stored(tx, 3, parent=1)
    stored(tx, 4, muted_by=("silence:1",), state=IncidentState.RESOLVED, held="am {}")
    assert sorted(incidents.quiet_ones(tx)) == [2, 3]
    assert incidents.held_by(tx, "am {}") == [1]
    assert sorted(incidents.active(tx)) == [1, 2, 3]


def test_a_list_is_newest_first_and_can_be_narrowed(tx: Connection) -> None:
    stored(tx, 1, 2, 3)
    stored(tx, 4, state=IncidentState.CLOSED, server="web1")

    def ids(**how: Any) -> list[int]:
        return [one.id for one in incidents.listed(tx, **how)]

    assert ids() == [4, 3, 2, 1]
    assert ids(states=["open"]) == [3, 2, 1]
    assert ids(states=["closed", "open"], server="web1") == [4, 1]
    assert (ids(limit=2), ids(limit=2, below_id=3)) == ([4, 3], [2, 1])


def test_the_active_ones_are_counted_by_what_they_are(tx: Connection) -> None:
    stored(tx, 1, 2, firing=2)
    stored(tx, 3, category=Category.HOSTING, priority=Priority.LOW, firing=1)
    stored(tx, 4, state=IncidentState.RESOLVED, firing=5)
    assert incidents.counts(tx) == {("critical", "critical"): 2, ("hosting", "low"): 1}
    assert incidents.firing(tx) == 5
