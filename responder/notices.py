"""Decides in a transaction what customers are told: by time, by a person, by a playbook."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from alerts.model import DAEMON, Actor
from responder.acts import Done, Refusal, Unknown
from responder.board import Board, Saved
from responder.customers.audience import Audience, Customer, audience
from responder.customers.deciding import (
    Message,
    Trouble,
    openings,
    recoveries,
    summary,
    updates,
)
from responder.customers.letters import Letter, News, letter
from responder.customers.wording import Change, Language
from responder.majors import life as majors
from responder.majors.hearing import all_heard
from responder.plan import Plan
from responder.steps import Step
from responder.store import Tx, customers, logs, tickets
from responder.store import incidents as incident_rows
from responder.store.customers import Told
from responder.values import Entry, Incident

CLOSED_WITHIN = timedelta(hours=1)
"""Whoever was told of an incident hears of its end though it was closed while we were down."""


class Indiscreet(ValueError):
    """The words would tell customers what they must not read; the message says what."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One letter, and to whom it goes."""

    brand: str
    language: Language
    letter: Letter
    customers: tuple[Customer, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a person has to say. `brands`: to their customers alone; () = to all."""

    text: str
    next_update: datetime | None = None
    brands: tuple[str, ...] = ()


def due(tx: Tx, *, plan: Plan, now: datetime, blind: bool) -> bool:
    """Is there anything to tell? (Reads alone.)"""
    return any(messages for _, messages in _due(tx, plan, now, blind=blind))


def tell_due(tx: Tx, *, plan: Plan, now: datetime, blind: bool) -> Saved:
    """Whoever must hear by now that something is broken, or that it is over."""
    board = Board(tx, plan, now=now)
    for incident, messages in _due(tx, plan, now, blind=blind):
        if messages:
            board.load_ids([incident.id])
            _queue(board, board.incident(incident.id), messages)
    return board.save()


def tell(tx: Tx, *, id_: int, actor: Actor, words: Words, plan: Plan, now: datetime) -> Done:
    """A person's words to everybody whom this incident concerns. Raises Unknown, Refusal, and
    Indiscreet for what must not go out.
    """
    board = Board(tx, plan, now=now)
    incident = _known(tx, id_)
    refuse(incident)
    trouble, heard = _concerned(tx, incident, plan)
    told = chosen(heard, words, plan)
    messages = updates(trouble, told, words=words.text, next_update=words.next_update, now=now)
    board.load_ids([id_])
    before = logs.read(tx, "incident", id_)
    _queue(board, incident, messages, actor=actor, words=words.text)
    concerned_, brands = ({one.brand for one in them} for them in (heard.customers, told))
    if all_heard(before, concerned=concerned_, brands=brands):
        majors.told(board, id_, next_update=words.next_update)
    saved = board.save()
    return Done(board.incident(id_), saved)


def say(board: Board, incident: Incident, text: str, *, facts: Mapping[str, object]) -> str:
    """A playbook's words to the same, as far as they may go out; what came of it. They stand in
    the log in any case, and so in the ticket.
    """
    entry = Entry("customers_told", DAEMON, {**facts, "brand": incident.brand or ""}, text)
    try:
        refuse(incident)
        if incident.muted_by:
            raise Refusal(f"it is muted by {', '.join(incident.muted_by)}")
        trouble, heard = _concerned(board.tx, incident, board.plan)
        told = chosen(heard, Words(text), board.plan)
    except (Refusal, Indiscreet) as why:
        board.put(Step(incident, (entry,)))
        return f"the words for the customers stand in the ticket; nobody was told: {why}"
    messages = updates(trouble, told, words=text, next_update=None, now=board.now)
    _queue(board, incident, messages, words=text, facts=facts)
    return f"{_count(len(messages))} told"


def refuse(incident: Incident) -> None:
    """Raises Refusal where nobody is to be told by hand."""
    if incident.drill:
        raise Refusal("a drill is told to nobody")
    if incident.parent is not None:
        raise Refusal(f"it is a part of incident {incident.parent}: tell it there")
    if not incident.active:
        raise Refusal(f"it is {incident.state}: whoever was told of it hears of its end")


def concerned(tx: Tx, id_: int, *, plan: Plan) -> Audience:
    """Whom an incident concerns. Raises Unknown."""
    return _concerned(tx, _known(tx, id_), plan)[1]


def printed(tx: Tx, id_: int, words: Words | None, *, plan: Plan, now: datetime) -> list[Printed]:
    """What they would read now: of the opening, or with these words. Raises as `tell` does."""
    incident = _known(tx, id_)
    trouble, heard = _concerned(tx, incident, plan)
    if words:
        refuse(incident)
    told = chosen(heard, words, plan) if words else heard.customers
    change = Change.UPDATE if words else Change.OPEN
    news = News(
        change,
        began=trouble.began(incident),
        words=words.text if words else "",
        next_update=words.next_update if words else None,
    )
    groups: dict[tuple[str, Language], list[Customer]] = {}
    for one in told:
        groups.setdefault((one.brand, one.language), []).append(one)
    brands = plan.clientele.brands
    return [
        Printed(
            brand, language, letter(news, brands[brand], name=brand, language=language), tuple(to)
        )
        for (brand, language), to in groups.items()
    ]


def began(tx: Tx, incident: Incident) -> datetime:
    """Since when its customers have felt it."""
    return _troubles(tx, [incident])[0].began(incident)


def chosen(heard: Audience, words: Words, plan: Plan) -> tuple[Customer, ...]:
    """Those for whom these words are. Raises Refusal when there are none, Indiscreet when the words
    hold what customers of one of their brands must not read.
    """
    told = tuple(one for one in heard.customers if one.brand in words.brands or not words.brands)
    if not told:
        why = "; ".join(f"{one.name}: {one.why}" for one in heard.untold[:5])
        raise Refusal(f"there is nobody to tell{f' ({why})' if why else ''}")
    for brand in dict.fromkeys(one.brand for one in told):
        if leaks := plan.clientele.discretion.leaks(words.text, brand=brand):
            listed = ", ".join(map(str, leaks))
            raise Indiscreet(f"customers of {brand} must not read this: {listed}")
    return told


def _due(
    tx: Tx, plan: Plan, now: datetime, *, blind: bool
) -> Iterable[tuple[Incident, Sequence[Message]]]:
    clientele = plan.clientele
    if clientele.speaks and not blind:
        tells = [one.tell for one in clientele.brands.values() if one.tell]
        priorities = {priority for one in tells for priority in one.priorities}
        soonest = min(one.after for one in tells)
        found = incident_rows.by_ids(tx, customers.untold(tx, priorities))
        for trouble in _troubles(tx, found):
            if now - trouble.since >= soonest:
                heard = _audience(trouble, plan)
                yield trouble.incident, openings(trouble, heard.customers, clientele, now=now)
    over = customers.unrelieved(tx, closed_after=now - CLOSED_WITHIN)
    for trouble in _troubles(tx, _wholes(tx, over)):
        yield trouble.incident, recoveries(trouble, now=now)


def _queue(
    board: Board,
    incident: Incident,
    messages: Sequence[Message],
    *,
    actor: Actor = DAEMON,
    words: str = "",
    facts: Mapping[str, object] | None = None,
) -> None:
    entry = Entry("customers_told", actor, {**(facts or {}), **summary(messages)}, words)
    board.put(Step(incident, (entry,)))
    customers.add(board.tx, [one.told for one in messages])
    board.call(one.effect for one in messages if one.effect is not None)


def _known(tx: Tx, id_: int) -> Incident:
    found = incident_rows.by_ids(tx, [id_])
    if not found:
        raise Unknown(f"there is no incident {id_}")
    return found[0]


def _concerned(tx: Tx, incident: Incident, plan: Plan) -> tuple[Trouble, Audience]:
    trouble = _troubles(tx, [incident])[0]
    return trouble, _audience(trouble, plan)


def _audience(trouble: Trouble, plan: Plan) -> Audience:
    return audience(
        trouble.incident,
        [one for one in trouble.parts if one.active],
        trouble.tickets,
        inventory=plan.inventory,
        clientele=plan.clientele,
        firing=trouble.firing,
    )


def _troubles(tx: Tx, wholes: Sequence[Incident]) -> list[Trouble]:
    """Everything that is known of them, in a few statements for all."""
    ids = [one.id for one in wholes]
    below = customers.parts(tx, ids)
    parts = {one.id: one for one in incident_rows.by_ids(tx, [*chain(*below.values())])}
    everything = [*ids, *parts]
    told: dict[int, list[Told]] = {one: [] for one in everything}
    for line in customers.of_incidents(tx, everything):
        told[line.incident].append(line)
    linked = tickets.of_incidents(tx, everything)
    firing = customers.places(tx, ids)
    beginnings = customers.beginnings(tx, everything)
    return [
        Trouble(
            one,
            [parts[part] for part in below[one.id]],
            beginnings,
            [*chain(*(told[member] for member in (one.id, *below[one.id])))],
            [*chain(*(linked[member] for member in (one.id, *below[one.id])))],
            firing[one.id],
        )
        for one in wholes
    ]


def _wholes(tx: Tx, over: Collection[int]) -> list[Incident]:
    """What they are parts of, where they are; the whole tells of its parts."""
    found = {one.id: one for one in incident_rows.by_ids(tx, over)}
    while above := {one.parent for one in found.values() if one.parent is not None}:
        rest = {id_: one for id_, one in found.items() if one.parent is None}
        found = rest | {one.id: one for one in incident_rows.by_ids(tx, above)}
    return list(found.values())


def _count(number: int) -> str:
    return f"{number} customer{'' if number == 1 else 's'}"
