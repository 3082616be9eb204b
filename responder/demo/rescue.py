"""The second half of the demo's story: a playbook brings the server back, once a person agrees."""

import time
from typing import Any

from alerts.moments import read_moment
from responder.demo import seeing
from responder.demo.seeing import until
from responder.demo.stage import Stage, Unexpected
from responder.demo.telling import Teller

Facts = dict[str, Any]


async def playbook_begins(stage: Stage, teller: Teller, facts: Facts) -> None:
    """By itself, with the incident."""
    run = await until(lambda: seeing.run_of(stage, facts["incident"]), "a playbook at work")
    facts["run"] = run["id"]
    steps = ", ".join(one["id"] for one in run["steps"])
    shown = f"playbook {run['playbook']} is at work (run {run['id']}, mode {run['mode']}): {steps}"
    teller.tell("playbook_started", shown, run=run["id"], playbook=run["playbook"])


async def gate_asks(stage: Stage, teller: Teller, facts: Facts) -> None:
    """Fourteen checks before the power is touched: only a person's yes is missing."""
    run = await until(lambda: seeing.asking_run(stage, facts["incident"]), "a question to ana")
    denied = [one for one in run["checks"] if one["ruling"] != "pass"]
    if [one["name"] for one in denied] != ["approval"]:
        raise Unexpected(f"the gate says {denied or 'yes'}, and not that a person must agree")
    rulings = {one["name"]: one["ruling"] for one in run["checks"]}
    shown = f"the gate asks {len(rulings)} checks: all but a person's yes are there"
    teller.tell("gate_decided", shown, denied_by="approval", checks=rulings)
    teller.list(f"{one['ruling']:5}{one['name']}: {one['reason']}" for one in run["checks"])


async def ana_agrees(stage: Stage, teller: Teller, facts: Facts) -> None:
    """On her phone, behind a link of her own; a look at it does nothing."""
    question = await until(lambda: seeing.page(stage, "approval"), "the question on ana's phone")
    facts["question"] = question["link"]
    shown = f"{question['person']}'s phone asks: {question['title']}"
    teller.tell("question_sent", shown, person=question["person"], run=facts["run"])
    shown_page = await stage.ask("GET", question["link"])
    run = await seeing.run_of(stage, facts["incident"])
    if stage.machines["web2"].orders or not run["asked"]:
        raise Unexpected("looking at the question has answered it")
    if "web2" not in shown_page:
        raise Unexpected("the question does not say which machine it is about")
    facts["approved"] = time.monotonic()
    await stage.press(question["link"], answer="yes", name="web2")
    approved = (await seeing.run_of(stage, facts["incident"]))["approvals"]
    by = approved[0]["person"] if approved else "nobody"
    if by != question["person"]:
        raise Unexpected(f"{by} is taken for the one who said yes")
    shown = f"{by} sees machine and serial, types web2, and says yes"
    teller.tell("run_approved", shown, by=by, run=facts["run"])


async def power_is_cycled(stage: Stage, teller: Teller, facts: Facts) -> None:
    """Off, seen off, on, seen on: each order once, as the machine itself has heard them."""
    step = await until(lambda: seeing.cycled_step(stage, facts["incident"]), "the power cycle")
    web2 = stage.machines["web2"]
    if web2.orders != ["off", "on"] or not web2.on:
        raise Unexpected(f"web2's BMC was told {web2.orders}, and its power is on: {web2.on}")
    verbs = await _verbs(stage, facts["run"])
    told = ", ".join(f"{verb} after {seconds:g} s" for verb, seconds in verbs.items())
    shown = f"its BMC ({await _driver(stage)}) is told: {told}; each is read back. {step['text']}"
    teller.tell("power_cycled", shown, server="web2", run=facts["run"], verbs=verbs)


async def server_returns(stage: Stage, teller: Teller, facts: Facts) -> None:
    """The looks see it, and the playbook ends well."""
    await until(lambda: seeing.all_up(stage), "all looks to be well again")
    if not await stage.company.servers["web2"].answers():
        raise Unexpected("the looks are well, and web2 does not answer")
    seconds = round(time.monotonic() - facts["down"], 2)
    shown = f"web2 answers again, as all looks see, {seconds} s after its death"
    teller.tell("server_up", shown, server="web2", seconds=seconds)
    run = await until(lambda: seeing.ended_run(stage, facts["incident"]), "the playbook's end")
    words = "web2 is back after a power cycle"
    await until(lambda: seeing.note(stage, facts["ticket"], words), "the playbook's note")
    shown = f"playbook {run['playbook']} is done; all that it did stands in the ticket as notes"
    teller.tell("playbook_ended", shown, run=run["id"], outcome=run["outcome"])


async def _verbs(stage: Stage, run: str) -> dict[str, float]:
    """When each verb was told, in seconds since the yes, as the run's journal has it."""
    told = (await stage.ask("GET", f"/api/v1/runs/{run}/events", as_="grafana"))["events"]
    yes = next(one["at"] for one in told if one["kind"] == "approved")
    intents = [one for one in told if one["kind"] == "intent"]
    return {one["data"]["verb"]: _seconds(yes, one["at"]) for one in intents}


async def _driver(stage: Stage) -> str:
    asked = await stage.ask("GET", "/api/v1/servers/web2/power")
    return str(asked["driver"])


def _seconds(since: str, at: str) -> float:
    before, after = read_moment(since), read_moment(at)
    if before is None or after is None:
        raise Unexpected(f"the journal has no moments: {since}, {at}")
    return round((after - before).total_seconds(), 2)
