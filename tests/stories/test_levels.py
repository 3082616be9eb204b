"""A question goes up and comes back: clocks warn, level 3 mends, level 1 tells the customer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.store import logs, tickets
from responder.store.tables import ticket_event
from tests.real.smtp import Mailbox
from tests.stories.brands import BRANDS
from tests.stories.night import FRIDAY, Night, night
from tests.stories.stage import AGENT, FILE, RESPONDER

PEOPLE = "people:\n"
MORE = """people:
  agent: {{methods: [{{kind: email, to: agent@example.net}}]}}
  mira: {{methods: [{{kind: email, to: mira@example.net}}]}}
  lea: {{methods: [{{kind: email, to: lea@example.net}}], manager: true}}
"""
TEAMS = "teams:\n"
LEVELS = "teams:\n  level-1: {{members: [agent]}}\n  level-3: {{members: [mira]}}\n"
# A brand with the levels 1 and 3, and a desk that moves what lies too long.
ADDED = BRANDS.replace("title: Acme Hosting,", "title: Acme Hosting, levels: [level-1, level-3],")
DESK = "desk: {escalate: true, acknowledge: false}\n"
MARA = "mara@gina.example"
ASKED = {"subject": "Import", "text": "How long may an import take?", "email": MARA}


class Shift(Night):
    """A shift at the desk, with its duties."""

    async def turns(self, hours: float) -> None:
        """It is so long after the opening, and every duty of the desk has had its turn."""
        self.clock.move(seconds=hours * 3600 - (self.clock.now() - FRIDAY).total_seconds())
        for name in ("sla", "chores", "judge"):
            await self.stage.daemon.world.duties[name].turn()
        await self.works()

    async def act(self, verb: str, token: str = AGENT, **body: Any) -> dict[str, Any]:
        path = f"/api/v1/tickets/1/{verb}"
        status, told = await self.stage.ask("POST", path, token=token, body=body)
        assert status == 200, told
        found: dict[str, Any] = told
        return found

    def told(self, person: str) -> list[str]:
        """The subjects of all mails to somebody."""
        mails = self.mailbox.messages
        return [str(one["Subject"]) for one in mails if one["X-RcptTo"] == person]


@pytest.fixture
async def shift(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Shift]:
    file = FILE.replace(PEOPLE, MORE).replace(TEAMS, LEVELS)
    async with night(tmp_path, mailbox, more=ADDED + DESK, file=file) as one:
        status, told = await one.stage.ask("POST", "/forms/acme", token="", body=ASKED)
        assert (status, told["reference"]) == (201, "1")
        yield Shift(one.path, one.mailbox, one.clock, one.stage)


async def test_r25_r46_a_day_at_level_1_warns_and_then_the_ticket_goes_up(shift: Shift) -> None:
    """R28: to level 3, since the brand has no level 2; R33, R47."""
    await shift.turns(0.25)
    assert shift.told("agent@example.net") == ["Ticket 1 in level-1: nobody has taken it"]
    await shift.act("take")
    for hours in (12, 19.2, 24):
        await shift.turns(hours)
    (ticket,) = await shift.tickets()
    assert (ticket["queue"], ticket["level"], ticket["owner"]) == ("level-3", "level-3", "agent")
    age = "of its time until level-3 must have it is used up"
    assert f"Ticket 1: 80 % {age}" in shift.told("agent@example.net")
    assert f"Ticket 1: 100 % {age}" in shift.told("lea@example.net")
    labels = f'{{priority="{ticket["priority"]}",target="level-3"}}'
    assert await shift.metric(f"responder_sla_breaches_total{labels}") == 1


async def test_r35_r45_level_3_mends_it_and_level_1_tells_the_customer(shift: Shift) -> None:
    """R41, R54, R55, R57: the customer hears of level 3 but one question."""
    await shift.act("take")
    up: dict[str, Any] = {
        "reason": "needs_root",
        "impact": "low",
        "urgency": "low",
        "steps": ["read the log"],
    }
    await shift.act("transfer", to="level-3", log="an import of 4 GB", **up)
    await shift.works()
    assert shift.told("mira@example.net") == ["Ticket 1 has come to level-3"]
    await shift.act("take", RESPONDER)
    await shift.act("review", RESPONDER)
    await shift.act("clarify", RESPONDER, question="Which file?")
    await shift.works()
    assert len(shift.told(MARA)) == 1
    told = {"comment": "a limit", "solution": "raise max_execution_time to 600"}
    await shift.act("handback", RESPONDER, **told, prevention="article", why="imports.md")
    await shift.works()
    assert len(shift.told(MARA)) == 1
    assert "Ticket 1 is solved: tell the customer" in shift.told("agent@example.net")
    over = await shift.act("answer", text="Ten minutes from now on.", article="imports.md")
    assert (over["state"], over["solved_by"], over["queue"]) == ("solved", "level-3", "level-1")
    await shift.works()
    mails = [one for one in shift.mailbox.messages if one["X-RcptTo"] == MARA]
    assert "Ten minutes from now on." in mails[-1].get_content()
    assert all(one["From"] == "Acme Hosting <support@acme.example>" for one in mails)
    assert not any("mira" in one.as_string() or "level-3" in one.as_string() for one in mails)


async def test_r53_one_byte_of_a_tickets_log_is_missed_by_name(shift: Shift) -> None:
    """R36: each step of the story stands in the log, and proves itself."""
    await shift.act("take")
    await shift.act("note", text="looking")
    store = shift.stage.daemon.world.store
    heads = await store.read(tickets.heads)
    assert await store.read(lambda tx: list(logs.broken(tx, "ticket", heads))) == []

    def alter(tx: Any) -> None:
        line = ticket_event.update().where(ticket_event.c.kind == "note")
        tx.execute(line.values(actor="agenT"))

    number = next(
        event["id"].rpartition("-")[2]
        for event in (await shift.stage.ask("GET", "/api/v1/tickets/1/events"))[1]["events"]
        if event["kind"] == "note"
    )
    await store.write(alter)
    found = await store.read(lambda tx: list(logs.broken(tx, "ticket", heads)))
    assert found == [f"ticket 1: line {number} was changed"]
