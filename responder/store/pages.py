"""Who was written to, over what, and what became of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from responder.store.bulk import inserting
from responder.store.pieces import pieces
from responder.store.tables import incident as incident_table
from responder.store.tables import page_delivery as table
from responder.store.tables import ticket as ticket_table
from responder.values import Effect, Reached

_ADD = inserting(table, known="key")

_REACHING = ("queued", "delivered")
_ROUNDS = ("opened", "repeated", "escalated", "lapsed")
_FATE = ("state", "at", "repeats", "delayed_until")
_PHONES = ("sms", "voice")
_EVENTS = (*_ROUNDS, "handed-over", "recovered")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One page to one person, as the ledger has it."""

    id: int
    key: str
    incident: int
    episode: int
    step: int
    person: str
    method: str
    place: int
    event: str
    state: str
    at: datetime
    repeats: int
    delayed_until: datetime | None = None  # as it was last held back, until when

    @property
    def told(self) -> bool:
        """Has it gone out, or may it have before we lost sight of it?"""
        return self.state == "delivered" or self.repeats > 0

    def held(self, now: datetime) -> bool:
        """Does a throttle hold it back? Then it is not on the wire."""
        return self.delayed_until is not None and self.delayed_until > now


def queue(tx: Connection, pages: Iterable[Effect], *, now: datetime) -> None:
    """Pages that were decided just now."""
    rows = [_row(page, now=now) for page in pages]
    _ADD.run(tx, rows)


def end(
    tx: Connection, key: str, *, state: str, reference: str = "", repeats: int = 0, now: datetime
) -> None:
    """What became of a page: delivered, failed or suppressed."""
    tx.execute(
        update(table)
        .where(table.c.key == key)
        .values(state=state, reference=reference, repeats=repeats, at=now)
    )


def missed(tx: Connection, key: str, *, now: datetime) -> bool:
    """A provider took it, and it did not reach the person. False when it is not delivered."""
    failed = (
        update(table)
        .where(table.c.key == key, table.c.state == "delivered")
        .values(state="failed", at=now)
    )
    return tx.execute(failed).rowcount == 1


def begun(tx: Connection, incident: int, *, episode: int) -> bool:
    """Has anybody been paged about this episode, or is about to be?"""
    return tx.execute(_sent(incident, episode).limit(1)).first() is not None


def alarmed(tx: Connection, incident: int, *, episode: int) -> list[Reached]:
    """Everybody who was paged, or is about to be, and has not been told since that it is over."""
    last = {
        Reached(row.person, row.method, row.place): row.event
        for row in tx.execute(_sent(incident, episode))
    }
    return [one for one, event in last.items() if event != "recovered"]


def _sent(incident: int, episode: int) -> Select[tuple[str, str, int, str]]:
    columns = (table.c.person, table.c.method, table.c.place, table.c.event)
    return (
        select(*columns)
        .where(
            table.c.incident == incident,
            table.c.episode == episode,
            or_(table.c.state.in_(_REACHING), table.c.repeats > 0),
            table.c.event.in_(_EVENTS),
        )
        .order_by(table.c.id)
    )


_UNANSWERED = (
    select(func.count(table.c.incident.distinct()))
    .select_from(table.join(incident_table, table.c.incident == incident_table.c.id))
    .where(
        table.c.person == bindparam("person"),
        table.c.at >= bindparam("since"),
        table.c.incident != bindparam("besides"),
        table.c.episode == incident_table.c.episode,
        table.c.event.in_(_ROUNDS),
        or_(table.c.state.in_(_REACHING), table.c.repeats > 0),
        incident_table.c.state == "open",
        incident_table.c.muted_by == [],
    )
)


def unanswered(tx: Connection, person: str, *, besides: int, since: datetime) -> int:
    """How many further incidents this person was called about since then that are open still."""
    told = {"person": person, "besides": besides, "since": since}
    return tx.execute(_UNANSWERED, told).scalar_one()


def asked_of(tx: Connection, people: Collection[str]) -> list[tuple[int, str]]:
    """Open incidents that these people were called about in this episode, each with who of them was
    called last: the one of the newest page that a telephone has told of first. What still waits, or
    went elsewhere, is nothing that whoever answers by telephone has seen.
    """
    out = or_(table.c.state == "delivered", table.c.repeats > 0, table.c.reference > "")
    seen = and_(table.c.method.in_(_PHONES), out)
    called = (
        select(table.c.incident, table.c.person)
        .select_from(table.join(incident_table, table.c.incident == incident_table.c.id))
        .where(
            table.c.person.in_(people),
            table.c.episode == incident_table.c.episode,
            table.c.event.in_(_ROUNDS),
            table.c.state != "suppressed",
            incident_table.c.state == "open",
        )
        .order_by(case((seen, 0), else_=1), table.c.id.desc())
    )
    last: dict[int, str] = {}
    for row in tx.execute(called):
        last.setdefault(row.incident, row.person)
    return list(last.items())


def rung(tx: Connection, person: str, method: str, *, since: datetime) -> dict[str, datetime]:
    """When pages went out to this person over this kind of method, by their key. A call that nobody
    took has rung as well: only its provider has a name for it.
    """
    out = or_(table.c.state == "delivered", and_(table.c.state == "failed", table.c.reference > ""))
    sent = select(table.c.key, table.c.at).where(
        table.c.person == person, table.c.at >= since, table.c.method == method, out
    )
    return {row.key: row.at for row in tx.execute(sent)}


def delay(tx: Connection, key: str, *, until: datetime) -> None:
    """It is held back until then, and everybody can see so."""
    tx.execute(update(table).where(table.c.key == key).values(delayed_until=until))


def ticket_of(tx: Connection, incident: int) -> str:
    """What the ticket of an incident is called, "" while it has none."""
    found = (
        select(ticket_table.c.ref)
        .where(ticket_table.c.incident == incident)
        .order_by(ticket_table.c.id)
    )
    return tx.execute(found.limit(1)).scalar_one_or_none() or ""


def of_incidents(tx: Connection, incidents: Collection[int]) -> dict[int, list[Delivery]]:
    """The ledger of these incidents in order."""
    grouped: dict[int, list[Delivery]] = {one: [] for one in incidents}
    for piece in pieces(incidents):
        found = select(table).where(table.c.incident.in_(piece)).order_by(table.c.id)
        for row in tx.execute(found).mappings():
            grouped[row["incident"]].append(_delivery(row))
    return grouped


def unpaged(tx: Connection, *, queued_before: datetime) -> int:
    """Critical incidents of which nobody knows who should: must be 0 (the auditor's gauge).

    One that is open counts where nobody was told of it, where the newest round reached nobody, and
    where paging stands still; one that was taken where it should have lapsed by now, or where it
    was handed over and its new owner was not told. A page that was queued after `queued_before`,
    or is held back by a throttle, is still on its way.
    """
    incident = incident_table.c
    critical = and_(incident.category == "critical", incident.muted_by == [])
    still = or_(incident.page_at.is_(None), incident.page_at <= queued_before)
    told = _has_page(table.c.state == "delivered")
    old = and_(table.c.state.in_(("queued", "failed")), table.c.at <= queued_before)
    in_vain = and_(~told, _has_page(old, table.c.delayed_until.is_(None)))
    unheard = or_(in_vain, ~_reaching(queued_before, _newest_round()))
    silent = and_(incident.state == "open", or_(still, unheard))
    handed = and_(table.c.event == "handed-over", table.c.person == incident.acknowledged_by)
    unknowing = and_(
        incident.state == "acknowledged", _has_page(handed), ~_reaching(queued_before, handed)
    )
    overdue = and_(incident.state == "acknowledged", incident.page_at <= queued_before)
    counted = select(func.count()).where(critical, or_(silent, unknowing, overdue))
    return tx.execute(counted).scalar_one()


def _newest_round() -> ColumnElement[bool]:
    """Pages of the round that was decided last; `step` has grown since."""
    return and_(table.c.event.in_((*_ROUNDS, "needed")), table.c.step >= incident_table.c.step - 1)


def _reaching(queued_before: datetime, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """One of these pages has gone out, or is still on its way."""
    young = or_(table.c.at > queued_before, table.c.delayed_until > queued_before)
    under_way = and_(table.c.state == "queued", young)
    return _has_page(which, or_(table.c.state == "delivered", under_way))


def _has_page(*which: ColumnElement[bool]) -> Exists:
    of_this_episode = and_(
        table.c.incident == incident_table.c.id, table.c.episode == incident_table.c.episode
    )
    return exists(select(literal_column("1")).select_from(table).where(of_this_episode, *which))


def _row(page: Effect, *, now: datetime) -> dict[str, Any]:
    told = page.payload
    return {
        "key": page.key,
        "incident": page.incident,
        "episode": told["episode"],
        "step": told["step"],
        "person": told["person"],
        "method": told["method"],
        "place": told["place"],
        "event": str(told["event"]),
        "state": "queued",
        "reference": "",
        "at": now,
        "repeats": 0,
    }


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    names = ("id", "key", "incident", "episode", "step", "person", "method", "place", "event")
    return Delivery(**{name: row[name] for name in (*names, *_FATE)})
