"""What the store knows, as JSON of the API; made inside the look, beside the loop."""

import base64
import binascii
from collections.abc import Callable, Sequence

from responder.desk_values import Major
from responder.run_values import Run
from responder.store import Tx, logs, majors, pages, tickets, tries
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.store import runs as run_rows
from responder.store.logs import Line
from responder.store.pages import Delivery
from responder.store.tries import Try
from responder.story import told
from responder.values import ACTIVE, AlertEnd, Episode, Incident, TicketRecord
from responder.web.answers import (
    ActorAnswer,
    AlertAnswer,
    EventAnswer,
    EventsAnswer,
    IncidentAnswer,
    IncidentsAnswer,
    MajorAnswer,
    PageAnswer,
    RunAnswer,
    TicketAnswer,
    TryAnswer,
)
from responder.web.orders import ListQuery
from responder.web.route import HIGHEST

ALERTS_IN_LISTS = 20


class BadCursor(ValueError):
    """This cursor was not made here."""


def incidents(tx: Tx, query: ListQuery, *, below_id: int | None) -> str:
    """One part of the list as JSON."""
    found = incident_rows.listed(
        tx,
        states=_states(query.state),
        server=query.server,
        below_id=below_id,
        limit=query.limit + 1,
    )
    shown, more = found[: query.limit], len(found) > query.limit
    after = cursor(shown[-1].id) if more else None
    answers = tuple(_answers(tx, shown, each=ALERTS_IN_LISTS))
    return IncidentsAnswer(incidents=answers, next=after).model_dump_json()


def incident(tx: Tx, id_: int) -> str | None:
    """One incident with all its alerts as JSON, None when there is none."""
    found = _answers(tx, incident_rows.by_ids(tx, [id_]), each=None)
    return found[0].model_dump_json() if found else None


def incident_events(tx: Tx, id_: int) -> str | None:
    """The whole log of an incident as JSON, None when there is no such incident."""
    if not incident_rows.by_ids(tx, [id_]):
        return None
    return events(logs.read(tx, "incident", id_)).model_dump_json()


def events(lines: Sequence[Line], say: Callable[[Line], str] = told) -> EventsAnswer:
    """The lines of a log, each said by `say`."""
    return EventsAnswer(events=tuple(_event(line, say) for line in lines))


def cursor(last: int) -> str:
    """Where the next part of a list begins, as text that nobody should look into."""
    return base64.urlsafe_b64encode(f"below {last}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> int:
    """The number in a cursor. Raises BadCursor."""
    try:
        told = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        word, _, number = told.decode("ascii").partition(" ")
    except (binascii.Error, ValueError):
        word = number = ""
    if word != "below" or not number.isdecimal() or len(number) > 10 or int(number) > HIGHEST:
        raise BadCursor("take what an answer gave as `next`")
    return int(number)


def _states(asked: Sequence[str]) -> tuple[str, ...]:
    words = [(*ACTIVE,) if word == "active" else (word,) for word in asked]
    return tuple(dict.fromkeys(str(state) for states in words for state in states))


def _answers(tx: Tx, found: Sequence[Incident], *, each: int | None) -> list[IncidentAnswer]:
    ids = [one.id for one in found]
    alerts = alert_rows.of_incidents(tx, ids, each=each)
    totals = alert_rows.counts(tx, ids)
    paged = pages.of_incidents(tx, ids)
    ticketed = tickets.of_incidents(tx, ids)
    begun = run_rows.of_incidents(tx, ids)
    led = majors.of_incidents(tx, ids)
    tried = tries.of_incident(tx, found[0].id) if found and each is None else {}
    return [
        _incident(
            one,
            alerts=alerts[one.id],
            total=totals.get(one.id, 0),
            paged=[_page(page, tried.get(page.key, ())) for page in paged[one.id]],
            ticketed=ticketed[one.id],
            begun=begun[one.id],
            led=led.get(one.id),
        )
        for one in found
    ]


def _incident(
    one: Incident,
    *,
    alerts: Sequence[Episode],
    total: int,
    paged: Sequence[PageAnswer],
    ticketed: Sequence[TicketRecord],
    begun: Sequence[Run],
    led: Major | None,
) -> IncidentAnswer:
    return IncidentAnswer(
        id=str(one.id),
        key=one.key,
        title=one.title,
        category=one.category,
        priority=one.priority,
        state=one.state,
        server=one.server,
        brand=one.brand,
        rule=one.rule,
        drill=one.drill,
        parent=None if one.parent is None else str(one.parent),
        muted_by=one.muted_by,
        opened_at=one.opened_at,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=one.acknowledged_by,
        recovered_at=one.recovered_at,
        resolved_at=one.resolved_at,
        alerts=tuple(_alert(alert) for alert in alerts),
        alerts_total=total,
        tickets=tuple(_ticket(ticket) for ticket in ticketed),
        pages=tuple(paged),
        runs=tuple(_run(run) for run in begun),
        major=major_answer(led) if led else None,
    )


def major_answer(one: Major) -> MajorAnswer:
    """How it is led."""
    alone = one.incident_lead is not None and one.incident_lead == one.communication_lead
    return MajorAnswer(
        rule=one.rule,
        declared_by=one.declared_by,
        declared_at=one.declared_at,
        incident_lead=one.incident_lead,
        communication_lead=one.communication_lead,
        finding="one person leads it and writes to customers" if alone else "",
        every_seconds=one.every,
        next_update_at=one.next_update_at,
        overdue=one.overdue,
        ended_at=one.ended_at,
        causes=one.causes,
    )


def _alert(one: Episode) -> AlertAnswer:
    forgotten = one.ended is AlertEnd.FORGOT
    return AlertAnswer(
        id=str(one.id),
        identity=one.identity,
        status="firing" if one.firing else "source_forgot" if forgotten else "resolved",
        labels=one.labels,
        annotations=one.annotations,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
    )


def _ticket(one: TicketRecord) -> TicketAnswer:
    return TicketAnswer(id=str(one.id), ref=one.ref, system=one.system, state=one.state)


def _run(one: Run) -> RunAnswer:
    return RunAnswer(id=str(one.id), playbook=one.playbook, state=one.state)


def _page(one: Delivery, tried: Sequence[Try]) -> PageAnswer:
    return PageAnswer(
        id=str(one.id),
        person=one.person,
        method=one.method,
        event=one.event,
        step=one.step + 1,
        state=one.state,
        at=one.at,
        delayed_until=one.delayed_until if one.state == "queued" else None,
        tries=tuple(
            TryAnswer.model_validate({"at": it.at, "outcome": it.outcome, "detail": it.detail})
            for it in tried
        ),
    )


def _event(line: Line, say: Callable[[Line], str]) -> EventAnswer:
    words = {"words": line.words} if line.words else {}
    return EventAnswer(
        id=f"{line.owner}-{line.seq}",
        at=line.at,
        kind=line.kind,
        actor=ActorAnswer(kind=line.actor.kind, name=line.actor.name),
        text=say(line),
        data={**line.data, **words},
    )
