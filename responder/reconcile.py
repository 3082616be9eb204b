"""Asks each known Alertmanager what is true: what was lost on the way is caught here."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import structlog
from yarl import URL

from alerts.alertmanager import Reading, Unreadable
from alerts.api_v2 import read_posted
from alerts.heartbeat import is_watchdog
from playbooks.client import call, refusal
from playbooks.outside import OutsideError
from responder.clock import Clock
from responder.config import Sender
from responder.intake import Arrival, Taken, reconcile
from responder.live import Live
from responder.store import Store

log = structlog.get_logger(__name__)

LIMIT = 64 << 20  # bytes of a whole list of alerts


class Reconciler:
    """At start and every five minutes: `GET /api/v2/alerts` of every sender that has a `url`."""

    def __init__(
        self,
        store: Store,
        live: Live,
        session: aiohttp.ClientSession,
        *,
        clock: Clock,
        hold: Callable[[str, timedelta], Awaitable[bool]],
        counted: Callable[[str, str], None],
        taken: Callable[[Taken], None],
    ) -> None:
        self._store = store
        self._live = live
        self._session = session
        self._clock = clock
        self._hold = hold
        self._counted = counted
        self._taken = taken

    async def turn(self) -> None:
        """One look at each; a source that can't be asked changes nothing (trap 24)."""
        if not await self._hold("reconcile", timedelta(seconds=60)):
            return
        for name, sender in self._live.config.senders.items():
            if sender.url is None:
                continue
            try:
                await self._look(name, sender)
            except (OutsideError, Unreadable) as error:
                self._counted(name, "failed")
                log.warning("reconcile_failed", sender=name, error=str(error))
            else:
                self._counted(name, "done")

    async def _look(self, name: str, sender: Sender) -> None:
        asked_at = self._clock.now()
        reading, alive = await self._ask(name, sender)
        taken = await self._store.write(
            reconcile,
            source=name,
            arrival=Arrival(name, reading),
            alive=alive,
            seen_before=asked_at,
            plan=self._live.plan,
            now=self._clock.now(),
        )
        self._taken(taken)

    async def _ask(self, name: str, sender: Sender) -> tuple[Reading, frozenset[str]]:
        """What fires and is told, and the identities of all that fires, muted there or not."""
        headers: dict[str, str] = {}
        if sender.url_token_file is not None:
            headers["Authorization"] = f"Bearer {sender.url_token_file.reveal()}"
        url = URL(f"{str(sender.url).rstrip('/')}/api/v2/alerts")
        if sender.receiver is not None:
            url = url.with_query(receiver=f"^(?:{re.escape(sender.receiver)})$")
        what = f"the Alertmanager {name}"
        answer = await call(self._session, "GET", url, what=what, headers=headers, limit=LIMIT)
        if answer.status != 200:
            raise refusal(answer)
        listed = answer.json()
        if not isinstance(listed, list):
            raise Unreadable("the list of alerts is none")
        told = [one for one in listed if _state(one) == "active"]
        everything, active = self._read(listed, sender), self._read(told, sender)
        return active, frozenset(alert.identity for alert in everything.alerts)

    def _read(self, listed: list[Any], sender: Sender) -> Reading:
        alerts = self._live.plan.alerts
        reading = read_posted(
            json.dumps(listed).encode(),
            ignore=frozenset(alerts.ignore_labels),
            now=self._clock.now(),
            resolve_after=alerts.resolve_after,
        )
        return _told_by_webhook(reading, sender)


def _told_by_webhook(reading: Reading, sender: Sender) -> Reading:
    """As the webhook would tell it: what fires, without an expiry, and no Watchdog among it."""
    labels = sender.watchdog.labels if sender.watchdog is not None else None
    alerts = (
        replace(alert, ends_at=None)
        for alert in reading.alerts
        if alert.firing and (labels is None or not is_watchdog(alert, labels))
    )
    return replace(reading, alerts=tuple(alerts))


def _state(listed: object) -> str:
    """`active`, or `suppressed` by a silence or an inhibition over there: that one is not told."""
    status = listed.get("status") if isinstance(listed, dict) else None
    return str(status.get("state", "active")) if isinstance(status, dict) else "active"
