"""What the story sees of the daemon while it waits for the next thing to happen."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from responder.demo.stage import Stage, Unexpected

PATIENCE_SECONDS = 20.0


async def until(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """What we look for, as soon as it is there. Raises Unexpected after PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (found := await look()) is not None:
            return found
        await asyncio.sleep(0.05)
    raise Unexpected(f"waited {PATIENCE_SECONDS:g} s in vain for {what}")


async def domains(stage: Stage) -> list[str] | None:
    """Those that web2's panel tells of."""
    labels = [one["labels"] for one in await _looks(stage)]
    return sorted(one["domain"] for one in labels if "domain" in one) or None


async def all_up(stage: Stage) -> int | None:
    """How many looks there are, when all are well."""
    looks = await _looks(stage)
    return len(looks) if all(one["state"] == "ok" for one in looks) else None


async def suspicion(stage: Stage) -> Any:
    """A look at web2 that has failed."""
    failing = await _looks(stage, "?server=web2&state=suspect&state=down")
    return next(iter(failing), None)


async def incident(stage: Stage, *, state: str) -> Any:
    """web2's incident in this state."""
    listed = await stage.ask("GET", f"/api/v1/incidents?server=web2&state={state}", as_="grafana")
    return next(iter(listed["incidents"]), None)


async def ticket(stage: Stage, of: str, *, state: str | None = None) -> Any:
    """The ticket of this incident."""
    listed = await stage.ask("GET", "/api/v1/tickets", as_="grafana")
    ours = (one for one in listed["tickets"] if one["incident"] == of)
    return next((one for one in ours if state in (None, one["state"])), None)


async def page(stage: Stage, event: str) -> Any:
    """The first page of this kind that has reached a phone."""
    told = (taken.json for taken in stage.pager.taken)
    return next((one for one in told if one["event"] == event), None)


async def run_of(stage: Stage, of: str) -> Any:
    """The run that this incident has begun, whole."""
    listed = await stage.ask("GET", f"/api/v1/runs?incident={of}", as_="grafana")
    if not listed["runs"]:
        return None
    return await stage.ask("GET", f"/api/v1/runs/{listed['runs'][0]['id']}", as_="grafana")


async def asking_run(stage: Stage, of: str) -> Any:
    """The same, as soon as it asks a person."""
    run = await run_of(stage, of)
    return run if run and run["asked"] else None


async def ended_run(stage: Stage, of: str) -> Any:
    """The same, as soon as it is over. Raises Unexpected when it has not ended well."""
    run = await run_of(stage, of)
    if run["state"] in ("failed", "aborted", "unknown"):
        raise Unexpected(f"the playbook is {run['state']}: {run['steps']}")
    return run if run["state"] == "done" else None


async def cycled_step(stage: Stage, of: str) -> Any:
    """The power cycle, as soon as it is over. Raises Unexpected as `ended_run` does."""
    await ended_run(stage, of)
    run = await run_of(stage, of)
    steps = (one for one in run["steps"] if one["uses"] == "power.cycle" and one["outcome"])
    return next(steps, None)


async def note(stage: Stage, of: str, words: str) -> Any:
    """The note of this ticket that says so."""
    told = await stage.ask("GET", f"/api/v1/tickets/{of}/events", as_="grafana")
    return next((one for one in told["events"] if words in one["text"]), None)


def sum_of(metrics: str, family: str) -> float:
    """All series of this family added up, out of a page of /metrics."""
    begins = (f"{family}{{", f"{family} ")
    lines = (line for line in metrics.splitlines() if line.startswith(begins))
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


async def _looks(stage: Stage, query: str = "") -> Any:
    return (await stage.ask("GET", f"/api/v1/looks{query}", as_="grafana"))["looks"]
