"""The demo's story, really lived through: a server hangs, and everything that follows."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from responder.demo import customers, rescue, seeing
from responder.demo.seeing import until
from responder.demo.stage import Stage, Unexpected, raised
from responder.demo.telling import Teller

Facts = dict[str, Any]


async def live(folder: Path, teller: Teller, *, real_bmc: bool = False) -> None:
    """From the first alarm to the KPIs. Raises Unexpected when anything goes another way."""
    async with raised(folder, real_bmc=real_bmc) as stage:
        teller.begin(url=stage.url)
        facts: Facts = {}
        for number, chapter in enumerate(CHAPTERS, start=1):
            teller.turn_page(number, len(CHAPTERS))
            await chapter(stage, teller, facts)
            await teller.pause()
        pages = [facts["link"], f"{stage.url}/runs/{facts['run']}"]
        teller.end(url=stage.url, folder=folder, pages=pages)
        await teller.stay()


async def _eyes_see(stage: Stage, teller: Teller, facts: Facts) -> None:
    known = await until(lambda: seeing.domains(stage), "the domains of web2")
    facts["domain"] = next(one for one in known if "blue" in one)
    shown = f"web2's control panel tells of {len(known)} domains: each is looked at from now on"
    teller.tell("accounts_found", shown, domains=known)
    seen = await until(lambda: seeing.all_up(stage), "all looks to be well")
    teller.tell("looks_up", f"{seen} looks at three servers, all well", looks=seen)


async def _server_hangs(stage: Stage, teller: Teller, facts: Facts) -> None:
    server = stage.company.servers["web2"]
    if not await server.answers():
        raise Unexpected("web2 did not answer before it was to go down")
    await server.hang()
    if await server.answers() or not stage.machines["web2"].on:
        raise Unexpected("web2 still answers, or its power is off")
    facts["down"] = time.monotonic()
    shown = f"web2 ({server.address}) hangs: no service answers, and its power is on"
    teller.tell("server_down", shown, server="web2")
    look = await until(lambda: seeing.suspicion(stage), "a failing look")
    shown = f"{look['key']} fails: {look['reason']}; looked at again, and at all else on web2"
    teller.tell("look_failed", shown, look=look["key"], reason=look["reason"])


async def _incident_opens(stage: Stage, teller: Teller, facts: Facts) -> None:
    incident = await until(lambda: seeing.incident(stage, state="open"), "an open incident")
    facts["incident"] = incident["id"]
    shown = f"incident {incident['id']}: {incident['title']} ({incident['priority']})"
    teller.tell("incident_opened", shown, incident=incident["id"], key=incident["key"])


async def _ticket_opens(stage: Stage, teller: Teller, facts: Facts) -> None:
    ticket = await until(lambda: seeing.ticket(stage, facts["incident"]), "a ticket")
    facts["ticket"] = ticket["id"]
    shown = f"ticket {ticket['ref']} in the queue {ticket['queue']} ({ticket['priority']})"
    teller.tell("ticket_opened", shown, ticket=ticket["id"], queue=ticket["queue"])


async def _page_goes_out(stage: Stage, teller: Teller, facts: Facts) -> None:
    page = await until(lambda: seeing.page(stage, "opened"), "a page to ana")
    facts["link"] = page["link"]
    seconds = round(time.monotonic() - facts["down"], 2)
    shown = f"{page['person']}'s phone rings after {seconds} s: {page['title']}"
    teller.tell("page_sent", shown, person=page["person"], seconds=seconds)


async def _ana_answers(stage: Stage, teller: Teller, facts: Facts) -> None:
    await stage.ask("GET", facts["link"])
    before = await seeing.incident(stage, state="open")
    if before is None:
        raise Unexpected("looking at the link has acknowledged the incident")
    await stage.press(facts["link"])
    incident = await until(
        lambda: seeing.incident(stage, state="acknowledged"), "an acknowledgement"
    )
    by = incident["acknowledged_by"]
    shown = f"{by} opens the link and takes it: paging stops, ben sleeps on"
    teller.tell("page_acknowledged", shown, by=by)


async def _customers_hear(stage: Stage, teller: Teller, facts: Facts) -> None:
    path = f"/api/v1/tickets/{facts['ticket']}"
    text = "web2 does not answer since a few minutes; a technician is on it."
    await stage.ask("POST", f"{path}/take", as_="mira")
    await stage.ask("POST", f"{path}/reply", as_="mira", body={"text": text})
    teller.tell("ticket_replied", "mira takes the ticket and writes the first useful reply")


async def _all_is_well(stage: Stage, teller: Teller, facts: Facts) -> None:
    await until(lambda: seeing.page(stage, "recovered"), "the recovery message to ana")
    teller.tell("page_recovered", "ana hears that it is over, once")
    incident = await until(lambda: seeing.incident(stage, state="resolved"), "a resolved incident")
    path = f"/api/v1/tickets/{facts['ticket']}/solve"
    await stage.ask("POST", path, as_="mira", body={"text": "web2 is back after a power cycle."})
    ticket = await until(
        lambda: seeing.ticket(stage, facts["incident"], state="solved"), "a solved ticket"
    )
    shown = f"incident {incident['id']} is resolved after all stayed well"
    teller.tell("incident_resolved", shown, incident=incident["id"])
    teller.tell("ticket_solved", f"ticket {ticket['ref']} is solved", ticket=ticket["id"])


async def _figures_move(stage: Stage, teller: Teller, _: Facts) -> None:
    page = await stage.ask("GET", "/metrics", as_="grafana")
    for family, meaning in KPIS.items():
        value = seeing.sum_of(page, family)
        if value <= 0:
            raise Unexpected(f"{family} did not move")
        teller.tell("kpi", f"{meaning}: {value:g}", metric=family, value=value)


CHAPTERS: tuple[Callable[[Stage, Teller, Facts], Awaitable[None]], ...] = (
    _eyes_see,
    _server_hangs,
    _incident_opens,
    _ticket_opens,
    _page_goes_out,
    _ana_answers,
    customers.they_are_told,
    customers.one_writes,
    _customers_hear,
    rescue.playbook_begins,
    rescue.gate_asks,
    rescue.ana_agrees,
    rescue.power_is_cycled,
    rescue.server_returns,
    _all_is_well,
    customers.they_hear_of_the_end,
    customers.level_1_answers,
    customers.she_votes,
    _figures_move,
)

KPIS = {
    "responder_ticket_reaction_seconds_count": "tickets that a person reacted to",
    "responder_incident_ack_seconds_count": "incidents acknowledged",
    "responder_playbook_runs_total": "playbooks run",
    "responder_power_actions_total": "power actions, one off and one on",
    "responder_tickets_solved_total": "tickets solved",
    "responder_ticket_first_reply_seconds_count": "tickets that a person answered",
    "responder_csat_answers_total": "customers who voted",
}


def run(folder: Path, *, headless: bool, as_json: bool, real_bmc: bool = False) -> int:
    """Tell the story in this folder; 0 only when it was really lived through, else 1."""
    teller = Teller(as_json=as_json, headless=headless)
    try:
        with asyncio.Runner() as runner:
            runner.run(live(folder, teller, real_bmc=real_bmc))
    except KeyboardInterrupt:
        return 0 if teller.ended else 1
    except Unexpected as surprise:
        teller.fail(str(surprise))
        return 1
    return 0
