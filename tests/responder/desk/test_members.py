"""Do two instances on one PostgreSQL let one person win, and count each figure once?"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from alerts.model import person
from playbooks.ports import Change
from responder import deskwork as desk
from responder.desk.pictures import MOST_OF_TICKET
from responder.deskwork import Acted, Conflict, Request
from responder.judge import judge
from responder.store import Store, kpis, pins
from responder.store.opening import open_store
from responder.store.pins import Pin
from responder.store.tickets import Wanted, listed
from responder.sync import Absorbed, absorb
from responder.trackwork import Right, picture
from tests.responder.desk.company import PLAN, add_ticket, company
from tests.responder.desk.tickets import OPENED, change, minutes, ticket

PNG = b"\x89PNG\r\n\x1a\n"
Pair = tuple[Store, Store]


@pytest.fixture
async def members(copied_database: str) -> AsyncIterator[Pair]:
    """Two instances of the daemon share one database."""
    pair = open_store(copied_database, ballast=0), open_store(copied_database, ballast=0)
    yield pair
    for store in pair:
        await store.close()


async def test_of_two_who_take_a_ticket_at_two_instances_one_gets_it(members: Pair) -> None:
    house = company(members[0])
    for number in range(1, 6):
        await members[0].write(desk.open_by_hand, Request("Slow", "Very."), by=house.by())
        claims = (
            store.write(desk.take, number, by=house.by(person(name)))
            for store, name in zip(members, "ab", strict=True)
        )
        outcomes = await asyncio.gather(*claims, return_exceptions=True)
        assert {type(one) for one in outcomes} == {Acted, Conflict}


async def test_two_instances_open_one_ticket_for_one_request(members: Pair) -> None:
    house = company(members[0])
    request = Request("Slow", "Very.", channel="email", key="<1@customer.example>")
    both = [store.write(desk.open_by_hand, request, by=house.by()) for store in members * 4]
    acted = await asyncio.gather(*both)
    assert {one.ticket.id for one in acted} == {1}
    assert sum(len(one.figures) for one in acted) == 1
    assert len(await members[0].read(listed, Wanted())) == 1


async def test_two_instances_that_read_the_same_news_count_them_once(members: Pair) -> None:
    await members[0].write(add_ticket, ticket())
    news = [
        change("owner", at=5, id="1", owner="ana"),
        change("reply", at=6, id="2", text="The disk was full."),
        change("state", at=9, id="3", state="solved"),
    ]
    both = [absorbed(store, news) for store in members * 3]
    figures = [one.figure for part in await asyncio.gather(*both) for one in part.figures]
    assert sorted(figures) == ["first_reply", "reaction", "solved"]
    judged = [store.write(judge, now=minutes(21)) for store in members * 3]
    late = [one.figure for part in await asyncio.gather(*judged) for one in part]
    assert late == ["useful_response"]
    summary = await members[1].read(kpis.summary, since=OPENED, until=minutes(60))
    assert {one.count for one in summary} == {1}


async def test_pictures_at_two_instances_keep_to_the_bound_of_their_ticket(members: Pair) -> None:
    """R32."""
    await members[0].write(desk.open_by_hand, Request("Slow", "Very."), by=company(members[0]).by())
    right = Right(1, "")
    for number in range(MOST_OF_TICKET - 1):
        await members[0].write(picture, right, PNG + bytes([number]), name="a", now=OPENED)
    sent = [
        store.write(picture, right, PNG + bytes([200 + number]), name="a", now=OPENED)
        for number, store in enumerate(members * 3)
    ]
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["File"] + ["TooMuch"] * 5


async def test_two_instances_that_give_an_account_a_pin_leave_it_with_one(members: Pair) -> None:
    """R11."""
    for number in range(20):
        given = [Pin("c-17", None, one, "ab", OPENED, minutes(60), f"{number}") for one in "ab"]
        both = [store.write(pins.put, pin) for store, pin in zip(members, given, strict=True)]
        assert await asyncio.gather(*both) == [True] * 2
    assert len(await members[1].read(pins.listed)) == 1


async def absorbed(store: Store, news: list[Change]) -> Absorbed:
    """One instance takes in what its poll has brought."""
    return await store.write(
        absorb, news, system="rt", cursor=("tickets/rt", "3"), people={}, plan=PLAN, now=minutes(20)
    )
