"""Is each page asked about by one instance at a time, until its fate is known?"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from responder.store import follows, pages
from responder.store.follows import Follow
from tests.store.samples import MINUTE, NOW, page, stored

SOON = NOW + timedelta(seconds=5)
ANA, BOB = page("ana"), page("bob")


@pytest.fixture(autouse=True)
def _pages(tx: Connection) -> None:
    stored(tx, 1)
    pages.queue(tx, [ANA, BOB], now=NOW)
    for one in (ANA, BOB):
        begin(tx, one.key)


def begin(tx: Connection, key: str, reference: str = "CA1") -> None:
    follows.begin(tx, key, reference=reference, due_at=SOON, until_at=NOW + 10 * MINUTE)


def take(tx: Connection, now: datetime, limit: int = 9) -> list[Follow]:
    return follows.take(tx, again=lambda _: now + MINUTE, now=now, limit=limit)


def test_nothing_is_due_before_its_time(tx: Connection) -> None:
    assert not follows.waiting(tx, now=NOW)
    assert take(tx, NOW) == []
    assert follows.waiting(tx, now=SOON)


def test_what_is_taken_is_due_again_later(tx: Connection) -> None:
    assert [one.key for one in take(tx, SOON)] == [ANA.key, BOB.key]
    assert take(tx, SOON) == []
    first = take(tx, SOON + MINUTE)[0]
    assert first == Follow(ANA.key, "email", "CA1", SOON + MINUTE, NOW + 10 * MINUTE)


def test_only_so_many_are_taken_at_once(tx: Connection) -> None:
    assert len(take(tx, SOON, limit=1)) == 1
    assert [one.key for one in take(tx, SOON, limit=1)] == [BOB.key]


def test_news_hasten_the_question(tx: Connection) -> None:
    take(tx, SOON)
    assert follows.hasten(tx, BOB.key, now=SOON)
    assert [one.key for one in take(tx, SOON)] == [BOB.key]
    assert not follows.hasten(tx, "unknown", now=SOON)


def test_a_fate_is_told_once(tx: Connection) -> None:
    assert follows.end(tx, ANA.key)
    assert not follows.end(tx, ANA.key)
    assert [one.key for one in take(tx, SOON)] == [BOB.key]


def test_of_two_attempts_the_later_one_is_followed(tx: Connection) -> None:
    begin(tx, ANA.key, "CA2")
    assert [one.reference for one in take(tx, SOON)] == ["CA2", "CA1"]
