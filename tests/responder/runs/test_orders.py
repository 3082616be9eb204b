"""Orders as rows, on both engines: kept once, moved once, and never without their calls."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from playbooks.datacentre import orders as life
from playbooks.datacentre.by_call import Outcome
from playbooks.datacentre.message import PIN_MARK, compose_stop
from playbooks.datacentre.order import Order, OrderState, Step
from playbooks.datacentre.site import Site
from playbooks.outside import OutsideError
from playbooks.ports import Receipt
from responder.runs.orders import moved, record_call
from responder.store import Store, Tx, logs, orders, outbox
from responder.store import incidents as incident_rows
from tests.playbooks.datacentre.scene import NIGHT, PIN, a_site, an_order
from tests.responder.room import Room, opened
from tests.responder.test_steps import fresh

SURE_NO = OutsideError("550 no", transient=False)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return a_site(tmp_path)


@pytest.fixture
def room() -> Iterator[Room]:
    """A company whose web1 is down."""
    with opened() as one:
        one.fires("web1")
        yield one


def _begin(tx: Tx, /, order: Order) -> Order:
    if not incident_rows.by_ids(tx, [1]):
        incident_rows.add(tx, [fresh().incident])
    return orders.add(tx, order)


def whole(site: Site) -> Order:
    """An order in which no field is empty."""
    order = an_order(site)
    return replace(
        order,
        state=OrderState.STOPPING,
        channel=1,
        ticket="DC-1",
        tries=2,
        called=True,
        raised=True,
        seen=("<1@dc>",),
        why="words",
        stop=compose_stop(order.letter, site, now=NIGHT),
        stopped_at=NIGHT,
        due_at=NIGHT + timedelta(minutes=5),
        sent_at=NIGHT,
        ack_by=NIGHT + timedelta(minutes=15),
        done_by=NIGHT + timedelta(minutes=60),
        acked_at=NIGHT,
        done_at=NIGHT,
    )


async def test_an_order_comes_back_as_it_was_kept(store: Store, site: Site) -> None:
    order = whole(site)
    await store.write(_begin, order)
    assert await store.read(orders.by_key, order.key) == order


async def test_the_first_order_of_a_key_counts_for_ever(store: Store, site: Site) -> None:
    order = an_order(site)
    await store.write(_begin, order)
    other = replace(order, state=OrderState.SENDING, server="web2")
    assert await store.write(orders.add, other) == order
    assert await store.read(orders.of_incident, 1) == [order]


async def test_of_many_who_would_send_it_one_does(store: Store, site: Site) -> None:
    order = an_order(site)
    await store.write(_begin, order)
    sending = life.begun(order, site, now=NIGHT).order
    told = await asyncio.gather(*(store.write(orders.move, order, sending) for _ in range(8)))
    assert sorted(told) == [False] * 7 + [True]


async def test_who_has_not_seen_the_last_state_moves_nothing(store: Store, site: Site) -> None:
    order = an_order(site)
    await store.write(_begin, order)
    sending = life.begun(order, site, now=NIGHT).order
    sent = life.taken(sending, Receipt("DC-1"), site, now=NIGHT).order
    assert await store.write(orders.move, order, sending)
    assert await store.write(orders.move, sending, sent)
    assert not await store.write(orders.move, sending, replace(sent, ticket="DC-2"))
    assert await store.read(orders.by_key, order.key) == sent


async def test_what_is_due_open_or_answerable_is_found(store: Store, site: Site) -> None:
    late = replace(an_order(site), state=OrderState.SENT, due_at=NIGHT)
    done = replace(late, key="done", state=OrderState.DONE, due_at=None)
    for one in (late, done):
        await store.write(_begin, one)
    assert await store.read(orders.due, now=NIGHT) == [late]
    assert await store.read(orders.due, now=NIGHT - timedelta(seconds=1)) == []
    assert await store.read(orders.open_ones) == [late]
    week = timedelta(days=7)
    assert len(await store.read(orders.answerable, since=NIGHT - week)) == 2
    assert await store.read(orders.answerable, since=NIGHT + week) == [late]


async def test_an_order_is_found_by_what_we_call_it(store: Store, site: Site) -> None:
    order = an_order(site)
    await store.write(_begin, order)
    assert await store.read(orders.by_reference, order.letter.reference) == order
    for other in ("RR-ZZZZZZZZ", "RR-%", "", order.key):
        assert await store.read(orders.by_reference, other) is None


async def test_the_pin_is_not_in_the_store(store: Store, site: Site, tmp_path: Path) -> None:
    await store.write(_begin, whole(site))
    assert PIN.encode() not in _everything(tmp_path)
    kept = await store.read(orders.by_key, an_order(site).key)
    assert kept is not None
    assert PIN_MARK in kept.letter.body


def _everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("responder.db*"))


def kept(room: Room, key: str) -> Order:
    order: Order | None = room.look(orders.by_key, key)
    assert order is not None
    return order


def step(room: Room, before: Order, what: Step, site: Site) -> bool:
    return room.do(moved, before=before, step=what, site=site) is not None


def calls(room: Room) -> list[str]:
    room.works()
    return [one for one in room.pages() if one.startswith("needed")]


def test_a_move_is_told_to_the_incident_and_calls_people_at_once(room: Room, site: Site) -> None:
    order = room.look(orders.add, an_order(site))
    sending = life.begun(order, site, now=room.now)
    assert step(room, order, sending, site)
    assert calls(room) == []
    said = life.not_taken(sending.order, SURE_NO, site, now=room.now)
    assert step(room, sending.order, said, site)
    assert len(calls(room)) == 1
    words = [line.words for line in room.look(logs.read, "incident", 1)]
    assert any(order.letter.reference in one and "550 no" in one for one in words)
    assert not any(PIN in one for one in words)


def test_a_move_that_comes_too_late_calls_nobody(room: Room, site: Site) -> None:
    order = room.look(orders.add, an_order(site))
    sending = life.begun(order, site, now=room.now)
    assert step(room, order, sending, site)
    assert not step(room, order, life.begun(order, site, now=room.now), site)
    lost = life.lost(sending.order, "gone", now=room.now)
    assert step(room, sending.order, lost, site)
    assert not step(room, sending.order, lost, site)
    assert len(calls(room)) == 1


def test_the_call_sheet_is_in_the_page_but_not_the_pin(room: Room, site: Site) -> None:
    order = room.look(orders.add, an_order(site))
    sending = life.begun(order, site, now=room.now)
    step(room, order, sending, site)
    step(room, sending.order, life.lost(sending.order, "gone", now=room.now), site)
    jobs = room.look(
        outbox.claim, owner="x", kinds=("page",), now=room.now, lease=timedelta(minutes=1), limit=9
    )
    texts = [str(job.payload.get("text", "")) for job in jobs]
    [sheet] = [one for one in texts if "CALL SHEET" in one]
    assert "+49 69 1234567" in sheet
    assert order.letter.reference in sheet
    assert PIN not in str([job.payload for job in jobs])


def test_a_call_is_recorded_and_moves_the_order(room: Room, site: Site) -> None:
    order = room.look(orders.add, an_order(site))
    sending = life.begun(order, site, now=room.now)
    step(room, order, sending, site)
    step(room, sending.order, life.lost(sending.order, "gone", now=room.now), site)
    told = {"key": order.key, "outcome": Outcome.ORDERED, "words": "mira, Kim, 03:31, 20 min"}
    assert room.do(record_call, site=site, **told) is not None
    assert kept(room, order.key).state is OrderState.ACKNOWLEDGED
    assert room.do(record_call, site=site, **{**told, "key": "nonsense"}) is None
