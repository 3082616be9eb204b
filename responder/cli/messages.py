"""A sender's message out of a file: a webhook's body, a list of the API v2, or a single alert."""

import json
from dataclasses import dataclass
from datetime import datetime

from alerts.alertmanager import Reading, Unreadable, parse, read_webhook
from alerts.api_v2 import read_posted
from alerts.moments import read_moment
from alerts.settings import AlertSettings


@dataclass(frozen=True, slots=True)
class Message:
    """A message and when it came, None where nobody noted that."""

    reading: Reading
    at: datetime | None = None


def read(body: bytes, *, settings: AlertSettings, now: datetime) -> Reading:
    """The alerts in a body of any of these shapes. Raises Unreadable."""
    told = parse(body).value
    ignore = frozenset(settings.ignore_labels)
    if isinstance(told, dict) and "alerts" in told:
        return read_webhook(body, ignore=ignore)
    listed = body if isinstance(told, list) else b"[" + body + b"]"
    return read_posted(listed, ignore=ignore, now=now, resolve_after=settings.resolve_after)


def read_noted(line: bytes, *, settings: AlertSettings, now: datetime) -> Message:
    """A line of a log of messages: a body, or `{"at": TIME, "body": BODY}`. Raises Unreadable.

    Where no time was noted it is the latest one that an alert of a webhook's body speaks of.
    """
    told = parse(line).value
    if isinstance(told, dict) and "body" in told:
        at = _noted(told.get("at"))
        body = json.dumps(told["body"]).encode()
        return Message(read(body, settings=settings, now=at or now), at)
    reading = read(line, settings=settings, now=now)
    spoken = [alert.starts_at if alert.firing else alert.ends_at for alert in reading.alerts]
    moments = [moment for moment in spoken if moment is not None]
    return Message(reading, None if isinstance(told, list) else max(moments, default=None))


def _noted(told: object) -> datetime | None:
    if told is None:
        return None
    try:
        return read_moment(str(told))
    except ValueError as error:
        raise Unreadable(f"at: {error}") from None
