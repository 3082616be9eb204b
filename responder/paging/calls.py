"""Pages by which a run calls people: are they wanted still, and what stands in them."""

from collections.abc import Mapping
from typing import Any

from playbooks.ports import PageEvent
from responder.outbox import Dropped
from responder.run_values import Run
from responder.store import Tx, runs

DIGEST = 16
"""Characters of a question's digest that a link carries."""
_SHEET = 100  # lines of a call sheet


def calling_run(tx: Tx, payload: Mapping[str, Any]) -> Run | None:
    """The run that this page is about, if it is about one."""
    if "run" not in payload:
        return None
    return next(iter(runs.by_ids(tx, [payload["run"]])), None)


def summons_unwanted(
    run: Run | None, event: PageEvent, payload: Mapping[str, Any]
) -> Dropped | None:
    """A question that nobody needs to answer any more is not asked."""
    if event is not PageEvent.APPROVAL or run is None:
        return None
    if not run.live:
        return Dropped(f"run {run.id} is {run.state}")
    if run.asked.get("digest") != payload.get("digest"):
        return Dropped(f"run {run.id} asks this no more")
    return None


def words_of(run: Run | None, event: PageEvent, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """What the called person must know: the question, what the gate says, a call sheet."""
    lines = [line for line in str(payload.get("text", "")).splitlines()[:_SHEET] if line.strip()]
    if run is None:
        return tuple(lines)
    lines.append(
        f"Playbook: {run.playbook}, run {run.id}, step {payload.get('run_step', run.step)}"
    )
    if event is PageEvent.APPROVAL and run.asked:
        lines.append(f"Decide until: {str(run.asked['until'])[11:16]} UTC, by typing {run.target}")
        lines += [_verdict(one) for one in run.checks if one.get("ruling") != "pass"]
    return tuple(lines)


def _verdict(check: Mapping[str, Any]) -> str:
    by = f" (overruled by {check['overruled_by']})" if check.get("overruled_by") else ""
    return f"Gate, {check['name']}: {check['ruling']}, {check['reason']}{by}"
