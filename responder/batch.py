"""One batch of messages on its way into the store: which alerts are new, repeated or over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.alertmanager import Reading
from alerts.classify import Verdict, classify, critical_by
from alerts.correlate import candidates, join
from alerts.inventory import Place
from alerts.model import Alert, Category
from alerts.quiet import Subject
from responder import incidents
from responder.board import Board, Saved
from responder.plan import Plan
from responder.steps import Opening, Step
from responder.store import Tx, quiet
from responder.store import alerts as rows
from responder.values import AlertEnd, Episode, Incident, IncidentState

_LATEST = 200  # alerts of an incident that are looked through for what made it critical


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


class Batch:
    """One transaction's worth of messages (see `take`)."""

    def __init__(self, tx: Tx, plan: Plan, *, now: datetime) -> None:
        self.tx, self.plan, self.now = tx, plan, now
        self.board = Board(tx, plan, now=now)
        self.episodes: dict[tuple[str, str], Episode] = {}
        self.stored: set[int] = set()
        self.changed: dict[int, Episode] = {}
        self.touched: dict[int, datetime | None] = {}
        self.sighted: dict[tuple[str, str], tuple[int, str]] = {}
        self.counts = {"firing": 0, "ended": 0, "repeated": 0, "unknown": 0}
        self.last: int | None = None
        self._burning: set[int] = set()  # incidents with something critical told in this batch
        self._groups: set[tuple[str, str]] | None = None

    def load(self, arrivals: Sequence[Arrival]) -> None:
        """What these messages are about, in a few statements for all of them.

        What only repeats what was told before is known by its sighting; the rest is read in full.
        """
        told = [(one, alert) for one in arrivals for alert in one.reading.alerts]
        self.sighted = rows.sighted(self.tx, {alert.identity for _, alert in told})
        news = {alert.identity for one, alert in told if not self._is_repeat(one, alert)}
        known = news & {identity for _, identity in self.sighted}
        self.sighted = {key: seen for key, seen in self.sighted.items() if key[1] not in news}
        for episode in rows.firing(self.tx, known):
            self.episodes[episode.source, episode.identity] = episode
            self.stored.add(episode.id)
        self._load_incidents([(one, alert) for one, alert in told if alert.identity in news])

    def take(self, arrival: Arrival) -> None:
        """All alerts of one message, in its order."""
        self._mark_group(arrival)
        for alert in arrival.reading.alerts:
            key = (arrival.source, alert.identity)
            if key in self.sighted:
                self.touched[self.sighted[key][0]] = alert.ends_at
                self.counts["repeated"] += 1
                continue
            known = self.episodes.get(key)
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
        rows.touch(self.tx, self.touched, now=self.now)
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

    def _is_repeat(self, arrival: Arrival, alert: Alert) -> bool:
        seen = self.sighted.get((arrival.source, alert.identity))
        return alert.firing and seen is not None and seen[1] == _told(arrival, alert)

    def _load_incidents(self, news: Sequence[tuple[Arrival, Alert]]) -> None:
        fresh = [
            alert
            for one, alert in news
            if alert.firing and (one.source, alert.identity) not in self.episodes
        ]
        keys = {key for alert in fresh for key in candidates(self._place(alert), alert.identity)}
        self.board.load(keys)
        ends = {alert.identity for _, alert in news if not alert.firing}
        self.board.load_ids(
            {one.incident for one in self.episodes.values() if one.identity in ends}
        )

    def _fires(self, arrival: Arrival, alert: Alert, known: Episode | None) -> None:
        if known is None:
            self._opens(arrival, alert)
            return
        self.counts["repeated"] += 1
        prints = dict.fromkeys((*known.fingerprints, alert.fingerprint))
        self._keep(
            replace(
                known,
                fingerprints=tuple(prints),
                annotations=alert.annotations,
                starts_at=max(known.starts_at, self._begun(alert)),
                seen_at=self.now,
                expires_at=alert.ends_at,
                group_key=arrival.reading.group_key or known.group_key,
                told=_told(arrival, alert),
            )
        )

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
            starts_at=self._begun(alert),
            seen_at=self.now,
            incident=incident,
            server=place.server,
            generator_url=alert.generator_url,
            group_key=arrival.reading.group_key,
            expires_at=alert.ends_at,
            told=_told(arrival, alert),
        )
        self._keep(episode)

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
            self._burning.add(id_)
            self.board.plays.told(id_, alert.labels)
            return self.board.open(opening, [subject], told=told).id
        self.board.plays.told(known.id, alert.labels)
        before = self.board.heard(known.id, subject)
        paged = before.state is not IncidentState.MITIGATED or self.board.paged(before)
        rules, now = self.plan.rules, self.now
        step = incidents.fired(
            before, verdict, told=told, rules=rules, now=now, paged=paged, title=alert.summary,
            anew=verdict.category is Category.CRITICAL and self._is_answered_for(before),
        )  # fmt: skip
        return self.board.strike(before, step).id

    def _is_answered_for(self, known: Incident) -> bool:
        """Is what somebody was paged for over, for as long as it would have been watched? What is
        not critical may hold an incident open for weeks, and nobody would be told of the next.
        """
        if known.id in self._burning:
            return False
        self._burning.add(known.id)  # from this alert on, whatever the answer is
        answered = known.state in (IncidentState.ACKNOWLEDGED, IncidentState.OPEN)
        busy = known.unstable or known.muted_by or self.board.wholes.parts_down(known.id)
        if not answered or busy or known.category is not Category.CRITICAL:
            return False
        had = {
            one.id: one for one in rows.of_incidents(self.tx, [known.id], each=_LATEST)[known.id]
        }
        had |= {key: one for key, one in self.changed.items() if one.incident == known.id}
        critical = [one for one in had.values() if critical_by(one.labels, self.plan.alerts)]
        ends = [one.ends_at or self.now for one in critical]
        return bool(ends) and self.now - max(ends) >= self.plan.alerts.watch

    def _ends(self, arrival: Arrival, alert: Alert, known: Episode) -> None:
        """A replica has recovered; the last one ends the episode, unless that is older than what
        fires now (F4).
        """
        stale = alert.ends_at is not None and alert.ends_at < known.starts_at
        left = tuple(one for one in known.fingerprints if one != alert.fingerprint)
        if left and left != known.fingerprints:
            self._keep(replace(known, fingerprints=left, told=""))
        elif not left and not stale:
            group = arrival.reading.group_key or known.group_key
            ended_at = min(alert.ends_at or self.now, self.now)
            self.end(replace(known, group_key=group), AlertEnd.RESOLVED, at=ended_at)

    def _begun(self, alert: Alert) -> datetime:
        """Since when it fires: as the source says, unless that is yet to come (F10)."""
        return min(alert.starts_at or self.now, self.now)

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


def _told(arrival: Arrival, alert: Alert) -> str:
    """Stands for all that this message says of this alert."""
    return f"{alert.fingerprint}{alert.news}{alert.starts_at}{arrival.reading.group_key}"
