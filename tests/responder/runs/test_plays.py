"""Does a trouble begin the playbooks that are for it: each once, and none that must not?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from playbooks.frozen import Book, book
from playbooks.playbook import Playbook
from responder.run_values import Run, RunState
from responder.store import runs as rows
from tests.responder.room import Room, opened
from tests.responder.runs.asking import Runs, playing

HOSTILE = "$(reboot)'; {{ target.name }} --force\n\u202e%s"


def a_book(name: str, *, mode: str = "ask", **when: Any) -> Book:
    told = {
        "playbook": name,
        "when": when,
        "safety": {"mode": mode},
        "steps": [{"id": "cycle", "uses": "power.cycle"}],
    }
    return book(Playbook.model_validate(told))


HOST_DOWN = a_book("host-down", category="critical", kind="server")
DISK_FULL = a_book("disk-full", kind="DiskFull")
SWITCHED_OFF = a_book("never", mode="off", category="critical")
DRY = a_book("try", mode="dry_run", labels={"team": "try*"})
BY_HAND = a_book("by-hand")


@pytest.fixture
def room() -> Iterator[Room]:
    """A company with five playbooks."""
    with opened(playing(HOST_DOWN, DISK_FULL, SWITCHED_OFF, DRY, BY_HAND)) as one:
        yield one


def begun(room: Room) -> list[Run]:
    found: list[Run] = room.look(rows.listed)
    return list(reversed(found))


def names(room: Room) -> list[str]:
    return [run.playbook for run in begun(room)]


def test_a_trouble_begins_what_is_for_it_and_says_so(room: Room) -> None:
    room.fires("web1")
    (run,) = begun(room)
    assert (run.playbook, run.target, run.state, run.step) == (
        "host-down", "web1", RunState.DUE, "cycle",
    )  # fmt: skip
    assert (run.requested_by, run.confirmed, run.overrules, run.dry) == ("", False, (), False)
    assert run.labels["alertname"] == "HostDown"
    assert "playbook_begun" in room.log()
    assert room.look(rows.copies, [run.hash]) == {run.hash: HOST_DOWN.text}


def test_more_of_the_same_begins_it_once(room: Room) -> None:
    for disk in ("sda", "sdb", "sdc"):
        room.fires("web1", disk=disk)
    room.fires("web1", disk="sda")
    assert names(room) == ["host-down"]


def test_one_more_alert_may_begin_another(room: Room) -> None:
    room.fires("web1")
    room.fires("web1", name="DiskFull")
    assert names(room) == ["host-down", "disk-full"]


def test_what_is_off_or_by_hand_begins_never(room: Room) -> None:
    room.fires("web1")
    assert {"never", "by-hand"}.isdisjoint(names(room))


def test_one_that_is_only_tried_is_dry(room: Room) -> None:
    room.fires("web1", team="try-1", severity="warning")
    (run,) = [one for one in begun(room) if one.playbook == "try"]
    assert run.dry
    assert not run.drill


def test_what_is_muted_begins_when_the_mute_ends_and_not_before(room: Room) -> None:
    room.silences()
    room.fires("web1")
    assert names(room) == []


def test_a_new_episode_begins_it_anew(room: Room) -> None:
    room.fires("web1")
    room.ends("web1")
    room.passes(hours=2, every=300)
    room.fires("web1")
    runs = begun(room)
    assert len({run.key for run in runs}) == len(runs) == 2
    assert runs[0].playbook == runs[1].playbook == "host-down"


def test_back_within_the_watch_it_is_no_new_trouble(room: Room) -> None:
    room.fires("web1")
    room.passes(minutes=1)
    room.ends("web1")
    room.passes(minutes=1)
    room.fires("web1")
    assert names(room) == ["host-down"]


def test_a_storm_begins_no_playbook_for_its_parts(room: Room) -> None:
    """Those of the first few, before it was one, are the gate's to hold back."""
    room.storms(*(f"web{number}" for number in range(1, 11)))
    assert len([run for run in begun(room) if run.target]) < 5


def test_labels_of_a_stranger_are_data(room: Room) -> None:
    room.fires("web1", service=HOSTILE, playbook="by-hand", uses="power.off", target="web2")
    (run,) = begun(room)
    assert (run.playbook, run.target, run.step) == ("host-down", "web1", "cycle")
    assert run.labels["service"].startswith("$(reboot)")
    assert run.hash == HOST_DOWN.digest


def test_a_run_by_hand_begins_no_other(room: Room) -> None:
    run = Runs(room).begins(server="web2", typed="web2", playbook="by-hand")
    assert names(room) == ["by-hand"]
    assert run.requested_by == "mira"


def test_a_drill_begins_nothing_in_earnest(room: Room) -> None:
    run = Runs(room).begins(server="web2", drill=True, playbook="host-down")
    assert (run.dry, run.drill, run.confirmed) == (True, True, False)
    assert names(room) == ["host-down"]


def test_a_run_that_waits_looks_again_when_its_trouble_is_over(room: Room) -> None:
    room.fires("web1")
    (run,) = begun(room)
    later = room.now + timedelta(minutes=30)
    runs = Runs(room)
    runs.stands(RunState.WAITING, run, wake_at=later)
    room.ends("web1")
    room.passes(minutes=20, every=60)
    assert runs.now(run.id).wake_at < later  # type: ignore[operator]
