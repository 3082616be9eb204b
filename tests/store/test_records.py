"""Does a store know itself, and are decisions about incidents serial?"""

import asyncio
import string
import threading

from sqlalchemy import Connection

from responder.store import Store, records
from responder.store.engine import open_engine
from responder.store.migrate import prepare


def test_a_store_has_a_name_of_its_own_that_stays(tx: Connection) -> None:
    name = records.installation(tx)
    assert len(name) == 8
    assert set(name) <= set(string.hexdigits.lower())
    assert records.installation(tx) == name
    records.forget(tx, "installation")
    assert records.installation(tx) != name


def test_a_fact_is_what_was_stated_last(tx: Connection) -> None:
    assert records.fact(tx, "power") is None
    records.state(tx, "power", "off")
    records.state(tx, "power", "on")
    assert records.fact(tx, "power") == "on"
    records.forget(tx, "power")
    records.forget(tx, "power")
    assert records.fact(tx, "power") is None


def test_one_transaction_may_ask_for_its_turn_many_times(tx: Connection) -> None:
    records.one_at_a_time(tx)
    records.one_at_a_time(tx)


def _decide(tx: Connection, *, name: str, order: list[str], go: threading.Event) -> None:
    records.one_at_a_time(tx)
    order.append(f"{name} begins")
    go.wait(0.2)
    order.append(f"{name} ends")


async def test_two_members_decide_one_after_the_other(postgres_url: str) -> None:
    engines = open_engine(postgres_url)
    prepare(engines)
    engines.close()
    members = [Store(open_engine(postgres_url)) for _ in range(2)]
    order: list[str] = []
    go = threading.Event()
    try:
        decisions = [
            member.write(_decide, name=str(number), order=order, go=go)
            for number, member in enumerate(members)
        ]
        await asyncio.gather(*decisions)
    finally:
        for member in members:
            await member.close()
    first, second = order[0][0], order[2][0]
    assert first != second
    assert order == [f"{n} {what}" for n in (first, second) for what in ("begins", "ends")]
