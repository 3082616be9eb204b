"""Alertmanager's webhook, and Grafana's variant of it, read into alerts."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from pydantic_core import from_json

from alerts.limits import (
    Taken,
    annotations_fit,
    labels_fit,
    take_annotations,
    take_labels,
    take_text,
)
from alerts.model import Alert, digest_labels
from alerts.moments import read_moment

MOST_REFUSED = 1000


class Unreadable(ValueError):
    """The body is no JSON or has not the shape; the message says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One alert of a body that could not be read, as JSON text, and why."""

    raw: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message told.

    `refused` are the alerts that could not be read, while the others were; `truncated` counts those
    that the sender cut off (`max_alerts`); `cut` counts texts that we had to shorten. `reason` is
    `notification_reason` of Alertmanager 0.32 and newer. There is no status of the group: it is
    computed after the sender's cut and would close what still burns.
    """

    alerts: tuple[Alert, ...]
    refused: tuple[Refused, ...] = ()
    truncated: int = 0
    cut: int = 0
    group_key: str = ""
    receiver: str = ""
    version: str = ""
    external_url: str = ""
    reason: str = ""

    @property
    def expires(self) -> dict[str, datetime]:
        """When firing alerts end by themselves, by fingerprint; only the API v2 says so."""
        return {one.fingerprint: one.ends_at for one in self.alerts if one.firing and one.ends_at}


@dataclass(frozen=True, slots=True)
class Parsed:
    """JSON values; `clean` says that no text in them holds NUL or a lone surrogate."""

    value: object
    clean: bool


def parse(body: bytes) -> Parsed:
    """JSON as tolerant as can be: duplicate keys (the last wins), NaN, bad UTF-8, raw newlines.

    Raises Unreadable for what is no JSON, nests too deep or holds an integer of 4,300 digits.
    """
    try:
        return Parsed(from_json(body), clean=b"\\u0000" not in body)
    except ValueError as trouble:
        return _parse_broken(body, str(trouble))


def read_webhook(body: bytes, *, ignore: frozenset[str] = frozenset()) -> Reading:
    """One webhook message: Alertmanager's "4", Grafana's "1", and any later version of that shape.

    https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. Every alert is read by
    its own status; unknown fields are passed over, newer ones may be missing. `ignore` names the
    labels that are no part of an alert's identity. Raises Unreadable.
    """
    parsed = parse(body)
    told = parsed.value
    if not isinstance(told, dict) or "alerts" not in told:
        raise Unreadable("the body is no object with a list of alerts")
    listed = [] if told["alerts"] is None else told["alerts"]  # Go writes an empty list as null
    if not isinstance(listed, list):
        raise Unreadable("the alerts are no list")
    alerts, refused, cut = read_each(
        listed, lambda item: _read_alert(item, ignore=ignore, clean=parsed.clean)
    )
    return Reading(
        alerts=alerts,
        refused=refused,
        truncated=_count(told.get("truncatedAlerts")),
        cut=cut,
        group_key=take_text(told.get("groupKey")),
        receiver=take_text(told.get("receiver")),
        version=take_text(told.get("version")),
        external_url=take_text(told.get("externalURL")),
        reason=take_text(told.get("notification_reason")),
    )


def read_each(
    listed: list[object], read: Callable[[object], tuple[Alert, int]]
) -> tuple[tuple[Alert, ...], tuple[Refused, ...], int]:
    """The alerts that `read` could read, those it found unreadable, and how many texts it cut.

    Of more than a thousand unreadable ones the rest is only counted; raises Unreadable when there
    was not one good alert before.
    """
    alerts: list[Alert] = []
    refused: list[Refused] = []
    cut = beyond = 0
    for item in listed:
        try:
            alert, shortened = read(item)
        except Unreadable as trouble:
            if len(refused) < MOST_REFUSED:
                refused.append(_refuse(item, trouble))
            elif alerts:
                beyond += 1
            else:
                raise Unreadable(f"no alert can be read: {trouble}") from None
        else:
            alerts.append(alert)
            cut += shortened
    if beyond:
        refused.append(Refused("", f"{beyond} more alerts can't be read"))
    return tuple(alerts), tuple(refused), cut


def make_alert(
    told: Mapping[str, object],
    *,
    firing: bool,
    starts_at: datetime | None,
    ends_at: datetime | None,
    ignore: frozenset[str],
    clean: bool,
) -> tuple[Alert, int]:
    """The alert with its labels and annotations within the limits, and how many texts were cut.

    Raises Unreadable when labels or annotations are no objects.
    """
    labels = _take_labels(told.get("labels"), clean=clean)
    notes = _take_annotations(told.get("annotations"), clean=clean)
    fingerprint = identity = digest_labels(labels.texts)
    if not ignore.isdisjoint(labels.texts):
        identity = digest_labels(labels.texts, ignore=ignore)
    alert = Alert(
        labels=labels.texts,
        annotations=notes.texts,
        firing=firing,
        starts_at=starts_at,
        ends_at=ends_at,
        generator_url=take_text(told.get("generatorURL")),
        fingerprint=fingerprint,
        news=digest_labels(notes.texts),
        identity=identity,
    )
    return alert, labels.cut + notes.cut


class Readings:
    """Readings of the latest bodies: senders repeat them word for word (`repeat_interval`).

    Holds readings of at most `limit` bytes of bodies, the latest ones. For one thread only.
    """

    def __init__(self, *, ignore: frozenset[str] = frozenset(), limit: int = 4 << 20) -> None:
        self._ignore = ignore
        self._limit = limit
        self._held = 0
        self._readings: OrderedDict[bytes, tuple[Reading, int]] = OrderedDict()

    def read(self, body: bytes) -> Reading:
        """As read_webhook, and for a body that was read before almost without cost."""
        key = blake2b(body, digest_size=16).digest()
        known = self._readings.get(key)
        if known is not None:
            self._readings.move_to_end(key)
            return known[0]
        reading = read_webhook(body, ignore=self._ignore)
        if len(body) <= self._limit:
            self._keep(key, reading, len(body))
        return reading

    def _keep(self, key: bytes, reading: Reading, size: int) -> None:
        self._readings[key] = reading, size
        self._held += size
        while self._held > self._limit:
            _, (_, dropped) = self._readings.popitem(last=False)
            self._held -= dropped


def _parse_broken(body: bytes, trouble: str) -> Parsed:
    text = body.decode("utf-8-sig", "replace")
    try:
        return Parsed(json.loads(text, strict=False), clean=False)
    except (ValueError, RecursionError):
        raise Unreadable(f"the body is no JSON that can be read: {trouble}") from None


def _read_alert(told: object, *, ignore: frozenset[str], clean: bool) -> tuple[Alert, int]:
    if not isinstance(told, dict):
        raise Unreadable("the alert is no object")
    status = told.get("status")
    firing = status == "firing"
    if not firing and status != "resolved":
        raise Unreadable("the alert's status is neither firing nor resolved")
    return make_alert(
        told,
        firing=firing,
        starts_at=_moment(told.get("startsAt")),
        ends_at=None if firing else _moment(told.get("endsAt")),
        ignore=ignore,
        clean=clean,
    )


def _take_labels(told: object, *, clean: bool) -> Taken:
    if not isinstance(told, dict):
        raise Unreadable("the alert has no labels")
    return Taken(told, 0) if clean and labels_fit(told) else take_labels(told)


def _take_annotations(told: object, *, clean: bool) -> Taken:
    if told is None:
        return Taken({}, 0)
    if not isinstance(told, dict):
        raise Unreadable("the annotations are no object")
    return Taken(told, 0) if clean and annotations_fit(told) else take_annotations(told)


def _refuse(told: object, trouble: Unreadable) -> Refused:
    try:
        return Refused(json.dumps(told), str(trouble))
    except RecursionError:
        return Refused("", "the alert nests too deep")


def _moment(told: object) -> datetime | None:
    """A time of an alert; what can't be read counts as none, for the alert itself is believed."""
    try:
        return read_moment(told) if isinstance(told, str) else None
    except ValueError:
        return None


def _count(told: object) -> int:
    return min(max(told, 0), 1 << 31) if isinstance(told, int) else 0
