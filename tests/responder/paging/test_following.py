"""Is a page that its provider took asked about, and the next way tried when it reached nobody?"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from typing_extensions import override

from alerts.model import person
from playbooks.outside import OutsideError
from playbooks.ports import Fate, News, Page, Receipt
from responder import acts
from responder.paging.delivery import Ways
from responder.paging.following import Following
from responder.plan import Plan
from responder.store import Store, follows, pages, tries
from tests.responder.estate import ESCALATIONS, INVENTORY, NIGHT, plan
from tests.responder.paging.duty import LOST, NEVER, Duty, Method, Provider, events

RINGS, BUSY, PICKED_UP = (
    News(Fate.UNDER_WAY, "ringing"),
    News(Fate.MISSED, "busy"),
    News(Fate.REACHED, "completed"),
)


TELEPHONES = replace(ESCALATIONS, methods={"ana": ("voice", "email"), "bob": ("voice", "email")})


@dataclass
class Telephone(Provider):
    """Rings, and says how that goes when asked. `asked`: for which calls."""

    fate: News | Exception = RINGS
    asked: list[str] = field(default_factory=list)

    @override
    async def page(self, page: Page, method: Method) -> Receipt:
        told = await Provider.page(self, page, method)
        return Receipt(told.reference, "queued", follow=True)

    async def follow(self, reference: str) -> News:
        self.asked.append(reference)
        if isinstance(self.fate, Exception):
            raise self.fate
        return self.fate


@dataclass
class Room(Duty):
    """Ana has a telephone and then a mailbox; what comes of her calls is followed."""

    how: Plan = field(default_factory=lambda: plan(TELEPHONES))
    missed: list[str] = field(default_factory=list)

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self.phone = Telephone()
        both = [Method("voice"), Method("email")]
        people = dict.fromkeys(TELEPHONES.methods, both)
        providers = {"voice": self.phone, "email": self.email}
        self.pager.ways = Ways(people, providers, INVENTORY)
        self.following = self.another()

    def another(self) -> Following:
        """What follows pages in one more instance."""
        return Following(
            self.store,
            lambda: self.pager.ways,
            clock=self.clock,
            queued=self.runner.wake.set,
            missed=self.missed.append,
        )

    async def follows(self, *, every: float = 1, **span: float) -> None:
        """Time goes by, and every second it is looked which question is due."""
        until = self.clock.now() + timedelta(**span)
        while self.clock.now() < until:
            self.clock.move(seconds=every)
            await self.following.turn()
            if self.runner.wake.is_set():
                self.runner.wake.clear()
                await self.works()

    async def lines(self) -> list[str]:
        """Method and outcome of every attempt, in the order of pages."""
        told = await self.store.read(tries.of_incident, 1)
        methods = {one.key: one.method for one in await self.ledger()}
        return [f"{methods[key]} {one.outcome}" for key in methods for one in told.get(key, ())]


@pytest.fixture
async def room(file_store: Store) -> Room:
    room = Room(file_store)
    await calls(room)
    return room


async def calls(room: Room) -> None:
    """The first page of incident 1, by telephone."""
    await room.fires("web1")
    await room.works()
    assert events(room.phone) == ["opened ana"]


async def test_a_busy_line_is_followed_by_the_next_way_within_seconds(room: Room) -> None:
    room.phone.fate = BUSY
    await room.follows(seconds=6)
    assert events(room.email) == ["opened ana"]
    assert await room.states() == [("opened", "voice", "failed"), ("opened", "email", "delivered")]
    assert await room.lines() == ["voice accepted", "voice missed", "email accepted"]
    assert room.missed == ["voice"]


async def test_a_call_is_asked_about_often_and_then_seldom(room: Room) -> None:
    begun = room.clock.now()
    times: list[float] = []
    for _ in range(100):
        count = len(room.phone.asked)
        await room.follows(seconds=1)
        if len(room.phone.asked) > count:
            times.append((room.clock.now() - begun).total_seconds())
    assert times == [5, 10, 20, 40, 60, 80, 100]
    assert set(room.phone.asked) == {"voice-1"}


async def test_a_voicemail_reaches_him_but_paging_goes_on(room: Room) -> None:
    room.phone.fate = PICKED_UP
    await room.follows(seconds=6)
    assert await room.lines() == ["voice accepted", "voice reached"]
    assert (await room.incident()).state == "open"
    await room.passes(minutes=6)
    assert "escalated ana" in events(room.phone)
    assert events(room.email) == []


async def test_news_of_the_provider_only_hasten_the_question(room: Room) -> None:
    room.phone.fate = BUSY
    key = (await room.ledger())[0].key
    await room.store.write(follows.hasten, key, now=room.clock.now())
    await room.following.turn()
    await room.works()
    assert events(room.email) == ["opened ana"]


async def test_nobody_asks_for_longer_than_ten_minutes(room: Room) -> None:
    await room.does(acts.acknowledge, id_=1, actor=person("bob"))
    await room.follows(minutes=11, every=5)
    count = len(room.phone.asked)
    assert count < 40
    assert await room.lines() == ["voice accepted", "voice unknown"]
    assert (await room.states())[0] == ("opened", "voice", "delivered")
    await room.follows(minutes=2, every=10)
    assert len(room.phone.asked) == count


async def test_a_provider_that_can_not_be_asked_is_asked_again(room: Room) -> None:
    room.phone.fate = OutsideError("503", transient=True)
    await room.follows(seconds=30)
    assert await room.lines() == ["voice accepted"]
    room.phone.fate = BUSY
    await room.follows(seconds=20)
    assert events(room.email) == ["opened ana"]


async def test_a_kind_that_a_reload_took_away_is_asked_no_more(room: Room) -> None:
    room.pager.ways = Ways({}, {}, INVENTORY)
    await room.follows(minutes=10, every=10)
    assert (room.phone.asked, await room.lines()) == ([], ["voice accepted", "voice unknown"])


async def test_an_answer_that_came_first_keeps_the_next_way_silent(room: Room) -> None:
    await room.does(acts.acknowledge, id_=1, actor=person("bob"))
    room.phone.fate = BUSY
    await room.follows(seconds=10)
    assert events(room.email) == []
    assert (await room.states())[1] == ("opened", "email", "suppressed")


async def test_after_the_last_way_the_next_round_rings(room: Room) -> None:
    room.pager.ways = Ways({"ana": [Method("voice")]}, {"voice": room.phone}, INVENTORY)
    room.phone.fate = BUSY
    await room.follows(seconds=10)
    assert await room.states() == [("opened", "voice", "failed")]
    unpaged = await room.store.read(pages.unpaged, queued_before=room.clock.now())
    assert unpaged == 1


async def test_what_was_missed_is_told_no_recovery(room: Room) -> None:
    room.phone.fate = BUSY
    await room.follows(seconds=10)
    await room.ends("web1")
    await room.works()
    assert events(room.phone) == ["opened ana"]
    assert events(room.email) == ["opened ana", "recovered ana"]


async def test_good_news_wakes_nobody_by_telephone(room: Room) -> None:
    await room.ends("web1")
    await room.works()
    assert events(room.phone) == ["opened ana"]
    assert (await room.states())[1] == ("recovered", "voice", "suppressed")


async def test_two_instances_ask_once_and_try_one_next_way(store: Store) -> None:
    room = Room(store)
    await calls(room)
    room.phone.fate = BUSY
    room.clock.move(seconds=5)
    two = room.another()
    await asyncio.gather(*(one.turn() for one in (room.following, two, room.following, two)))
    await room.works()
    assert room.phone.asked == ["voice-1"]
    assert (room.missed, events(room.email)) == (["voice"], ["opened ana"])


async def test_who_dies_while_asking_is_followed_by_another(room: Room) -> None:
    """The question was taken, and nobody wrote down the answer."""
    now = room.clock.move(seconds=5)
    later = now + timedelta(seconds=5)
    await room.store.write(follows.take, again=lambda _: later, now=now, limit=9)
    room.phone.fate = BUSY
    room.following = room.another()
    await room.follows(seconds=6)
    assert events(room.email) == ["opened ana"]


async def test_an_answer_that_comes_twice_tries_one_next_way(room: Room) -> None:
    room.phone.fate = BUSY
    room.clock.move(seconds=5)
    now = room.clock.now()
    taken = await room.store.write(follows.take, again=lambda _: now, now=now, limit=9)
    await asyncio.gather(*(room.following._follow(one) for one in taken * 3))
    await room.works()
    assert (room.missed, events(room.email)) == (["voice"], ["opened ana"])
    assert (await room.lines()).count("voice missed") == 1


async def test_a_crash_between_the_call_and_its_record_rings_again_under_one_key(
    file_store: Store,
) -> None:
    room = Room(file_store)
    room.phone.trouble, room.phone.takes_and_fails = LOST, True
    await calls(room)
    room.phone.trouble = None
    await room.works(seconds=5)
    assert len({page.key for page in room.phone.taken}) == 1
    assert len({page.answer.split(".")[0][:60] for page in room.phone.taken}) == 1
    assert await room.lines() == ["voice unsure", "voice accepted"]
    room.phone.fate = BUSY
    await room.follows(seconds=10)
    assert room.phone.asked == ["voice-2"]
    assert events(room.email) == ["opened ana"]


async def test_a_way_that_was_tried_already_is_not_tried_again(file_store: Store) -> None:
    """The telephone company was away for a minute, and the line is busy when it is back."""
    room = Room(file_store)
    room.phone.trouble = OutsideError("503", transient=True)
    await room.fires("web1")
    for _ in range(12):
        await room.works(seconds=5)
    assert events(room.email) == ["opened ana"]
    room.phone.trouble, room.phone.fate = None, BUSY
    for _ in range(20):
        await room.works(seconds=5)
        await room.following.turn()
    assert (events(room.phone), room.missed) == (["opened ana"], ["voice"])
    assert events(room.email) == ["opened ana"]


async def test_every_refusal_is_a_line_of_the_ledger(file_store: Store) -> None:
    room = Room(file_store)
    room.phone.trouble = NEVER
    await room.fires("web1")
    await room.works()
    assert await room.lines() == ["voice failed", "email accepted"]
    told = await room.store.read(tries.of_incident, 1)
    assert next(iter(told.values()))[0].detail == "no such mailbox"
    assert room.clock.now() == NIGHT
