"""The page behind a signed link: what is wrong, who has it, and one button to take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from alerts.inventory import Inventory
from alerts.model import person
from responder import acts
from responder.acts import Done
from responder.links import Grant, pressed
from responder.plan import Plan
from responder.store import Tx, logs, pages
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.story import begun, told
from responder.values import Episode, Incident, IncidentState
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Route
from responder.web.signed import Unusable, answered, granted, said
from responder.world import World

SHOWN_ALERTS = 8
SHOWN_LINES = 12
_OLD = "A link is good for 24 hours. Look for a newer message, or ask the team."
_SEEN = {200: "the page", 403: "no link of ours", 410: "too old, or of an earlier episode"}
_PRESSED = {
    200: "yours, or nothing needs to be acknowledged",
    403: "no link of ours",
    409: "somebody else has it",
    410: "too old, or of an earlier episode",
    503: "press again",
}
_TAKEN = {303: "yours, or whose it is", 403: "no link of ours", 410: "too old", 503: "press again"}


@dataclass(frozen=True, slots=True)
class _View:
    """All that the page shows."""

    incident: Incident
    alerts: Sequence[Episode]
    since: datetime  # this episode
    ticket: str
    story: Sequence[tuple[datetime, str]]


class LinkPage:
    """Nobody logs in here: the signature in the address is the proof, for one incident and person.

    That is why another site cannot press the button in somebody's name: no cookie goes along, and
    it would have to know the address. Mail scanners and previews follow links with GET; that
    changes nothing.
    """

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """GET shows, POST acts."""
        path = "/a/{token}"
        return [
            Route("GET", path, self.show, Access.OPEN, "What is wrong, for a person", gives=_SEEN),
            Route("POST", path, self.take, Access.OPEN, "Acknowledge it", gives=_TAKEN, limit=1024),
            Route(
                "POST", pressed(path), self.press, Access.OPEN,
                "Acknowledge it by a button in a message", gives=_PRESSED, limit=1024,
            ),
        ]  # fmt: skip

    async def show(self, asked: Asked) -> web.StreamResponse:
        return await answered(self._pages, self._shown(asked))

    async def take(self, asked: Asked) -> web.StreamResponse:
        """Acknowledge as the link's person, then show; pressed again it changes nothing."""
        return await answered(self._pages, self._taken(asked))

    async def press(self, asked: Asked) -> web.StreamResponse:
        """The same for an app that sends a bare POST and shows nobody a page (ntfy's buttons)."""
        return await said(self._pressed(asked))

    async def _shown(self, asked: Asked) -> web.Response:
        grant = self._grant(asked)
        view = await self._world.store.read(_view, grant)
        inventory = self._world.live.plan.inventory
        return self._pages.page(
            "link.html",
            root="../",
            incident=view.incident,
            person=grant.person,
            mine=_is_his(view.incident, grant),
            place=_place(view.incident, inventory),
            brands=_brands(view.incident, inventory),
            alerts=view.alerts[:SHOWN_ALERTS],
            firing=len(view.alerts),
            since=view.since,
            ticket=view.ticket,
            story=view.story,
            now=self._world.clock.now(),
        )

    async def _taken(self, asked: Asked) -> web.Response:
        await self._take(self._grant(asked), via="link")
        return web.Response(status=303, headers={"Location": asked.request.match_info["token"]})

    async def _pressed(self, asked: Asked) -> str:
        grant = self._grant(asked)
        incident = await self._take(grant, via="button")
        if incident.state is not IncidentState.ACKNOWLEDGED:
            return f"nothing needs to be acknowledged: it is {incident.state}"
        if not _is_his(incident, grant):
            words = "Open the link to see how it stands."
            raise Unusable(409, f"{incident.acknowledged_by} has it, and was first", words)
        return "you have it"

    async def _take(self, grant: Grant, *, via: str) -> Incident:
        """Raises Unusable."""
        world = self._world
        done = await world.store.write(
            _acknowledge, grant, via=via, plan=world.live.plan, now=world.clock.now()
        )
        world.follow(done.saved)
        return done.incident

    def _grant(self, asked: Asked) -> Grant:
        """Raises Unusable."""
        world, token = self._world, asked.part("token")
        return granted(
            lambda: world.links.read(token, now=world.clock.now()),
            people=world.live.config.people,
            too_old=Unusable(410, "This link is too old", _OLD),
        )


def _view(tx: Tx, grant: Grant) -> _View:
    incident = _incident(tx, grant)
    lines = logs.read(tx, "incident", incident.id)
    return _View(
        incident=incident,
        alerts=alert_rows.firing_of(tx, [incident.id]),
        since=begun(lines, otherwise=incident.opened_at),
        ticket=pages.ticket_of(tx, incident.id),
        story=[(line.at, told(line)) for line in reversed(lines[-SHOWN_LINES:])],
    )


def _acknowledge(tx: Tx, grant: Grant, *, via: str, plan: Plan, now: datetime) -> Done:
    incident = _incident(tx, grant)
    return acts.acknowledge(
        tx, id_=incident.id, actor=person(grant.person), via=via, plan=plan, now=now
    )


def _incident(tx: Tx, grant: Grant) -> Incident:
    """The incident, while the link is about what happens now. Raises Unusable."""
    found = incident_rows.by_ids(tx, [grant.incident])
    if not found:
        raise Unusable(410, "This incident is gone", "It is not known here any more.")
    if found[0].episode != grant.episode:
        words = "It was over and has come back since. Open the link in the newest message."
        raise Unusable(410, "This link is about an earlier episode", words)
    return found[0]


def _is_his(incident: Incident, grant: Grant) -> bool:
    taken = incident.state is IncidentState.ACKNOWLEDGED
    return taken and incident.acknowledged_by == grant.person


def _brands(incident: Incident, inventory: Inventory) -> str:
    """Whose customers it hurts."""
    own = (incident.brand,) if incident.brand else ()
    return ", ".join(dict.fromkeys((*own, *inventory.brands_on(incident.key))))


def _place(incident: Incident, inventory: Inventory) -> str:
    server = inventory.servers.get(incident.server or "")
    parts = (server.datacentre, server.rack) if server else ()
    return ", ".join(part for part in parts if part)
