"""Who holds a run, for how long, and how it is let go?"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from responder.run_values import Run, RunState
from responder.store import claims
from responder.store import runs as rows
from tests.responder.room import opened
from tests.responder.runs.asking import Runs, playing

SOON = timedelta(seconds=5)


@pytest.fixture
def runs() -> Iterator[Runs]:
    with opened(playing()) as room:
        yield Runs(room)


def claimed(runs: Runs, owner: str = "a") -> list[Run]:
    found: list[Run] = runs.room.look(claims.claim, owner=owner, now=runs.room.now, limit=9)
    return found


def test_a_run_that_is_given_back_is_taken_up_soon_and_not_at_once(runs: Runs) -> None:
    runs.begins()
    [held] = claimed(runs)
    assert runs.room.look(claims.give_back, held, at=runs.room.now + SOON) is True
    assert claimed(runs, "b") == []
    runs.room.now += SOON
    [again] = claimed(runs, "b")
    assert (again.state, again.owner, again.fence) == (RunState.RUNNING, "b", held.fence + 2)
    with pytest.raises(rows.LostRun):
        runs.room.look(rows.save, held, [], now=runs.room.now)


def test_only_who_holds_a_run_gives_it_back(runs: Runs) -> None:
    runs.begins()
    [held] = claimed(runs)
    runs.room.now += rows.LEASE
    [taken] = claimed(runs, "b")
    assert runs.room.look(claims.give_back, held, at=runs.room.now) is False
    assert runs.now() == taken
