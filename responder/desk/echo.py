"""What happens to an incident, told to its tickets and to the figures."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from alerts.model import Actor
from responder.desk import life
from responder.kpi import figures as measures
from responder.store import Tx, kpis
from responder.store import tickets as rows
from responder.values import Figure, Incident


def echo(
    tx: Tx,
    changes: Iterable[tuple[Incident | None, Incident]],
    *,
    persons: Mapping[int, Actor],
    now: datetime,
) -> tuple[Figure, ...]:
    """The figures that are new: an incident before and after a decision, and who has acted on it.

    `persons`: incident -> the person that did something to it in this transaction (acknowledged
    the page, wrote a note). That is a reaction to its ticket as well.
    """
    measured = [one for before, after in changes for one in measures.of_incident(before, after)]
    for incident, tickets in rows.of_incidents(tx, persons).items():
        for ticket in tickets:
            lived = life.reacted(ticket, now, persons[incident])
            if lived.ticket != ticket:
                rows.change(tx, lived.ticket)
                measured += lived.figures
    return kpis.count(tx, measured)
