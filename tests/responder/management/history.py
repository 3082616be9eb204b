"""Tickets of a made-up past, as rows: when, of which kind, how long in hand."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from alerts.model import Category, Priority
from playbooks.ports import TicketState
from responder.desk_values import Case
from responder.store import cases
from responder.store.tables import ticket
from responder.values import TicketRecord


@dataclass(frozen=True, slots=True)
class Past:
    """One ticket. `kind` is its fingerprint; `took` how long somebody had it."""

    at: datetime
    kind: str = ""
    took: timedelta | None = timedelta(minutes=20)
    category: Category = Category.HOSTING
    brand: str | None = None
    subject: str = "help"
    case: dict[str, Any] | None = None


def happened(tx: Connection, past: Iterable[Past], *, first: int = 1) -> None:
    """All of them, numbered from `first` on."""
    for number, one in enumerate(past, start=first):
        solved = one.at + timedelta(minutes=5) + one.took if one.took else None
        record = TicketRecord(
            id=number,
            key=f"k{number}",
            system="desk",
            ref=str(number),
            subject=one.subject,
            queue="level-1",
            level="level-1",
            state=TicketState.SOLVED if solved else TicketState.OPEN,
            priority=Priority.MEDIUM,
            category=one.category,
            channel="ticket",
            opened_at=one.at,
            detected_at=one.at,
            brand=one.brand,
            reacted_at=one.at + timedelta(minutes=5),
            solved_at=solved,
            solved_by="level-1" if solved else "",
        )
        tx.execute(insert(ticket).values(asdict(record)))
        if one.kind or one.case:
            cases.add(tx, replace(Case(number, one.at, fingerprint=one.kind), **(one.case or {})))
