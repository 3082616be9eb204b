"""What a playbook would do on a server now, and what the gate would say: nothing is done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from playbooks import lookups, walk
from playbooks.actions.kinds import ACTIONS
from playbooks.actions.model import Action
from playbooks.frozen import Book
from playbooks.gate import Check, denial, judged
from playbooks.outside import OutsideError
from playbooks.playbook import Step
from playbooks.power.model import Power
from responder.problems import Loading
from responder.run_values import Run, RunState
from responder.runs.crew import RunCrew
from responder.runs.gatekeeping import digest_of
from responder.runs.journal import Journal
from responder.runs.kit import Kit
from responder.store import Tx
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.values import ACTIVE


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step. `checks` are the gate's verdicts, none where it does not stand in front of it.
    `sends`: what it would write to people outside, word for word.
    """

    step: Step
    would: str
    gated: bool = False
    checks: tuple[Check, ...] = ()
    sends: str = ""

    @property
    def denied_by(self) -> str:
        stopped = denial(self.checks)
        return stopped.name if stopped else ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A whole playbook, as if it began by itself now."""

    book: Book
    server: str
    steps: tuple[PlannedStep, ...]


async def planned(kit: Kit, book: Book, server: str) -> Planned:
    """Every step in the order of the file. What a step before it would give is not known, and stays
    as it is written. The device is asked who it is, at most once in a while.
    """
    run, title = await kit.store.read(_imagined, book, server, now=kit.clock.now())
    crew = RunCrew(kit, Journal(kit, run))
    steps = [await _planned(kit, crew, title, step) for step in book.playbook.steps]
    return Planned(book, server, tuple(steps))


async def _planned(kit: Kit, crew: RunCrew, title: str, step: Step) -> PlannedStep:
    now = kit.clock.now()
    bare = crew.case(began_at=now, deadline=now, title=title)
    known = lookups.scope(bare, {})
    try:
        action = _action(step, known, kit)
        gated = action.gated(crew)
        case = replace(bare, step=step.id, deadline=now + _lasts(step, action, crew), scope=known)
        would = action.would(case)
        unfit = gated and await action.unfit(case, crew)
        sends = "" if unfit else await action.sends(case, crew)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        return PlannedStep(step, f"fail: its settings do not fit ({first['msg']})")
    except (OutsideError, lookups.Unfit) as error:
        return PlannedStep(step, f"fail: {error}")
    if unfit:
        return PlannedStep(step, f"fail: {unfit}", gated)
    checks = await _checks(kit, crew, step, action) if gated else ()
    return PlannedStep(step, would, gated, checks, sends)


async def _checks(kit: Kit, crew: RunCrew, step: Step, action: Action) -> tuple[Check, ...]:
    run = replace(crew.run, step=step.id)
    power = _power(crew, action)
    digest = digest_of(run, action, power)
    facts = await kit.gatherer.facts(run, action=action.uses, digest=digest, power=power)
    facts = await kit.store.read(kit.gatherer.stored, facts, run)
    return judged(replace(facts, interrupts=action.interrupts))


def _imagined(tx: Tx, book: Book, server: str, *, now: Any) -> tuple[Run, str]:
    """A run that nobody begins, for the incident that the server has, and what that is called."""
    active = incident_rows.listed(tx, states=ACTIVE, server=server, limit=20)
    incident = next((one for one in active if not one.drill), None)
    firing = alert_rows.firing_of(tx, [incident.id]) if incident else []
    run = Run(
        id=0,
        key="",
        playbook=book.name,
        version=book.playbook.version,
        hash=book.digest,
        incident=incident.id if incident else 0,
        incident_ref=incident.ref if incident else "",
        target=server,
        state=RunState.DUE,
        mode=book.playbook.safety.mode,
        step=walk.first(book.playbook),
        began_at=now,
        changed_at=now,
        labels=min(firing, key=lambda one: one.id).labels if firing else {},
    )
    return run, incident.title if incident else book.name


def _action(step: Step, known: Mapping[str, str], kit: Kit) -> Action:
    kind = ACTIONS[step.uses]
    told = {
        name: value if name in kind.raw else _filled(value, known)
        for name, value in step.with_.items()
    }
    return kind.model_validate(told, context=Loading(kit.live.path.absolute().parent))


def _filled(written: Any, known: Mapping[str, str]) -> Any:
    """What can be looked up now is; what only a run knows stays as it is written."""
    if isinstance(written, Mapping):
        return {key: _filled(value, known) for key, value in written.items()}
    if isinstance(written, list | tuple):
        return [_filled(value, known) for value in written]
    try:
        return lookups.filled(written, known)
    except lookups.Unresolved:
        return written


def _lasts(step: Step, action: Action, crew: RunCrew) -> timedelta:
    return step.timeout or action.lasts(crew)


def _power(crew: RunCrew, action: Action) -> Power | None:
    if not action.uses.startswith("power."):
        return None
    try:
        return crew.power()
    except OutsideError:
        return None
