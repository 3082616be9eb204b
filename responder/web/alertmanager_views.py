"""Our alerts and silences as Alertmanager's API v2 shows them; read beside the loop."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.api_silences import show_silence
from alerts.api_v2 import Query, alertmanager_fingerprint, show_alert, show_group
from alerts.matchers import Matcher
from alerts.model import Alert
from alerts.quiet import Subject
from alerts.silences import Silence, has_matchers, in_order
from responder.mutes import Mutes
from responder.plan import Plan
from responder.store import Tx, quiet
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.values import Episode, Incident

AT_ONCE = 10_000  # incidents asked for in one statement


@dataclass(frozen=True, slots=True)
class _Held:
    """What holds back the messages about one alert, in Alertmanager's words."""

    silenced_by: Sequence[str]
    inhibited_by: Sequence[str]
    muted_by: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Shown:
    """One alert that fires, as it is shown, and its incident."""

    incident: int
    json: Mapping[str, object]


def alerts(tx: Tx, query: Query, *, plan: Plan, now: datetime) -> str:
    """`GET /api/v2/alerts`: every alert that fires, whatever door it came by.

    Two sources that tell the same labels tell one alert, as in Alertmanager.
    """
    shown = {str(one.json["fingerprint"]): one.json for one in _shown(tx, query, plan, now=now)}
    return json.dumps([shown[fingerprint] for fingerprint in sorted(shown)])


def groups(tx: Tx, query: Query, *, plan: Plan, now: datetime) -> str:
    """`GET /api/v2/alerts/groups`: a group is what we hold for one trouble, an incident."""
    grouped: dict[int, list[Mapping[str, object]]] = {}
    for one in _shown(tx, query, plan, now=now):
        grouped.setdefault(one.incident, []).append(one.json)
    return json.dumps([show_group({"incident": str(id_)}, grouped[id_]) for id_ in sorted(grouped)])


def silences(tx: Tx, wanted: Collection[Matcher], *, now: datetime) -> str:
    """`GET /api/v2/silences`: those of the last 120 hours too."""
    known = quiet.silences(tx, now=now, ended=True)
    listed = [one for one in in_order(known, now) if has_matchers(one, wanted)]
    return json.dumps([show_silence(one, now=now) for one in listed])


def silence(tx: Tx, id_: str, *, now: datetime) -> Silence | None:
    """The silence of this id, if it is not long over."""
    known = quiet.silences(tx, now=now, ended=True)
    return next((one for one in known if one.id == id_), None)


def _shown(tx: Tx, query: Query, plan: Plan, *, now: datetime) -> Iterator[_Shown]:
    firing = alert_rows.all_firing(tx)
    incidents = _incidents(tx, {one.incident for one in firing})
    wholes = _fingerprints(firing, of={one.parent for one in incidents.values() if one.parent})
    mutes = Mutes(tx, plan, now=now)
    for episode in firing:
        incident = incidents[episode.incident]
        held = _held(episode, incident, mutes, wholes)
        if query.wants(
            episode.labels, silenced_by=held.silenced_by, inhibited_by=held.inhibited_by
        ):
            shown = show_alert(
                _alert(episode),
                updated_at=episode.seen_at,
                expires_at=now + plan.alerts.resolve_after,
                silenced_by=held.silenced_by,
                inhibited_by=held.inhibited_by,
                muted_by=held.muted_by,
            )
            yield _Shown(incident.id, shown)


def _held(
    episode: Episode, incident: Incident, mutes: Mutes, wholes: Mapping[int, Sequence[str]]
) -> _Held:
    subject = Subject(episode.labels, episode.server)
    reasons = mutes.reasons([subject], key=incident.key) if mutes.any() else ()
    kinds = [reason.partition(":") for reason in reasons]
    above = incident.parent
    return _Held(
        silenced_by=[name for kind, _, name in kinds if kind == "silence"],
        # A site incident has no alerts of its own: then its id stands for them.
        inhibited_by=wholes.get(above, [f"incident-{above}"]) if above is not None else [],
        muted_by=[":".join((kind, name)) for kind, _, name in kinds if kind != "silence"],
    )


def _incidents(tx: Tx, ids: Collection[int]) -> dict[int, Incident]:
    ordered = sorted(ids)
    return {
        one.id: one
        for start in range(0, len(ordered), AT_ONCE)
        for one in incident_rows.by_ids(tx, ordered[start : start + AT_ONCE])
    }


def _fingerprints(firing: Sequence[Episode], *, of: Collection[int | None]) -> dict[int, list[str]]:
    """What fires in these incidents, as Alertmanager would call it."""
    found: dict[int, list[str]] = {}
    for episode in firing:
        if episode.incident in of:
            fingerprint = alertmanager_fingerprint(episode.labels)
            found.setdefault(episode.incident, []).append(fingerprint)
    return found


def _alert(episode: Episode) -> Alert:
    return Alert(
        labels=episode.labels,
        annotations=episode.annotations,
        firing=True,
        starts_at=episode.starts_at,
        ends_at=episode.expires_at,
        generator_url=episode.generator_url,
        fingerprint=episode.identity,
        identity=episode.identity,
    )
