"""Everything that a look back at an incident needs, in one look at the store (R73)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from responder.desk_values import Major
from responder.majors.graph import Graph, graph_of
from responder.run_values import Run
from responder.store import Tx, customers, logs, majors, pages, runs, tickets
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.store.customers import Told
from responder.store.logs import Line
from responder.store.pages import Delivery
from responder.values import Episode, Incident, TicketRecord


@dataclass(frozen=True)
class Review:
    """One incident and all that happened: `journals` are the runs' own logs, by their number."""

    incident: Incident
    lines: Sequence[Line]
    alerts: Sequence[Episode] = ()
    pages: Sequence[Delivery] = ()
    runs: Sequence[Run] = ()
    journals: Mapping[int, Sequence[Line]] = field(default_factory=dict)
    told: Sequence[Told] = ()
    tickets: Sequence[TicketRecord] = ()
    major: Major | None = None
    graph: Graph = field(default_factory=lambda: Graph((), ()))

    def first(self, *kinds: str) -> datetime | None:
        """When the first line of these kinds was written."""
        return next((one.at for one in self.lines if one.kind in kinds), None)

    @property
    def began(self) -> datetime:
        """When the trouble itself began, as far as its alerts know, and never after we knew."""
        known = [one.starts_at for one in self.alerts]
        return min([*known, self.incident.opened_at])


def review_of(tx: Tx, id_: int) -> Review | None:
    """None when there is no such incident."""
    found = incident_rows.by_ids(tx, [id_])
    graph = graph_of(tx, id_)
    if not found or graph is None:
        return None
    begun = runs.of_incidents(tx, [id_])[id_]
    return Review(
        incident=found[0],
        lines=logs.read(tx, "incident", id_),
        alerts=alert_rows.of_incidents(tx, [id_])[id_],
        pages=pages.of_incidents(tx, [id_])[id_],
        runs=begun,
        journals={one.id: logs.read(tx, "run", one.id) for one in begun},
        told=customers.of_incidents(tx, [id_]),
        tickets=tickets.of_incidents(tx, [id_])[id_],
        major=majors.of(tx, id_),
        graph=graph,
    )
