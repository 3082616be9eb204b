"""Does what we have to say on a ticket reach the ticket system that keeps it?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerts.model import DAEMON, Actor, ActorKind, Category, Priority
from playbooks.ports import Change, ChangeKind, Draft, TicketRef, TicketState
from responder.clock import HandClock
from responder.comments import Comments
from responder.desk import taking
from responder.desk.looking import Sighting
from responder.desk.opening import opened
from responder.desk.section import Desk
from responder.outbox import Runner
from responder.plan import Plan
from responder.store import Store, Tx
from responder.store import tickets as rows
from responder.store.tables import outbox
from responder.support import outages
from responder.support.promises import watch
from responder.sync import bring_home
from responder.values import Job, TicketRecord
from tests.responder.support.test_outages import BROKEN, OUTAGE, WELL
from tests.responder.support.test_requests import NOW, PLAN, taken
from tests.responder.test_comments import House as Elsewhere

HOUR = timedelta(hours=1)
ANA = Actor(ActorKind.PERSON, "ana")


@dataclass
class Kept:
    """A customer's ticket that another system keeps, and the worker that speaks to it."""

    store: Store
    there: Elsewhere
    ticket: TicketRecord
    plan: Plan

    def effect_ended(self, job: Job, state: str) -> None:
        assert state == "done", job

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.there.notes]

    async def passes(self, hours: float) -> None:
        now = NOW + hours * HOUR
        await self.store.write(watch, plan=self.plan, now=now)
        await self.works(now)

    async def works(self, now: datetime) -> None:
        handler = Comments(self.store, system=lambda: self.there, url="https://r.example.net")
        runner = Runner(self.store, [handler], member="one", clock=HandClock(now), watcher=self)
        for _ in range(4):  # what is said on one ticket is said in order, one after the other
            await runner.turn()
            await runner.settle()

    async def now_is(self) -> TicketRecord:
        found = await self.store.read(rows.by_id, self.ticket.id)
        assert found is not None
        return found

    async def sees(self, seen: Sighting, *, at: datetime = NOW) -> None:
        await self.store.write(outages.judge, self.ticket.id, seen, plan=self.plan, now=at)
        await self.works(at)


async def keep(store: Store, *, plan: Plan = PLAN, owner: str | None = None) -> Kept:
    request = replace(OUTAGE, key="rt/900/brought", system="rt", ref="900")
    ticket = (await taken(store, request)).ticket
    if owner:
        told = {"owner": owner}
        change = Change("rt/1", TicketRef("rt", "900"), NOW, ChangeKind.OWNER, ANA, "", told)
        await store.write(_comes_home, ticket.id, change)
    return Kept(store, Elsewhere(), ticket, plan)


def _comes_home(tx: Tx, number: int, change: Change) -> None:
    ticket = rows.by_id(tx, number)
    assert ticket is not None
    taking.take_in(tx, ticket, [change])


async def test_r23_warnings_stand_there_from_80_percent_on_once(file_store: Store) -> None:
    """R23: whoever works in the other system sees that its time runs out."""
    kept = await keep(file_store)
    await kept.sees(WELL)  # high: 15 minutes
    for hours in (0.13, 0.2, 0.21, 0.25, 0.3):
        await kept.passes(hours)
    assert [text for text in kept.texts if "reaction" in text] == [
        "80 % of the time for reaction is used up",
        "all of the time for reaction is used up",
    ]
    assert not any(public for _, _, public in kept.there.notes)


@pytest.mark.parametrize("escalates", [True, False])
async def test_r25_what_is_not_solved_in_its_budget_is_moved_there(
    file_store: Store, escalates: bool
) -> None:
    """R25, R77: its queue here follows when the move comes home, as all that is done there."""
    kept = await keep(file_store, plan=replace(PLAN, desk=Desk(escalate=escalates)))
    await kept.sees(WELL)
    kept.there.moved.clear()
    for hours in (23, 24, 25):
        await kept.passes(hours)
    risen = ["level-2"] if escalates else []
    assert kept.there.moved == risen
    why = "level-1 has not solved it within its time: it goes to level-2."
    assert kept.texts.count(why) == len(risen)
    assert (await kept.now_is()).queue == "level-1"
    moved = Change(
        "rt/2",
        TicketRef("rt", "900"),
        NOW + 24 * HOUR,
        ChangeKind.QUEUE,
        DAEMON,
        "",
        {"queue": "level-2"},
    )
    await file_store.write(_comes_home, 1, moved)
    assert (await kept.now_is()).queue == "level-2"


@pytest.mark.parametrize(("owner", "moved"), [(None, ["level-1"]), ("ana", [])])
async def test_what_is_seen_well_goes_to_level_1_there_with_the_findings(
    file_store: Store, owner: str | None, moved: list[str]
) -> None:
    """Decision 12; who works on it there keeps it."""
    kept = await keep(file_store, owner=owner)
    await kept.sees(WELL)
    (text,) = kept.texts
    assert text.startswith("now hosting, high in level-1: seen well from everywhere")
    assert "web1/http: up" in text
    assert kept.there.moved == moved


async def test_what_burns_after_all_goes_to_the_rapid_response_team_there(
    file_store: Store,
) -> None:
    """Decision 12, R19: the customer insists, and now the probes see it too."""
    kept = await keep(file_store)
    await kept.sees(WELL)
    later = NOW + HOUR
    told = outages.again(OUTAGE.text, plan=PLAN)
    assert await file_store.write(outages.still_down, 1, told, now=later)
    await kept.sees(BROKEN, at=later)
    assert kept.there.moved == ["level-1", "rapid-response"]
    assert "web1/http: down" in kept.texts[-1]


async def test_what_stands_there_by_now_is_not_written_again(file_store: Store) -> None:
    """Adopting tells what is in our log too; a process may die between any two steps."""
    kept = await keep(file_store)
    kept.there.notes.append((f"{kept.ticket.key}/look", "brought when it was adopted", False))
    await kept.sees(BROKEN)
    assert kept.texts == ["brought when it was adopted"]


async def test_a_warning_opens_no_ticket_that_was_solved_there_meanwhile(
    file_store: Store,
) -> None:
    """It was solved between two looks; a customer's words alone open it again."""
    kept = await keep(file_store)
    await kept.sees(WELL)
    kept.there.state = TicketState.SOLVED
    await kept.passes(0.25)
    assert kept.texts[-1] == "all of the time for reaction is used up"
    assert kept.there.state is TicketState.SOLVED


async def test_who_was_merged_into_an_alerts_ticket_hears_what_is_answered_there(
    file_store: Store,
) -> None:
    """R29: it is nobody's, and his was filed there by us."""
    await keep(file_store)
    draft = Draft("k", "level-1", Priority.LOW, Category.HOSTING, "alarm", "text", brand="acme")
    await file_store.write(opened, draft, system="rt", ref="901", now=NOW)
    merged = Change("1", TicketRef("rt", "900"), NOW, ChangeKind.MERGED, ANA, "", {"into": "901"})
    reply = Change("2", TicketRef("rt", "901"), NOW, ChangeKind.REPLY, ANA, "It is up again.")
    for _ in range(2):
        told: dict[str, Any] = {"system": "rt", "people": {}, "plan": PLAN, "now": NOW}
        await file_store.write(bring_home, [merged, reply], **told)
    sent = await file_store.read(lambda tx: list(tx.execute(select(outbox.c.payload)).scalars()))
    assert [one.get("text") for one in sent].count("It is up again.") == 1
