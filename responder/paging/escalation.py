"""Who is written to, in which round, until somebody answers (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts.model import Category, Priority
from playbooks.ports import PageEvent
from responder.rota_values import UNCHANGED, Changes
from responder.values import Effect, EffectKind, Incident, Reached

DEFAULT_WAIT = timedelta(minutes=5)
UNSTABLE_WAIT = timedelta(minutes=30)  # what flaps pages at most three times an hour (F19)


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: these people, then this long a wait for an answer. `by`: over this kind of method,
    where somebody has one; "" is everybody's first.
    """

    people: tuple[str, ...]
    wait: timedelta = DEFAULT_WAIT
    by: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps of an escalation; the last one is repeated until somebody answers."""

    rungs: tuple[Rung, ...]

    def rung(self, round_: int) -> Rung:
        return self.rungs[min(round_, len(self.rungs) - 1)]


@dataclass(frozen=True)
class Escalations:
    """Which ladder an incident climbs now. `methods` are the kinds of each person's ways to be
    reached, the best first; `quiet` says until when only what is critical may ring at whose bed.
    """

    critical: Ladder | None = None
    by_priority: Mapping[Priority, Ladder] = field(default_factory=dict)
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quiet: Mapping[str, datetime] = field(default_factory=dict)
    managers: tuple[str, ...] = ()

    @property
    def changeable(self) -> bool:
        """Do people's changes of rotas matter? Here all is said already."""
        return False

    def at(self, _now: datetime, _changes: Changes = UNCHANGED) -> "Escalations":
        """These, whenever: for who names people and no rotas."""
        return self

    def reach(self, person: str, *, place: int = 0) -> Reached:
        """How this person is reached by the method at this place of his list."""
        return Reached(person, self.methods[person][place], place)

    def over(self, person: str, kind: str) -> Reached:
        """By his first method of this kind; where he has none, by his first."""
        known = self.methods[person]
        return self.reach(person, place=known.index(kind) if kind in known else 0)

    def ladder(self, incident: Incident) -> Ladder | None:
        if incident.category is Category.CRITICAL:
            return self.by_priority.get(Priority.CRITICAL, self.critical)
        return self.by_priority.get(incident.priority)


def climbed(
    incident: Incident, *, escalations: Escalations, now: datetime, lapsed: bool = False
) -> tuple[Incident, tuple[Effect, ...]]:
    """One round of pages, and when the next one is due. Nobody to page: the auditor tells (a round
    without pages is one that reached nobody, whomever the former ones reached), and we ask again
    soon, for the configuration may have been mended. Where all who would be asked have
    their quiet hours, what is not critical waits for the first of them to wake. `lapsed`: somebody
    had taken it, and nothing has happened since.
    """
    ladder = escalations.ladder(incident)
    if ladder is None or not ladder.rungs:
        step = incident.step + bool(incident.step)  # the first word to anybody is yet to come
        return replace(incident, step=step, page_at=now + DEFAULT_WAIT), ()
    rung = ladder.rung(incident.step)
    people = _awake(rung, incident, escalations)
    if not people:
        waking = min(escalations.quiet[one] for one in rung.people)
        return replace(incident, page_at=waking), ()
    event = PageEvent.LAPSED if lapsed else _event(incident.step, ladder)
    wait = max(rung.wait, UNSTABLE_WAIT) if incident.unstable else rung.wait
    pages = tuple(
        page(incident, escalations.over(person, rung.by), event=event) for person in people
    )
    return replace(incident, step=incident.step + 1, page_at=now + wait), pages


def page(incident: Incident, to: Reached, *, event: PageEvent) -> Effect:
    """One page to one person by one of his methods; the key is the same whoever decides it, however
    often. News that can come more than once an episode is told apart by the length of the log.
    """
    round_ = event in ROUNDS
    name = str(incident.step) if round_ else f"{event}-{incident.seq}"
    begun = {"first": to.place} if round_ and to.place else {}  # attempts.try_next goes on from it
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
            **begun,
        },
    )


def told_again(
    incident: Incident, reached: Iterable[Reached], *, event: PageEvent
) -> tuple[Effect, ...]:
    """The same news to everybody who was paged in this episode, over the way that reached him."""
    return tuple(page(incident, one, event=event) for one in reached)


# What asks for an answer, in rounds until somebody gives one.
ROUNDS = (PageEvent.OPENED, PageEvent.REPEATED, PageEvent.ESCALATED, PageEvent.LAPSED)
# What asks for nothing: it belongs to the way that has reached somebody before.
NEWS = (PageEvent.RECOVERED, PageEvent.ACKNOWLEDGED)


def _awake(rung: Rung, incident: Incident, escalations: Escalations) -> tuple[str, ...]:
    if incident.category is Category.CRITICAL:
        return rung.people
    return tuple(one for one in rung.people if one not in escalations.quiet)


def _event(round_: int, ladder: Ladder) -> PageEvent:
    if round_ == 0:
        return PageEvent.OPENED
    return (
        PageEvent.REPEATED
        if ladder.rung(round_).people == ladder.rung(round_ - 1).people
        else PageEvent.ESCALATED
    )
