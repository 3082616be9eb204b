"""The doors for alerts: Alertmanager's webhook, and Grafana's."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from alerts.alertmanager import Reading, Readings, Unreadable
from alerts.grafana import signed
from alerts.model import Alert
from responder.config import Sender
from responder.intake import Arrival
from responder.store import quarantine
from responder.web.route import ALERT_LIMIT, Access, Asked, Refused, Route
from responder.world import World


class Doors:
    """What senders may call."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._readings = Readings(ignore=world.ignored_labels)
        self._ignored = world.ignored_labels

    def routes(self) -> list[Route]:
        """Alerts come in here."""
        return [
            Route(
                method,
                "/api/v1/alertmanager",
                self.webhook,
                Access.SENDER,
                "Alertmanager's webhook (version 4), and Grafana's",
                gives={200: "stored", 400: "unreadable, in quarantine", 503: "come again"},
                limit=ALERT_LIMIT,
            )
            for method in ("POST", "PUT")
        ]

    async def webhook(self, asked: Asked) -> web.StreamResponse:
        """Durable and decided when the 200 is read."""
        name, sender = self.sender(asked)
        self._verify(asked, sender)
        try:
            reading = self._reader().read(asked.body)
        except Unreadable as error:
            raise await self.quarantined(name, asked.body, str(error)) from None
        await self.take(name, sender, reading)
        return web.Response()

    def _reader(self) -> Readings:
        if self._ignored != self._world.ignored_labels:
            self._ignored = self._world.ignored_labels
            self._readings = Readings(ignore=self._ignored)
        return self._readings

    def sender(self, asked: Asked) -> tuple[str, Sender | None]:
        """Who sends, and what the configuration says of him."""
        name = asked.caller.sender or asked.caller.name
        return name, self._world.live.config.senders.get(name)

    def _verify(self, asked: Asked, sender: Sender | None) -> None:
        if sender is None or sender.signature_file is None:
            return
        good = signed(
            asked.body,
            headers=asked.request.headers,
            secrets=[sender.signature_file.reveal()],
            signature_header=sender.signature_header,
            timestamp_header=sender.timestamp_header,
            now=self._world.clock.now(),
        )
        if not good:
            self._world.metrics.refused(asked.caller.name, "auth")
            raise Refused(
                401, "auth", f"the signature in {sender.signature_header} does not fit the body"
            )

    async def take(self, name: str, sender: Sender | None, reading: Reading) -> None:
        """Durable when this returns; raises StoreUnavailable."""
        reading = await self._watchdog(name, sender, reading)
        await self._world.reception.take(Arrival(name, reading))
        self._count(name, reading)

    async def _watchdog(self, name: str, sender: Sender | None, reading: Reading) -> Reading:
        """Alerts that must always fire are signs of life, not trouble: taken out, and their time
        noted.
        """
        if sender is None or sender.watchdog is None:
            return reading
        labels = sender.watchdog.labels
        signs = [alert for alert in reading.alerts if _has(alert, labels)]
        if not signs:
            return reading
        await self._world.vitals.sign(f"watchdog:{name}", good=all(alert.firing for alert in signs))
        rest = tuple(alert for alert in reading.alerts if not _has(alert, labels))
        return replace(reading, alerts=rest)

    async def quarantined(self, name: str, body: bytes, why: str) -> Refused:
        """Keep what nobody can read; the refusal to raise."""
        now = self._world.clock.now()
        await self._world.store.write(quarantine.keep_body, name, body, reason=why, now=now)
        self._world.metrics.refused(name, "unreadable")
        return Refused(400, "unreadable", f"{why}; it is kept in quarantine")

    def _count(self, name: str, reading: Reading) -> None:
        metrics = self._world.metrics
        firing = sum(1 for alert in reading.alerts if alert.firing)
        if firing:
            metrics.received.labels(name, "firing").inc(firing)
        if ended := len(reading.alerts) - firing:
            metrics.received.labels(name, "resolved").inc(ended)
        metrics.sender_seen.labels(name).set_to_current_time()
        if reading.refused:
            metrics.rejected.labels(name, "unreadable").inc(len(reading.refused))
        if reading.truncated:
            metrics.truncated.labels(name).inc()
            self._world.ask_for_the_rest(name)


def _has(alert: Alert, labels: Mapping[str, str]) -> bool:
    return all(alert.labels.get(name) == value for name, value in labels.items())
