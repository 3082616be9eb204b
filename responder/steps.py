"""What a step in the life of an incident is, and the moves that several steps share (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.classify import Verdict
from alerts.flapping import unstable
from alerts.model import DAEMON, ActorKind, Category, Priority
from alerts.settings import AlertSettings
from responder.values import NOT_WELL, Entry, Incident, IncidentState

# Back within the watch, nobody had answered: how long until paging goes on.
RESUME = timedelta(minutes=5)
# Lines of its log that show that somebody, or something, is at work; so does what a person does.
_WORK = frozenset({"playbook_begun", "playbook_step", "playbook_steered", "unmuted", "returned"})


class Want(StrEnum):
    """What an incident asks of the world; the board turns it into effects."""

    TICKET = "ticket"
    RECOVERED = "recovered"
    ACKNOWLEDGED = "acknowledged"
    SOLVE = "solve"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the life of an incident depends on besides itself. `paging`: priorities that page;
    critical ones always do. `progress`: how often whoever has taken it must show a sign of work.
    """

    alerts: AlertSettings
    paging: frozenset[Priority] = frozenset()
    progress: Mapping[Priority, timedelta] = field(default_factory=dict)

    def pages(self, incident: Incident) -> bool:
        return incident.category is Category.CRITICAL or incident.priority in self.paging


@dataclass(frozen=True, slots=True)
class Step:
    """What one event made of an incident: its new value, lines for its log, and its wants."""

    incident: Incident
    entries: tuple[Entry, ...] = ()
    wants: tuple[Want, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """All that must be known to open an incident."""

    id: int
    ref: str
    key: str
    title: str
    verdict: Verdict
    server: str | None = None
    brand: str | None = None
    drill: bool = False
    firing: int = 0


def returned_soon(step: Step, *, rules: Rules, now: datetime) -> Step:
    """Back within the watch: no second page; paging goes on where it stood, unless answered."""
    before = step.incident
    state = IncidentState.ACKNOWLEDGED if before.acknowledged_at else IncidentState.OPEN
    back = replace(before, state=state, recovered_at=None, changed_at=now)
    if state is IncidentState.OPEN and back.step and rules.pages(back) and not back.muted_by:
        back = replace(back, page_at=now + RESUME)
    return announced(more(step, back, Entry("returned", DAEMON)), rules=rules, now=now)


def raised(step: Step, verdict: Verdict, *, rules: Rules, now: datetime, title: str = "") -> Step:
    """The worst of its alerts names an incident's category and priority, and the incident itself:
    whoever is woken reads what he is woken for. It is never lowered.
    """
    incident = step.incident
    worse = verdict.priority.rank > incident.priority.rank
    if not worse:
        return step
    newly_critical = (
        verdict.category is Category.CRITICAL and incident.category is not Category.CRITICAL
    )
    worst = replace(
        incident,
        priority=verdict.priority,
        rule=verdict.rule,
        title=title or incident.title,
        changed_at=now,
    )
    if newly_critical:
        worst = replace(unanswered(worst), category=Category.CRITICAL, page_at=None)
    entry = Entry(
        "raised",
        DAEMON,
        {"priority": verdict.priority, "category": worst.category, "rule": verdict.rule},
        title,
    )
    return announced(more(step, worst, entry), rules=rules, now=now)


def announced(step: Step, *, rules: Rules, now: datetime) -> Step:
    """Ticket and page, as far as this incident deserves them and is not muted (critical first,
    DESIGN 3). Asked again it adds nothing: a ticket is reopened once an episode.
    """
    incident = step.incident
    if incident.muted_by or incident.state not in NOT_WELL:
        return step
    wants: tuple[Want, ...] = ()
    if incident.ticketed and incident.episode > 1 and incident.priority is not Priority.LOW:
        wants = (Want.REOPEN,)
    elif not incident.ticketed and incident.priority is not Priority.LOW:
        wants = (Want.TICKET,)
    ticketed = incident.ticketed or bool(wants)
    calls = incident.state is IncidentState.OPEN and rules.pages(incident)
    page_at = now if calls and incident.page_at is None else incident.page_at
    if (ticketed, page_at) != (incident.ticketed, incident.page_at):
        incident = replace(incident, ticketed=ticketed, page_at=page_at)
    return Step(incident, step.entries, (*step.wants, *wants))


def named_by(incident: Incident, verdict: Verdict, *, title: str) -> Incident:
    """A new episode is as bad as what begins it: a warning that comes a day after an outage wakes
    nobody.
    """
    return replace(
        incident,
        title=title or incident.title,
        category=verdict.category,
        priority=verdict.priority,
        rule=verdict.rule,
    )


def unanswered(incident: Incident) -> Incident:
    """Open, whoever had answered before: he answered to something less."""
    return replace(incident, state=IncidentState.OPEN, acknowledged_at=None, acknowledged_by=None)


def judged_stability(step: Step, *, rules: Rules, now: datetime) -> Step:
    if rules.alerts.flapping == "off":
        return step
    incident = step.incident
    judged = unstable(incident.unstable, incident.changes, flapping=rules.alerts.flapping, now=now)
    if judged == incident.unstable:
        return step
    return more(
        step, replace(incident, unstable=judged), Entry("unstable" if judged else "stable", DAEMON)
    )


def more(step: Step, incident: Incident, entry: Entry, *wants: Want) -> Step:
    return Step(incident, (*step.entries, entry), (*step.wants, *wants))


def attended(step: Step, *, rules: Rules, now: datetime) -> Step:
    """Whoever has taken it must show a sign of work before `page_at`; each sign gives more time."""
    incident = step.incident
    every = rules.progress.get(incident.priority)
    if incident.state is not IncidentState.ACKNOWLEDGED or every is None:
        return step
    if incident.page_at is not None and not _is_work(step.entries):
        return step
    until = max(now + every, incident.page_at or now)
    return replace(step, incident=replace(incident, page_at=until))


def worked(incident: Incident) -> Step:
    """A sign of work that stands in another log: whoever has taken it is given time anew."""
    taken = incident.state is IncidentState.ACKNOWLEDGED
    return Step(replace(incident, page_at=None) if taken else incident)


def lapsed(incident: Incident, *, rules: Rules, now: datetime) -> Step:
    """Somebody had taken it, and no sign of work has come since: paging goes on where it stood."""
    if incident.priority not in rules.progress:
        return Step(replace(incident, page_at=None))
    entry = Entry("lapsed", DAEMON, {"by": incident.acknowledged_by})
    asked = replace(unanswered(incident), page_at=now, changed_at=now)
    return Step(asked, (entry,))


def _is_work(entries: Iterable[Entry]) -> bool:
    return any(one.actor.kind is ActorKind.PERSON or one.kind in _WORK for one in entries)
