"""A ticket that the daemon has opened becomes a record of ours."""

from datetime import datetime

from alerts.model import DAEMON, person
from playbooks.ports import Change, ChangeKind, Draft, TicketRef, TicketState
from responder.desk import life, taking
from responder.desk.recall import kind_of
from responder.desk.taking import TakenIn
from responder.desk_values import Case
from responder.store import Tx, cases, kpis, records
from responder.store import incidents as incident_rows
from responder.store import tickets as rows
from responder.values import Incident, TicketRecord


def opened(tx: Tx, draft: Draft, *, system: str, ref: str = "", now: datetime) -> TakenIn:
    """Our record of a ticket opened for this draft; nothing new when the key has one already.

    Its clocks start when the incident was detected. An acknowledgement that came before the ticket
    is a reaction to it. Without a `ref` our own number is its name.
    """
    records.one_at_a_time(tx)
    found = incident_rows.by_ids(tx, [draft.incident]) if draft.incident else []
    incident = found[0] if found else None
    ticket = _recorded(draft, rows.next_id(tx), incident, system=system, ref=ref, now=now)
    opening = Change("", TicketRef(system, ticket.ref), now, ChangeKind.OPENED, DAEMON, draft.text)
    taken = taking.begin(tx, ticket, opening)
    if incident is not None and taken.ticket.id == ticket.id:
        cases.add(tx, Case(ticket.id, entered_at=now, fingerprint=kind_of(incident)))
    if incident is None or taken.ticket.id != ticket.id or incident.acknowledged_at is None:
        return taken
    by = person(incident.acknowledged_by or "")
    lived = life.reacted(taken.ticket, incident.acknowledged_at, by)
    rows.change(tx, lived.ticket)
    return TakenIn(lived.ticket, (*taken.figures, *kpis.count(tx, lived.figures)))


def _recorded(
    draft: Draft, number: int, incident: Incident | None, *, system: str, ref: str, now: datetime
) -> TicketRecord:
    return TicketRecord(
        id=number,
        key=draft.key,
        system=system,
        ref=ref or str(number),
        incident=draft.incident,
        subject=draft.subject,
        queue=draft.queue,
        level=draft.queue,
        state=TicketState.NEW,
        priority=draft.priority,
        category=draft.category,
        channel="monitoring",
        brand=draft.brand,
        account=draft.account,
        server=draft.server,
        opened_at=now,
        detected_at=incident.opened_at if incident else now,
        drill=incident.drill if incident else False,
    )
