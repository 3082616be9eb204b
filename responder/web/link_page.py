"""The page behind a signed link: what is wrong, who has it, and one button to take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from alerts.inventory import Inventory
from alerts.model import person
from responder import acts
from responder.acts import Done
from responder.links import BadLink, Grant, OldLink
from responder.plan import Plan
from responder.store import StoreUnavailable, Tx, logs, pages
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.story import told
from responder.values import Episode, Incident, IncidentState
from responder.web.pages import Pages
from responder.web.route import Access, Asked, Route
from responder.world import World

SHOWN_ALERTS = 8
SHOWN_LINES = 12
_SEEN = {200: "the page", 403: "no link of ours", 410: "too old, or of an earlier episode"}
_TAKEN = {303: "yours, or whose it is", 403: "no link of ours", 410: "too old", 503: "press again"}


class _Unusable(Exception):
    """The link was ours, but there is nothing to be done with it: status, title and words."""

    def __init__(self, status: int, title: str, words: str) -> None:
        super().__init__(title)
        self.status, self.title, self.words = status, title, words


@dataclass(frozen=True, slots=True)
class _View:
    """All that the page shows."""

    incident: Incident
    alerts: Sequence[Episode]
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
        ]

    async def show(self, asked: Asked) -> web.Response:
        try:
            grant = self._grant(asked)
            view = await self._world.store.read(_view, grant)
        except _Unusable as end:
            return self._refused(end)
        except StoreUnavailable:
            return self._refused(_busy())
        inventory = self._world.live.plan.inventory
        return self._pages.page(
            "link.html",
            root="../",
            incident=view.incident,
            person=grant.person,
            mine=_is_his(view.incident, grant),
            place=_place(view.incident, inventory),
            alerts=view.alerts[:SHOWN_ALERTS],
            firing=len(view.alerts),
            ticket=view.ticket,
            story=view.story,
            now=self._world.clock.now(),
        )

    async def take(self, asked: Asked) -> web.Response:
        """Acknowledge as the link's person, then show; pressed again it changes nothing."""
        world = self._world
        try:
            grant = self._grant(asked)
            done = await world.store.write(
                _acknowledge, grant, plan=world.live.plan, now=world.clock.now()
            )
        except _Unusable as end:
            return self._refused(end)
        except StoreUnavailable:
            return self._refused(_busy())
        world.follow(done.saved)
        return web.Response(status=303, headers={"Location": asked.request.match_info["token"]})

    def _grant(self, asked: Asked) -> Grant:
        """What the link lets its holder do. Raises _Unusable."""
        try:
            grant = self._world.links.read(asked.part("token"), now=self._world.clock.now())
        except OldLink:
            words = "A link is good for 24 hours. Look for a newer message, or ask the team."
            raise _Unusable(410, "This link is too old", words) from None
        except BadLink:
            words = "It may have been cut in half on its way: open it from the message again."
            raise _Unusable(403, "This is no link of ours", words) from None
        if grant.person not in self._world.live.config.people:
            words = f"{grant.person} is not on the team any more."
            raise _Unusable(403, "This link is of no use any more", words)
        return grant

    def _refused(self, end: _Unusable) -> web.Response:
        return self._pages.page(
            "refused.html", status=end.status, root="../", title=end.title, words=end.words
        )


def _view(tx: Tx, grant: Grant) -> _View:
    incident = _incident(tx, grant)
    lines = logs.read(tx, "incident", incident.id)
    return _View(
        incident=incident,
        alerts=alert_rows.firing_of(tx, [incident.id]),
        ticket=pages.ticket_of(tx, incident.id),
        story=[(line.at, told(line)) for line in reversed(lines[-SHOWN_LINES:])],
    )


def _acknowledge(tx: Tx, grant: Grant, *, plan: Plan, now: datetime) -> Done:
    incident = _incident(tx, grant)
    return acts.acknowledge(
        tx, id_=incident.id, actor=person(grant.person), via="link", plan=plan, now=now
    )


def _incident(tx: Tx, grant: Grant) -> Incident:
    """The incident, while the link is about what happens now. Raises _Unusable."""
    found = incident_rows.by_ids(tx, [grant.incident])
    if not found:
        raise _Unusable(410, "This incident is gone", "It is not known here any more.")
    if found[0].episode != grant.episode:
        words = "It was over and has come back since. Open the link in the newest message."
        raise _Unusable(410, "This link is about an earlier episode", words)
    return found[0]


def _is_his(incident: Incident, grant: Grant) -> bool:
    taken = incident.state is IncidentState.ACKNOWLEDGED
    return taken and incident.acknowledged_by == grant.person


def _place(incident: Incident, inventory: Inventory) -> str:
    server = inventory.servers.get(incident.server or "")
    parts = (server.datacentre, server.rack) if server else ()
    return ", ".join(part for part in parts if part)


def _busy() -> _Unusable:
    return _Unusable(503, "It could not be stored", "Go back and press the button again.")
