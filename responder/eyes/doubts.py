"""Where the store says something else than we have told: who is right is seen by looking again."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from alerts.model import Alert
from responder.eyes.beliefs import Beliefs

Told = dict[str, dict[str, Alert]]  # by host, by identity
ASK_EVERY = timedelta(seconds=30)


class Doubts:
    """While a machine moves from one member to another both look at it, and each remembers only
    what it has told itself: an alert of the other one would fire for ever, or one that the other
    has ended would never be told again.
    """

    def __init__(self, beliefs: Beliefs) -> None:
        self._beliefs = beliefs
        self._since: dict[str, datetime] = {}
        self._asked: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Is it time to ask the store again?"""
        return self._asked is None or now - self._asked >= ASK_EVERY

    def settled(self, told: Told, stored: Told, *, now: datetime) -> set[str]:
        """The hosts of ours that must be judged by what is `stored`: whatever the alerts in doubt
        are about was looked at since the doubt began, and is known for sure.
        """
        hosts = self._beliefs.hosts()
        differing = {one: _differing(told.get(one, {}), stored.get(one, {})) for one in hosts}
        doubted = {host: alerts for host, alerts in differing.items() if alerts}
        self._asked = now
        self._since = {host: self._since.get(host, now) for host in doubted}
        return {
            host
            for host, alerts in doubted.items()
            if all(self._is_known(host, one, since=self._since[host]) for one in alerts)
        }

    def _is_known(self, host: str, alert: Alert, *, since: datetime) -> bool:
        look = alert.labels.get("probe")
        keys = [look] if look else self._beliefs.opinions_of(host) or self._beliefs.keys_of(host)
        return all(self._beliefs.is_sure(one, since=since) for one in keys)


def _differing(told: Mapping[str, Alert], stored: Mapping[str, Alert]) -> Collection[Alert]:
    return [(told.get(one) or stored[one]) for one in told.keys() ^ stored.keys()]
