"""What becomes of a run, as transactions: the journal, the incident, the ticket, the people."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts.model import DAEMON
from playbooks.cycle import Left
from playbooks.power.model import Verb
from responder.board import Board, Saved
from responder.kpi.figures import first_action
from responder.plan import Plan
from responder.run_values import Run, RunState, Wish
from responder.runs import telling
from responder.store import Tx, claims, gated, incidents, kpis, records, runs
from responder.values import NOT_WELL, Entry, Incident

OFF = "the machine was left OFF by this run"
TOLD = "told"  # people were called for that


@dataclass(frozen=True, slots=True)
class Over:
    """A step that is over. `following` is None when the run ends with it; `left_off`: our own hand
    has switched the machine off and not on again.
    """

    step: str
    outcome: str  # ok | failed | skipped
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    following: str | None = None
    left_off: bool = False
    healed: bool = False


def standing(tx: Tx, run: Run) -> tuple[Incident, bool]:
    """How the incident of this run stands, and whether the run has been let through to anything."""
    (incident,) = incidents.by_ids(tx, [run.incident])
    return incident, bool(gated.of_run(tx, run.id))


def step_begun(
    tx: Tx, run: Run, *, step: str, uses: str, plan: Plan, now: datetime
) -> tuple[Run, Saved]:
    """A step begins; how soon the very first one did is a figure (R24). Raises LostRun."""
    entry = Entry("step_began", DAEMON, {"step": step, "uses": uses})
    run = runs.save(tx, replace(run, step_at=now, waits_for=""), [entry], now=now)
    (incident,) = incidents.by_ids(tx, [run.incident])
    figures = kpis.count(tx, first_action(run, incident, at=now))
    return run, Saved((), 0, figures)


def is_left_off(run: Run) -> bool:
    """Is the machine off by this run's hand, or may it be: was `off` the last that it heard? A step
    that knows nothing of it goes by those before it.
    """
    kept = run.memory.get("action", {})
    if "left" in kept:
        return bool(kept["left"] == Left.OFF)
    return run.memory.get("verb") == Verb.OFF or bool(run.memory.get("left"))


def step_over(tx: Tx, run: Run, *, over: Over, plan: Plan, now: datetime) -> tuple[Run, Saved]:
    """The step's result stands, the next one begins or the run ends. Raises LostRun."""
    board = Board(tx, plan, now=now)
    told = run.memory.get("left") == TOLD
    calls = over.left_off and not told and (over.outcome == "failed" or over.following is None)
    result = {"outcome": over.outcome, "text": over.text, "values": dict(over.values)}
    entry = Entry("step_ended", DAEMON, {"step": over.step, "outcome": over.outcome}, over.text)
    run = replace(
        run,
        results={**run.results, over.step: result},
        memory={"left": TOLD if told or calls else str(Left.OFF)} if over.left_off else {},
        intent=None,
        asked={},
        waits_for="",
        step_at=None,
    )
    if gated.end_act(tx, run.id, over.step, _ending(over), now=now):
        claims.wake_waiters(tx, "concurrency", now=now)
    if over.outcome != "skipped":
        telling.step_told(board, run, step=over.step, outcome=over.outcome, text=over.text)
    if over.following is not None:
        run = runs.save(tx, replace(run, step=over.following), [entry], now=now)
    else:
        run = _ended(tx, board, run, over, entry, now=now)
    if calls:
        telling.need(board, run, why=f"{over.text}; {OFF}")
    elif run.state is RunState.FAILED and not told and _is_wanted(board, run):
        telling.need(board, run, why=f"{run.playbook} did not help: {over.text}")
    return run, board.save()


def resting(
    tx: Tx, run: Run, *, step: str, until: datetime, why: str, plan: Plan, now: datetime
) -> tuple[Run, Saved]:
    """It waits, and costs nothing meanwhile. What has come since it looked, a yes, a wish, a reply,
    is heard at once. Raises LostRun.
    """
    records.one_at_a_time(tx)
    facts = {"step": step, "until": until.isoformat()}
    entries = [Entry("waiting", DAEMON, facts, why)] if why != run.waits_for else []
    held = runs.hold(tx, run.id)
    stirred = held is not None and (held.seq, held.changed_at) != (run.seq, run.changed_at)
    rested = replace(run, state=RunState.WAITING, wake_at=now if stirred else until, waits_for=why)
    return runs.save(tx, rested, entries, now=now, hold=False), Saved((), 0)


def unknown(
    tx: Tx, run: Run, *, step: str, reason: str, plan: Plan, now: datetime
) -> tuple[Run, Saved]:
    """Nobody knows: nothing more is done, and people are called. Raises LostRun."""
    board = Board(tx, plan, now=now)
    stuck = replace(run, state=RunState.UNKNOWN, wake_at=None, waits_for="a person")
    run = runs.save(tx, stuck, [Entry("unknown", DAEMON, {"step": step}, reason)], now=now,
                    hold=False)  # fmt: skip
    gated.end_acts(tx, run.id, "unknown", now=now)
    telling.need(board, run, why=_and_off(run, f"outcome unknown at {step}: {reason}"))
    return run, board.save()


def halted(
    tx: Tx, run: Run, *, why: str, left_off: bool, plan: Plan, now: datetime
) -> tuple[Run, Saved]:
    """A person has stopped it: paused, or aborted. Raises LostRun."""
    board = Board(tx, plan, now=now)
    if why == Wish.PAUSE:
        run = _given_up(tx, replace(run, state=RunState.PAUSED, wish=Wish.NONE), now=now)
    else:
        gated.end_acts(tx, run.id, "unknown" if run.intent else "failed", now=now)
        ended = replace(run, state=RunState.ABORTED, outcome="aborted", ended_at=now)
        run = _given_up(tx, ended, now=now)
        telling.run_told(board, run, outcome="aborted", text=f"aborted at {run.step}")
    if left_off:
        telling.need(board, run, why=f"stopped at {run.step}: {OFF}")
    elif run.intent is not None:
        told = f'stopped at {run.step}: "{run.intent.verb}" was told, and nobody saw what it did'
        telling.need(board, run, why=told)
    return run, board.save()


def broken(tx: Tx, run: Run, *, reason: str, plan: Plan, now: datetime) -> Saved | None:
    """The program itself has failed at it: people are called, and nothing is tried again. None
    where somebody else holds it, or has ended it, since.
    """
    board = Board(tx, plan, now=now)
    held = runs.hold(tx, run.id)
    if held is None or held.fence != run.fence or held.state is not RunState.RUNNING:
        return None
    run = held
    stuck = replace(run, state=RunState.UNKNOWN, wake_at=None, waits_for="a person")
    entry = Entry("unknown", DAEMON, {"step": run.step}, reason)
    run = runs.change(tx, stuck, [entry], now=now)
    gated.end_acts(tx, run.id, "unknown", now=now)
    telling.need(board, run, why=_and_off(run, f"outcome unknown at {run.step}: {reason}"))
    return board.save()


def _and_off(run: Run, why: str) -> str:
    return f"{why}; {OFF}, or may be" if is_left_off(run) else why


def _ended(tx: Tx, board: Board, run: Run, over: Over, entry: Entry, *, now: datetime) -> Run:
    failed = over.outcome == "failed" or over.left_off  # who leaves it off has not done it
    outcome = "failed" if failed else ("healed" if over.healed else "done")
    state = RunState.FAILED if failed else RunState.DONE
    ended = replace(run, state=state, outcome=outcome, ended_at=now, wake_at=None)
    last = Entry("ended", DAEMON, {"outcome": outcome}, over.text)
    gated.end_acts(tx, run.id, "failed" if failed else "done", now=now)
    run = runs.save(tx, ended, [entry, last], now=now, hold=False)
    telling.run_told(board, run, outcome=outcome, text=over.text)
    return run


def _given_up(tx: Tx, run: Run, *, now: datetime) -> Run:
    why = {"outcome": run.outcome} if run.outcome else {}
    entry = Entry("halted", DAEMON, why)
    return runs.save(tx, replace(run, wake_at=None), [entry], now=now, hold=False)


def _is_wanted(board: Board, run: Run) -> bool:
    """Does anybody need to hear that it failed? Not of a trouble that has ended meanwhile."""
    return bool(run.requested_by) or board.incident(run.incident).state in NOT_WELL


def _ending(over: Over) -> str:
    return "failed" if over.outcome == "failed" else "done"
