"""A year of a desk, written straight into an empty store: tickets, their logs and their figures."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert

from alerts.model import Category, Priority
from responder.desk.levels import QUEUES
from responder.kpi.figures import CHANNELS
from responder.store import Store, Tx
from responder.store.desk_tables import ticket_case
from responder.store.tables import (
    incident,
    kpi_observation,
    satisfaction,
    ticket,
    ticket_event,
    written,
)

YEAR = timedelta(days=365)
BRANDS, ACCOUNTS, KINDS = 20, 20_000, 5_000
EVENTS = ("opened", "owner", "state", "note", "reply", "queue", "reply", "state")
BATCH = 5_000
Row = dict[str, Any]


async def live(store: Store, tickets: int, *, now: datetime) -> None:
    """Spread evenly over the year; one in a hundred is not solved, one in five is an incident's."""
    parts: list[tuple[Table, Iterator[Row]]] = [
        (incident, (_incident(n, now, tickets) for n in range(5, tickets + 1, 5))),
        (ticket, (_ticket(n, now, tickets) for n in range(1, tickets + 1))),
        (ticket_case, (_case(n, now, tickets) for n in range(1, tickets + 1))),
        (ticket_event, (row for n in range(1, tickets + 1) for row in _events(n, now, tickets))),
        (written, (row for n in range(1, tickets + 1) for row in _words(n))),
        (kpi_observation, (row for n in range(1, tickets + 1) for row in _seen(n, now, tickets))),
        (satisfaction, (_vote(n, now, tickets) for n in range(3, tickets + 1, 3))),
    ]
    for table, rows in parts:
        while batch := list(islice(rows, BATCH)):
            await store.write(_add, table, batch)
    await store.write(_analyze)


def _add(tx: Tx, table: Table, rows: list[Row]) -> None:
    tx.execute(insert(table), rows)


def _analyze(tx: Tx) -> None:
    """As the daemon's own upkeep does."""
    tx.exec_driver_sql("PRAGMA optimize")


def _at(number: int, now: datetime, tickets: int) -> datetime:
    return now - YEAR + number * YEAR / (tickets + 1)


def _open(number: int) -> bool:
    return number % 100 == 99


def _ticket(number: int, now: datetime, tickets: int) -> Row:
    at, over = _at(number, now, tickets), not _open(number)
    solved = at + timedelta(minutes=30 + number % 600)
    queue = QUEUES[number % 3] if number % 10 else QUEUES[number // 10 % len(QUEUES)]
    return {
        "id": number, "key": f"bench-t{number}", "system": "desk", "ref": str(number),
        "incident": None if number % 5 else number, "subject": f"Nothing arrives, {number}",
        "queue": queue, "level": queue, "owner": f"agent{number % 40}" if over else None,
        "state": "closed" if over else "open", "priority": [*Priority][number % 4],
        "category": [*Category][number % 3], "channel": CHANNELS[number % 7 if number % 5 else 6],
        "brand": f"brand{number % BRANDS}", "account": f"account{number % ACCOUNTS}",
        "server": f"srv{number % 500}", "opened_at": at, "detected_at": at,
        "reacted_at": at + timedelta(minutes=5), "replied_at": at + timedelta(minutes=9),
        "useful_at": at + timedelta(minutes=20), "solved_at": solved if over else None,
        "solved_by": queue if over else "", "judge_at": None, "gone": "", "drill": False,
        "seq": len(EVENTS), "head": "0" * 64,
    }  # fmt: skip


def _incident(number: int, now: datetime, tickets: int) -> Row:
    at = _at(number, now, tickets)
    return {
        "id": number, "ref": f"bench-{number}", "key": f"server:srv{number}",
        "title": "does not answer", "category": "critical", "priority": "critical",
        "state": "closed", "rule": "severity", "server": f"srv{number % 500}", "brand": None,
        "opened_at": at, "changed_at": at, "step": 0, "episode": 1, "firing": 0, "ticketed": True,
        "unstable": False, "drill": False, "held": "", "muted_by": [], "changes": [], "seq": 0,
        "head": "",
    }  # fmt: skip


def _case(number: int, now: datetime, tickets: int) -> Row:
    empty = (
        "requester_name", "submitted_by", "on_behalf_of", "rule", "rules_version", "brand_rule",
        "confirmed", "handed_from", "outcome", "article", "prevention", "complaint_about",
    )  # fmt: skip
    return {
        **dict.fromkeys(empty, ""),
        "ticket": number, "entered_at": _at(number, now, tickets), "language": "en",
        "requester": f"customer{number % ACCOUNTS}@customer.example", "task": "mail-setup",
        "fingerprint": f"kind{number % KINDS}", "facts": {}, "candidate": False,
    }  # fmt: skip


def _events(number: int, now: datetime, tickets: int) -> Iterator[Row]:
    at = _at(number, now, tickets)
    for seq, kind in enumerate(EVENTS, start=1):
        yield {
            "ticket": number, "seq": seq, "at": at + timedelta(minutes=seq), "kind": kind,
            "actor_kind": "person", "actor": f"agent{number % 40}", "data": {"n": seq},
            "words": "0" * 64 if kind == "reply" else "", "hash": f"{number:032x}{seq:032x}",
            "outside": None,
        }  # fmt: skip


def _words(number: int) -> Iterator[Row]:
    for seq, kind in enumerate(EVENTS, start=1):
        if kind == "reply":
            text = f"The quota of mailbox {number} was full; it has more room now. " * 3
            yield {"log": "ticket", "owner": number, "seq": seq, "text": text}


def _seen(number: int, now: datetime, tickets: int) -> Iterable[Row]:
    at = _at(number, now, tickets)
    told = {"opened/hosting/email": 0, "reaction": 300, "first_reply": 540}
    if not _open(number):
        told |= {"useful_response": 1200, "solved": 1800, "resolution": 1800 + number % 36000}
        told |= {f"kb_linked/{'yes' if number % 2 else 'no'}": 0}
    for figure, seconds in told.items():
        yield {
            "about": f"ticket:{number}", "figure": figure, "at": at + timedelta(seconds=seconds),
            "seconds": seconds, "priority": [*Priority][number % 4], "level": "level-1",
            "by": "person", "brand": f"brand{number % BRANDS}", "channel": "email",
        }  # fmt: skip


def _vote(number: int, now: datetime, tickets: int) -> Row:
    at = _at(number, now, tickets) + timedelta(hours=12)
    score = 1 + number % 5
    return {
        "ticket": number, "score": score, "comment": "", "at": at,
        "brand": f"brand{number % BRANDS}",
    }  # fmt: skip
