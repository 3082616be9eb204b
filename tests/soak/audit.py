"""What a soak has left behind: the store, the mails, the rings and the tickets, held together."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Engine, select

from responder.store.proof import prove
from responder.store.tables import incident, outbox, page_delivery, ticket
from tests.soak.outside import Outside

Span = tuple[float, float]


class Audit:
    """Every complaint is one plain line; an empty list of them is what a soak must show."""

    def __init__(self, engine: Engine, outside: Outside, *, kills: Sequence[Span]) -> None:
        self._kills = kills
        self._faults = [fault for part in prove(engine) for fault in part.faults]
        with engine.connect() as tx:
            self.incidents = _rows(tx, select(incident))
            self.effects = _rows(tx, select(outbox))
            self.pages = _rows(tx, select(page_delivery))
            self.tickets = _rows(tx, select(ticket))
        self._by_server = defaultdict[str, list[Any]](list)
        for row in self.incidents:
            self._by_server[row["title"].split()[0]].append(row)
        self._created = Counter(one.asked_key for one in outside.tickets.book.tickets.values())
        self._status = {one.asked_key: one.status for one in outside.tickets.tickets}
        self._arrivals = defaultdict[str, list[float]](list)
        for mail in outside.mailbox.messages:
            self._arrivals[mail["Message-ID"]].append(float(mail["X-ArrivedAt"]))
        self._rings = Counter(ring["dedup_key"] for ring in outside.pager.rings)
        self._alarms = {key: state for (_, key), state in outside.pager.alarms.items()}

    @property
    def repeated(self) -> int:
        """Mails that came once more."""
        return sum(len(times) - 1 for times in self._arrivals.values())

    def complaints(self, acknowledged: Collection[str], ended: Collection[str]) -> list[str]:
        """All that is wrong."""
        return [
            *(line for server in sorted(acknowledged) for line in self._lost(server)),
            *(line for server in sorted(ended) for line in self._not_ended(server)),
            *(f"{key}: {count} tickets" for key, count in self._created.items() if count > 1),
            *(f"{key}: rang {count} times" for key, count in self._rings.items() if count > 1),
            *self._left(),
            *self._repeats(),
            *self._faults,
        ]

    def _lost(self, server: str) -> Iterator[str]:
        """Whatever an acknowledged alert must have led to, and did not."""
        rows = self._by_server[server]
        if len(rows) != 1:
            yield f"{server}: {len(rows)} incidents"
            return
        [row] = rows
        if self._created[f"{row['ref']}/ticket"] == 0:
            yield f"{server}: no ticket"
        if [one["incident"] for one in self.tickets].count(row["id"]) != 1:
            yield f"{server}: we do not know of just one ticket"
        if f"{row['ref']}/1" not in self._rings:
            yield f"{server}: ben's telephone did not ring"
        if len(self._mails(row["id"], "opened")) != 1:
            yield f"{server}: ana has not got her one mail"

    def _not_ended(self, server: str) -> Iterator[str]:
        """What the end of an alert must have led to, and did not."""
        [row] = self._by_server[server]
        if len(self._mails(row["id"], "recovered")) != 1:
            yield f"{server}: ana has not got her one mail of its recovery"
        if (state := self._alarms.get(f"{row['ref']}/1")) != "resolved":
            yield f"{server}: ben's alarm is {state}"
        if (status := self._status.get(f"{row['ref']}/ticket")) != "resolved":
            yield f"{server}: its ticket is {status}"

    def _mails(self, incident_id: int, event: str) -> list[str]:
        """The Message-IDs that the ledger has for ana, as far as they arrived."""
        wanted = (incident_id, event, "ana")
        ids = (
            message_id(row["key"])
            for row in self.pages
            if (row["incident"], row["event"], row["person"]) == wanted
        )
        return [mail for mail in ids if mail in self._arrivals]

    def _left(self) -> Iterator[str]:
        """What was neither done nor dropped for a reason."""
        for row in self.effects:
            if row["state"] not in {"done", "dropped"}:
                facts = (f"{name} {row[name]}" for name in ("owner", "attempts", "due_at", "error"))
                yield f"{row['key']} is {row['state']}: {', '.join(facts)}"

    def _repeats(self) -> Iterator[str]:
        """A mail may come once more only where a kill fell in between, and the ledger counts it."""
        ledger = {message_id(row["key"]): row["repeats"] for row in self.pages}
        for mail, times in self._arrivals.items():
            if mail not in ledger:
                yield f"{mail} stands in no ledger"
            elif len(times) - 1 > ledger[mail]:
                yield f"{mail} came {len(times)} times, of which {ledger[mail]} repeats are counted"
            for earlier, later in pairwise(times):
                if not any(end >= earlier and begin <= later for begin, end in self._kills):
                    yield f"{mail} came again without a kill in between"


def message_id(key: str) -> str:
    """The Message-ID that the page of an outbox key has on every attempt."""
    return f"<page.{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}@example.net>"


def _rows(tx: Connection, query: Any) -> list[Any]:
    return [row._mapping for row in tx.execute(query)]
