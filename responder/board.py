"""What one transaction knows and changes: loads, lets the pure rooms decide, saves at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.model import DAEMON, Actor, ActorKind, Category
from alerts.quiet import Subject
from responder import effects, incidents
from responder.desk.echo import echo
from responder.mutes import Mutes
from responder.plan import Plan
from responder.plays import Plays
from responder.rings import Rings
from responder.steps import Opening, Step, Want, attended
from responder.store import Tx, logs, outbox, pages, records
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.values import (
    NOT_WELL,
    Effect,
    EffectKind,
    Entry,
    Figure,
    Incident,
    IncidentState,
)
from responder.wholes import Wholes, struck


@dataclass(frozen=True, slots=True)
class Saved:
    """What a transaction has changed, for those who wait: the incidents, how many effects are due
    now, the KPI figures that are new (for the counters, after the commit), how many runs begin.
    """

    incidents: tuple[Incident, ...]
    effects: int
    figures: tuple[Figure, ...] = ()
    runs: int = 0

    def __add__(self, other: "Saved") -> "Saved":
        return Saved(
            (*self.incidents, *other.incidents),
            self.effects + other.effects,
            (*self.figures, *other.figures),
            self.runs + other.runs,
        )


class Board:
    """Decisions of one transaction. Made inside it, saved at its end, never kept."""

    def __init__(self, tx: Tx, plan: Plan, *, now: datetime) -> None:
        records.one_at_a_time(tx)
        self.tx = tx
        self.plan = plan
        self.now = now
        self._known: dict[int, Incident] = {}
        self._stored: dict[int, Incident] = {}
        self._by_key: dict[str, int] = {}
        self._asked: set[str] = set()
        self._lines: dict[int, list[Entry]] = {}
        self._effects: list[Effect] = []
        self.wholes = Wholes(self)
        self.plays = Plays(self)
        self.rings = Rings(tx, plan, now=now)
        self._mutes = Mutes(tx, plan, now=now)
        self._last: int | None = None
        self._installation: str | None = None

    # What is known

    def load(self, keys: Collection[str]) -> None:
        """Have the incidents of these keys at hand (one statement for all)."""
        missing = set(keys) - self._asked
        self._asked |= missing
        self.learn(incident_rows.by_keys(self.tx, missing))

    def load_ids(self, ids: Collection[int]) -> None:
        """Have these incidents at hand."""
        self.learn(incident_rows.by_ids(self.tx, set(ids) - self._known.keys()))

    def at(self, key: str) -> Incident | None:
        """The incident about this thing that is not closed, if there is one."""
        self.load([key])
        known = self._by_key.get(key)
        return self._known[known] if known is not None else None

    def incident(self, id_: int) -> Incident:
        """This incident as it is now. KeyError when there is none."""
        self.load_ids([id_])
        return self._known[id_]

    def all(self) -> list[Incident]:
        """Every incident at hand, as it is now."""
        return list(self._known.values())

    def broken(self, keys: Iterable[str]) -> set[str]:
        """Which of these things have a critical incident that is not well."""
        found = {key: self.at(key) for key in keys}
        return {
            key
            for key, one in found.items()
            if one and one.state in NOT_WELL and one.category is Category.CRITICAL
        }

    # What changes

    def put(self, step: Step) -> Incident:
        """Take over what was decided about one incident, and what follows from it."""
        step = attended(step, rules=self.plan.rules, now=self.now)
        self._note(step.incident.id, step.entries)
        incident = self._ring(step)
        self._keep(incident)
        for want in step.wants:
            self._effects.extend(self._effects_of(incident, want))
        if incident.parent is not None:
            self.wholes.follow(incident)
        return self._known[incident.id]

    def open(
        self,
        opening: Opening,
        subjects: Collection[Subject],
        *,
        told: Mapping[str, Any] | None = None,
        actor: Actor = DAEMON,
        words: str = "",
    ) -> Incident:
        """A new incident, muted as its alerts are."""
        step = incidents.opened(
            opening,
            rules=self.plan.rules,
            muted_by=self._mutes.reasons(tuple(subjects), key=opening.key),
            told=told,
            now=self.now,
            actor=actor,
            words=words,
        )
        return self.strike(None, step)

    def strike(self, before: Incident | None, step: Step) -> Incident:
        """Take over a step that may be an outage: it takes in its parts, or is part of a storm."""
        if not struck(before, step.incident):
            return self.put(step)
        incident = self.put(self.wholes.placed(before, step))
        self.wholes.adopt(incident)
        return self._known[incident.id]

    def next_id(self) -> int:
        """The number of the next incident."""
        if self._last is None:
            self._last = incident_rows.last_id(self.tx)
        self._last += 1
        return self._last

    def ref(self, id_: int) -> str:
        """What the incident of this number is called outside: unlike in every other store."""
        if self._installation is None:
            self._installation = records.installation(self.tx)
        return f"{self._installation}-{id_}"

    def heard(self, id_: int, subject: Subject) -> Incident:
        """One more alert speaks of it: one that nothing mutes ends its mute, and a muted one may
        come at the beginning of a mute.
        """
        incident = self.incident(id_)
        muted = self._mutes.reasons([subject], key=incident.key)
        if bool(muted) == bool(incident.muted_by):
            return incident
        return self.requiet(id_, [subject])

    def paged(self, incident: Incident) -> bool:
        """Has anybody been written to about this episode, or is about to be?"""
        return self.rings.begun(incident)

    def requiet(self, id_: int, fresh: Collection[Subject] = ()) -> Incident:
        """Judge anew what mutes an incident; `fresh` are alerts of it that are not stored yet."""
        incident = self.incident(id_)
        reasons: tuple[str, ...] = ()
        if self._mutes.any():
            stored = alert_rows.firing_of(self.tx, [id_]) if incident.firing else []
            subjects = (*(Subject(one.labels, one.server) for one in stored), *fresh)
            reasons = self._mutes.reasons(subjects, key=incident.key)
        whole = self.incident(incident.parent) if incident.parent is not None else None
        if whole is not None and whole.active:
            reasons = (*reasons, f"part of {whole.key}")
        paged = bool(reasons) or not incident.muted_by or self.paged(incident)
        rules, now = self.plan.rules, self.now
        return self.put(
            incidents.muted(incident, rules=rules, reasons=reasons, now=now, paged=paged)
        )

    def held_by(self, held: str) -> list[int]:
        """The active incidents that this truncated group keeps open, those of this transaction
        among them.
        """
        self.load_ids(incident_rows.held_by(self.tx, held))
        return [one.id for one in self._known.values() if one.held == held and one.active]

    def save(self) -> Saved:
        """Write all that changed: effects and their reasons in one transaction, or nothing."""
        self.plays.choose([(self._stored.get(id_), one) for id_, one in self._changed()])
        persons = self._persons()
        rows, texts = self._chained()
        changed = [one for _, one in self._changed()]
        fresh = [one for one in changed if one.id not in self._stored]
        incident_rows.add(self.tx, sorted(fresh, key=self.wholes.depth))
        incident_rows.change(self.tx, [one for one in changed if one.id in self._stored])
        logs.add(self.tx, "incident", rows, texts)
        begun = self.plays.save()
        outbox.add(self.tx, self._effects, now=self.now)
        pages.queue(
            self.tx, [one for one in self._effects if one.kind is EffectKind.PAGE], now=self.now
        )
        steps = [(self._stored.get(one.id), one) for one in changed]
        figures = echo(self.tx, steps, persons=persons, now=self.now)
        return Saved(tuple(changed), len(self._effects), figures, begun)

    def call(self, effects_: Iterable[Effect]) -> None:
        """Have these done as well: pages of a run that needs a person."""
        self._effects.extend(effects_)

    # Inside

    def _changed(self) -> list[tuple[int, Incident]]:
        return [(id_, one) for id_, one in self._known.items() if self._stored.get(id_) != one]

    def learn(self, found: Iterable[Incident]) -> None:
        """Know these as stored, unless something newer is known already."""
        for incident in found:
            if incident.id not in self._known:
                self._known[incident.id] = self._stored[incident.id] = incident
                if incident.state is not IncidentState.CLOSED:
                    self._by_key[incident.key] = incident.id

    def _keep(self, incident: Incident) -> None:
        self._known[incident.id] = incident
        if incident.state is IncidentState.CLOSED:
            self._by_key.pop(incident.key, None)
        else:
            self._by_key[incident.key] = incident.id

    def _note(self, id_: int, entries: Iterable[Entry]) -> None:
        self._lines.setdefault(id_, []).extend(entries)

    def _ring(self, step: Step) -> Incident:
        incident, entries, calls = self.rings.round(step)
        self._note(incident.id, entries)
        self._effects.extend(calls)
        return incident

    def _effects_of(self, incident: Incident, want: Want) -> tuple[Effect, ...]:
        return self.rings.news(incident, want) + effects.asked(incident, want)

    def _persons(self) -> dict[int, Actor]:
        """Who acted on each incident that has a ticket: a reaction to the ticket too."""
        return {
            id_: entry.actor
            for id_, entries in self._lines.items()
            for entry in entries
            if entry.actor.kind is ActorKind.PERSON and self._known[id_].ticketed
        }

    def _chained(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The lines of this transaction, chained to each log; the ticket hears of some."""
        rows, texts = [], []
        for id_, entries in self._lines.items():
            incident = self._known[id_]
            start = logs.Tail(incident.seq, incident.head)
            tail, more, words = logs.chained("incident", id_, start, entries, at=self.now)
            self._known[id_] = replace(incident, seq=tail.seq, head=tail.head)
            rows += more
            texts += words
            self._effects += effects.noted(incident, more)
        self._lines.clear()
        return rows, texts
