"""Does a statement about more things than SQLite takes values (32,766) still work?"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from responder.store import (
    alerts,
    articles,
    attachments,
    claims,
    clocks,
    customer_data,
    heartbeats,
    outbox,
    pages,
    quiet,
    runs,
    tickets,
)

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
IDS = range(1, 33_001)
NAMES = [str(one) for one in IDS]
ASKED: dict[str, Callable[[Connection], Any]] = {
    "pages": lambda tx: pages.of_incidents(tx, IDS),
    "tickets": lambda tx: tickets.of_incidents(tx, IDS),
    "known lines": lambda tx: tickets.known(tx, 1, NAMES),
    "numbers": lambda tx: tickets.numbered(tx, "rt", NAMES),
    "clocks": lambda tx: clocks.of_tickets(tx, IDS),
    "firing": lambda tx: alerts.firing_of(tx, IDS),
    "episodes": lambda tx: alerts.of_incidents(tx, IDS),
    "some episodes": lambda tx: alerts.of_incidents(tx, IDS, each=3),
    "counts": lambda tx: alerts.counts(tx, IDS),
    "pulses": lambda tx: heartbeats.pulses(tx, NAMES),
    "votes": lambda tx: articles.votes(tx, NAMES),
    "copies": lambda tx: runs.copies(tx, NAMES),
    "groups": lambda tx: quiet.whole(tx, "prometheus", NAMES),
    "waking": lambda tx: claims.wake(tx, IDS, now=NOW),
    "waking runs of incidents": lambda tx: claims.wake_of(tx, IDS, now=NOW),
    "revived letters": lambda tx: outbox.revive(tx, ids=IDS, now=NOW),
    "pictures": lambda tx: attachments.erase(tx, tickets=IDS),
    "words": lambda tx: customer_data.erase(tx, IDS, by="admin", now=NOW),
    "an account": lambda tx: customer_data.erase_account(tx, IDS, "anna"),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_list_may_be_longer_than_a_statement(sqlite_tables: Engine, name: str) -> None:
    with sqlite_tables.begin() as tx:
        found = ASKED[name](tx)
    assert not found or not any(found.values())  # nothing is there, and nothing fails
