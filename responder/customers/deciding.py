"""What customers are to be told now: the opening, a person's words, the end, each once (pure)."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from responder.customers.audience import Customer
from responder.customers.brands import Way
from responder.customers.clientele import Clientele
from responder.customers.wording import Change
from responder.store.customers import BEGINNINGS, COVERED, DROPPED, FAILED, QUEUED, REACHED, Told
from responder.values import NOT_WELL, Effect, EffectKind, Incident, TicketRecord

_TRIES: Final = 3  # messages of an episode to one customer that were dropped; then a person must


@dataclass(frozen=True, slots=True)
class Trouble:
    """One incident with all that has joined it. `beginnings`: when each of them last opened, came
    back... `told` and `tickets` are of all of them, in order; `firing` are the servers of its own
    alerts.
    """

    incident: Incident
    parts: Sequence[Incident] = ()
    beginnings: Mapping[int, Mapping[str, datetime]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    told: Sequence[Told] = ()
    tickets: Sequence[TicketRecord] = ()
    firing: Collection[str] = ()

    @property
    def since(self) -> datetime:
        """Since when it is as bad as it is."""
        return self._last(self.incident, BEGINNINGS)

    def began(self, one: Incident) -> datetime:
        """When this one began, as customers felt it."""
        return self._last(one, ("opened", "reopened"))

    def _last(self, one: Incident, kinds: Sequence[str]) -> datetime:
        times = self.beginnings.get(one.id, {})
        return max((times[kind] for kind in kinds if kind in times), default=one.opened_at)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to be told to one customer: the ledger's line, and the effect if there is one."""

    told: Told
    effect: Effect | None = None


Standing = Mapping[tuple[int, str], Told]


def openings(
    trouble: Trouble, customers: Iterable[Customer], clientele: Clientele, *, now: datetime
) -> list[Message]:
    """To everybody whose brand tells of this by now, and who does not know of it yet."""
    incident = trouble.incident
    if not is_tellable(incident):
        return []
    told = {name for _, name in standing(trouble.told, waiting=True)} | _given_up(trouble)
    facts = {"began": trouble.began(incident).isoformat()}
    return [
        _to(one, trouble, Change.OPEN, facts, now=now)
        for one in customers
        if one.name not in told and _is_due(one, trouble, clientele, now)
    ]


def updates(
    trouble: Trouble,
    customers: Iterable[Customer],
    *,
    words: str,
    next_update: datetime | None,
    now: datetime,
) -> list[Message]:
    """A person's words, to each of these."""
    facts = {
        "began": trouble.began(trouble.incident).isoformat(),
        "words": words,
        "next_update": next_update.isoformat() if next_update else None,
    }
    return [_to(one, trouble, Change.UPDATE, facts, now=now) for one in customers]


def recoveries(trouble: Trouble, *, now: datetime) -> list[Message]:
    """To everybody who knows of it, once it is over; to who knows of several parts of it one for
    all. Where a message is still under way, its end is waited for.
    """
    if trouble.incident.active or trouble.incident.drill:
        return []
    over = {one.id for one in (trouble.incident, *trouble.parts) if one.state not in NOT_WELL}
    waiting = {one.customer for one in trouble.told if one.state == QUEUED}
    homes: dict[str, list[Told]] = {}
    for (home, name), last in standing(trouble.told, waiting=False).items():
        if home in over and name not in waiting:
            homes.setdefault(name, []).append(last)
    return [told for lasts in homes.values() for told in _relief(trouble, lasts, now=now)]


def standing(told: Iterable[Told], *, waiting: bool) -> Standing:
    """Who knows of which incident (or is about to: `waiting`) and has not heard that it is over,
    with the last message that said so.
    """
    reached = (*REACHED, QUEUED) if waiting else REACHED
    known: dict[tuple[int, str], Told] = {}
    for one in told:
        if one.change == Change.RECOVERY and one.state != DROPPED:
            known.pop((one.incident, one.customer), None)
        elif one.change != Change.RECOVERY and one.state in reached:
            known[one.incident, one.customer] = one
    return known


def is_tellable(incident: Incident) -> bool:
    """May customers be told of it as it stands? Parts are told of by their whole."""
    well = incident.state not in NOT_WELL
    return not (well or incident.muted_by or incident.drill or incident.parent)


def summary(messages: Collection[Message]) -> dict[str, Any]:
    """What stands in the incident's log of them: how many customers, of which brands."""
    sent = [one.told for one in messages if one.effect is not None]
    brands = Counter(one.brand or "" for one in sent)
    change = sent[0].change if sent else ""
    return {"change": change, "customers": len(sent), "brands": dict(sorted(brands.items()))}


def _is_due(one: Customer, trouble: Trouble, clientele: Clientele, now: datetime) -> bool:
    tell = clientele.brands[one.brand].tell
    if tell is None or trouble.incident.priority not in tell.priorities:
        return False
    return now - trouble.since >= tell.after


def _given_up(trouble: Trouble) -> set[str]:
    """Who could not be told of this episode: a person knows, and must."""
    incident = trouble.incident
    tries = [
        one
        for one in trouble.told
        if (one.incident, one.episode) == (incident.id, incident.episode)
        and one.change == Change.OPEN
    ]
    dropped = Counter(one.customer for one in tries if one.state == DROPPED)
    failed = {one.customer for one in tries if one.state == FAILED}
    return failed | {name for name, times in dropped.items() if times >= _TRIES}


def _to(
    one: Customer, trouble: Trouble, change: Change, facts: Mapping[str, Any], *, now: datetime
) -> Message:
    line = _line(trouble.incident, one.name, change, one.way, one.brand, now)
    return _message(trouble, trouble.incident, line, facts, to=one.to)


def _relief(trouble: Trouble, lasts: Sequence[Told], *, now: datetime) -> Iterator[Message]:
    """One message in the thread of the first that he heard of; the others are covered by it."""
    members = {one.id: one for one in (trouble.incident, *trouble.parts)}
    homes = [members[last.incident] for last in lasts]
    began = min(trouble.began(home) for home in homes)
    ended = max(home.recovered_at or home.resolved_at or now for home in homes)
    facts = {"began": began.isoformat(), "ended": ended.isoformat()}
    for place, (home, last) in enumerate(zip(homes, lasts, strict=True)):
        line = _line(home, last.customer, Change.RECOVERY, last.way, last.brand, now)
        told = _message(trouble, home, line, facts, to=last.reference)
        yield told if place == 0 else Message(replace(told.told, state=COVERED))


def _line(
    incident: Incident, name: str, change: Change, way: str, brand: str | None, now: datetime
) -> Told:
    return Told(
        key="",
        incident=incident.id,
        episode=incident.episode,
        customer=name,
        change=change,
        seq=0,
        way=way,
        state=QUEUED,
        at=now,
        brand=brand,
    )


def _message(
    trouble: Trouble, home: Incident, line: Told, facts: Mapping[str, Any], *, to: str
) -> Message:
    """Numbered among those of its kind, so that its key is the same whoever decides it."""
    seq = 1 + sum(
        1
        for one in trouble.told
        if (one.incident, one.episode, one.customer, one.change)
        == (home.id, home.episode, line.customer, line.change)
    )
    key = f"{home.ref}/{home.episode}/customers/{line.change}/{seq}/{line.customer}"
    payload = {
        "customer": line.customer,
        "brand": line.brand,
        "change": line.change,
        "way": line.way,
        **facts,
    }
    if line.way == Way.TICKET:
        payload["ticket"] = int(to)
    lane = f"customers/{home.id}/{line.customer}"
    effect = Effect(key, EffectKind.CUSTOMER_TELL, home.id, payload, lane=lane)
    return Message(replace(line, key=key, seq=seq), effect)
