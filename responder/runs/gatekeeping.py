"""The gate at work: gathers, judges, writes every verdict down, lets through in one transaction."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from alerts.inventory import Server
from alerts.model import DAEMON
from playbooks.actions.model import Action, Case, Failed, Outcome, Wait
from playbooks.gate import OVERRULABLE, Check, Facts, Ruling, denial, judged
from playbooks.gate_people import by_itself
from playbooks.outside import OutsideError
from playbooks.playbook import Safety
from playbooks.power.model import Power, known_as
from responder.board import Board, Saved
from responder.plan import Plan
from responder.run_values import Act, Run
from responder.runs import journal, telling
from responder.runs.crew import RunCrew
from responder.runs.journal import Journal
from responder.runs.kit import Kit
from responder.store import Tx, gated, records, runs
from responder.values import Entry

ASK_AGAIN = timedelta(seconds=15)
"""Until a step that must wait is judged again."""
LONGEST = timedelta(hours=1)
"""How long a step waits at the gate for what is nobody's answer."""

_SERVER = Server("")


class Gatekeeper:
    """Stands in front of one step of one run."""

    def __init__(self, kit: Kit, journal: Journal, crew: RunCrew, safety: Safety) -> None:
        self._kit = kit
        self._journal = journal
        self._crew = crew
        self._safety = safety

    async def let(self, action: Action, case: Case) -> Outcome | None:
        """None when it may go on; else what becomes of the step."""
        digest = digest_of(self._journal.run, action, self._power(action))
        checks = await self._checks(action, digest, begin=True)
        stopped = denial(checks)
        if stopped is None:
            return None
        return await self._stopped(stopped, checks, action, case, digest)

    async def would_say(self, action: Action) -> str:
        """The verdict in one line, written down; nothing is let through and nobody is asked."""
        digest = digest_of(self._journal.run, action, self._power(action))
        stopped = denial(await self._checks(action, digest, begin=False))
        return f"{stopped.ruling} by {stopped.name}: {stopped.reason}" if stopped else "yes"

    async def _checks(self, action: Action, digest: str, *, begin: bool) -> tuple[Check, ...]:
        run, power = self._journal.run, self._power(action)
        facts = await self._kit.gatherer.facts(run, action=action.uses, digest=digest, power=power)
        facts = replace(facts, interrupts=action.interrupts)
        act = self._act(run, action, power, facts) if begin else None
        self._journal.run, checks = await self._kit.store.write(
            _judge, run, act, facts, self._kit.gatherer.stored, now=self._kit.clock.now()
        )
        return checks

    async def _stopped(
        self, by: Check, checks: Sequence[Check], action: Action, case: Case, digest: str
    ) -> Outcome:
        now = self._kit.clock.now()
        asks = any(one.name == "approval" and not one.passes for one in checks)
        if by.ruling is Ruling.DENY and not (asks and self._may_be_taken(by)):
            self._kit.metrics.denied(by.name)
            return Failed(f"denied by {by.name}: {by.reason}")
        if asks and (over := await self._ask(action, case, digest)):
            return over
        reason = f"{by.name}: {by.reason}"
        if by.name == "approval" or by.ruling is Ruling.DENY:
            return Wait(datetime.fromisoformat(self._journal.run.asked["until"]), reason)
        if now - case.began_at > LONGEST:
            return Failed(f"waited in vain for {reason}")
        return Wait(now + ASK_AGAIN, reason)

    def _may_be_taken(self, by: Check) -> bool:
        """Is it worth a question, as whoever says yes may take this no on himself? That the machine
        was helped a while ago is; that the world is not as it seems wakes nobody for a question.
        """
        if by.never or by.name not in OVERRULABLE:
            return False
        return by.name == "cooldown" or bool(self._journal.run.requested_by)

    async def _ask(self, action: Action, case: Case, digest: str) -> Failed | None:
        """Call people once; when the time is over the step has failed."""
        run, now = self._journal.run, self._kit.clock.now()
        if run.asked.get("digest") == digest:
            until = datetime.fromisoformat(run.asked["until"])
            if now < until:
                return None
            return Failed(f"nobody approved it by {until:%H:%M} UTC")
        until = now + self._safety.expires
        asked = {
            "digest": digest,
            "since": now.isoformat(),
            "until": until.isoformat(),
            "action": action.uses,
            "would": journal.shown(action.would(case)),
        }
        run, saved = await self._kit.store.write(
            _asked, replace(run, asked=asked), plan=self._kit.live.plan, until=until, now=now
        )
        self._journal.run = run
        self._kit.follow(saved)
        return None

    def _power(self, action: Action) -> Power | None:
        if not action.uses.startswith("power."):
            return None
        try:
            return self._crew.power()
        except OutsideError:
            return None

    def _act(self, run: Run, action: Action, power: Power | None, facts: Facts) -> Act:
        server = self._kit.live.plan.inventory.servers.get(run.target, _SERVER)
        return Act(
            run=run.id,
            step=run.step,
            target=run.target,
            action=action.uses,
            at=self._kit.clock.now(),
            by_person=not by_itself(facts),
            device=power.device() if power else "",
            driver=power.driver if power else "",
            datacentre=server.datacentre or "",
            rack=server.rack or "",
            hypervisor=server.hypervisor or "",
            drill=run.drill,
        )


def digest_of(run: Run, action: Action, power: Power | None) -> str:
    """What an approval is bound to: this run, its step, its target and all parameters, and the
    device that hangs on it now.
    """
    told = action.model_dump(mode="json", by_alias=True)
    bound = [run.id, run.hash, run.step, run.target, action.uses, told]
    bound.append(known_as(power) if power is not None else "")
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def shown(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Verdicts as they are stored and shown."""
    return [{name: _plain(value) for name, value in asdict(one).items() if value} for one in checks]


def _plain(value: Any) -> Any:
    return journal.shown(value) if type(value) is str else value


def _judge(
    tx: Tx, run: Run, act: Act | None, facts: Facts, stored: Any, *, now: datetime
) -> tuple[Run, tuple[Check, ...]]:
    """Judged with what the store says in this very transaction; when it passes the act counts from
    here on, so that two runs can't both be the last one allowed. No act: a dry run.
    """
    records.one_at_a_time(tx)
    checks = judged(stored(tx, facts, run))
    stopped = denial(checks)
    if stopped is None and act and not gated.begin_act(tx, act, now=now):
        busy = Check("concurrency", Ruling.WAIT, f"another run is speaking to {act.device}")
        checks = tuple(busy if one.name == "concurrency" else one for one in checks)
        stopped = busy
    if stopped is None:
        run = replace(run, asked={}, memory=_agreed(run))
    verdicts = shown(checks)
    entries = [_verdict(run, verdicts, stopped)] if verdicts != list(run.checks) else []
    return runs.save(tx, replace(run, checks=verdicts), entries, now=now), checks


def _agreed(run: Run) -> Mapping[str, Any]:
    """What people were asked outlives the question: who said yes stands in what is ordered."""
    digest = run.asked.get("digest", "")
    return {**run.memory, "agreed": digest} if digest else run.memory


def _verdict(run: Run, verdicts: list[dict[str, Any]], stopped: Check | None) -> Entry:
    facts: Mapping[str, Any] = {
        "step": run.step,
        "checks": verdicts,
        "denied_by": stopped.name if stopped else "",
    }
    return Entry("gate", DAEMON, facts, stopped.reason if stopped else "")


def _asked(tx: Tx, run: Run, *, plan: Plan, until: datetime, now: datetime) -> tuple[Run, Saved]:
    board = Board(tx, plan, now=now)
    why = str(run.asked["would"])
    facts = {name: run.asked[name] for name in ("action", "until", "digest")}
    entry = Entry("asked", DAEMON, {"step": run.step, **facts}, why)
    saved_run = runs.save(tx, run, [entry], now=now)
    telling.ask(board, saved_run, why=why, digest=run.asked["digest"], until=until)
    return saved_run, board.save()
