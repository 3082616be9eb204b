"""Alerts come in: messages become episodes and incidents, many in one transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from responder.batch import Arrival, Batch, Taken
from responder.plan import Plan
from responder.store import Tx, quarantine
from responder.store import alerts as rows
from responder.values import AlertEnd

__all__ = ["Arrival", "Taken", "end_expired", "reconcile", "take"]


def take(tx: Tx, *, arrivals: Sequence[Arrival], plan: Plan, now: datetime) -> Taken:
    """Everything that these messages say, decided and stored; asked again with the same it changes
    nothing.
    """
    batch = Batch(tx, plan, now=now)
    batch.load(arrivals)
    for arrival in arrivals:
        batch.take(arrival)
        quarantine.keep(tx, arrival.source, arrival.reading.refused, now=now)
        _tell_whole(batch, arrival)
    return Taken(batch.save(), **batch.counts)


def end_expired(tx: Tx, *, plan: Plan, now: datetime) -> Taken:
    """Alerts posted to the API that nobody has told again in time are over."""
    batch = Batch(tx, plan, now=now)
    for episode in rows.expired(tx, now=now):
        batch.stored.add(episode.id)
        batch.end(episode, AlertEnd.EXPIRED, at=episode.expires_at or now)
    return Taken(batch.save(), **batch.counts)


def reconcile(
    tx: Tx,
    *,
    source: str,
    arrival: Arrival,
    alive: Collection[str],
    seen_before: datetime,
    plan: Plan,
    now: datetime,
) -> Taken:
    """What a source's own API says: opens what was missed, ends what it forgot, frees held groups.

    `alive` are the identities of all that fires there, muted or not. Episodes told after
    `seen_before` (when we asked) are left alone: the list may be older than they are.
    """
    batch = Batch(tx, plan, now=now)
    batch.load([arrival])
    batch.take(arrival)
    for episode in rows.all_firing(tx, source=source):
        batch.stored.add(episode.id)
        if episode.identity not in alive and episode.seen_at < seen_before:
            batch.end(episode, AlertEnd.FORGOT, at=now)
    batch.release(source, [group for origin, group in batch.groups() if origin == source])
    return Taken(batch.save(), **batch.counts)


def _tell_whole(batch: Batch, arrival: Arrival) -> None:
    group = arrival.reading.group_key
    if group and not arrival.reading.truncated and (arrival.source, group) in batch.groups():
        batch.release(arrival.source, [group])
