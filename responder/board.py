"""What one transaction knows and changes: loads, lets the pure rooms decide, saves at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.model import DAEMON, Actor, Category
from alerts.quiet import Maintenance, Subject, muted_by
from alerts.silences import Silence
from playbooks.ports import PageEvent
from responder import incidents
from responder.paging.escalation import climbed, told_again
from responder.plan import Plan
from responder.steps import Opening, Step, Want
from responder.store import Tx, logs, outbox, pages, quiet, records
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.values import Effect, EffectKind, Entry, Incident, IncidentState, Reached
from responder.wholes import Wholes

# Lines of the log that the ticket is told of as well.
_NOTED = frozenset(
    {"acknowledged", "note", "raised", "mitigated", "unstable", "escalated", "joined"}
)
_NOT_WELL = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a transaction has changed, for those who wait: the incidents, and how many effects are
    due now.
    """

    incidents: tuple[Incident, ...]
    effects: int


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
        self._mutes: tuple[list[Silence], list[Maintenance]] | None = None
        self._last: int | None = None

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
        """Which of these things have an active critical incident."""
        found = {key: self.at(key) for key in keys}
        return {
            key
            for key, one in found.items()
            if one and one.active and one.category is Category.CRITICAL
        }

    # What changes

    def put(self, step: Step) -> Incident:
        """Take over what was decided about one incident, and what follows from it."""
        self._note(step.incident.id, step.entries)
        incident = self._paged(step.incident)
        self._keep(incident)
        for want in step.wants:
            self._effects.extend(self._effects_of(incident, want))
        if incident.parent is not None and incident.state not in _NOT_WELL:
            self.wholes.settle(incident.parent)
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
        """A new incident, muted as its alerts are; a critical one takes in its parts, or storms."""
        step = incidents.opened(
            opening,
            rules=self.plan.rules,
            muted_by=self._reasons(tuple(subjects), opening.server),
            told=told,
            now=self.now,
            actor=actor,
            words=words,
        )
        incident = self.put(self.wholes.placed(step))
        self.wholes.adopt(incident)
        return incident

    def next_id(self) -> int:
        """The number of the next incident."""
        if self._last is None:
            self._last = incident_rows.last_id(self.tx)
        self._last += 1
        return self._last

    def ref(self, id_: int) -> str:
        """What the incident of this number is called outside: unlike in every other store."""
        return f"{records.installation(self.tx)}-{id_}"

    def requiet(self, id_: int, fresh: Collection[Subject] = ()) -> Incident:
        """Judge anew what mutes an incident; `fresh` are alerts of it that are not stored yet."""
        incident = self.incident(id_)
        stored = alert_rows.firing_of(self.tx, [id_]) if incident.firing else []
        subjects = (*(Subject(one.labels, one.server) for one in stored), *fresh)
        reasons = self._reasons(subjects, incident.server)
        whole = self.incident(incident.parent) if incident.parent is not None else None
        if whole is not None and whole.active:
            reasons = (*reasons, f"part of {whole.key}")
        return self.put(
            incidents.muted(incident, rules=self.plan.rules, reasons=reasons, now=self.now)
        )

    def held_by(self, held: str) -> list[int]:
        """The active incidents that this truncated group keeps open, those of this transaction
        among them.
        """
        self.load_ids(incident_rows.held_by(self.tx, held))
        return [one.id for one in self._known.values() if one.held == held and one.active]

    def save(self) -> Saved:
        """Write all that changed: effects and their reasons in one transaction, or nothing."""
        rows, texts = self._chained()
        changed = [one for id_, one in self._known.items() if self._stored.get(id_) != one]
        fresh = [one for one in changed if one.id not in self._stored]
        incident_rows.add(self.tx, sorted(fresh, key=lambda one: (one.parent is not None, one.id)))
        incident_rows.change(self.tx, [one for one in changed if one.id in self._stored])
        logs.add(self.tx, "incident", rows, texts)
        outbox.add(self.tx, self._effects, now=self.now)
        pages.queue(
            self.tx, [one for one in self._effects if one.kind is EffectKind.PAGE], now=self.now
        )
        return Saved(tuple(changed), len(self._effects))

    # Inside

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

    def _paged(self, incident: Incident) -> Incident:
        due = incident.page_at is not None and incident.page_at <= self.now
        if not due or incident.muted_by or incident.state is not IncidentState.OPEN:
            return incident
        higher, effects = climbed(incident, escalations=self.plan.escalations, now=self.now)
        people = [effect.payload["person"] for effect in effects]
        self._effects.extend(effects)
        self._note(incident.id, [Entry("paged", DAEMON, {"step": incident.step, "people": people})])
        return higher

    def _effects_of(self, incident: Incident, want: Want) -> tuple[Effect, ...]:
        if want is Want.RECOVERED:
            return told_again(incident, self._reached(incident), event=PageEvent.RECOVERED)
        if want is Want.ACKNOWLEDGED:
            keyed = [one for one in self._reached(incident) if one.method == "pagerduty"]
            return told_again(incident, keyed, event=PageEvent.ACKNOWLEDGED)
        if want is not Want.TICKET and not incident.ticketed:
            return ()
        kind, name = _TICKET_EFFECTS[want]
        key = (
            f"{incident.ref}/{name}"
            if want is Want.TICKET
            else f"{incident.ref}/{name}/{incident.episode}"
        )
        return (Effect(key, kind, incident.id, lane=f"ticket/{incident.id}"),)

    def _reached(self, incident: Incident) -> list[Reached]:
        return (
            pages.reached(self.tx, incident.id, episode=incident.episode) if incident.step else []
        )

    def _reasons(self, subjects: tuple[Subject, ...], server: str | None) -> tuple[str, ...]:
        if self._mutes is None:
            works = [*self.plan.works, *quiet.works(self.tx, now=self.now)]
            self._mutes = (quiet.silences(self.tx, now=self.now), works)
        silences, works = self._mutes
        return muted_by(
            subjects,
            server=server,
            silences=silences,
            works=works,
            inventory=self.plan.inventory,
            now=self.now,
        )

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
            if incident.ticketed:
                noted = [
                    row
                    for row in more
                    if row["kind"] in _NOTED and row["data"].get("via") != "ticket"
                ]
                self._effects += [_note_of(incident, row["seq"]) for row in noted]
        self._lines.clear()
        return rows, texts


_TICKET_EFFECTS = {
    Want.TICKET: (EffectKind.TICKET_OPEN, "ticket"),
    Want.SOLVE: (EffectKind.TICKET_SOLVE, "solve"),
    Want.REOPEN: (EffectKind.TICKET_REOPEN, "reopen"),
}


def _note_of(incident: Incident, seq: int) -> Effect:
    key = f"{incident.ref}/note/{seq}"
    return Effect(
        key, EffectKind.TICKET_NOTE, incident.id, {"seq": seq}, lane=f"ticket/{incident.id}"
    )
