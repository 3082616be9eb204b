"""Who is called to a run that needs a person, and under which key?"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from alerts.model import Category, Priority
from playbooks.ports import PageEvent
from responder.board import Board
from responder.paging.escalation import Escalations, Ladder, Rung
from responder.paging.summons import called, summons
from responder.run_values import Run
from responder.runs import telling
from responder.store import Tx, claims
from responder.store.tables import outbox
from responder.values import EffectKind, Incident
from tests.responder.room import opened
from tests.responder.runs.asking import DIGEST, SOON, Runs, playing
from tests.responder.test_steps import fresh

METHODS = {"ana": ("email", "pagerduty"), "bob": ("webhook",), "boss": ("email",), "mute": ()}
LADDER = Ladder((Rung(("ana",)), Rung(("ana", "bob")), Rung(("boss",))))
HOUSE = Escalations(LADDER, {}, METHODS, {"night": ("bob", "boss")})


def down(**changes: Any) -> Incident:
    return replace(fresh().incident, **changes)


@pytest.mark.parametrize(
    ("step", "people"),
    [(0, ("ana",)), (1, ("ana",)), (2, ("ana", "bob")), (3, ("boss",)), (9, ("boss",))],
)
def test_while_nobody_has_it_those_who_were_paged_last_are_called(
    step: int, people: tuple[str, ...]
) -> None:
    assert called(down(step=step), HOUSE) == people


def test_whoever_has_taken_the_incident_is_called_alone() -> None:
    assert called(down(step=3, acknowledged_by="bob"), HOUSE) == ("bob",)


def test_one_who_took_it_and_can_not_be_reached_leaves_it_to_the_others() -> None:
    """A token's name, or somebody who has left."""
    assert called(down(step=2, acknowledged_by="ops"), HOUSE) == ("ana", "bob")


def test_an_incident_that_pages_nobody_calls_those_of_the_critical_ones() -> None:
    low = down(priority=Priority.LOW, category=Category.HOSTING)
    assert called(low, HOUSE) == ("ana",)
    high = Escalations(LADDER, {Priority.LOW: Ladder((Rung(("boss",)),))}, METHODS)
    assert called(low, high) == ("boss",)


def test_without_any_escalation_everybody_who_can_be_reached_is_called() -> None:
    nobody = Escalations(None, {}, METHODS)
    assert called(down(), nobody) == ("ana", "bob", "boss")
    assert called(down(), Escalations(Ladder(()), {}, METHODS)) == ("ana", "bob", "boss")


def test_each_is_called_once_by_the_first_of_his_methods() -> None:
    pages = summons(
        down(step=2), ("ana", "mute", "gone", "bob"), escalations=HOUSE,
        event=PageEvent.NEEDED, name="need-7-3", facts={"run": 7, "why": "look"},
    )  # fmt: skip
    assert [(one.payload["person"], one.payload["method"]) for one in pages] == [
        ("ana", "email"), ("bob", "webhook"),
    ]  # fmt: skip
    assert len({one.key for one in pages}) == 2
    assert all("/need-7-3/" in one.key and one.kind is EffectKind.PAGE for one in pages)
    assert all(one.payload["run"] == 7 and one.payload["event"] == "needed" for one in pages)


def test_another_call_has_another_key_and_the_same_call_the_same() -> None:
    def keys(name: str) -> list[str]:
        facts = {"run": 7}
        event = PageEvent.APPROVAL
        pages = summons(down(), ("ana",), escalations=HOUSE, event=event, name=name, facts=facts)
        return [one.key for one in pages]

    assert keys("ask-1") == keys("ask-1") != keys("ask-2")


# As a run calls them


@pytest.fixture
def runs() -> Iterator[Runs]:
    """A company with one playbook, and a team."""
    teams = {"night": ("bob",)}
    with opened(replace(playing(), escalations=replace(playing().escalations, teams=teams))) as one:
        yield Runs(one)


def calls(runs: Runs) -> list[dict[str, Any]]:
    """What the pages under way hold, with their keys."""
    found = runs.room.look(lambda tx: tx.execute(select(outbox.c.key, outbox.c.payload)).all())
    told = [{"key": row.key, **row.payload} for row in found]
    return [one for one in told if one.get("event") in ("needed", "approval")]


def does(runs: Runs, work: Any) -> Any:
    """In one transaction with a board."""

    def done(tx: Tx, **_: Any) -> None:
        board = Board(tx, runs.room.plan, now=runs.room.now)
        work(board)
        board.save()

    runs.room.do(done)


def asks(runs: Runs, run: Run) -> None:
    until = runs.room.now + SOON
    does(runs, lambda board: telling.ask(board, run, why="off?", digest=DIGEST, until=until))


def test_a_question_calls_people_once_however_often_it_is_asked(runs: Runs) -> None:
    run = runs.asks()
    asks(runs, run)
    asks(runs, run)
    (call,) = calls(runs)
    assert (call["person"], call["run"], call["digest"], call["why"]) == (
        "ana", run.id, DIGEST, "off?",
    )  # fmt: skip
    assert "drill" not in call


def test_a_drill_is_marked_in_the_call(runs: Runs) -> None:
    run = runs.begins(drill=True)
    asks(runs, run)
    does(runs, lambda board: telling.need(board, run, why="look"))
    assert {(one["event"], one.get("drill")) for one in calls(runs)} == {
        ("approval", True), ("needed", True),
    }  # fmt: skip


def test_a_playbook_may_name_a_team_or_a_person(runs: Runs) -> None:
    runs.begins()
    (run,) = runs.room.look(claims.claim, owner="a member", now=runs.room.now, limit=1)

    def page(to: str, step: str) -> str:
        facts = {"text": "x", "to": to}
        told, *_ = runs.room.do(telling.tell, run=replace(run, step=step), kind="page", facts=facts)
        return str(told)

    assert page("night", "one") == "paged bob"
    assert page("ana", "two") == "paged ana"
    assert page("", "three") == "paged ana"
    # Who has left is nobody's page: who would be called else is.
    assert page("nobody-is-called-so", "four") == "paged ana"
    assert sorted(one["person"] for one in calls(runs)) == ["ana", "ana", "ana", "bob"]


def test_who_has_answered_is_asked_again_when_a_run_needs_him(runs: Runs) -> None:
    runs.room.fires()
    runs.room.acts_on_page()
    run = runs.begins()
    does(runs, lambda board: telling.need(board, run, why="the machine was left OFF"))
    incident = runs.incident(run.incident)
    assert incident.acknowledged_by is None
    assert incident.page_at == runs.room.now + telling.AGAIN
    assert [one["why"] for one in calls(runs)] == ["the machine was left OFF"]
