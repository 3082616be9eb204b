"""Customers write, call, fill in forms; what they say is down is looked at before anybody wakes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from probes.model import Verdict
from responder.app import Daemon
from responder.clock import HandClock
from responder.desk.looking import Glance, Sighting
from responder.support.confirming import Confirming
from tests.real.smtp import Mailbox
from tests.stories.brands import BRANDS
from tests.stories.night import FRIDAY, Night
from tests.stories.stage import AGENT, begin, write_config

DOWN = "My website is completely down, nobody can open it right now!"
WELL = Sighting([Glance("web1/http", "http", Verdict.UP)])
BROKEN = Sighting([Glance("web1/http", "http", Verdict.DOWN, "connection refused")])


class Eyewitness:
    """Sees what the story says; None: it hangs."""

    def __init__(self) -> None:
        self.sees: Sighting | None = WELL
        self.asked: list[tuple[str | None, list[str]]] = []

    async def see(self, server: str | None, hosts: Any) -> Sighting:
        self.asked.append((server, list(hosts)))
        if self.sees is None:
            await asyncio.Event().wait()
        assert self.sees is not None
        return self.sees


class Desk(Night):
    """A night at the desk."""

    witness: Eyewitness
    confirming: Confirming

    def watch(self) -> None:
        """Have somebody else look for the daemon."""
        daemon: Daemon = self.stage.daemon
        self.witness = Eyewitness()
        self.confirming = Confirming(
            daemon.world.store,
            self.witness,
            plan=lambda: daemon.world.live.plan,
            clock=self.clock,
            follow=daemon.world.follow,
        )

    async def writes(self, text: str = DOWN, **more: Any) -> dict[str, Any]:
        """A customer of web1, over an agent."""
        body = {"subject": "Help", "text": text, "channel": "phone", "account": "anna", **more}
        status, told = await self.stage.ask("POST", "/api/v1/requests", token=AGENT, body=body)
        assert status == 201, told
        ticket: dict[str, Any] = told["ticket"]
        return ticket

    async def looks(self) -> None:
        """The looks end, and what they mean is done."""
        await self.confirming.turn()
        await self.confirming.settle()
        await self.stage.daemon.world.duties["page"].turn()
        await self.works()

    async def ticket(self, id_: str) -> dict[str, Any]:
        _, told = await self.stage.ask("GET", f"/api/v1/tickets/{id_}")
        found: dict[str, Any] = told
        return found

    def pages(self) -> list[str]:
        """Subjects of the mails to ana."""
        mails = self.mailbox.messages
        return [str(one["Subject"]) for one in mails if one["X-RcptTo"] == "ana@example.net"]


@pytest.fixture
async def desk(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Desk]:
    clock = HandClock(FRIDAY)
    path = write_config(tmp_path, smtp=mailbox.port, more=BRANDS)
    night = Desk(path, mailbox, clock, await begin(path, clock=clock))
    night.watch()
    yield night
    await night.confirming.end()
    await night.stage.daemon.end()


async def test_r4_three_channels_are_one_list_with_one_schema(desk: Desk) -> None:
    """R2, R5: phone, form and API."""
    await desk.writes("Where do I change my password?")
    await desk.writes("Where do I change my password?", channel="api", key="api-1")
    form = {"subject": "Password", "text": "Where?", "email": "mara@gina.example"}
    status, told = await desk.stage.ask("POST", "/forms/acme", token="", body=form)
    assert (status, told["reference"], told["expected_seconds"]) == (201, "3", 8 * 3600)
    _, listed = await desk.stage.ask("GET", "/api/v1/tickets")
    assert [one["channel"] for one in listed["tickets"]] == ["form", "api", "phone"]
    assert len({tuple(sorted(one)) for one in listed["tickets"]}) == 1
    shown = await desk.ticket("1")  # R13
    assert (shown["case"]["facts"]["account"], shown["case"]["brand_rule"]) == ("anna", "account")
    await desk.works()
    (mail,) = [one for one in desk.mailbox.messages if one["X-RcptTo"] == "mara@gina.example"]
    assert mail["From"] == "Acme Hosting <support@acme.example>"
    assert mail["Subject"] == "Acme Hosting: we have your request [#3]"


async def test_r17_an_outage_that_the_probes_confirm_pages_within_ten_seconds(desk: Desk) -> None:
    desk.witness.sees = BROKEN
    ticket = await desk.writes()
    assert (ticket["category"], ticket["queue"], ticket["incident"]) == (
        "critical",
        "rapid-response",
        None,
    )
    await desk.looks()
    (incident,) = await desk.incidents()
    assert (incident["key"], incident["priority"]) == ("server:web1", "critical")
    assert "confirmed by the probes" in str(incident)
    assert len(desk.pages()) == 1
    after = await desk.ticket(ticket["id"])
    assert after["incident"] == incident["id"]
    _, listed = await desk.stage.ask("GET", "/api/v1/tickets")
    assert len(listed["tickets"]) == 1  # his own ticket is the incident's


async def test_what_is_seen_well_wakes_nobody_but_the_second_word_does(desk: Desk) -> None:
    """R17, decision 12."""
    first = await desk.writes()
    await desk.looks()
    lower = await desk.ticket(first["id"])
    assert (lower["category"], lower["priority"], lower["queue"], lower["level"]) == (
        "hosting",
        "high",
        "level-1",
        "level-1",
    )
    assert (desk.pages(), await desk.incidents()) == ([], [])
    _, told = await desk.stage.ask("GET", f"/api/v1/tickets/{first['id']}/events")
    (event,) = [one for one in told["events"] if one["kind"] == "reclassified"]
    assert "now hosting, high in level-1: seen well from everywhere" in event["text"]
    assert "web1/http: up" in str(event)
    desk.clock.move(minutes=14)
    second = await desk.writes()
    await desk.looks()
    (incident,) = await desk.incidents()
    assert len(desk.pages()) == 1
    assert (await desk.ticket(second["id"]))["incident"] == incident["id"]


async def test_after_a_quarter_of_an_hour_a_second_word_is_a_first_one(desk: Desk) -> None:
    await desk.writes()
    await desk.looks()
    desk.clock.move(minutes=16)
    await desk.writes()
    await desk.looks()
    assert (desk.pages(), await desk.incidents()) == ([], [])


@pytest.mark.parametrize("seen", [Sighting(), Sighting(blind=True)])
async def test_r17_what_nobody_can_check_pages(desk: Desk, seen: Sighting) -> None:
    desk.witness.sees = seen
    await desk.writes(account=None, caller="x@nowhere.example")
    await desk.looks()
    (incident,) = await desk.incidents()
    assert incident["key"] == "request:1"
    assert len(desk.pages()) == 1


async def test_r17_a_look_that_hangs_keeps_nobody_from_being_paged(desk: Desk) -> None:
    desk.witness.sees = None
    await desk.writes()
    await desk.confirming.turn()
    desk.clock.move(seconds=8)
    await desk.confirming.turn()
    await desk.stage.daemon.world.duties["page"].turn()
    await desk.works()
    assert len(desk.pages()) == 1


async def test_a_customers_word_joins_the_incident_of_his_server(desk: Desk) -> None:
    """R8: monitoring was first."""
    await desk.hears("web1")
    await desk.works()
    before = len(desk.pages())
    ticket = await desk.writes()
    await desk.looks()
    (incident,) = await desk.incidents()
    assert (await desk.ticket(ticket["id"]))["incident"] == incident["id"]
    assert desk.witness.asked == []
    assert len(desk.pages()) == before


async def test_r7_a_small_matter_of_a_chat_opens_no_ticket(desk: Desk) -> None:
    body = {"subject": "Hi", "text": "Which port has IMAP?", "channel": "chat", "complex": False}
    status, told = await desk.stage.ask("POST", "/api/v1/requests", token=AGENT, body=body)
    assert (status, told["chat"], told["ticket"]) == (200, "goes-on", None)
    body["complex"] = True
    status, told = await desk.stage.ask("POST", "/api/v1/requests", token=AGENT, body=body)
    assert (status, told["chat"], told["reference"]) == (201, "closed", "1")


async def test_the_rules_are_learnt_before_the_first_customer_asks(desk: Desk) -> None:
    world = desk.stage.daemon.world
    for _ in range(2):
        await world.duties["rules"].turn()
    await desk.writes("Where do I change my password?")
    assert [one["category"] for one in await desk.tickets()] == ["hosting"]
