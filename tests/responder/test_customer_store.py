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


async def test_a_brand_sees_replaces_and_revokes_no_pin_of_another(store: Store) -> None:
    """Not even by asking for a new one."""
    await store.write(pins.put, PIN)
    theirs = replace(PIN, brand="blue", digest="stolen")
    assert not await store.write(pins.put, theirs, within="blue")
    assert not await store.write(pins.revoke, "c-17", within="blue")
    assert await store.read(pins.listed, within="blue") == []
    assert await store.read(pins.listed, within="acme") == [PIN]
    own = replace(PIN, digest="new")
    assert await store.write(pins.put, own, within="acme")
    assert await store.write(pins.put, replace(PIN, account="c-18"), within="acme")
    assert [one.digest for one in await store.read(pins.listed)] == ["new", "digest"]
    assert await store.write(pins.revoke, "c-17", within="acme")


async def test_what_failed_locks_its_account_and_its_source_for_its_time(store: Store) -> None:
    async def tried(account: str, source: str, minutes: float) -> str | None:
        at = START + timedelta(minutes=minutes)
        told = await store.write(pins.begin_try, account, alias=account, source=source, now=at)
        return told.refused

    assert [await tried("c-17", f"s{at}", 0) for at in range(5)] == [None] * 5
    assert await tried("c-17", "s9", 14.9) == "locked"
    assert await tried("c-18", "s0", 14.9) is None
    assert await tried("c-17", "s9", 15) is None
    assert [await tried(f"d{at}", "s7", 20) for at in range(20)] == [None] * 20
    assert await tried("e", "s7", 79.9) == "locked"
    assert await tried("e", "s8", 79.9) is None
    assert await tried("e", "s7", 80) is None


async def test_the_right_pin_takes_back_its_own_try_alone(store: Store) -> None:
    for at in range(5):
        told = await store.write(pins.begin_try, "c-17", alias="a", source=f"s{at}", now=START)
    await store.write(pins.was_good, told.id)
    for refused in (None, "locked"):
        again = await store.write(pins.begin_try, "c-17", alias="a", source="s", now=START)
        assert again.refused == refused


async def test_an_account_is_of_the_brands_of_its_tickets_that_are_there(store: Store) -> None:
    def written(tx: Tx) -> None:
        for at, (account, brand) in enumerate(
            [("c-17", "acme"), ("c-17", "blue"), ("c-18", "red")]
        ):
            one = Request(f"t{at}", "words", "email", sender=JOHN, account=account)
            take(tx, one, by=Hand(CUSTOMER, Plan(), START))
            ticket = tickets.by_id(tx, at + 1)
            assert ticket is not None
            gone = "deleted" if brand == "blue" else ""
            tickets.change(tx, replace(ticket, brand=brand, gone=gone))

    await store.write(written)
    told = await store.write(pins.begin_try, "c-17", alias="a", source="s", now=START)
    assert (told.pin, told.brands) == (None, frozenset({"acme"}))


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
