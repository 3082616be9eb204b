"""What a run tells the daemon and its people: notes, pages, more people, customers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.model import DAEMON
from playbooks.gate import Approval
from playbooks.ports import PageEvent
from responder import incidents, notices
from responder.board import Board, Saved
from responder.paging.summons import called, everyone, reachable, summons
from responder.plan import Plan
from responder.run_values import Consent, Run
from responder.steps import Step, unanswered
from responder.store import Tx, gated, runs
from responder.values import NOT_WELL, Entry, Incident

BY_HAND = "a playbook by hand"
"""The rule of an incident that was opened for a run alone: it ends with the run."""
AGAIN = timedelta(minutes=5)
"""When those who were called to a stuck run have not answered, paging goes on."""


def tell(
    tx: Tx, run: Run, kind: str, facts: Mapping[str, Any], *, plan: Plan, now: datetime
) -> tuple[str, Run, Saved]:
    """One of the words of `Crew.tell`: what came of it, the run that remembers it, and what has
    changed. A second time within one step (after a crash) it changes nothing. Raises LostRun.
    """
    board = Board(tx, plan, now=now)
    before = run.memory.get("told", {})
    if kind in before:
        return str(before[kind]), run, Saved((), 0)
    incident = board.incident(run.incident)
    text = str(facts.get("text", ""))
    if kind == "approve":
        run = replace(run, asked=_question(run, text, facts, now=now))
    told = _TELLS[kind](board, incident, run, text, str(facts.get("to", "")))
    remembered = replace(run, memory={**run.memory, "told": {**before, kind: told}})
    return told, runs.save(tx, remembered, [], now=now), board.save()


def ring(
    tx: Tx, *, incident: int, title: str, text: str, key: str, plan: Plan, now: datetime
) -> Saved:
    """Call people to this incident for something that no run waits for any more: an order at a data
    centre that is late, a question in a reply. `key` tells this call from every other.
    """
    board = Board(tx, plan, now=now)
    one = board.incident(incident)
    board.put(Step(one, (Entry("playbook_needs", DAEMON, {"about": key}, f"{title}\n{text}"),)))
    event, escalations = PageEvent.NEEDED, board.rings.escalations
    people = called(one, escalations)
    facts = {"why": title, "text": text}
    board.call(summons(one, people, escalations=escalations, event=event, name=key, facts=facts))
    return board.save()


def ask(board: Board, run: Run, *, why: str, digest: str, until: datetime) -> None:
    """Call people to approve a step of this run. What is muted, or a part of a greater trouble,
    calls nobody by itself; a person who has begun the run needs the others' answer all the same.
    """
    incident = board.incident(run.incident)
    entry = Entry("playbook_asks", DAEMON, {**_about(run), "until": until.isoformat()}, why)
    board.put(Step(incident, (entry,)))
    if (incident.muted_by or incident.parent is not None) and not run.requested_by:
        return
    facts = {"run": run.id, "run_step": run.step, "digest": digest, "why": why}
    _call(board, incident, run, PageEvent.APPROVAL, f"ask-{digest[:12]}", facts)


def need(board: Board, run: Run, *, why: str) -> None:
    """A person must look: nobody knows, or nobody else can. Whoever had answered is asked again,
    and paging goes on until somebody does. An incident whose alerts are all over stays over: none
    of them would end again and close it.
    """
    incident = board.incident(run.incident)
    entry = Entry("playbook_needs", DAEMON, _about(run), why)
    if incident.state in NOT_WELL and not incident.drill:
        waiting = unanswered(incident)
        board.put(Step(_paging(waiting, board.now), (entry,)))
    else:
        board.put(Step(incident, (entry,)))
    facts = {"run": run.id, "run_step": run.step, "why": why}
    people = None if _climbs(incident, run) else everyone(incident, board.rings.escalations)
    _call(board, incident, run, PageEvent.NEEDED, f"need-{run.id}-{run.seq}", facts, people)


def step_told(board: Board, run: Run, *, step: str, outcome: str, text: str) -> None:
    """A step is over: a line of the incident, and an internal note of its ticket."""
    incident = board.incident(run.incident)
    facts = {**_about(run), "step": step, "outcome": outcome}
    board.put(Step(incident, (Entry("playbook_step", DAEMON, facts, text),)))


def run_told(board: Board, run: Run, *, outcome: str, text: str) -> None:
    """The run is over."""
    incident = board.incident(run.incident)
    entry = Entry("playbook_ended", DAEMON, {**_about(run), "outcome": outcome}, text)
    incident = board.put(Step(incident, (entry,)))
    well = outcome in ("done", "healed", "aborted") and not incident.firing
    if well and incident.rule == BY_HAND and incident.active:
        board.put(incidents.resolved(incident, DAEMON, now=board.now))


def approval(one: Consent) -> Approval:
    """A consent as the gate reads it."""
    return Approval(one.person, one.digest, one.at, frozenset(one.overrules), one.reason)


def pause(tx: Tx, account: str, seconds: float, reason: str, *, now: datetime) -> None:
    """Nobody of us uses this account for so long."""
    gated.pause(tx, account, until=now + timedelta(seconds=seconds), reason=reason)


def _note(board: Board, incident: Incident, run: Run, text: str, _: str) -> str:
    board.put(Step(incident, (Entry("note", DAEMON, _about(run), text),)))
    return "noted"


def _page(board: Board, incident: Incident, run: Run, text: str, to: str) -> str:
    people = _people(board, incident, to)
    facts = {"run": run.id, "run_step": run.step, "why": text}
    _call(board, incident, run, PageEvent.NEEDED, f"page-{run.id}-{run.step}", facts, people)
    return f"paged {', '.join(people) or 'nobody'}"


def _escalate(board: Board, incident: Incident, run: Run, text: str, to: str) -> str:
    """The next step of the escalation; whoever is named is called as well."""
    board.put(incidents.escalated(incident, DAEMON, words=text, now=board.now))
    return f"escalated; {_page(board, incident, run, text, to)}" if to else "escalated"


def _customers(board: Board, incident: Incident, run: Run, text: str, _: str) -> str:
    return notices.say(board, incident, text, facts=_about(run))


def _approve(board: Board, incident: Incident, run: Run, text: str, _: str) -> str:
    until = datetime.fromisoformat(run.asked["until"])
    ask(board, run, why=text, digest=str(run.asked["digest"]), until=until)
    return "asked"


def _question(run: Run, text: str, facts: Mapping[str, Any], *, now: datetime) -> dict[str, str]:
    """What a step asks that is itself a question."""
    bound = [run.id, run.hash, run.step, run.target, "approve", text]
    until: datetime = facts["until"]
    return {
        "digest": hashlib.sha256(json.dumps(bound).encode()).hexdigest(),
        "since": now.isoformat(),
        "until": until.isoformat(),
        "action": "approve",
        "would": text,
    }


_TELLS = {
    "note": _note,
    "page": _page,
    "escalate": _escalate,
    "customers": _customers,
    "approve": _approve,
}


def _climbs(incident: Incident, run: Run) -> bool:
    """Is somebody else asked when the first do not answer? Not where it is muted, or over: then
    all are asked at once. (What a person has begun is his to look after.)
    """
    waits = incident.state in NOT_WELL and not incident.muted_by
    return bool(run.requested_by) or incident.drill or waits


def _about(run: Run) -> dict[str, Any]:
    return {"run": run.id, "playbook": run.playbook, "step": run.step}


def _people(board: Board, incident: Incident, to: str) -> tuple[str, ...]:
    """Whoever is named; where he is gone, or has no way to be reached, who else would be called."""
    escalations = board.rings.escalations
    named = (to,) if to in escalations.methods else escalations.teams.get(to, ())
    return reachable(named, escalations) or called(incident, escalations)


def _call(
    board: Board,
    incident: Incident,
    run: Run,
    event: PageEvent,
    name: str,
    facts: Mapping[str, Any],
    people: tuple[str, ...] | None = None,
) -> None:
    escalations = board.rings.escalations
    chosen = people if people is not None else called(incident, escalations)
    drill = {"drill": True} if run.drill else {}
    board.call(
        summons(
            incident, chosen, escalations=escalations, event=event, name=name,
            facts={**facts, **drill},
        )
    )  # fmt: skip


def _paging(incident: Incident, now: datetime) -> Incident:
    """Open again, and the next round of pages goes out unless somebody answers the call."""
    return replace(incident, page_at=now + AGAIN, changed_at=now)
