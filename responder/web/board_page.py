"""The board: what is open, who is on duty and what waits, on one page that only shows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from alerts.model import Priority
from alerts.moments import read_moment
from alerts.quiet import Maintenance
from probes.durations import show_duration
from responder.desk_values import Major
from responder.duty import on_duty
from responder.paging.escalation import Escalations
from responder.plan import Plan
from responder.run_values import LIVE, Run, RunState
from responder.store import Tx, majors, outbox, pages, quiet
from responder.store import incidents as incident_rows
from responder.store import runs as run_rows
from responder.values import ACTIVE, EffectKind, Incident, IncidentState
from responder.web.api_method_tests import unproved
from responder.web.health import UNPAGED_AFTER
from responder.web.looks_page import looks_line
from responder.web.pages import Pages, clock
from responder.web.route import Access, Asked, Route
from responder.web.run_page import LOOKS
from responder.web.standings import blindness
from responder.web.status import last_seen
from responder.world import World

SHOWN = 50
LATE = timedelta(seconds=30)  # a duty that is later than this is told of

Depths = Mapping[tuple[str, str], tuple[int, datetime]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One kind of effect, and how many wait or are dead."""

    what: str
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class _View:
    """What the store says."""

    escalations: Escalations
    incidents: list[Incident]
    total: int
    depths: Depths
    unpaged: int
    works: list[Maintenance]
    runs: list[Run]
    majors: dict[int, Major]


class BoardPage:
    """For the screen of somebody who sits at this machine, or holds a viewer's token."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def routes(self) -> list[Route]:
        """It only shows: acting is for links, API and command line."""
        return [Route("GET", "/", self.show, Access.LOOPBACK, "The board, for a person")]

    async def show(self, _: Asked) -> web.Response:
        world, now = self._world, self._world.clock.now()
        view = await world.store.read(_view, plan=world.live.plan, now=now)
        shown = sorted(view.incidents, key=_urgency)
        seen = last_seen(world)
        unanswered = sum(1 for one in view.incidents if one.state is IncidentState.OPEN)
        return self._pages.page(
            "board.html",
            root="",
            headline=_headline(view.total, unanswered),
            unanswered=unanswered,
            looks=await looks_line(world),
            incidents=shown,
            more=view.total - len(shown),
            doing={one.id: doing(one, now) for one in shown},
            majors=[*_majors(view.majors, now)],
            alarms=[*_alarms(world, view, killed=await world.kill.thrown())],
            rungs=[*_rungs(view.escalations)],
            rotas=bool(world.live.config.rotas),
            unproved=await unproved(world),
            runs=[(one, LOOKS[one.state], needs(one)) for one in sorted(view.runs, key=_pressing)],
            works=[one for one in (*world.live.plan.works, *view.works) if one.active(now)],
            outbox=[*_rows(view.depths)],
            senders=[(name, seen.get(name)) for name in world.live.config.senders],
            version=world.version,
            now=now,
        )


def doing(incident: Incident, now: datetime) -> str:
    """What happens about it just now (pure)."""
    if incident.state is IncidentState.ACKNOWLEDGED:
        return f"{incident.acknowledged_by} has it"
    if incident.state is IncidentState.MITIGATED:
        return "its alerts have ended; watched until it is sure"
    if incident.muted_by:
        return f"muted by {', '.join(incident.muted_by)}"
    if incident.page_at is None:
        return "in its queue; nobody is paged"
    wait = incident.page_at - now
    when = f"in {show_duration(wait)}" if wait > timedelta(0) else "now"
    return (
        f"{_count(incident.step, 'round')} of pages, next {when}"
        if incident.step
        else f"paged {when}"
    )


def _majors(found: Mapping[int, Major], now: datetime) -> Iterator[tuple[int, str]]:
    """Who leads what, and by when its customers hear."""
    for id_, one in found.items():
        led = f"led by {one.incident_lead or 'nobody'}"
        writes = f"{one.communication_lead or 'nobody'} writes to customers"
        due = one.next_update_at
        late = "overdue since" if due and due <= now else "next by"
        yield id_, f"{led}; {writes}" + (f", {late} {clock(due)}" if due else "")


def needs(run: Run) -> str:
    """What it waits for, or is at (pure)."""
    if run.state is RunState.UNKNOWN:
        return f"nobody knows what became of {run.step}: a person must look"
    if run.state is RunState.PAUSED:
        return f"paused at {run.step}, until a person has it go on"
    if _asks(run):
        until = read_moment(str(run.asked["until"]))
        return f"a person must say yes or no{f' by {clock(until)}' if until else ''}"
    if run.state is RunState.WAITING and run.waits_for:
        return f"waits for {run.waits_for}"
    return f"at {run.step}"


def _asks(run: Run) -> bool:
    return bool(run.asked) and not run.asked.get("rejected_by")


def _pressing(run: Run) -> tuple[bool, int]:
    """What only a person can move comes first, then the oldest."""
    stuck = run.state in (RunState.UNKNOWN, RunState.PAUSED) or _asks(run)
    return not stuck, run.id


def _view(tx: Tx, *, plan: Plan, now: datetime) -> _View:
    return _View(
        escalations=on_duty(tx, plan, now=now),
        incidents=incident_rows.listed(tx, states=ACTIVE, limit=SHOWN),
        total=sum(incident_rows.counts(tx).values()),
        depths=outbox.depths(tx),
        unpaged=pages.unpaged(tx, queued_before=now - UNPAGED_AFTER),
        works=quiet.works(tx, now=now),
        runs=run_rows.listed(tx, states=LIVE, limit=SHOWN),
        majors=majors.of_incidents(tx, majors.active(tx)),
    )


def _urgency(incident: Incident) -> tuple[int, int, datetime]:
    """Unanswered first, then the worst, then the oldest."""
    return ACTIVE.index(incident.state), -incident.priority.rank, incident.opened_at


def _headline(total: int, unanswered: int) -> str:
    if not total:
        return "All is well"
    troubles = _count(total, "incident")
    return f"{troubles}, {unanswered} unanswered" if unanswered else f"{troubles}, all answered"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _alarms(world: World, view: _View, *, killed: str) -> Iterator[str]:
    """What is wrong with ourselves."""
    if killed:
        yield f"The kill switch is on, no machine is switched: {killed}"
    if blind := blindness(world.eyes):
        yield blind
    if view.unpaged:
        yield f"{_count(view.unpaged, 'critical incident')} of which nobody has been told"
    if dead := sum(count for (_, state), (count, _) in view.depths.items() if state == "dead"):
        yield f"{_count(dead, 'dead letter')} for a person to try again"
    if not world.live.good:
        yield "The newest configuration file was refused; the one before it is in force"
    for duty in world.duties.values():
        if duty.first.is_set() and (lag := timedelta(seconds=duty.lag())) > LATE:
            yield f"The duty {duty.name} is {show_duration(lag)} late"


def _rungs(escalations: Escalations) -> Iterator[str]:
    """Who would be paged now about something critical, round by round."""
    ladder = escalations.by_priority.get(Priority.CRITICAL, escalations.critical)
    waited = timedelta(0)
    for rung in ladder.rungs if ladder else ():
        yield ", ".join(rung.people) + (f", after {show_duration(waited)}" if waited else "")
        waited += rung.wait


def _rows(depths: Depths) -> Iterator[_Row]:
    for kind in EffectKind:
        due, claimed, dead = (
            depths[kind, state][0] if (kind, state) in depths else 0
            for state in ("due", "claimed", "dead")
        )
        yield _Row(kind.replace(".", " "), due + claimed, dead)
