"""One incident on a page: what is wrong, who has it, who was reached, and what was done."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from alerts.inventory import Inventory
from responder.desk_values import Major
from responder.run_values import Run
from responder.store import Tx, customers, logs, majors, pages, tickets, tries
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.store import runs as run_rows
from responder.store.pages import Delivery
from responder.store.tries import Try
from responder.story import begun, told
from responder.values import Episode, Incident, TicketRecord
from responder.web.board_page import doing
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Refused, Route, number
from responder.world import World

SHOWN_ALERTS = 50
SHOWN_LINES = 100


@dataclass(frozen=True, slots=True)
class _Way:
    """All pages to one person over one method. `last` is the newest word about them."""

    person: str
    method: str
    counts: str
    last: Try | None


@dataclass(frozen=True, slots=True)
class _Letters:
    """Messages to customers of one brand about one change that ended alike."""

    change: str
    brand: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class _View:
    """All that the page shows."""

    incident: Incident
    since: datetime  # this episode
    alerts: Sequence[Episode]
    tickets: Sequence[TicketRecord]
    runs: Sequence[Run]
    ways: Sequence[_Way]
    letters: Sequence[_Letters]
    story: Sequence[tuple[datetime, str]]
    lines: int
    major: Major | None


class IncidentPage:
    """What tickets link to, and what the board leads to. It only shows."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """Whoever may see the board may see this."""
        gives = {200: "the page", 404: "no such incident"}
        path, access = "/incidents/{id}", Access.LOOPBACK
        return [Route("GET", path, self.show, access, "One incident, for a person", gives=gives)]

    async def show(self, asked: Asked) -> web.Response:
        world, now = self._world, self._world.clock.now()
        view = await world.store.read(_view, number(asked.part("id")))
        if view is None:
            raise Refused(404, "not_found", "there is no such incident")
        return self._pages.page(
            "incident.html",
            root="../",
            incident=view.incident,
            doing=doing(view.incident, now) if view.incident.active else "",
            place=_place(view.incident, world.live.plan.inventory),
            since=view.since,
            alerts=view.alerts[:SHOWN_ALERTS],
            firing=len(view.alerts),
            tickets=view.tickets,
            runs=view.runs,
            ways=view.ways,
            letters=view.letters,
            story=view.story,
            major=view.major,
            older=view.lines - len(view.story),
            now=now,
        )


def _view(tx: Tx, id_: int) -> _View | None:
    """Everything about this incident; None when there is none."""
    found = incident_rows.by_ids(tx, [id_])
    if not found:
        return None
    lines = logs.read(tx, "incident", id_)
    return _View(
        incident=found[0],
        since=begun(lines, otherwise=found[0].opened_at),
        alerts=alert_rows.firing_of(tx, [id_]),
        tickets=tickets.of_incidents(tx, [id_])[id_],
        runs=run_rows.of_incidents(tx, [id_])[id_],
        ways=[*_ways(pages.of_incidents(tx, [id_])[id_], tries.of_incident(tx, id_))],
        letters=[*_letters(customers.of_incidents(tx, [id_]))],
        story=[(line.at, told(line)) for line in reversed(lines[-SHOWN_LINES:])],
        lines=len(lines),
        major=majors.of(tx, id_),
    )


def _ways(sent: Sequence[Delivery], tried: Mapping[str, Sequence[Try]]) -> Iterator[_Way]:
    """Forty rounds of a long night are a line for each way, not forty."""
    grouped: dict[tuple[str, str], list[Delivery]] = {}
    for page in sent:
        grouped.setdefault((page.person, page.method), []).append(page)
    for (person, method), its in grouped.items():
        counts = Counter(page.state for page in its)
        words = ", ".join(f"{count} {state}" for state, count in counts.items())
        said = [one for page in its for one in tried.get(page.key, ())]
        last = max(said, key=lambda one: one.at, default=None)
        yield _Way(person, method, words, last)


def _letters(sent: Sequence[customers.Told]) -> Iterator[_Letters]:
    counts = Counter((one.change, one.brand or "", one.state) for one in sent)
    for (change, brand, state), count in counts.items():
        yield _Letters(change, brand, state, count)


def _place(incident: Incident, inventory: Inventory) -> str:
    server = inventory.servers.get(incident.server or "")
    parts = (server.datacentre, server.rack) if server else ()
    return ", ".join(part for part in parts if part)
