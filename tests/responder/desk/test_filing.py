"""Are requests that come to us worked on in the ticket system, where the desk wants it so?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from alerts.model import Actor, ActorKind
from playbooks.outside import OutsideError
from playbooks.ports import Change, ChangeKind, Draft, TicketRef, TicketState, TicketSystem
from responder import trackwork
from responder.comments import Comments
from responder.config import Config
from responder.desk import taking
from responder.desk.section import Desk as Section
from responder.deskwork import Hand
from responder.filing import Filing
from responder.outbox import Runner
from responder.plan import Plan
from responder.requests import Request, take
from responder.store import Store, Tx
from responder.store.tables import outbox
from responder.support.closing import speak
from responder.support.mailing import DeskMail, solved_by_us
from responder.sync import bring_home
from responder.trackwork import Right, Words
from responder.values import EffectKind, Job, TicketRecord
from tests.contracts.house_rt import RtHouse
from tests.responder.desk.brought import HOUSES, Home, House, at_home
from tests.responder.support.test_requests import MARA
from tests.responder.support.test_requests import PLAN as ACME

FORM = Request(
    subject="Cannot set up my mailbox",
    text="How do I set up my mailbox on my phone?",
    channel="form",
    key="f-1",
    sender="mara@gina.example",
    sender_name="Mara",
    to="support@acme.example",
)


@dataclass
class Filed:
    """A company that works in another ticket system, and what it does out of its outbox."""

    home: Home
    plan: Plan
    system: TicketSystem
    ended: dict[str, str] = field(default_factory=dict)

    def effect_ended(self, job: Job, state: str) -> None:
        self.ended[job.key] = state

    async def asks(self, request: Request = FORM) -> TicketRecord:
        hand = Hand(MARA, self.plan, self.home.company.clock.now())
        return (await self.home.store.write(take, request, by=hand)).ticket

    async def works(self) -> None:
        store, clock = self.home.store, self.home.company.clock
        comments = Comments(store, system=lambda: self.system, url="https://r.example.net")
        filing = Filing(store, system=lambda: self.system)
        runner = Runner(store, [filing, comments], member="one", clock=clock, watcher=self)
        for _ in range(3):
            await runner.turn()
            await runner.settle()

    async def letters(self) -> list[dict[str, Any]]:
        """What customers are sent, in order."""
        kind = outbox.c.kind == EffectKind.DESK_MAIL
        found = select(outbox.c.payload).where(kind).order_by(outbox.c.id)
        return await self.home.store.read(lambda tx: list(tx.execute(found).scalars()))

    def now(self) -> TicketSystem:
        return self.system

    async def there(self) -> TicketRef:
        (record,) = await self.home.records()
        return TicketRef(record.system, record.ref)


async def _filed(store: Store, house: House) -> Filed:
    clientele = replace(ACME.clientele, system=house.system.name)
    plan = replace(ACME, clientele=clientele, desk=Section(file_requests=True))
    home = await at_home(store, house)
    home.plan = plan
    return Filed(home, plan, house.another())


@pytest.fixture(params=HOUSES)
async def filed(request: pytest.FixtureRequest, file_store: Store) -> AsyncIterator[Filed]:
    async with HOUSES[request.param]() as house:
        yield await _filed(file_store, house)


async def test_r2_what_came_by_form_lies_on_its_desk_there_once(filed: Filed) -> None:
    """R2, R4: one ticket, whichever way it took, where the staff works."""
    mine = await filed.asks()
    await filed.works()
    (record,) = await filed.home.records()
    assert (record.id, record.system) == (mine.id, filed.system.name)
    there = await filed.system.read(await filed.there())
    assert (there.queue, there.state) == (mine.queue, TicketState.NEW)
    await filed.asks()
    await filed.works()
    await filed.home.looks()
    assert len(await filed.home.records()) == 1
    assert [kind for kind, _, _ in await filed.home.log()].count("filed") == 1


async def test_r13_the_staff_there_read_what_we_know_of_him(filed: Filed) -> None:
    mine = await filed.asks()
    await filed.works()
    await filed.home.looks()
    assert await filed.system.noted(await filed.there(), f"{mine.key}/known")
    assert await filed.home.waiting() == []


async def test_r29_an_answer_of_the_staff_there_is_mailed_to_him_once(filed: Filed) -> None:
    """R29: that system does not know him, and whoever answers need not care."""
    mine = await filed.asks()
    await filed.works()
    await filed.home.looks()
    (thanks,) = await filed.letters()
    assert thanks["to"] == "mara@gina.example"
    assert f"[#{mine.id}]" in thanks["subject"]
    people = filed.home.house.people
    await people.reply("dana", await filed.there(), "Here is how: ...")
    for _ in range(2):
        await filed.home.looks()
    _, letter = await filed.letters()
    assert letter["to"] == "mara@gina.example"
    assert letter["text"].strip() == "Here is how: ..."


async def test_r29_in_a_real_request_tracker_as_well(tracker: RtHouse, file_store: Store) -> None:
    """R2, R29."""
    filed = await _filed(file_store, tracker)
    mine = await filed.asks()
    await filed.works()
    await filed.home.looks()
    await tracker.people.reply("dana", await filed.there(), "Here is how: ...")
    await filed.home.looks()
    _, letter = await filed.letters()
    assert letter["text"].strip() == "Here is how: ..."
    assert await filed.system.noted(await filed.there(), f"{mine.key}/known")


async def test_r31_his_words_follow_it_there(filed: Filed) -> None:
    mine = await filed.asks()
    await filed.works()
    now = filed.home.company.clock.now()
    words, right = Words("It is an iPhone."), Right(mine.id, "acme")
    await filed.home.store.write(trackwork.say, right, words, now=now)
    await filed.works()
    _, said = filed.ended
    assert await filed.system.noted(await filed.there(), said)


class Closed:
    """A ticket system that opens nothing: `away` may come back."""

    def __init__(self, system: TicketSystem, *, away: bool) -> None:
        self._system, self._away = system, away
        self.drafts = list[Draft]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    async def open(self, draft: Draft) -> TicketRef:
        self.drafts.append(draft)
        raise OutsideError("no right to create tickets", transient=self._away)


async def test_while_it_is_away_nothing_is_lost(filed: Filed) -> None:
    system, mine = filed.system, await filed.asks()
    filed.system = cast("TicketSystem", Closed(system, away=True))
    await filed.works()
    assert (await filed.home.records())[0].system == "desk"
    now = filed.home.company.clock.now()
    words, right = Words("It is an iPhone."), Right(mine.id, "acme")
    await filed.home.store.write(trackwork.say, right, words, now=now)
    filed.home.company.clock.move(minutes=10)
    opening = Closed(system, away=True)
    filed.system = cast("TicketSystem", opening)
    await filed.works()
    (draft,) = opening.drafts
    assert draft.text.startswith(f"From Mara <mara@gina.example> (form), ticket {mine.id}\n\n")
    assert draft.text.endswith("on my phone?\n\nIt is an iPhone.")
    filed.system = system
    filed.home.company.clock.move(minutes=10)
    await filed.works()
    assert (await filed.home.records())[0].system == system.name


class Deaf:
    """A ticket system that opens a ticket once and does not say so."""

    def __init__(self, system: TicketSystem) -> None:
        self._system = system
        self.opened = list[TicketRef]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    async def open(self, draft: Draft) -> TicketRef:
        self.opened.append(await self._system.open(draft))
        raise OutsideError("no answer", transient=True, ambiguous=True)


async def test_what_he_says_between_two_attempts_is_not_lost(filed: Filed) -> None:
    """R31: the first has opened it without these words, and the second finds it."""
    system, mine = filed.system, await filed.asks()
    deaf = Deaf(system)
    filed.system = cast("TicketSystem", deaf)
    await filed.works()
    words, right = Words("It is an iPhone.", key="more"), Right(mine.id, "acme")
    await filed.home.store.write(trackwork.say, right, words, now=filed.home.company.clock.now())
    filed.system = system
    filed.home.company.clock.move(minutes=10)
    await filed.works()
    assert [await filed.there()] == deaf.opened
    assert await system.noted(deaf.opened[0], f"ticket-{mine.id}/track/more")


async def test_who_answers_there_reads_there_that_his_letter_did_not_arrive(filed: Filed) -> None:
    """Kept back, or refused by the mail server: the customer waits for an answer."""
    mine = await filed.asks()
    await filed.works()
    await filed.home.looks()
    await filed.home.house.people.reply("dana", await filed.there(), "Here is how: ...")
    await filed.home.looks()
    await filed.home.store.write(_dies, DeskMail(plan=lambda: filed.plan, system=filed.now))
    await filed.works()
    (key,) = [key for key in filed.ended if key.endswith("/dead")]
    assert await filed.system.noted(await filed.there(), key.removeprefix(f"ticket-{mine.id}/"))


def _dies(tx: Tx, letters: DeskMail) -> None:
    kind = outbox.c.kind == EffectKind.DESK_MAIL
    row = tx.execute(select(outbox).where(kind).order_by(outbox.c.id)).mappings().all()[-1]
    job = Job(**{one.name: row[one.name] for one in fields(Job)})
    error = OutsideError("no such mailbox", transient=False)
    letters.trouble(tx, job, error, dead=True, now=row["created_at"])


async def test_what_was_solved_here_while_it_was_away_is_no_work_there(filed: Filed) -> None:
    system, mine = filed.system, await filed.asks()
    filed.system = cast("TicketSystem", Closed(system, away=True))
    await filed.works()
    solved = solved_by_us(mine, why="told by phone", at=filed.home.company.clock.now())
    await filed.home.store.write(taking.take_in, mine, [solved])
    filed.system = system
    filed.home.company.clock.move(minutes=10)
    await filed.works()
    assert list(filed.ended.values()) == ["dropped"]
    assert await system.find(mine.key) is None


async def test_r29_no_answer_there_has_the_name_of_one_from_here(filed: Filed) -> None:
    """R29: systems number what is said as our own log does."""
    mine = await filed.asks()
    hand = Hand(MARA, filed.plan, filed.home.company.clock.now())
    said = await filed.home.store.write(speak, mine, "We look at it.", by=hand)
    await filed.works()
    ref, now = await filed.there(), filed.home.company.clock.now()
    dana = Actor(ActorKind.PERSON, "dana")
    words = Change(str(said.ticket.seq), ref, now, ChangeKind.REPLY, dana, "Here is how: ...")
    told: dict[str, Any] = {"system": ref.system, "people": {}, "plan": filed.plan, "now": now}
    await filed.home.store.write(bring_home, [words], **told)
    _, first, second = await filed.letters()
    assert [first["text"], second["text"]] == ["We look at it.", "Here is how: ..."]


async def test_what_is_refused_there_stays_here_and_says_so(filed: Filed) -> None:
    filed.system = cast("TicketSystem", Closed(filed.system, away=False))
    await filed.asks()
    await filed.works()
    (record,) = await filed.home.records()
    assert record.system == "desk"
    _, _, words = (await filed.home.log())[-1]
    assert words.startswith("It could not be opened in the ticket system, and stays at this desk:")
    assert list(filed.ended.values()) == ["dead"]


async def test_who_does_not_ask_for_it_keeps_requests_at_his_own_desk(filed: Filed) -> None:
    filed.plan = replace(filed.plan, desk=Section())
    await filed.asks()
    await filed.works()
    assert (await filed.home.records())[0].system == "desk"
    assert filed.ended == {}


def test_a_system_that_takes_no_requests_is_told_at_once() -> None:
    with pytest.raises(ValidationError, match="takes no requests from us"):
        Config.model_validate({"desk": {"file_requests": True}})
