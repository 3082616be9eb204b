"""Is a message on disk when its sender is told so, and does it suffer for no other?"""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from alerts.alertmanager import read_webhook
from responder import reception
from responder.clock import HandClock
from responder.intake import Arrival, Taken
from responder.reception import Reception
from responder.store import Store, StoreUnavailable, Tx
from responder.store import alerts as alert_rows
from responder.store import incidents as rows
from responder.store.opening import open_store
from tests.responder.estate import NIGHT, alert, body, plan
from tests.store.notes import held

BAD = "bad\ud800"  # a source that no driver takes


class Desk:
    """A reception, and what it told."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.taken: list[Taken] = []
        live: Any = SimpleNamespace(plan=plan(storm="off"))
        self.reception = Reception(store, live, clock=HandClock(NIGHT), taken=self.taken.append)

    async def takes(self, server: str, source: str = "am") -> None:
        reading = read_webhook(json.dumps(body(alert(server))).encode())
        await self.reception.take(Arrival(source, reading))

    async def servers(self) -> list[str]:
        found = await self.store.read(alert_rows.all_firing)
        return sorted(one.labels["instance"] for one in found)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


async def test_a_message_is_stored_when_take_returns(desk: Desk) -> None:
    await desk.takes("web1")
    assert await desk.servers() == ["web1"]
    assert [one.firing for one in desk.taken] == [1]


async def test_messages_that_come_together_share_transactions(desk: Desk) -> None:
    await asyncio.gather(*(desk.takes(f"host{number}") for number in range(200)))
    assert len(await desk.servers()) == 200
    assert sum(one.firing for one in desk.taken) == 200
    assert len(desk.taken) < 10


async def test_a_hundred_copies_at_once_are_one_incident(desk: Desk) -> None:
    """F3: the same webhook, a hundred times in parallel."""
    await asyncio.gather(*(desk.takes("web1") for _ in range(100)))
    assert await desk.servers() == ["web1"]
    assert len(await desk.store.read(rows.listed)) == 1
    assert sum(one.repeated for one in desk.taken) == 99
    effects = sum(one.saved.effects for one in desk.taken)
    assert effects == 2  # a page and a ticket


async def test_a_message_that_cannot_be_stored_spoils_none_of_its_batch(file_store: Store) -> None:
    desk = Desk(file_store)
    told = [desk.takes("web1"), desk.takes("web2", source=BAD), desk.takes("web3")]
    outcomes = await asyncio.gather(*told, return_exceptions=True)
    assert [type(one) for one in outcomes] == [type(None), UnicodeEncodeError, type(None)]
    assert await desk.servers() == ["web1", "web3"]
    await desk.takes("web4")


async def test_a_store_that_is_away_refuses_all_and_takes_them_later(file_store: Store) -> None:
    """Trap 17."""
    desk = Desk(file_store)
    await file_store.close()
    for _ in range(2):
        outcomes = await asyncio.gather(
            desk.takes("web1"), desk.takes("web2"), return_exceptions=True
        )
        assert [type(one) for one in outcomes] == [StoreUnavailable] * 2
    assert desk.taken == []


async def test_a_store_that_comes_back_takes_the_senders_next_try(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(file_store)
    full = [True]

    async def write(work: Any, **told: Any) -> Any:
        if full[0]:
            raise StoreUnavailable("the disk is full")
        return await Store.write(file_store, work, **told)

    monkeypatch.setattr(file_store, "write", write)
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        await desk.takes("web1")
    full[0] = False
    await desk.takes("web1")
    assert await desk.servers() == ["web1"]


async def test_more_than_can_wait_is_told_to_come_again(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F36: no pile-up."""
    monkeypatch.setattr(reception, "WAITING", 5)
    desk = Desk(file_store)
    async with held(file_store):
        first = asyncio.create_task(desk.takes("web1"))
        await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(desk.takes(f"host{number}")) for number in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="too many messages wait"):
            await desk.takes("late")
    await asyncio.gather(first, *waiting)
    assert len(await desk.servers()) == 6


async def test_a_sender_that_hangs_up_loses_nothing(desk: Desk) -> None:
    async with held(desk.store):
        impatient = asyncio.create_task(desk.takes("web1"))
        patient = asyncio.create_task(desk.takes("web2"))
        await asyncio.sleep(0.01)
        impatient.cancel()
    await patient
    assert "web2" in await desk.servers()
    await desk.takes("web1")
    assert await desk.servers() == ["web1", "web2"]


async def test_a_watcher_that_fails_takes_nobodys_answer_away(file_store: Store) -> None:
    desk = Desk(file_store)

    def fail(_: Taken) -> None:
        raise LookupError

    desk.reception._taken = fail
    await desk.takes("web1")
    assert await desk.servers() == ["web1"]


async def test_after_a_restart_all_that_was_answered_is_there(copied_file: str) -> None:
    """Trap 18, as far as one process can show it; tests/soak kills real ones."""
    store = open_store(copied_file, ballast=0)
    await Desk(store).takes("web1")
    await store.close()
    again = open_store(copied_file, ballast=0)
    assert await Desk(again).servers() == ["web1"]

    def states(tx: Tx) -> list[str]:
        return [one.state for one in rows.listed(tx)]

    assert await again.read(states) == ["open"]
    await again.close()
