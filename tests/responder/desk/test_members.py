"""Do two instances on one PostgreSQL let one person win, and count each figure once?"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from alerts.model import person
from playbooks.ports import Change
from responder import deskwork as desk
from responder.deskwork import Acted, Conflict, Request
from responder.judge import judge
from responder.store import Store, kpis
from responder.store.opening import open_store
from responder.store.tickets import Wanted, listed
from responder.sync import Absorbed, absorb
from tests.responder.desk.company import PLAN, add_ticket, company
from tests.responder.desk.tickets import OPENED, change, minutes, ticket

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


async def absorbed(store: Store, news: list[Change]) -> Absorbed:
    """One instance takes in what its poll has brought."""
    return await store.write(
        absorb, news, system="rt", cursor=("tickets/rt", "3"), people={}, plan=PLAN, now=minutes(20)
    )
