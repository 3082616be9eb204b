"""Asks customers how they found the help, once for each request that was solved (R85)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from responder.clock import Clock
from responder.desk.tracking import asked_to_vote, speech
from responder.kpi.figures import PERSON
from responder.plan import Plan
from responder.store import Store, Tx, cases, customer_words, kpis, outbox, records
from responder.support.mailing import letter_to_customer
from responder.values import Figure, TicketRecord

ASKED: Final = "asked"  # a figure that marks it: what is counted once, is asked once
_NO_LATER: Final = timedelta(days=1)  # than this after the solving: who was away asks no more
_AT_ONCE: Final = 50


class Asking:
    """`link`: where the customer of a ticket follows it; `due` is told when there are letters."""

    def __init__(
        self,
        store: Store,
        *,
        plan: Callable[[], Plan],
        clock: Clock,
        link: Callable[[TicketRecord], str],
        due: Callable[[], None],
    ) -> None:
        self._store, self._plan, self._clock = store, plan, clock
        self._link, self._due = link, due

    async def turn(self) -> None:
        """Ask everybody whose request was solved since."""
        since = self._clock.now() - _NO_LATER
        if not await self._store.read(_waiting, since):
            return
        now = self._clock.now()
        await self._store.write(ask, plan=self._plan(), link=self._link, now=now)
        self._due()


def ask(tx: Tx, *, plan: Plan, link: Callable[[TicketRecord], str], now: datetime) -> int:
    """Queue the letters; how many requests were looked at. Where no letter reaches anybody, or no
    link can be given (`link` is ""), that is looked at once as well.
    """
    records.one_at_a_time(tx)
    found = _waiting(tx, now - _NO_LATER)
    for ticket in found:
        kpis.count(tx, [_mark(ticket, now)])
        case, address = cases.by_ticket(tx, ticket.id), link(ticket)
        if case is None or not address:
            continue
        reference = ticket.ref or str(ticket.id)
        manner = speech(plan.clientele, ticket.brand)
        subject, text = asked_to_vote(manner, reference=reference, link=f"{address}/vote")
        key = f"vote/ticket-{ticket.id}"
        letter = letter_to_customer(ticket, case, key=key, subject=subject, text=text, plan=plan)
        outbox.add(tx, [letter] if letter is not None else [], now=now)
    return len(found)


def _waiting(tx: Tx, since: datetime) -> list[TicketRecord]:
    return customer_words.to_ask(tx, figure=ASKED, solved_after=since, limit=_AT_ONCE)


def _mark(ticket: TicketRecord, now: datetime) -> Figure:
    about, level = f"ticket:{ticket.id}", ticket.level
    return Figure(about, ASKED, 0, ticket.priority, level, PERSON, now)
