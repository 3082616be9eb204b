"""Rows to begin with: an incident, an alert, a page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from alerts.model import Category, Priority
from responder.store import incidents
from responder.values import Effect, EffectKind, Episode, Incident, IncidentState

NOW = datetime(2026, 11, 21, 3, 10, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def incident(number: int = 1, **more: Any) -> Incident:
    """An open critical incident about a server of its own."""
    one = Incident(
        id=number,
        ref=f"x-{number}",
        key=f"server:web{number}",
        title=f"web{number} is down",
        category=Category.CRITICAL,
        priority=Priority.CRITICAL,
        state=IncidentState.OPEN,
        rule="severity critical",
        opened_at=NOW,
        changed_at=NOW,
        server=f"web{number}",
        page_at=NOW + 5 * MINUTE,
    )
    return replace(one, **more)


def stored(tx: Connection, *numbers: int, **more: Any) -> list[Incident]:
    """Incidents with these numbers, in the store."""
    ones = [incident(number, **more) for number in numbers or (1,)]
    incidents.add(tx, ones)
    return ones


def episode(number: int = 1, **more: Any) -> Episode:
    """An alert that fires."""
    one = Episode(
        id=number,
        source="am",
        identity=f"identity-{number}",
        fingerprints=(f"print-{number}",),
        labels={"alertname": "HostDown", "instance": f"web{number}"},
        annotations={"summary": "no answer"},
        starts_at=NOW,
        seen_at=NOW,
        incident=1,
        server=f"web{number}",
        generator_url="http://127.0.0.1/graph",
        group_key="{}:{}",
        told="all of it",
    )
    return replace(one, **more)


def page(person: str = "ana", *, number: int = 1, **more: Any) -> Effect:
    """A page of the first round."""
    told = {"place": 0, "event": "opened", "step": 0, "episode": 1, "method": "email", **more}
    key = "/".join(
        map(str, (number, told["episode"], told["event"], told["step"], person, told["place"]))
    )
    return Effect(key, EffectKind.PAGE, number, {"person": person, **told})
