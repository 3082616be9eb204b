"""The demo's story, really lived through: a server dies, and everything that follows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from responder.demo.stage import Stage, Unexpected, raised
from responder.demo.telling import Teller

PATIENCE_SECONDS = 20.0


async def live(folder: Path, teller: Teller) -> None:
    """From the first alarm to the KPIs. Raises Unexpected when anything goes another way."""
    async with raised(folder) as stage:
        teller.begin(url=stage.url)
        facts: dict[str, Any] = {}
        for number, chapter in enumerate(CHAPTERS, start=1):
            teller.turn_page(number, len(CHAPTERS))
            await chapter(stage, teller, facts)
            await teller.pause()
        teller.end(url=stage.url, folder=folder, link=facts["link"])
        await teller.stay()


async def _eyes_see(stage: Stage, teller: Teller, _: dict[str, Any]) -> None:
    known = await until(lambda: _domains(stage), "the domains of web2")
    shown = f"web2's control panel tells of {len(known)} domains: each is looked at from now on"
    teller.tell("accounts_found", shown, domains=known)
    seen = await until(lambda: _all_up(stage), "all looks to be well")
    teller.tell("looks_up", f"{seen} looks at three servers, all well", looks=seen)


async def _server_dies(stage: Stage, teller: Teller, facts: dict[str, Any]) -> None:
    server = stage.company.servers["web2"]
    if not await server.answers():
        raise Unexpected("web2 did not answer before it was to go down")
    await server.power_off()
    if await server.answers():
        raise Unexpected("web2 still answers")
    facts["down"] = time.monotonic()
    teller.tell("server_down", f"web2 ({server.address}) stops answering", server="web2")
    look = await until(lambda: _suspicion(stage), "a failing look")
    shown = f"{look['key']} fails: {look['reason']}; looked at again, and at all else on web2"
    teller.tell("look_failed", shown, look=look["key"], reason=look["reason"])


async def _incident_opens(stage: Stage, teller: Teller, facts: dict[str, Any]) -> None:
    incident = await until(lambda: _incident(stage, state="open"), "an open incident")
    facts["incident"] = incident["id"]
    shown = f"incident {incident['id']}: {incident['title']} ({incident['priority']})"
    teller.tell("incident_opened", shown, incident=incident["id"], key=incident["key"])


async def _ticket_opens(stage: Stage, teller: Teller, facts: dict[str, Any]) -> None:
    ticket = await until(lambda: _ticket(stage, facts), "a ticket")
    facts["ticket"] = ticket["id"]
    shown = f"ticket {ticket['ref']} in the queue {ticket['queue']} ({ticket['priority']})"
    teller.tell("ticket_opened", shown, ticket=ticket["id"], queue=ticket["queue"])


async def _page_goes_out(stage: Stage, teller: Teller, facts: dict[str, Any]) -> None:
    page = await until(lambda: _page(stage, "opened"), "a page to ana")
    facts["link"] = page["link"]
    seconds = round(time.monotonic() - facts["down"], 2)
    shown = f"{page['person']}'s phone rings after {seconds} s: {page['title']}"
    teller.tell("page_sent", shown, person=page["person"], seconds=seconds)


async def _ana_answers(stage: Stage, teller: Teller, facts: dict[str, Any]) -> None:
    await stage.ask("GET", facts["link"])
    before = await _incident(stage, state="open")
    if before is None:
        raise Unexpected("looking at the link has acknowledged the incident")
    await stage.ask("POST", facts["link"])
    incident = await until(lambda: _incident(stage, state="acknowledged"), "an acknowledgement")
    by = incident["acknowledged_by"]
    shown = f"{by} opens the link and takes it: paging stops, ben sleeps on"
    teller.tell("page_acknowledged", shown, by=by)


async def _customers_hear(stage: Stage, teller: Teller, facts: dict[str, Any]) -> None:
    path = f"/api/v1/tickets/{facts['ticket']}"
    text = "web2 does not answer since a few minutes; a technician is on it."
    await stage.ask("POST", f"{path}/take", as_="mira")
    await stage.ask("POST", f"{path}/reply", as_="mira", body={"text": text})
    teller.tell("ticket_replied", "mira takes the ticket and writes the first useful reply")


async def _server_returns(stage: Stage, teller: Teller, _: dict[str, Any]) -> None:
    server = stage.company.servers["web2"]
    await server.power_on()
    if not await server.answers():
        raise Unexpected("web2 does not answer after it was switched on")
    teller.tell("server_up", "web2 answers again", server="web2")


async def _all_is_well(stage: Stage, teller: Teller, facts: dict[str, Any]) -> None:
    await until(lambda: _page(stage, "recovered"), "the recovery message to ana")
    teller.tell("page_recovered", "ana hears that it is over, once")
    path = f"/api/v1/tickets/{facts['ticket']}/solve"
    await stage.ask("POST", path, as_="mira", body={"text": "web2 was switched on again."})
    ticket = await until(lambda: _ticket(stage, facts, state="solved"), "a solved ticket")
    incident = await until(lambda: _incident(stage, state="resolved"), "a resolved incident")
    shown = f"incident {incident['id']} is resolved after all stayed well"
    teller.tell("incident_resolved", shown, incident=incident["id"])
    teller.tell("ticket_solved", f"ticket {ticket['ref']} is solved", ticket=ticket["id"])
    score = {"score": 5, "comment": "quick!"}
    await stage.ask("POST", f"/api/v1/tickets/{facts['ticket']}/vote", as_="mira", body=score)


async def _figures_move(stage: Stage, teller: Teller, _: dict[str, Any]) -> None:
    page = await stage.ask("GET", "/metrics", as_="grafana")
    for family, meaning in KPIS.items():
        value = _sum_of(page, family)
        if value <= 0:
            raise Unexpected(f"{family} did not move")
        teller.tell("kpi", f"{meaning}: {value:g}", metric=family, value=value)


CHAPTERS: tuple[Callable[[Stage, Teller, dict[str, Any]], Awaitable[None]], ...] = (
    _eyes_see,
    _server_dies,
    _incident_opens,
    _ticket_opens,
    _page_goes_out,
    _ana_answers,
    _customers_hear,
    _server_returns,
    _all_is_well,
    _figures_move,
)

KPIS = {
    "responder_ticket_reaction_seconds_count": "tickets that a person reacted to",
    "responder_incident_ack_seconds_count": "incidents acknowledged",
    "responder_tickets_solved_total": "tickets solved",
    "responder_csat_answers_total": "customers who voted",
}


async def until(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """What we look for, as soon as it is there. Raises Unexpected after PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (found := await look()) is not None:
            return found
        await asyncio.sleep(0.05)
    raise Unexpected(f"waited {PATIENCE_SECONDS:g} s in vain for {what}")


async def _looks(stage: Stage, query: str = "") -> Any:
    return (await stage.ask("GET", f"/api/v1/looks{query}", as_="grafana"))["looks"]


async def _domains(stage: Stage) -> list[str] | None:
    labels = [one["labels"] for one in await _looks(stage)]
    return sorted(one["domain"] for one in labels if "domain" in one) or None


async def _all_up(stage: Stage) -> int | None:
    looks = await _looks(stage)
    return len(looks) if all(one["state"] == "ok" for one in looks) else None


async def _suspicion(stage: Stage) -> Any:
    failing = await _looks(stage, "?server=web2&state=suspect&state=down")
    return next(iter(failing), None)


async def _incident(stage: Stage, *, state: str) -> Any:
    listed = await stage.ask("GET", f"/api/v1/incidents?server=web2&state={state}", as_="grafana")
    return next(iter(listed["incidents"]), None)


async def _ticket(stage: Stage, facts: dict[str, Any], *, state: str | None = None) -> Any:
    listed = await stage.ask("GET", "/api/v1/tickets", as_="grafana")
    of_ours = (one for one in listed["tickets"] if one["incident"] == facts["incident"])
    return next((one for one in of_ours if state in (None, one["state"])), None)


async def _page(stage: Stage, event: str) -> Any:
    told = (taken.json for taken in stage.pager.taken)
    return next((one for one in told if one["event"] == event), None)


def _sum_of(page: str, family: str) -> float:
    lines = (line for line in page.splitlines() if line.startswith((f"{family}{{", f"{family} ")))
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def run(folder: Path, *, headless: bool, as_json: bool) -> int:
    """Tell the story in this folder; 0 only when it was really lived through, else 1."""
    teller = Teller(as_json=as_json, headless=headless)
    try:
        with asyncio.Runner() as runner:
            runner.run(live(folder, teller))
    except KeyboardInterrupt:
        return 0
    except Unexpected as surprise:
        teller.fail(str(surprise))
        return 1
    return 0
