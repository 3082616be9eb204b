"""What a customer may ask about his data: a copy of all of it, and that it is gone (decision 9)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alerts.model import DAEMON, Actor
from alerts.moments import show_moment
from responder.store import Tx, attachments, customer_data, quarantine, records
from responder.store import tickets as rows
from responder.store.tickets import Happening
from responder.values import Entry

AT_ONCE: Final = 50  # tickets in one transaction


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose data: a person by his mail address or number, or an account; not both. `brand`: as far
    as it is this one's.
    """

    requester: str = ""
    account: str = ""
    brand: str | None = None

    @property
    def name(self) -> str:
        """What was asked for."""
        return self.requester or self.account


@dataclass(frozen=True, slots=True)
class Gone:
    """What was taken away: of how many tickets, how many lines of words, how many pictures."""

    tickets: int = 0
    words: int = 0
    files: int = 0


def export(tx: Tx, whom: Whom) -> list[str]:
    """Everything that we hold, as lines of JSON; `record` says of what each is."""
    tickets = customer_data.tickets_of(
        tx, requester=whom.requester, account=whom.account, brand=whom.brand
    )
    found = customer_data.told(tx, tickets, account=whom.account, brand=whom.brand)
    aside = ({"record": "quarantine", **one} for one in _aside(tx, whom, tickets))
    return [json.dumps(one, default=_plain, ensure_ascii=False) for one in (*found, *aside)]


def erase(tx: Tx, whom: Whom, *, by: Actor, now: datetime) -> Gone:
    """Words, names, pictures and letters go; states, times and figures stay, and each log says who
    took the words away. What is under way as a letter at this moment may still arrive.
    """
    records.one_at_a_time(tx)
    tickets = customer_data.tickets_of(
        tx, requester=whom.requester, account=whom.account, brand=whom.brand
    )
    quarantine.forget(tx, [str(one["digest"]) for one in _aside(tx, whom, tickets)])
    gone = _erased(tx, tickets, by=by, now=now)
    if whom.account:
        customer_data.erase_account(tx, tickets, whom.account, brand=whom.brand)
    return gone


def forget(tx: Tx, tickets: Collection[int], *, now: datetime) -> Gone:
    """The same for tickets that were over so long ago that nobody needs their words."""
    records.one_at_a_time(tx)
    return _erased(tx, tickets, by=DAEMON, now=now)


def _aside(tx: Tx, whom: Whom, tickets: Collection[int]) -> list[dict[str, object]]:
    """What we stumbled over and kept: of no brand, so not for who may see one alone."""
    if whom.brand is not None:
        return []
    requesters = customer_data.requesters(tx, tickets) if whom.account else set[str]()
    return quarantine.written_by(tx, {whom.requester, *requesters})


def _erased(tx: Tx, tickets: Collection[int], *, by: Actor, now: datetime) -> Gone:
    words = customer_data.erase(tx, tickets, by=by.name or str(by.kind), now=now)
    files = attachments.erase(tx, tickets=tickets) if tickets else 0
    for id_ in tickets:
        ticket = rows.by_id(tx, id_)
        if ticket is not None:
            told = Entry("erased", by, {"what": "words, names, pictures"})
            rows.change(tx, rows.write_down(tx, ticket, [Happening(told, now)]))
    return Gone(len(tickets), words, files)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return show_moment(value) if isinstance(value, datetime) else str(value)
