"""Escalations as the file has them: teams, rotas and managers become people at a moment (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.model import Priority
from responder.paging.escalation import DEFAULT_WAIT, Escalations, Ladder, Rung
from responder.rota_values import UNCHANGED, Changes, Roster

EVERYONE, MANAGER = "everyone", "manager"
TEAM, ROTA, NEXT = "team:", "rota:", "next:"


@dataclass(frozen=True, slots=True)
class Call:
    """One step as written: persons, `team:`, `rota:`, `next:`, `everyone`, `manager`; so often."""

    who: tuple[str, ...]
    wait: timedelta = DEFAULT_WAIT
    repeat: int = 1
    by: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the wall clock in which nothing that is not critical may ring."""

    begin: time
    end: time
    zone: str

    def until(self, now: datetime) -> datetime | None:
        """When they end, if they are now: by the clock on the wall, in every night of the year."""
        here = now.astimezone(ZoneInfo(self.zone))
        wall = here.time().replace(tzinfo=None)
        over_midnight = self.end <= self.begin
        inside = (
            wall >= self.begin or wall < self.end
            if over_midnight
            else self.begin <= wall < self.end
        )
        if not inside:
            return None
        day = here.date() + timedelta(days=over_midnight and wall >= self.begin)
        over = datetime.combine(day, self.end, tzinfo=ZoneInfo(self.zone)).astimezone(now.tzinfo)
        return max(over, now + timedelta(minutes=1))


@dataclass(frozen=True)
class Duties:
    """What the file promises. `behind`: who stands in for a rota in whose gap nobody is on call."""

    critical: tuple[Call, ...] = ()
    by_priority: Mapping[Priority, tuple[Call, ...]] = field(default_factory=dict)
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rotas: Mapping[str, Roster] = field(default_factory=dict)
    behind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    managers: tuple[str, ...] = ()
    quiet: Mapping[str, Quiet] = field(default_factory=dict)

    @property
    def changeable(self) -> bool:
        """Do people's changes of the rotas matter?"""
        return bool(self.rotas)

    def at(self, now: datetime, changes: Changes = UNCHANGED) -> Escalations:
        """Who would be called, step by step, at this moment."""
        return self._at(_Moment(self, now, changes))

    def ever(self, now: datetime) -> Escalations:
        """The same with everybody whom a rota may ever call: of the file, not of a day."""
        return self._at(_Moment(self, now, UNCHANGED, ever=True))

    def _at(self, moment: "_Moment") -> Escalations:
        critical = moment.ladder(self.critical)
        by_priority = {
            priority: ladder
            for priority, calls in self.by_priority.items()
            if (ladder := moment.ladder(calls) or critical) is not None
        }
        teams = {
            **self.teams,
            **{name: moment.of_rota(name) for name in self.rotas if name not in self.teams},
        }
        quiet = {
            name: until for name, one in self.quiet.items() if (until := one.until(moment.now))
        }
        return Escalations(critical, by_priority, self.methods, teams, quiet, self.managers)


@dataclass(frozen=True, slots=True)
class _Moment:
    """The duties at one moment."""

    duties: Duties
    now: datetime
    changes: Changes
    ever: bool = False

    def ladder(self, calls: Iterable[Call]) -> Ladder | None:
        """Without the steps that would reach nobody: there is nothing to wait for (F57)."""
        rungs = list[Rung]()
        for call in calls:
            people = self.reachable(one for word in call.who for one in self.people(word))
            if people:
                rungs += [Rung(people, call.wait, call.by)] * call.repeat
        return Ladder(tuple(rungs)) if rungs else None

    def people(self, word: str) -> Iterator[str]:
        duties, bare = self.duties, word.partition(":")[2]
        if word == EVERYONE:
            yield from duties.methods
        elif word == MANAGER:
            yield from duties.managers
        elif word.startswith(TEAM):
            yield from duties.teams[bare]
        elif word.startswith(ROTA):
            yield from self.of_rota(bare)
        elif word.startswith(NEXT):
            yield from duties.rotas[bare].next_on_call(self.now, self.changes)
        elif word in duties.methods:
            yield word
        else:
            yield from duties.teams[word] if word in duties.teams else self.of_rota(word)

    def of_rota(self, name: str) -> tuple[str, ...]:
        """In a gap, or where whoever is on call can't be reached: who stands behind it, else all of
        its people. A hole in a plan wakes too many rather than nobody.
        """
        rota = self.duties.rotas[name]
        if self.ever:
            return rota.people
        on_call = self.reachable(rota.on_call(self.now, self.changes))
        return on_call or self.reachable(self.duties.behind.get(name, ())) or rota.people

    def reachable(self, people: Iterable[str]) -> tuple[str, ...]:
        methods = self.duties.methods
        return tuple(dict.fromkeys(one for one in people if methods.get(one)))
