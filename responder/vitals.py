"""Signs of life that must come: check-ins of cron jobs, the Watchdog of each sender."""

from collections.abc import Callable, Container, Iterator, Mapping
from datetime import datetime, timedelta

from alerts.alertmanager import Reading
from alerts.heartbeat import Expected, Kind, Missing, judge
from alerts.model import Alert, digest_labels
from responder.clock import Clock
from responder.config import Config, Sender
from responder.intake import Arrival
from responder.live import Live
from responder.reception import Reception
from responder.store import Store, heartbeats, pins
from responder.store import alerts as alert_rows

SOURCE = "responder"  # the sender of alerts that we raise ourselves
LATE = timedelta(minutes=1)
_PINS = {"alertname": "SupportPinsClosed", "severity": "critical"}


class Vitals:
    """Notes signs of life, and raises an alert for each that is missing."""

    def __init__(
        self, store: Store, live: Live, reception: Reception, *, clock: Clock,
        blind: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self._store = store
        self._live = live
        self._reception = reception
        self._clock = clock
        self._blind = blind
        self._up_since = clock.now()

    async def sign(self, key: str, *, good: bool) -> None:
        """A sign came; a bad one (resolved Watchdog, /fail) alarms at the next turn."""
        await self._store.write(heartbeats.sign, key, good=good, now=self._clock.now())

    async def begin(self, key: str) -> None:
        """A job says that it begins; its end must follow."""
        await self._store.write(heartbeats.begin, key, now=self._clock.now())

    async def turn(self) -> None:
        """Raise what is missing, end what is well again. While we are blind nobody can reach us: no
        sign is missed that should have come meanwhile.
        """
        if self._blind():
            self._up_since = self._clock.now()
            return
        wanted = dict(expected(self._live.config))
        pulses = await self._store.read(heartbeats.pulses, [one.key for one in wanted])
        raised = await self._store.read(alert_rows.all_firing, source=SOURCE)
        told = {one.identity for one in raised}
        now = self._clock.now()
        alerts = []
        for one, labels in wanted.items():
            pulse = pulses.get(one.key, heartbeats.Pulse())
            missing = judge(
                one,
                seen_at=pulse.seen_at,
                begun_at=pulse.started_at,
                failed_at=pulse.failed_at,
                up_since=self._up_since,
                now=now,
            )
            identity = digest_labels(labels)
            if (missing is not None) != (identity in told):
                alerts.append(alarm(labels, missing, now=now))
        alerts += await self._guessed_pins(told, now)
        if alerts:
            await self._reception.take(Arrival(SOURCE, Reading(tuple(alerts))))

    async def _guessed_pins(self, told: Container[str], now: datetime) -> list[Alert]:
        """Somebody goes through the accounts: no PIN is taken, and people must know."""
        closed = await self._store.read(pins.closed, now=now)
        if closed == (digest_labels(_PINS) in told):
            return []
        guessed = Missing("pins", now, "too many wrong PINs: none is taken for now")
        return [alarm(_PINS, guessed if closed else None, now=now)]


def expected(config: Config) -> Iterator[tuple[Expected, Mapping[str, str]]]:
    """Every sign that must come, and the labels of the alert that its absence raises."""
    for name, sender in config.senders.items():
        if sender.watchdog is not None:
            one = Expected(f"watchdog:{name}", sender.watchdog.within, LATE, Kind.WATCHDOG)
            yield one, {"alertname": "SenderSilent", "sender": name, "severity": "critical"}
        if sender.kind == "heartbeat" and sender.within is not None:
            yield Expected(name, sender.within, sender.grace), _of_job(name, sender)


def _of_job(name: str, sender: Sender) -> Mapping[str, str]:
    labels = {"alertname": "HeartbeatMissing", "heartbeat": name, "severity": sender.severity}
    return labels | ({"server": sender.server} if sender.server else {})


def alarm(labels: Mapping[str, str], missing: Missing | None, *, now: datetime) -> Alert:
    """The alert that a sign is missing; with None that it is well again."""
    identity = digest_labels(labels)
    about = labels.get("sender") or labels.get("heartbeat") or labels.get("alertname", "")
    return Alert(
        labels=labels,
        annotations={"summary": f"{about}: {missing.reason}"} if missing else {},
        firing=missing is not None,
        starts_at=missing.since if missing else None,
        ends_at=None if missing else now,
        generator_url="",
        fingerprint=identity,
        identity=identity,
    )
