"""Alerts come in: messages become episodes and incidents, many in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.alertmanager import Reading
from alerts.classify import Verdict, classify
from alerts.correlate import candidates, join
from alerts.inventory import Place
from alerts.model import Alert
from alerts.quiet import Subject
from responder import incidents
from responder.board import Board, Saved
from responder.plan import Plan
from responder.steps import Opening, Step
from responder.store import Tx, quarantine, quiet
from responder.store import alerts as rows
from responder.values import AlertEnd, Episode


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message of a sender."""

    source: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: for the metrics, and for those who wait for effects."""

    saved: Saved
    firing: int
    ended: int
    repeated: int
    unknown: int


class _Batch:
    """One transaction's worth of messages (see `take`)."""

    def __init__(self, tx: Tx, plan: Plan, *, now: datetime) -> None:
        self.tx, self.plan, self.now = tx, plan, now
        self.board = Board(tx, plan, now=now)
        self.episodes: dict[tuple[str, str], Episode] = {}
        self.stored: set[int] = set()
        self.changed: dict[int, Episode] = {}
        self.touched: dict[int, tuple[datetime, datetime | None]] = {}
        self.counts = {"firing": 0, "ended": 0, "repeated": 0, "unknown": 0}
        self.last: int | None = None
        self._groups: set[tuple[str, str]] | None = None

    def load(self, arrivals: Sequence[Arrival]) -> None:
        """One statement for all alerts of the batch, one for all incidents that could take the new
        ones.
        """
        identities = {alert.identity for one in arrivals for alert in one.reading.alerts}
        for episode in rows.firing(self.tx, identities):
            self.episodes[episode.source, episode.identity] = episode
            self.stored.add(episode.id)
        fresh = [
            alert
            for one in arrivals
            for alert in one.reading.alerts
            if alert.firing and (one.source, alert.identity) not in self.episodes
        ]
        self.board.load(
            {key for alert in fresh for key in candidates(self._place(alert), alert.identity)}
        )
        ends = {
            alert.identity for one in arrivals for alert in one.reading.alerts if not alert.firing
        }
        self.board.load_ids(
            {one.incident for one in self.episodes.values() if one.identity in ends}
        )

    def take(self, arrival: Arrival) -> None:
        """All alerts of one message, in its order."""
        self._mark_group(arrival)
        for alert in arrival.reading.alerts:
            known = self.episodes.get((arrival.source, alert.identity))
            if alert.firing:
                self._fires(arrival, alert, known)
            elif known is None:
                self.counts["unknown"] += 1
            else:
                self._ends(arrival, alert, known)

    def save(self) -> Saved:
        """Episodes after their incidents: they refer to them."""
        saved = self.board.save()
        fresh = [one for one in self.changed.values() if one.id not in self.stored]
        rows.add(self.tx, fresh)
        rows.change(self.tx, [one for one in self.changed.values() if one.id in self.stored])
        rows.touch(
            self.tx, {id_: seen for id_, seen in self.touched.items() if id_ not in self.changed}
        )
        return saved

    def end(self, episode: Episode, how: AlertEnd, *, at: datetime) -> None:
        """The episode is over: its incident is told."""
        done = replace(episode, fingerprints=(), ends_at=at, ended=how)
        self._keep(done)
        self.episodes.pop((episode.source, episode.identity), None)
        self.counts["ended"] += 1
        incident = self.board.incident(episode.incident)
        if (episode.source, episode.group_key) in self.groups():
            incident = replace(incident, held=f"{episode.source} {episode.group_key}")
        told = {"alert": episode.id, "name": episode.labels.get("alertname", "")}
        self.board.put(
            incidents.ended(
                incident, how, told=told, rules=self.plan.rules, now=self.now,
                parts_down=self.board.wholes.parts_down(incident.id),
            )
        )  # fmt: skip

    def release(self, source: str, groups: Sequence[str]) -> None:
        """These groups have been told in full: what they held may end."""
        quiet.whole(self.tx, source, groups)
        for group in groups:
            self.groups().discard((source, group))
            for id_ in self.board.held_by(f"{source} {group}"):
                free = replace(self.board.incident(id_), held="")
                parts = self.board.wholes.parts_down(id_)
                self.board.put(incidents.settled(Step(free), now=self.now, parts_down=parts))

    def _place(self, alert: Alert) -> Place:
        return self.plan.inventory.find(alert.labels, server_labels=self.plan.alerts.server_labels)

    def _fires(self, arrival: Arrival, alert: Alert, known: Episode | None) -> None:
        if known is None:
            self._opens(arrival, alert)
            return
        self.counts["repeated"] += 1
        same = alert.fingerprint in known.fingerprints and alert.annotations == known.annotations
        if same and arrival.reading.group_key in ("", known.group_key):
            self.touched[known.id] = (self.now, alert.ends_at or known.expires_at)
            return
        prints = (
            known.fingerprints
            if alert.fingerprint in known.fingerprints
            else (*known.fingerprints, alert.fingerprint)
        )
        self._keep(
            replace(
                known, fingerprints=prints, annotations=alert.annotations, seen_at=self.now,
                expires_at=alert.ends_at or known.expires_at, group_key=arrival.reading.group_key or
                known.group_key,
            )
        )  # fmt: skip

    def _opens(self, arrival: Arrival, alert: Alert) -> None:
        self.counts["firing"] += 1
        place = self._place(alert)
        verdict = classify(alert, place, inventory=self.plan.inventory, settings=self.plan.alerts)
        number = self._next_id()
        incident = self._incident_for(alert, place, verdict, number)
        episode = Episode(
            id=number,
            source=arrival.source,
            identity=alert.identity,
            fingerprints=(alert.fingerprint,),
            labels=alert.labels,
            annotations=alert.annotations,
            starts_at=alert.starts_at or self.now,
            seen_at=self.now,
            incident=incident,
            server=place.server,
            generator_url=alert.generator_url,
            group_key=arrival.reading.group_key,
            expires_at=alert.ends_at,
        )
        self._keep(episode)
        self.episodes[arrival.source, alert.identity] = episode

    def _incident_for(self, alert: Alert, place: Place, verdict: Verdict, number: int) -> int:
        broken = self.board.broken(place.wholes) if place.wholes else set()
        key = join(place, alert.identity, broken=broken)
        subject = Subject(alert.labels, place.server)
        told = {"alert": number, "name": alert.name}
        known = self.board.at(key)
        if known is None:
            id_ = self.board.next_id()
            opening = Opening(
                id_,
                self.board.ref(id_),
                key,
                alert.summary,
                verdict,
                place.server,
                place.brand,
                firing=1,
            )
            return self.board.open(opening, [subject], told=told).id
        step = incidents.fired(known, verdict, told=told, rules=self.plan.rules, now=self.now)
        incident = self.board.put(step)
        if incident.muted_by:
            self.board.requiet(incident.id, [subject])
        return incident.id

    def _ends(self, arrival: Arrival, alert: Alert, known: Episode) -> None:
        """A replica has recovered; the last one ends the episode. News older than the firing
        changes nothing (F4).
        """
        stale = alert.ends_at is not None and alert.ends_at < known.starts_at <= known.seen_at
        left = tuple(one for one in known.fingerprints if one != alert.fingerprint)
        if stale:
            return
        if left and left != known.fingerprints:
            self._keep(replace(known, fingerprints=left))
        elif not left:
            group = arrival.reading.group_key or known.group_key
            self.end(
                replace(known, group_key=group), AlertEnd.RESOLVED, at=alert.ends_at or self.now
            )

    def _keep(self, episode: Episode) -> None:
        self.changed[episode.id] = episode
        if episode.firing:
            self.episodes[episode.source, episode.identity] = episode

    def _next_id(self) -> int:
        if self.last is None:
            self.last = rows.last_id(self.tx)
        self.last += 1
        return self.last

    def groups(self) -> set[tuple[str, str]]:
        """(source, group) of which we have only a part."""
        if self._groups is None:
            self._groups = quiet.truncated_groups(self.tx)
        return self._groups

    def _mark_group(self, arrival: Arrival) -> None:
        group = (arrival.source, arrival.reading.group_key)
        if arrival.reading.truncated and group not in self.groups():
            self.groups().add(group)
            quiet.cut(self.tx, [group], now=self.now)


def take(tx: Tx, *, arrivals: Sequence[Arrival], plan: Plan, now: datetime) -> Taken:
    """Everything that these messages say, decided and stored; asked again with the same it changes
    nothing.
    """
    batch = _Batch(tx, plan, now=now)
    batch.load(arrivals)
    for arrival in arrivals:
        batch.take(arrival)
        quarantine.keep(tx, arrival.source, arrival.reading.refused, now=now)
        _tell_whole(batch, arrival)
    return Taken(batch.save(), **batch.counts)


def end_expired(tx: Tx, *, plan: Plan, now: datetime) -> Taken:
    """Alerts posted to the API that nobody has told again in time are over."""
    batch = _Batch(tx, plan, now=now)
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
    batch = _Batch(tx, plan, now=now)
    batch.load([arrival])
    batch.take(arrival)
    for episode in rows.all_firing(tx, source=source):
        batch.stored.add(episode.id)
        if episode.identity not in alive and episode.seen_at < seen_before:
            batch.end(episode, AlertEnd.FORGOT, at=now)
    batch.release(source, [group for origin, group in batch.groups() if origin == source])
    return Taken(batch.save(), **batch.counts)


def _tell_whole(batch: _Batch, arrival: Arrival) -> None:
    group = arrival.reading.group_key
    if group and not arrival.reading.truncated and (arrival.source, group) in batch.groups():
        batch.release(arrival.source, [group])
