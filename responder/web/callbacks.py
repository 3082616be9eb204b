"""The door for what people do in PagerDuty: whoever takes an alarm there has taken it here."""

from datetime import datetime

import structlog
from aiohttp import web

from alerts.model import person
from playbooks.plain import short_key
from responder import acts
from responder.board import Saved
from responder.paging.pagerduty_hooks import SIGNATURE, Deed, Unreadable, deed_of, genuine, known_as
from responder.plan import Plan
from responder.secrets import SecretUnreadable
from responder.store import Tx, logs
from responder.store import incidents as incident_rows
from responder.values import Incident, IncidentState
from responder.web.route import Access, Asked, Refused, Route
from responder.world import World

PATH = "/callbacks/pagerduty"
LIMIT = 300 << 10  # PagerDuty drops what is larger than 256 KB
_VIA = "PagerDuty"
_LATER = ("acknowledged", "escalated", "playbook_needs")
_GIVES = {
    204: "taken, or nothing to be done",
    400: "no webhook of PagerDuty's",
    403: "not signed with paging.pagerduty.webhook_secret_file",
}

log = structlog.get_logger(__name__)


class Callbacks:
    """Nobody logs in here: PagerDuty signs the raw body. It sends the same again when we are slow,
    so that a repeat changes nothing.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """PagerDuty's webhook subscription leads here."""
        summary = "An alarm was answered in PagerDuty (its webhooks, version 3)"
        return [
            Route("POST", PATH, self.pagerduty, Access.OPEN, summary, gives=_GIVES, limit=LIMIT)
        ]

    async def pagerduty(self, asked: Asked) -> web.StreamResponse:
        """Durable when the 204 is read."""
        self._verify(asked)
        try:
            deed = deed_of(asked.body)
        except Unreadable as error:
            raise self._refused(400, "form", str(error)) from None
        if deed is not None:
            await self._take(deed)
        return web.Response(status=204)

    async def _take(self, deed: Deed) -> None:
        world = self._world
        accounts = {name: one.accounts for name, one in world.live.config.people.items()}
        who = known_as(deed, accounts)
        now = world.clock.now()
        saved = await world.store.write(_answer, deed, who=who, plan=world.live.plan, now=now)
        if saved is None:
            log.info("callback_passed_over", alarm=deed.alarm, deed=deed.what, person=who)
            return
        log.info("page_answered", person=who, via=_VIA)
        world.follow(saved)

    def _verify(self, asked: Asked) -> None:
        """Raises Refused."""
        header = asked.request.headers.get(SIGNATURE)
        if header is None:
            raise self._refused(400, "form", f"no webhook of PagerDuty: it has no {SIGNATURE}")
        secret = self._world.live.config.paging.pagerduty.webhook_secret_file
        try:
            secrets = secret.each() if secret else ()
        except SecretUnreadable as trouble:
            log.error("token_unreadable", reason=str(trouble))
            raise self._refused(503, "token", "come again later") from None
        if not genuine(asked.body, header, secrets):
            words = "not signed with the secret of paging.pagerduty.webhook_secret_file"
            raise self._refused(403, "signature", words)

    def _refused(self, status: int, reason: str, words: str) -> Refused:
        self._world.metrics.callback_refused(reason)
        return Refused(status, reason, words)


def _answer(tx: Tx, deed: Deed, *, who: str, plan: Plan, now: datetime) -> Saved | None:
    """None when it is no news: another episode, taken already, or brought a second time."""
    incident = _of_alarm(tx, deed.alarm)
    if incident is None or incident.state is not IncidentState.OPEN or _is_old(tx, deed, incident):
        return None
    words = "resolved there" if deed.what == "resolved" else ""
    done = acts.acknowledge(
        tx, id_=incident.id, actor=person(who), words=words, via=_VIA, plan=plan, now=now
    )
    return done.saved


def _of_alarm(tx: Tx, alarm: str) -> Incident | None:
    """The incident whose alarm of this very episode it is; questions have alarms of their own."""
    ref, _, episode = alarm.rpartition("/")
    found = incident_rows.by_ref(tx, ref) if ref else None
    return found if found and short_key(f"{ref}/{found.episode}") == alarm and episode else None


def _is_old(tx: Tx, deed: Deed, incident: Incident) -> bool:
    """Did it happen before an answer that has lapsed since, or before more people were asked?"""
    lines = logs.read(tx, "incident", incident.id)
    return any(line.at >= deed.at for line in lines if line.kind in _LATER)
