"""R11, R32: PINs, pictures and a customer's data as rows, on both engines."""

from dataclasses import replace
from datetime import timedelta

from alerts.model import person
from responder import privacy, trackwork
from responder.deskwork import Hand
from responder.plan import Plan
from responder.privacy import Whom
from responder.requests import Request, take
from responder.store import Store, Tx, attachments, customer_data, customer_words, pins, tickets
from responder.store.attachments import File
from responder.store.pins import Pin
from responder.trackwork import CUSTOMER, Right, Words
from tests.responder.web.conftest import START

JOHN = "john@customer.example"
PICTURE = File("f1", 1, "a.png", "image/png", 3, "d1", "customer", START)
PIN = Pin("c-17", "acme", "digest", "ab", START, START + timedelta(days=1), "ana")


def _written(tx: Tx) -> None:
    request = Request("my dog", "private words", "email", sender=JOHN, account="c-17")
    take(tx, request, by=Hand(CUSTOMER, Plan(), START))


async def test_a_pin_is_replaced_and_revoked(store: Store) -> None:
    for digest in ("one", "two"):
        pin = Pin("c-17", None, digest, "ab", START, START, "ana")
        await store.write(pins.put, pin)
    assert [one.digest for one in await store.read(pins.listed)] == ["two"]
    assert await store.write(pins.revoke, "c-17")
    assert not await store.write(pins.revoke, "c-17")


async def test_a_try_counts_until_it_is_known_to_be_good(store: Store) -> None:
    await store.write(pins.put, PIN)
    for good in (True, False, False, False, False, False):
        attempt = await store.write(pins.begin_try, "c-17", alias="a", source="s", now=START)
        assert attempt.pin == PIN
        if good:
            await store.write(pins.was_good, attempt.id)
    locked = await store.write(pins.begin_try, "c-17", alias="a", source="s", now=START)
    assert (locked.refused, locked.pin) == ("locked", None)
    assert not await store.read(pins.closed, now=START)


async def test_a_picture_is_kept_once_erased_and_may_come_again(store: Store) -> None:
    await store.write(_written)
    again = File("f2", 1, "b.png", "image/png", 3, "d1", "customer", START)
    assert await store.write(attachments.keep, PICTURE, b"123") == PICTURE
    assert (await store.write(attachments.keep, again, b"123")).id == "f1"
    assert await store.read(attachments.read, 1, "f1") == (PICTURE, b"123")
    assert await store.read(attachments.read, 2, "f1") is None
    assert await store.read(attachments.weight, 1) == (1, 3)
    later = START + timedelta(seconds=1)
    assert await store.write(attachments.erase_old, before=later) == 1
    assert await store.write(attachments.erase_old, before=later) == 0
    assert await store.read(attachments.of_ticket, 1) == []
    assert (await store.write(attachments.keep, again, b"123")).id == "f1"
    assert await store.read(attachments.weight, 1) == (1, 3)


async def test_a_customers_data_is_found_told_and_gone(store: Store) -> None:
    await store.write(_written)
    await store.write(pins.put, PIN)
    words = Words("more private words")
    await store.write(trackwork.say, Right(1, "", "c-17"), words, now=START)
    assert await store.read(customer_words.spoken_since, 1, START - timedelta(1)) == 1
    (own,) = await store.read(customer_words.of_account, "c-17", brand="", limit=9)
    assert own.id == 1
    told = await store.read(privacy.export, Whom(requester=JOHN.upper()))
    assert "more private words" in "".join(told)
    gone = await store.write(privacy.erase, Whom(account="c-17"), by=person("ana"), now=START)
    assert (gone.tickets, gone.files) == (1, 0)
    assert gone.words >= 2
    for whom in (Whom(requester=JOHN), Whom(account="c-17")):
        assert await store.read(privacy.export, whom) == []
    assert await store.read(pins.listed) == []


async def test_only_what_is_long_over_is_forgotten_and_once(store: Store) -> None:
    await store.write(_written)
    before = START + timedelta(days=1)
    assert await store.read(customer_data.forgotten, before=before, limit=9) == []
    await store.write(_solved)
    assert await store.read(customer_data.forgotten, before=START, limit=9) == []
    assert await store.read(customer_data.forgotten, before=before, limit=9) == [1]
    await store.write(privacy.forget, [1], now=before)
    assert await store.read(customer_data.forgotten, before=before, limit=9) == []


def _solved(tx: Tx) -> None:
    ticket = tickets.by_id(tx, 1)
    assert ticket is not None
    tickets.change(tx, replace(ticket, solved_at=START))
