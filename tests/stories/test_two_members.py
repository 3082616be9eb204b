"""Two instances on one PostgreSQL: do they share the work, and stand in for each other?"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select

from playbooks.client import open_session
from responder.emulators.pager import Mode
from responder.store.own_tables import member as member_table
from responder.store.tables import outbox as outbox_table
from tests.real.smtp import Trouble
from tests.soak.audit import Audit, Span
from tests.soak.company import Member
from tests.soak.outside import Outside
from tests.soak.sender import Sender, until
from tests.soak.storm import busy
from tests.stories.stage import firing

FROZEN_SECONDS = 22.0  # the lease, and a turn of the others who look for those that are gone


@dataclass
class House:
    """A database, the outside, and whoever of the members has been started."""

    folder: Path
    url: str
    outside: Outside
    engine: Engine
    members: list[Member]

    def member(self, name: str) -> Member:
        """One more instance, not started yet."""
        folder = self.folder / f"place-{len(self.members)}"
        self.members.append(Member(folder, name, store=self.url, outside=self.outside))
        return self.members[-1]

    def sender(self) -> Sender:
        """Sends to all of them. No alert ends: one that a frozen member takes in late is believed,
        and would be trouble again.
        """
        urls = [one.url for one in self.members]
        return Sender(urls, dice=random.Random(), told=self.outside.told, ending=0)

    def alive(self) -> int:
        """How many are registered, alive or not."""
        with self.engine.connect() as tx:
            return len(tx.execute(select(member_table)).all())

    def owner(self, effect: str) -> str:
        """Who has in hand the effect whose key ends so."""
        mine = select(outbox_table.c.owner).where(outbox_table.c.key.endswith(effect))
        with self.engine.connect() as tx:
            return str(tx.execute(mine).scalar_one())

    def done(self, effect: str) -> bool:
        """Is the effect whose key ends so done, and marked so?"""
        mine = select(outbox_table.c.state).where(outbox_table.c.key.endswith(effect))
        with self.engine.connect() as tx:
            return tx.execute(mine).scalar_one_or_none() == "done"

    async def end(self) -> None:
        """Stop everybody."""
        await asyncio.gather(*(one.stop() for one in self.members))

    async def audit(self, *gaps: Span) -> Audit:
        """Everything held together, once it is done and all have ended; a mail may come again over
        one of these gaps.
        """
        await until(lambda: not busy(self.engine))
        await self.end()
        return Audit(self.engine, self.outside, kills=gaps)


@pytest.fixture
async def house(tmp_path: Path, postgres_url: str) -> AsyncIterator[House]:
    async with Outside(random.Random()) as outside:
        outside.behave()
        house = House(tmp_path, postgres_url, outside, create_engine(postgres_url), [])
        yield house
        await house.end()
        house.engine.dispose()


async def test_what_both_are_told_is_one_incident_one_ticket_and_one_page_each(
    house: House,
) -> None:
    one, other = house.member("one"), house.member("other")
    await asyncio.gather(one.answer(), other.answer())  # and make the tables together
    servers = [f"host-{number:06}" for number in range(100)]
    sender = house.sender()
    async with open_session() as session:
        await asyncio.gather(
            *(
                sender.deliver(session, firing(server), to=member.url)
                for server in servers
                for member in (one, other)
            )
        )
    audit = await house.audit()
    assert audit.complaints(servers, []) == []
    assert (len(audit.incidents), len(house.outside.mailbox.messages)) == (100, 100)
    assert (len(house.outside.tickets.tickets), len(house.outside.pager.rings)) == (100, 100)


async def test_what_a_dead_one_had_in_hand_is_done_by_the_other(house: House) -> None:
    one, other = house.member("one"), house.member("other")
    house.outside.mailbox.trouble = Trouble.HANG
    await one.answer()
    async with open_session() as session:
        await house.sender().deliver(session, firing("host-000001"), to=one.url)
    await until(lambda: house.outside.mailbox.attempts == 1)
    begun = time.monotonic()
    one.process.end(signal.SIGKILL)
    house.outside.behave()
    await other.answer()
    await until(lambda: not busy(house.engine))
    assert time.monotonic() - begun < FROZEN_SECONDS + 45
    assert (await house.audit()).complaints(["host-000001"], []) == []
    assert len(house.outside.mailbox.messages) == 1


async def test_a_page_that_was_sent_and_never_marked_rings_once(house: House) -> None:
    """PagerDuty took it and did not say so; whoever sent it is killed in that moment, and begins
    anew beside the other.
    """
    one, other = house.member("one"), house.member("other")
    await asyncio.gather(one.answer(), other.answer())
    house.outside.pager.mode = Mode.HANG_AFTER_ACCEPT
    async with open_session() as session:
        await house.sender().deliver(session, firing("host-000001"), to=one.url)
    await until(lambda: house.outside.pager.rings != [] and house.done("/ana/0"))
    [sender] = [member for member in house.members if member.name == house.owner("/ben/0")]
    sender.process.end(signal.SIGKILL)
    house.outside.behave()
    await sender.answer()
    audit = await house.audit()
    assert audit.complaints(["host-000001"], []) == []
    triggers = [taken.json["event_action"] for taken in house.outside.pager.taken]
    assert triggers == ["trigger", "trigger"]
    assert (len(house.outside.pager.rings), len(house.outside.mailbox.messages)) == (1, 1)


async def test_one_that_stood_still_for_longer_than_its_lease_doubles_nothing(
    house: House,
) -> None:
    one, other = house.member("one"), house.member("other")
    await asyncio.gather(one.answer(), other.answer())
    sender = house.sender()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sender.storm())
        await asyncio.sleep(random.uniform(1.0, 2.0))
        gap = time.monotonic()
        one.process.pause()
        await asyncio.sleep(3)
        sender.over.set()
        await asyncio.sleep(FROZEN_SECONDS - 3)
        left_by_the_other = busy(house.engine)
        one.process.resume()
    assert not left_by_the_other
    assert len(sender.acknowledged) > 5
    audit = await house.audit((gap, time.monotonic()))
    assert audit.complaints(sender.acknowledged, sender.ended) == []


async def test_a_second_one_of_the_same_name_is_refused(house: House) -> None:
    one, twin = house.member("one"), house.member("one")
    await one.answer()
    twin.process.start()
    await until(lambda: twin.process.died() is not None)
    words = twin.process.died()
    assert words is not None
    assert 'another instance is called "one": give each its own daemon.member' in words
    assert "Traceback" not in words
    assert house.alive() == 1
