"""Who is written to, in which round, until somebody answers (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts.model import Category, Priority
from playbooks.ports import PageEvent
from responder.values import Effect, EffectKind, Incident, Reached

DEFAULT_WAIT = timedelta(minutes=5)
UNSTABLE_WAIT = timedelta(minutes=30)  # what flaps pages at most three times an hour (F19)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: these people, then this long a wait for an answer."""

    people: tuple[str, ...]
    wait: timedelta = DEFAULT_WAIT


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of an escalation; the last one is repeated until somebody answers."""

    rungs: tuple[Rung, ...]

    def rung(self, round_: int) -> Rung:
        return self.rungs[min(round_, len(self.rungs) - 1)]


@dataclass(frozen=True)
class Escalations:
    """Which ladder an incident climbs. `methods` are the kinds of each person's ways to be reached,
    the best first.
    """

    critical: Ladder | None = None
    by_priority: Mapping[Priority, Ladder] = field(default_factory=dict)
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def reach(self, person: str, *, place: int = 0) -> Reached:
        """How this person is reached by the method at this place of his list."""
        return Reached(person, self.methods[person][place], place)

    def ladder(self, incident: Incident) -> Ladder | None:
        if incident.category is Category.CRITICAL:
            return self.by_priority.get(Priority.CRITICAL, self.critical)
        return self.by_priority.get(incident.priority)


def climbed(
    incident: Incident, *, escalations: Escalations, now: datetime
) -> tuple[Incident, tuple[Effect, ...]]:
    """One round of pages, and when the next one is due. Nobody to page: the auditor tells, and we
    ask again soon, for the configuration may have been mended.
    """
    ladder = escalations.ladder(incident)
    if ladder is None or not ladder.rungs:
        return replace(incident, page_at=now + DEFAULT_WAIT), ()
    rung = ladder.rung(incident.step)
    event = _event(incident.step, ladder)
    wait = max(rung.wait, UNSTABLE_WAIT) if incident.unstable else rung.wait
    pages = tuple(page(incident, escalations.reach(person), event=event) for person in rung.people)
    return replace(incident, step=incident.step + 1, page_at=now + wait), pages


def page(incident: Incident, to: Reached, *, event: PageEvent) -> Effect:
    """One page to one person by one of his methods; the key is the same whoever decides it, however
    often. News that can come more than once an episode is told apart by the length of the log.
    """
    name = str(incident.step) if event in _ROUNDS else f"{event}-{incident.seq}"
    return Effect(
        key=f"{incident.ref}/{incident.episode}/{name}/{to.person}/{to.place}",
        kind=EffectKind.PAGE,
        incident=incident.id,
        payload={
            "person": to.person,
            "method": to.method,
            "place": to.place,
            "event": event,
            "step": incident.step,
            "episode": incident.episode,
        },
    )


def told_again(
    incident: Incident, reached: Iterable[Reached], *, event: PageEvent
) -> tuple[Effect, ...]:
    """The same news to everybody who was paged in this episode, over the way that reached him."""
    return tuple(page(incident, one, event=event) for one in reached)


_ROUNDS = (PageEvent.OPENED, PageEvent.REPEATED, PageEvent.ESCALATED)


def _event(round_: int, ladder: Ladder) -> PageEvent:
    if round_ == 0:
        return PageEvent.OPENED
    return (
        PageEvent.REPEATED
        if ladder.rung(round_) is ladder.rung(round_ - 1)
        else PageEvent.ESCALATED
    )
