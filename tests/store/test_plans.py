"""Does every statement of the hot paths find its rows by an index, however long the history is?"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from responder.store import (
    alerts,
    cases,
    clocks,
    customer_words,
    incidents,
    kpis,
    majors,
    outbox,
    pages,
    quiet,
    tickets,
    unowned,
    vendors,
)
from responder.store.standing import answered, standing
from responder.store.tickets import Wanted
from responder.values import EffectKind
from tests.store.samples import NOW

KINDS = list(EffectKind)

LOOKS: dict[str, Callable[[Connection], Any]] = {
    "a repeat": lambda tx: alerts.sighted(tx, ["a", "b"]),
    "a new alert": lambda tx: alerts.firing(tx, ["a", "b"]),
    "the alerts of an incident": lambda tx: alerts.firing_of(tx, [1]),
    "what expires": lambda tx: alerts.expired(tx, now=NOW),
    "the incident of a thing": lambda tx: incidents.by_keys(tx, ["server:web1", "dc:fra1"]),
    "an incident": lambda tx: incidents.by_ids(tx, [1, 2]),
    "what lies below": lambda tx: incidents.below(tx, ["web1", "web2"]),
    "parts": lambda tx: incidents.parts_of(tx, 1),
    "a storm": lambda tx: incidents.newly_down(tx, since=NOW),
    "a storm that nobody leads": lambda tx: majors.undeclared(tx, rule="storm"),
    "due pages": lambda tx: incidents.due_to_page(tx, now=NOW, limit=100),
    "due ticks": lambda tx: incidents.due_to_tick(tx, recovered_before=NOW, resolved_before=NOW),
    "the quiet": lambda tx: incidents.quiet_ones(tx),
    "the active": lambda tx: incidents.active(tx),
    "a claim": lambda tx: outbox.claim(
        tx, owner="one", kinds=KINDS, now=NOW, lease=timedelta(minutes=2), limit=32
    ),
    "a release": lambda tx: outbox.release(tx, owners=["one"], due_at={EffectKind.PAGE: NOW}),
    "the depth": lambda tx: outbox.depths(tx),
    "dead letters": lambda tx: outbox.dead(tx),
    "what is under way": lambda tx: outbox.under_way(tx, EffectKind.PAGE),
    "the ledger": lambda tx: pages.alarmed(tx, 1, episode=1),
    "the unpaged": lambda tx: pages.unpaged(tx, queued_before=NOW),
    "the ticket": lambda tx: pages.ticket_of(tx, 1),
    "silences": lambda tx: quiet.silences(tx, now=NOW),
    "planned work": lambda tx: quiet.works(tx, now=NOW),
    "what is to be judged": lambda tx: tickets.to_judge(tx, now=NOW),
    "the gauges": lambda tx: standing(tx, now=NOW),
    "the figures": lambda tx: kpis.summary(tx, since=NOW, until=NOW),
    "the votes": lambda tx: kpis.votes(tx, since=NOW, until=NOW),
    "who has answered": lambda tx: answered(tx, since=NOW, until=NOW),
    "what is pending": lambda tx: kpis.pending(tx, now=NOW),
    "a repeat of its kind": lambda tx: kpis.is_repeat(tx, 7),
    "his last tickets": lambda tx: cases.latest(
        tx, account="anna", requester="mara@gina.example", brand="acme", before=9, limit=5
    ),
    "a stranger's last tickets": lambda tx: cases.latest(
        tx, account=None, requester="mara@gina.example", brand=None, before=9, limit=5
    ),
    "how loud he is": lambda tx: cases.count_of(tx, "mara@gina.example", since=NOW),
    "outages to look at": lambda tx: cases.to_confirm(tx, now=NOW),
    "others of his server": lambda tx: cases.words_about(
        tx, server="web1", account=None, since=NOW, but=1
    ),
    "others of his account": lambda tx: cases.words_about(
        tx, server=None, account="anna", since=NOW, but=1
    ),
    "outages of strangers": lambda tx: cases.strangers(tx, since=NOW),
    "clocks": lambda tx: clocks.due(tx, now=NOW),
    "what nobody has": lambda tx: unowned.since(
        tx, nudge=timedelta(minutes=10), alarm=timedelta(minutes=30), now=NOW
    ),
    "silent vendors": lambda tx: vendors.to_chase(tx, now=NOW),
    "whom to ask": lambda tx: customer_words.to_ask(tx, figure="asked", solved_after=NOW, limit=50),
    "the tickets of an account": lambda tx: customer_words.of_account(
        tx, "anna", brand="acme", limit=100
    ),
    "a list of tickets": lambda tx: tickets.listed(tx, Wanted(states=("open",), queue="level-1")),
}


@pytest.fixture
def plans(sqlite_tables: Engine) -> Iterator[list[str]]:
    """How SQLite goes about each statement of the test."""
    told: list[str] = []

    def explain(line: Connection, _: object, statement: str, values: Any, *more: object) -> None:
        driver = line.connection.dbapi_connection
        assert driver is not None
        steps = driver.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        told.extend(step[3] for step in steps)

    event.listen(sqlite_tables, "before_cursor_execute", explain)
    yield told
    event.remove(sqlite_tables, "before_cursor_execute", explain)


@pytest.mark.parametrize("look", LOOKS)
def test_no_table_is_read_from_end_to_end(
    sqlite_tables: Engine, plans: list[str], look: str
) -> None:
    with sqlite_tables.connect() as tx:
        LOOKS[look](tx)
        tx.rollback()
    whole = [step for step in plans if step.startswith("SCAN") and " USING " not in step]
    assert plans
    no_table = ("(subquery", "anon_", "CONSTANT")  # what was found already, by an index
    assert [step for step in whole if not any(word in step for word in no_table)] == []
