"""What people do with runs: agree, refuse, stop, take over, go on."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from alerts.model import Actor, clean
from alerts.moments import read_moment
from playbooks import walk
from playbooks.cycle import Left
from playbooks.frozen import thawed
from playbooks.gate import OVERRULABLE
from playbooks.playbook import Playbook
from responder import incidents
from responder.acts import Refusal, Unknown
from responder.board import Board, Saved
from responder.plan import Plan
from responder.run_values import Consent, Run, RunState, Wish
from responder.runs import telling
from responder.runs.marks import OFF, TOLD, is_left_off
from responder.steps import Step
from responder.store import Tx, claims, consents, gated
from responder.store import runs as rows
from responder.values import Entry

DONE, FAILED = "done", "failed"

# Who does this is on it: nobody else needs to be woken.
_ANSWERS = frozenset({"approved", "rejected", "taken_over"})
_ASKING = (RunState.WAITING, RunState.RUNNING)  # it looks again while it waits
_STANDS = {
    RunState.DUE: "it has not begun yet",
    RunState.RUNNING: "it is at work",
    RunState.WAITING: "it waits",
    RunState.PAUSED: "it is paused",
    RunState.UNKNOWN: "nobody knows what became of its last step",
    RunState.DONE: "it is done",
    RunState.FAILED: "it has failed",
    RunState.ABORTED: "it was aborted",
}


def acted(tx: Tx, act: Callable[[Board], Run], *, plan: Plan, now: datetime) -> tuple[Run, Saved]:
    """One of these acts as a transaction function: the run after it, and what else has changed.

    Each raises Unknown for a run that is none, and Refusal where it does not fit.
    """
    board = Board(tx, plan, now=now)
    run = act(board)
    return run, board.save()


def approve(
    board: Board, *, id_: int, actor: Actor, digest: str, typed: str,
    overrules: Collection[str] = (), words: str = "", via: str = "",
) -> Run:  # fmt: skip
    """A yes to what it asks, bound to `digest`. `typed` is the server's name, written by hand. A
    second yes of the same person changes nothing.
    """
    run, now = _held(board, id_), board.now
    known = _consent_of(board.tx, run, actor, digest)
    if known is not None and not _adds(run, known, overrules):
        return run
    _must_ask(run, digest, now=now)
    if typed != asked_name(run):
        raise Refusal(f'type the name "{asked_name(run)}" to say that you mean it')
    taken = overruled((*(known.overrules if known else ()), *overrules), words)
    one = Consent(id_, run.step, digest, actor.name, now, taken, clean(words).strip(), via)
    consents.put(board.tx, one)
    told = _said({"step": run.step, "overrules": list(taken), "via": via})
    entry = Entry("approved", actor, told, words)
    if run.state is RunState.RUNNING:
        claims.wake(board.tx, [id_], now=now)
        return _noted(board, run, entry)
    taken_up = f"its turn, as {actor.name} has agreed"
    return _changed(board, replace(run, wake_at=now, owner="", waits_for=taken_up), entry)


def reject(board: Board, *, id_: int, actor: Actor, words: str = "") -> Run:
    """A no to what it asks: the step fails at once, and its `on_fail` says what comes next."""
    run, now = _held(board, id_), board.now
    if run.asked.get("rejected_by") == actor.name:
        return run
    _must_ask(run, run.asked.get("digest", ""), now=now)
    asked = {**run.asked, "rejected_by": actor.name, "rejected_why": words or "no reason told"}
    run = replace(run, state=RunState.WAITING, asked=asked, wake_at=now, owner="")
    return _changed(board, run, Entry("rejected", actor, {"step": run.step}, words))


def abort(board: Board, *, id_: int, actor: Actor, words: str = "") -> Run:
    """It ends here. While it is at work: before the next thing that can't be taken back."""
    run, now = _held(board, id_), board.now
    if run.state is RunState.ABORTED or _wishes(run, Wish.ABORT):
        return run
    _must_live(run)
    if run.state is RunState.RUNNING:
        return _wished(board, run, Wish.ABORT, Entry("abort_asked", actor, {}, words))
    gated.end_acts(board.tx, id_, "unknown" if run.intent else FAILED, now=now)
    text = f"aborted by {actor.name}" + (f": {words}" if words else "")
    entry = Entry("aborted", actor, {"step": run.step}, words)
    return _end(board, run, RunState.ABORTED, text, entry)


def pause(board: Board, *, id_: int, actor: Actor, words: str = "") -> Run:
    """It rests until somebody has it go on. While it is at work: at the next chance."""
    run = _held(board, id_)
    if run.state is RunState.PAUSED or _wishes(run, Wish.PAUSE):
        return run
    if run.state is RunState.UNKNOWN:
        raise Refusal(f"{_STANDS[run.state]}: take it over, or say what became of it")
    return _rest(board, run, Entry("paused", actor, {"step": run.step}, words))


def take_over(board: Board, *, id_: int, actor: Actor, words: str = "") -> Run:
    """It rests, and this person does by hand what is to be done."""
    run = _held(board, id_)
    entry = Entry("taken_over", actor, {"step": run.step}, words)
    if run.state is RunState.PAUSED or _wishes(run, Wish.PAUSE):
        return _noted(board, run, entry)
    return _rest(board, run, entry)


def resume(board: Board, *, id_: int, actor: Actor, words: str = "") -> Run:
    """It goes on where it rested."""
    run, now = _held(board, id_), board.now
    entry = Entry("resumed", actor, {"step": run.step}, words)
    if run.state is RunState.RUNNING and run.wish is Wish.PAUSE:
        return _wished(board, run, Wish.NONE, entry)
    if run.state is not RunState.PAUSED:
        raise Refusal(f"it is not paused: {_STANDS[run.state]}")
    return _changed(board, _again(run, now=now), entry)


def go_on(board: Board, *, id_: int, actor: Actor, outcome: str, words: str = "") -> Run:
    """A person says what became of the step (`done` | `failed`): the run goes on after it."""
    run, now, failed = _held(board, id_), board.now, outcome == FAILED
    if run.state not in (RunState.PAUSED, RunState.UNKNOWN):
        raise Refusal(f"pause it first, or take it over: {_STANDS[run.state]}")
    gated.end_act(board.tx, id_, run.step, outcome, now=now)
    text = words.strip() or f"{actor.name} says that it is {outcome}"
    result = {"outcome": "failed" if failed else "ok", "text": text, "by": actor.name}
    telling.step_told(board, run, step=run.step, outcome=result["outcome"], text=text)
    results = {**run.results, run.step: result}
    if failed and _left_off(run):
        telling.need(board, run, why=f"{text}; {OFF}")
    settled = replace(run, results=results, intent=None, asked={}, checks=(), memory={})
    entry = Entry("continued", actor, {"step": run.step, "outcome": outcome}, words)
    book = _book(board.tx, run)
    following = walk.after(book, run.step, failed=failed)
    if following is None:
        return _end(board, settled, RunState.FAILED if failed else RunState.DONE, text, entry)
    off = _left_off(run) if failed else walk.at(book, run.step).uses == "power.off"
    memory = {"left": TOLD if failed else str(Left.OFF)} if off else {}
    onward = replace(settled, step=following, step_at=None, memory=memory)
    return _changed(board, _again(onward, now=now), entry)


def asked_name(run: Run) -> str:
    """What a person types to say that he means this run: the server, else the playbook."""
    return run.target or run.playbook


def overruled(checks: Collection[str], words: str) -> tuple[str, ...]:
    """What a person takes on himself. Raises Refusal for what nobody may, and without a reason."""
    taken = tuple(dict.fromkeys(checks))
    for name in taken:
        if name not in OVERRULABLE:
            may = ", ".join(sorted(OVERRULABLE))
            raise Refusal(f'nobody overrules "{name}"; a person may overrule {may}')
    if taken and not words.strip():
        raise Refusal("say why you overrule it (a reason)")
    return taken


def _book(tx: Tx, run: Run) -> Playbook:
    """Raises Refusal for a copy that this version can't read: only a person goes on then."""
    try:
        return thawed(rows.copies(tx, [run.hash])[run.hash])
    except ValueError:
        raise Refusal(
            f"this version can't read the run's copy of {run.playbook}: abort it, and do by hand"
            " what is left to do"
        ) from None


def _held(board: Board, id_: int) -> Run:
    run = rows.hold(board.tx, id_)
    if run is None:
        raise Unknown(f"there is no run {id_}")
    return run


def _consent_of(tx: Tx, run: Run, actor: Actor, digest: str) -> Consent | None:
    given = consents.of_step(tx, run.id, run.step, digest)
    return next((one for one in given if one.person == actor.name), None)


def _adds(run: Run, known: Consent, overrules: Collection[str]) -> bool:
    """Does he say more than before, or to a question that was asked again since?"""
    since = read_moment(run.asked.get("since", ""))
    anew = since is not None and known.at < since and run.asked["digest"] == known.digest
    return anew or not set(known.overrules).issuperset(overrules)


def _wishes(run: Run, wanted: Wish) -> bool:
    """Will whoever works on it see this wish? One that rests by now is acted upon at once."""
    return run.wish is wanted and run.state is RunState.RUNNING


def _must_live(run: Run) -> None:
    if not run.live:
        raise Refusal(f"it is over: {_STANDS[run.state]}")


def _must_ask(run: Run, digest: str, *, now: datetime) -> None:
    if run.state not in _ASKING or not run.asked or run.intent is not None:
        raise Refusal(f"it asks nothing: {_STANDS[run.state]}")
    if refused_by := run.asked.get("rejected_by"):
        raise Refusal(f"{refused_by} has said no to it")
    until = read_moment(run.asked["until"])
    if until is not None and now >= until:
        raise Refusal(f"it is too late: it asked until {until:%H:%M:%S} UTC")
    if digest != run.asked["digest"]:
        raise Refusal("it asks something else by now: look at it again")


def _rest(board: Board, run: Run, entry: Entry) -> Run:
    _must_live(run)
    if _wishes(run, Wish.ABORT):
        raise Refusal("it is about to be aborted")
    if run.state is RunState.RUNNING:
        return _wished(board, run, Wish.PAUSE, entry)
    resting = replace(run, state=RunState.PAUSED, wake_at=None, owner="")
    return _changed(board, resting, entry)


def _again(run: Run, *, now: datetime) -> Run:
    """Taken up at once. What never began waits for its turn at the server, as all do."""
    begun = run.step_at is not None or run.results
    state = RunState.WAITING if begun else RunState.DUE
    return replace(run, state=state, wake_at=now, waits_for="", wish=Wish.NONE)


def _end(board: Board, run: Run, state: RunState, text: str, entry: Entry) -> Run:
    over = replace(
        run, state=state, outcome=str(state), ended_at=board.now, wake_at=None, asked={},
        waits_for="", owner="", wish=Wish.NONE,
    )  # fmt: skip
    _tell(board, run, entry)
    telling.run_told(board, run, outcome=over.outcome, text=text)
    if _left_off(run):
        telling.need(board, run, why=f"{text}; {OFF}")
    elif run.intent is not None and run.state is not RunState.UNKNOWN:
        doubt = f'"{run.intent.verb}" was told, and nobody saw what it did'
        telling.need(board, run, why=f"{text}; {doubt}")
    last = Entry("ended", entry.actor, {"outcome": over.outcome}, text)
    return rows.change(board.tx, over, [entry, last], now=board.now)


def _left_off(run: Run) -> bool:
    """Has this run switched the machine off, and not on again?"""
    return is_left_off(run)


def _noted(board: Board, run: Run, entry: Entry) -> Run:
    _tell(board, run, entry)
    return rows.note(board.tx, run.id, [entry], now=board.now)


def _wished(board: Board, run: Run, wanted: Wish, entry: Entry) -> Run:
    _tell(board, run, entry)
    return rows.wish(board.tx, run, wanted, [entry], now=board.now)


def _changed(board: Board, run: Run, entry: Entry) -> Run:
    _tell(board, run, entry)
    return rows.change(board.tx, run, [entry], now=board.now)


def _tell(board: Board, run: Run, entry: Entry) -> None:
    """The incident and its ticket hear who did what to the run."""
    step = entry.data.get("step", run.step)
    facts = {"run": run.id, "playbook": run.playbook, "step": step, "did": entry.kind}
    told = Entry("playbook_steered", entry.actor, facts, entry.words)
    incident = board.put(Step(board.incident(run.incident), (told,)))
    if entry.kind in _ANSWERS:
        via = str(entry.data.get("via", ""))
        board.put(incidents.acknowledged(incident, entry.actor, via=via, now=board.now))


def _said(told: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in told.items() if value}
