"""R31: a customer's words over his link reach every ticket system, and once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from playbooks.ports import Draft, Note, TicketRef, TicketState
from responder import trackwork
from responder.clock import HandClock
from responder.comments import Comments
from responder.desk.opening import opened
from responder.outbox import Runner
from responder.store import Store, Tx
from responder.store.opening import open_store
from responder.tickets.desk import SYSTEM
from responder.trackwork import Right, Words
from responder.values import Job
from tests.contracts.ticket_houses import House, draft
from tests.responder.web.conftest import START


@dataclass
class Post:
    """Our own store, in which the ticket is known, and the worker that speaks to the house."""

    store: Store
    house: House
    ref: TicketRef
    brand: str
    done: list[str] = field(default_factory=list)

    def effect_ended(self, job: Job, state: str) -> None:
        self.done.append(job.key if state == "done" else state)

    async def say(self, text: str) -> None:
        await self.store.write(trackwork.say, Right(1, self.brand), Words(text), now=START)

    async def work(self) -> None:
        system = self.house.system
        handler = Comments(self.store, system=lambda: system, url="https://r.example.net")
        runner = Runner(self.store, [handler], member="one", clock=HandClock(START), watcher=self)
        await runner.turn()
        await runner.settle()


def _known(tx: Tx, one: Draft, ref: TicketRef) -> None:
    opened(tx, one, system=ref.system, ref=ref.id, now=START)


@pytest.fixture
async def post(house: House, tmp_path: Path) -> AsyncIterator[Post]:
    if house.system.name == SYSTEM:
        pytest.skip("its words need no way: they are written where they are said")
    store = open_store(f"sqlite:///{tmp_path}/words.db", ballast=0)
    one = draft()
    ref = await house.system.open(one)
    await store.write(_known, one, ref)
    yield Post(store, house, ref, one.brand or "")
    await store.close()


async def test_r31_his_words_stand_there_once(post: Post) -> None:
    await post.say("It bounces again, with <b>550</b> & more.")
    await post.work()
    (key,) = post.done
    assert await post.house.system.noted(post.ref, key)
    await post.work()
    assert post.done == [key]


async def test_r31_words_to_what_was_solved_open_it(post: Post) -> None:
    await post.house.system.solve(post.ref, Note("k/solved", "We have mended it."))
    await post.say("It is back.")
    await post.work()
    assert (await post.house.system.read(post.ref)).state not in (
        TicketState.SOLVED,
        TicketState.CLOSED,
    )
