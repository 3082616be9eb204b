"""Is what the probes saw kept, summed up and pruned?"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from responder.store import probes
from responder.store.probes import Change, Hour, MapRow, StateRow
from responder.store.pruning import tidy
from tests.store.samples import MINUTE, NOW

HOUR = 60 * MINUTE
DAY = 24 * HOUR
STATE = StateRow("web1/http", "down", NOW, {"attempts": 3}, {"server": "web1"})


def change(key: str, days: float, state: str = "down") -> Change:
    return Change(key, NOW + days * DAY, state, "connect", "connection refused", "web1")


def test_a_state_comes_back_as_it_was_kept(tx: Connection) -> None:
    probes.keep(tx, states=[STATE], changes=[])
    assert probes.states(tx) == {STATE.key: STATE}
    assert probes.states(tx, ["web2/http"]) == {}


def test_a_state_that_is_kept_again_is_changed(tx: Connection) -> None:
    well = replace(STATE, state="ok", since=NOW + HOUR)
    probes.keep(tx, states=[STATE], changes=[])
    probes.keep(tx, states=[well], changes=[])
    assert probes.states(tx, [STATE.key]) == {STATE.key: well}


def test_what_nobody_looks_at_any_more_is_forgotten_but_for_its_history(tx: Connection) -> None:
    probes.keep(tx, states=[STATE], changes=[change(STATE.key, 0)])
    probes.forget_others(tx, ["web2/http"])
    assert probes.states(tx) == {}
    assert probes.changes(tx, STATE.key) == [change(STATE.key, 0)]


def test_changes_come_newest_first(tx: Connection) -> None:
    told = [change("web1/http", day) for day in (-2, -1, 0)]
    probes.keep(tx, states=[], changes=told)
    assert probes.changes(tx, "web1/http", limit=2) == [told[2], told[1]]


def test_the_course_of_a_span_begins_with_what_held_before_it(tx: Connection) -> None:
    old, held, inside, later = (change("@server/web1", day) for day in (-9, -5, -1, 3))
    other = change("web1/http", -1)
    probes.keep(tx, states=[], changes=[old, held, inside, later, other])
    found = probes.course(tx, prefix="@server/", since=NOW - 3 * DAY, until=NOW)
    assert found == {"@server/web1": [held, inside]}


def test_a_prefix_with_a_sign_of_like_is_taken_literally(tx: Connection) -> None:
    probes.keep(tx, states=[], changes=[change("@server/web1", 0)])
    assert probes.course(tx, prefix="@%", since=NOW - DAY, until=NOW + DAY) == {}


def test_the_looks_of_an_hour_add_up(tx: Connection) -> None:
    first = Hour("web1/http", NOW, looks=3, failed=1, unknown=0, seconds=0.5, longest=0.25)
    second = Hour("web1/http", NOW, looks=2, failed=0, unknown=1, seconds=1.5, longest=1.25)
    other = replace(first, key="web2/http")
    probes.add_hours(tx, [first, other])
    probes.add_hours(tx, [second])
    summed = Hour("web1/http", NOW, looks=5, failed=1, unknown=1, seconds=2.0, longest=1.25)
    assert probes.hours(tx, "web1/http", since=NOW - HOUR) == [summed]
    assert probes.hours(tx, "web1/http", since=NOW + HOUR) == []


def test_the_last_map_of_a_panel_serves(tx: Connection) -> None:
    old = MapRow("web1", NOW - DAY, {"resellers": []}, "")
    new = MapRow("web1", NOW, {"resellers": ["blue"]}, "no answer")
    probes.keep_map(tx, old)
    probes.keep_map(tx, new)
    assert probes.maps(tx) == {"web1": new}


def test_history_is_pruned_but_that_of_outages(tx: Connection) -> None:
    keys = ("web1/http", "@server/web1")
    probes.keep(tx, states=[], changes=[change(key, day) for key in keys for day in (-31, -29)])
    old = Hour("web1/http", NOW - 4 * DAY, 1, 0, 0, 0.1, 0.1)
    probes.add_hours(tx, [old, replace(old, hour=NOW)])
    assert tidy(tx, now=NOW) == 2
    assert tidy(tx, now=NOW, hours_kept=timedelta(days=9)) == 0
    assert [len(probes.changes(tx, key)) for key in keys] == [1, 2]
    assert len(probes.hours(tx, "web1/http", since=NOW - 9 * DAY)) == 1
