"""Alertmanager's API v2: what Prometheus posts to it, and what amtool and Grafana read of it.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml; the words of refusals are
those that Alertmanager 0.25 answered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.alertmanager import Reading, Unreadable, make_alert, parse, read_each
from alerts.matchers import Matcher, all_match, read_matcher
from alerts.model import Alert
from alerts.moments import read_moment, show_moment
from probes.patterns import read_pattern

SPEAKS = "0.28.0"
"""The Alertmanager whose API this is: karma and Grafana choose how to read us by this number."""
RECEIVER = "responder"
CONFIG = f"route:\n  receiver: {RECEIVER}\nreceivers:\n- name: {RECEIVER}\n"


class ApiRefusal(Exception):
    """A request that Alertmanager would refuse: `status` of HTTP, and `answer`, its JSON."""

    def __init__(self, status: int, answer: str | Mapping[str, object]) -> None:
        super().__init__(str(answer))
        self.status = status
        self.answer = answer


def read_posted(
    body: bytes, *, ignore: frozenset[str] = frozenset(), now: datetime, resolve_after: timedelta
) -> Reading:
    """`POST /api/v2/alerts`: a list of alerts, each firing while its `endsAt` lies ahead.

    `ends_at` of a firing alert here says when it ends unless it is told again; where the source
    gave none, that is `resolve_after` from now. Alertmanager answers 400 with the reasons in
    `refused`, joined by "; ", as a JSON text, and keeps the others as we do. Unlike there, a start
    in the future is only a wrong clock, and begins now. Raises Unreadable.
    """
    parsed = parse(body)
    listed = [] if parsed.value is None else parsed.value
    if not isinstance(listed, list):
        raise Unreadable("the body is no list of alerts")
    alerts, refused, cut = read_each(
        listed,
        lambda told: _read_alert(
            told, ignore=ignore, now=now, resolve_after=resolve_after, clean=parsed.clean
        ),
    )
    return Reading(alerts=alerts, refused=refused, cut=cut)


@dataclass(frozen=True, slots=True)
class Query:
    """What a `GET /api/v2/alerts` or `/alerts/groups` wants to see."""

    filters: tuple[Matcher, ...] = ()
    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    receiver: str = ".*"

    def wants(
        self,
        labels: Mapping[str, str],
        *,
        silenced_by: Sequence[str] = (),
        inhibited_by: Sequence[str] = (),
    ) -> bool:
        """True when an alert with these labels, held back by these, is to be shown."""
        if not self.active and not silenced_by and not inhibited_by:
            return False
        if (silenced_by and not self.silenced) or (inhibited_by and not self.inhibited):
            return False
        return read_pattern(self.receiver).matches(RECEIVER) and all_match(self.filters, labels)


def read_query(parameters: Iterable[tuple[str, str]]) -> Query:
    """The query from its parameters, `filter` as often as it stands there; raises ApiRefusal."""
    told = list(parameters)
    single = dict(told)
    try:
        receiver = single.get("receiver", ".*")
        read_pattern(receiver)
        return Query(
            filters=tuple(read_matcher(value) for name, value in told if name == "filter"),
            active=_read_switch(single, "active"),
            silenced=_read_switch(single, "silenced"),
            inhibited=_read_switch(single, "inhibited"),
            receiver=receiver,
        )
    except ValueError as trouble:
        raise ApiRefusal(400, str(trouble)) from None


def alertmanager_fingerprint(labels: Mapping[str, str]) -> str:
    """Alertmanager's own: 64-bit FNV-1a over the sorted labels, each part closed by a byte 0xFF."""
    told = b"".join(
        part.encode("utf-8", "replace") + b"\xff"
        for name in sorted(labels)
        for part in (name, labels[name])
    )
    digest = 0xCBF29CE484222325
    for byte in told:
        digest = (digest ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{digest:016x}"


def show_alert(
    alert: Alert,
    *,
    updated_at: datetime,
    expires_at: datetime,
    silenced_by: Sequence[str] = (),
    inhibited_by: Sequence[str] = (),
    muted_by: Sequence[str] = (),
) -> dict[str, object]:
    """One alert as `GET /api/v2/alerts` gives it.

    `expires_at` stands for the end of an alert that has none (a webhook never says it);
    `inhibited_by` are fingerprints, of Alertmanager's kind; `muted_by` are names of planned work.
    """
    held = bool(silenced_by or inhibited_by or muted_by)
    shown: dict[str, object] = {
        "annotations": dict(alert.annotations),
        "endsAt": show_moment(alert.ends_at or expires_at),
        "fingerprint": alertmanager_fingerprint(alert.labels),
        "receivers": show_receivers(),
        "startsAt": show_moment(alert.starts_at or updated_at),
        "status": {
            "inhibitedBy": list(inhibited_by),
            "mutedBy": list(muted_by),
            "silencedBy": list(silenced_by),
            "state": "suppressed" if held else "active",
        },
        "updatedAt": show_moment(updated_at),
    }
    if alert.generator_url:  # Alertmanager leaves it out where the source gave none
        shown["generatorURL"] = alert.generator_url
    return shown | {"labels": dict(alert.labels)}


def show_group(
    labels: Mapping[str, str], alerts: Iterable[Mapping[str, object]]
) -> dict[str, object]:
    """One group of `GET /api/v2/alerts/groups`, from alerts that show_alert made."""
    return {"alerts": list(alerts), "labels": dict(labels), "receiver": {"name": RECEIVER}}


def show_receivers() -> list[dict[str, str]]:
    """`GET /api/v2/receivers`: there is one, us."""
    return [{"name": RECEIVER}]


def show_status(*, started_at: datetime, version: str) -> dict[str, object]:
    """`GET /api/v2/status`, of a single instance; `version` is the responder's own."""
    return {
        "cluster": {"peers": [], "status": "disabled"},
        "config": {"original": CONFIG},
        "uptime": show_moment(started_at),
        "versionInfo": {
            "branch": "rapid-responder",
            "buildDate": "",
            "buildUser": "",
            "goVersion": "",
            "revision": version,
            "version": SPEAKS,
        },
    }


def _read_alert(
    told: object, *, ignore: frozenset[str], now: datetime, resolve_after: timedelta, clean: bool
) -> tuple[Alert, int]:
    if not isinstance(told, dict):
        raise Unreadable("the alert is no object")
    if told.get("labels") is None:
        raise Unreadable("labels in body is required")
    starts_at = _read_time(told, "startsAt")
    ends_at = _read_time(told, "endsAt")
    if starts_at and ends_at and ends_at < starts_at:
        raise Unreadable("start time must be before end time")
    expires_at = ends_at or now + resolve_after
    alert, cut = make_alert(
        told,
        firing=expires_at > now,
        starts_at=min(starts_at or ends_at or now, now),
        ends_at=expires_at,
        ignore=ignore,
        clean=clean,
    )
    if not alert.labels:
        raise Unreadable("at least one label pair required")
    if "" in alert.labels:
        raise Unreadable('invalid label set: invalid name ""')
    return alert, cut


def _read_time(told: Mapping[str, object], name: str) -> datetime | None:
    text = told.get(name)
    if text is None:
        return None
    try:
        return read_moment(text if isinstance(text, str) else repr(text))
    except ValueError as trouble:
        raise Unreadable(f"{name}: {trouble}") from None


def _read_switch(parameters: Mapping[str, str], name: str) -> bool:
    text = parameters.get(name, "true").lower()
    if text not in {"true", "1", "false", "0"}:
        message = f'{name} in query must be of type boolean: "{text[:200]}"'
        raise ApiRefusal(422, {"code": 601, "message": message})
    return text in {"true", "1"}
