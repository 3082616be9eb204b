"""Runs and playbooks as JSON of the API; made inside the look, beside the loop."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alerts.moments import read_moment
from playbooks.frozen import Book, outline
from playbooks.playbook import Mode, Playbook
from responder.run_values import LIVE, Consent, Run, RunState
from responder.runs.acts import asked_name
from responder.runs.story import told_of_run
from responder.store import Tx, consents, logs
from responder.store import runs as rows
from responder.web.run_answers import (
    AskedAnswer,
    CheckAnswer,
    ConsentAnswer,
    FullRunAnswer,
    IntentAnswer,
    PlaybookAnswer,
    PlaybookLineAnswer,
    PlaybooksAnswer,
    RunLineAnswer,
    RunsAnswer,
    StepAnswer,
)
from responder.web.run_orders import RunQuery
from responder.web.views import cursor, events

_RESTS = ("paused", "pause_asked", "taken_over")


def runs(tx: Tx, query: RunQuery, *, incident: int | None, below_id: int | None) -> str:
    """One part of the list as JSON."""
    found = rows.listed(
        tx,
        states=_states(query.state),
        server=query.server,
        incident=incident,
        before=below_id,
        limit=query.limit + 1,
    )
    shown, more = found[: query.limit], len(found) > query.limit
    after = cursor(shown[-1].id) if more else None
    lines = tuple(RunLineAnswer(**_line(one)) for one in shown)
    return RunsAnswer(runs=lines, next=after).model_dump_json()


def run(tx: Tx, id_: int) -> str | None:
    """One run with its steps, what it asks and what the gate said; None when there is none."""
    found = rows.by_ids(tx, [id_])
    if not found:
        return None
    one = found[0]
    text = rows.copies(tx, [one.hash])[one.hash]
    rests = _rested_by(tx, one) if one.state is RunState.PAUSED or one.wish == "pause" else ""
    return _full(one, text, consents.of_run(tx, id_), taken_by=rests).model_dump_json()


def run_events(tx: Tx, id_: int) -> str | None:
    """The whole journal of a run as JSON, None when there is no such run."""
    if not rows.by_ids(tx, [id_]):
        return None
    return events(logs.read(tx, "run", id_), told_of_run).model_dump_json()


def playbooks(books: Iterable[Book]) -> str:
    """Those that may be run, by name."""
    named = sorted(books, key=lambda book: book.name)
    lines = tuple(PlaybookLineAnswer(**_book(one)) for one in named)
    return PlaybooksAnswer(playbooks=lines).model_dump_json()


def playbook(book: Book) -> str:
    """One of them, whole."""
    return PlaybookAnswer(**_book(book), text=json.loads(book.text)).model_dump_json()


def check(told: Mapping[str, Any]) -> CheckAnswer:
    """A verdict of the gate as it is kept."""
    return CheckAnswer(
        name=told["name"],
        ruling=told["ruling"],
        reason=told.get("reason", ""),
        overruled_by=told.get("overruled_by", ""),
    )


def _full(one: Run, text: str, agreed: Sequence[Consent], *, taken_by: str) -> FullRunAnswer:
    return FullRunAnswer(
        **_line(one),
        version=one.version,
        hash=one.hash,
        steps=_steps(one, text),
        asked=_asked(one) if one.asked else None,
        approvals=tuple(_consent(yes) for yes in agreed),
        checks=tuple(check(verdict) for verdict in one.checks),
        intent=IntentAnswer(verb=one.intent.verb, step=one.intent.step, at=one.intent.at)
        if one.intent
        else None,
        wish=one.wish,
        taken_by=taken_by,
        overrules=one.overrules,
        reason=one.reason,
        step_at=one.step_at,
        wake_at=one.wake_at,
    )


def _line(one: Run) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "playbook": one.playbook,
        "state": one.state,
        "outcome": one.outcome,
        "incident": str(one.incident),
        "server": one.target or None,
        "step": one.step,
        "waits_for": "" if one.state is RunState.RUNNING else one.waits_for,
        "mode": Mode(one.mode),
        "drill": one.drill,
        "dry": one.dry,
        "requested_by": one.requested_by,
        "began_at": one.began_at,
        "changed_at": one.changed_at,
        "ended_at": one.ended_at,
    }


def _steps(one: Run, text: str) -> tuple[StepAnswer, ...]:
    """Every step of its own copy, though a later version of us may not read it any more."""
    return tuple(_step(one.results.get(step[0], {}), *step) for step in outline(text))


def _step(result: Mapping[str, Any], id_: str, uses: str, on_fail: str) -> StepAnswer:
    return StepAnswer(
        id=id_,
        uses=uses,
        on_fail=on_fail,
        outcome=result.get("outcome", ""),
        text=result.get("text", ""),
        values=result.get("values", {}),
        by=result.get("by", ""),
    )


def _asked(one: Run) -> AskedAnswer:
    asked = one.asked
    return AskedAnswer(
        digest=asked["digest"],
        name=asked_name(one),
        action=asked.get("action", ""),
        would=asked.get("would", ""),
        since=read_moment(asked.get("since", "")),
        until=read_moment(asked.get("until", "")),
        rejected_by=asked.get("rejected_by", ""),
    )


def _consent(one: Consent) -> ConsentAnswer:
    return ConsentAnswer(
        step=one.step,
        person=one.person,
        at=one.at,
        overrules=one.overrules,
        reason=one.reason,
        via=one.via,
    )


def _rested_by(tx: Tx, one: Run) -> str:
    lines = (line for line in reversed(logs.read(tx, "run", one.id)) if line.kind in _RESTS)
    return next((line.actor.name for line in lines), "")


def _book(book: Book) -> dict[str, Any]:
    told: Playbook = book.playbook
    return {
        "name": book.name,
        "version": told.version,
        "hash": book.digest,
        "about": told.about,
        "mode": told.safety.mode,
        "approvals": told.safety.approvals,
        "by_itself": bool(told.when.model_dump(exclude_defaults=True)),
        "steps": len(told.steps),
        "source": book.source,
    }


def _states(asked: Sequence[str]) -> tuple[RunState, ...]:
    words = [LIVE if word == "active" else (RunState(word),) for word in asked]
    return tuple(dict.fromkeys(state for states in words for state in states))
