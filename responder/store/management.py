"""What the digest tells of a span of time, each part with one statement (R92)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, distinct, func, insert, or_, select, update

from responder.store.desk_tables import digest, pin_try, ticket_case
from responder.store.pieces import pieces
from responder.store.tables import kpi_observation as figures
from responder.store.tables import ticket, ticket_event, written

_COUNTS: Final = (ticket.c.gone == "", ticket.c.drill.is_(False))
_MOST: Final = 100  # tickets of one list


@dataclass(frozen=True, slots=True)
class Mention:
    """A ticket that a digest names, and why."""

    ticket: int
    subject: str
    brand: str | None
    about: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class PinTries:
    """Failed tries of PINs, and of how many accounts."""

    failed: int
    accounts: int


def counts(tx: Connection, *, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """How often each figure was counted, by figure and level; `until` is not in it."""
    found = (
        select(figures.c.figure, figures.c.level, func.count())
        .where(figures.c.at >= since, figures.c.at < until)
        .group_by(figures.c.figure, figures.c.level)
    )
    return {(figure, level): count for figure, level, count in tx.execute(found)}


def spans(
    tx: Connection, names: Sequence[str], *, since: datetime, until: datetime
) -> dict[str, list[int]]:
    """All measurements of these figures in seconds, the shortest first."""
    found = select(figures.c.figure, figures.c.seconds).where(
        figures.c.figure.in_(names), figures.c.at >= since, figures.c.at < until
    )
    measured: dict[str, list[int]] = {name: [] for name in names}
    for figure, seconds in tx.execute(found.order_by(figures.c.seconds)):
        measured[figure].append(seconds)
    return measured


def wishes(tx: Connection, *, since: datetime, until: datetime) -> list[Mention]:
    """What customers would like to have, by brand (R92)."""
    found = _tickets().where(
        ticket.c.category == "feature_request",
        ticket.c.opened_at >= since,
        ticket.c.opened_at < until,
    )
    order = (func.coalesce(ticket.c.brand, ""), ticket.c.id)
    return [Mention(*row) for row in tx.execute(found.order_by(*order).limit(_MOST))]


def candidates(tx: Connection, *, since: datetime, until: datetime) -> list[Mention]:
    """Tickets that somebody thought worth an article (R84)."""
    found = _cases(ticket_case.c.article, since, until).where(ticket_case.c.candidate.is_(True))
    return [Mention(*row) for row in tx.execute(found.order_by(ticket.c.id).limit(_MOST))]


def preventions(tx: Connection, *, since: datetime, until: datetime) -> list[Mention]:
    """What level 3 would do so that it does not come again, in its own words (R58)."""
    found = _cases(ticket_case.c.prevention, since, until).where(
        ticket_case.c.prevention.not_in(("", "none"))
    )
    rows = tx.execute(found.order_by(ticket.c.id).limit(_MOST)).all()
    said = _words(tx, [row.id for row in rows])
    return [
        Mention(number, subject, brand, kind, said.get(number, ""))
        for number, subject, brand, kind in rows
    ]


def lessons(tx: Connection, *, since: datetime, until: datetime) -> list[Mention]:
    """Tickets that level 1 gave away or that came back to it, in order of their numbers: for those
    who train, and no ranking (R43). `words` are who gave it away.
    """
    which = or_(
        figures.c.figure.startswith("escalated/level-1/", autoescape=True),
        and_(figures.c.figure.startswith("reopened"), figures.c.level == "level-1"),
    )
    found = select(figures.c.about, figures.c.figure).where(
        which, figures.c.at >= since, figures.c.at < until
    )
    rows = {int(about.partition(":")[2]): figure for about, figure in tx.execute(found)}
    numbers = sorted(rows)[-_MOST:]
    named, givers = _named(tx, numbers), _givers(tx, numbers)
    return [
        Mention(*named[number], about=rows[number], words=givers.get(number, ""))
        for number in numbers
        if number in named
    ]


def breaches(tx: Connection, *, since: datetime, until: datetime) -> list[Mention]:
    """Tickets with a promise that was not kept in this span, the newest first; `about` is which."""
    broken = (
        select(figures.c.about, figures.c.figure)
        .where(
            figures.c.figure.startswith("sla_breach/", autoescape=True),
            figures.c.at >= since,
            figures.c.at < until,
        )
        .order_by(figures.c.at.desc(), figures.c.about, figures.c.figure)
        .limit(_MOST)
    )
    rows = [(int(about.partition(":")[2]), figure) for about, figure in tx.execute(broken)]
    named = _named(tx, [number for number, _ in rows])
    return [
        Mention(*named[number], about=figure.partition("/")[2])
        for number, figure in rows
        if number in named
    ]


def pin_failures(tx: Connection, *, since: datetime, until: datetime) -> PinTries:
    """Tries of support PINs that were wrong (R11)."""
    found = select(func.count(), func.count(distinct(pin_try.c.account))).where(
        pin_try.c.good.is_(False), pin_try.c.at >= since, pin_try.c.at < until
    )
    return PinTries(*tx.execute(found).one())


def is_made(tx: Connection, starts_at: datetime) -> bool:
    """Has the digest of the span that begins then been sent?"""
    found = select(digest.c.starts_at).where(digest.c.starts_at == starts_at)
    return tx.execute(found).first() is not None


def keep(
    tx: Connection, *, starts_at: datetime, ends_at: datetime, text: str, now: datetime
) -> None:
    """It has been sent; the same span never has two."""
    row = {"starts_at": starts_at, "ends_at": ends_at, "made_at": now, "text": text}
    tx.execute(insert(digest).values(row))


def erase(tx: Connection, *, made_before: datetime) -> int:
    """Take the words of old digests away: customers' subjects stand in them."""
    old = update(digest).where(digest.c.made_at < made_before, digest.c.text != "")
    return tx.execute(old.values(text="")).rowcount


def _tickets() -> Any:
    return select(ticket.c.id, ticket.c.subject, ticket.c.brand).where(*_COUNTS)


def _cases(about: Any, since: datetime, until: datetime) -> Any:
    """Of a ticket that is solved the solving counts, else the opening."""
    at = func.coalesce(ticket.c.solved_at, ticket.c.opened_at)
    joined = select(ticket.c.id, ticket.c.subject, ticket.c.brand, about).join(
        ticket_case, ticket_case.c.ticket == ticket.c.id
    )
    return joined.where(at >= since, at < until, *_COUNTS)


def _named(tx: Connection, numbers: Sequence[int]) -> dict[int, tuple[int, str, str | None]]:
    return {
        row.id: (row.id, row.subject, row.brand)
        for piece in pieces(numbers)
        for row in tx.execute(_tickets().where(ticket.c.id.in_(piece)))
    }


def _givers(tx: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Who first moved each of these tickets."""
    moved = select(ticket_event.c.ticket, ticket_event.c.actor).where(
        ticket_event.c.kind == "queue", ticket_event.c.actor_kind == "person"
    )
    order = (ticket_event.c.ticket, ticket_event.c.seq.desc())
    return {
        number: actor
        for piece in pieces(numbers)
        for number, actor in tx.execute(
            moved.where(ticket_event.c.ticket.in_(piece)).order_by(*order)
        )
    }


def _words(tx: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """The last words about prevention of each ticket."""
    same = and_(
        written.c.log == "ticket",
        written.c.owner == ticket_event.c.ticket,
        written.c.seq == ticket_event.c.seq,
    )
    said = (
        select(ticket_event.c.ticket, written.c.text)
        .join(written, same)
        .where(ticket_event.c.kind == "prevention")
        .order_by(ticket_event.c.ticket, ticket_event.c.seq)
    )
    return {
        number: text
        for piece in pieces(numbers)
        for number, text in tx.execute(said.where(ticket_event.c.ticket.in_(piece)))
    }
