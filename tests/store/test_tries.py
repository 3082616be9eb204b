"""Does the ledger keep every attempt, and know what it has heard already?"""

import pytest
from sqlalchemy import Connection

from responder.store import pages, tries
from responder.store.tries import Try
from tests.store.samples import MINUTE, NOW, page, stored

ANA, BOB = page("ana"), page("bob")


@pytest.fixture(autouse=True)
def _pages(tx: Connection) -> None:
    stored(tx, 1)
    pages.queue(tx, [ANA, BOB], now=NOW)


def test_the_lines_of_a_page_stand_in_order(tx: Connection) -> None:
    tries.add(tx, ANA.key, outcome="unsure", detail="reset", now=NOW)
    tries.add(tx, BOB.key, outcome="accepted", now=NOW)
    tries.add(tx, ANA.key, outcome="accepted", detail="queued CA1", now=NOW + MINUTE)
    assert tries.of_incident(tx, 1) == {
        ANA.key: (
            Try(ANA.key, NOW, "unsure", "reset"),
            Try(ANA.key, NOW + MINUTE, "accepted", "queued CA1"),
        ),
        BOB.key: (Try(BOB.key, NOW, "accepted", ""),),
    }
    assert tries.of_incident(tx, 2) == {}


def test_what_a_provider_says_stays_one_short_line(tx: Connection) -> None:
    tries.add(tx, ANA.key, outcome="failed", detail="no\r\nsuch\x00 number" + "x" * 1000, now=NOW)
    (line,) = tries.of_incident(tx, 1)[ANA.key]
    assert line.detail.startswith("no such number")
    assert len(line.detail) == 300


def test_the_very_same_line_is_known(tx: Connection) -> None:
    tries.add(tx, ANA.key, outcome="pressed", detail="4 CA1", now=NOW)
    assert tries.known(tx, ANA.key, outcome="pressed", detail="4 CA1")
    for key, outcome, detail in [
        (BOB.key, "pressed", "4 CA1"),
        (ANA.key, "answered", "4 CA1"),
        (ANA.key, "pressed", "4 CA2"),
    ]:
        assert not tries.known(tx, key, outcome=outcome, detail=detail)
