"""A ticket's timeline leaves as JSON lines, and whoever reads them again knows what we know (R36).

Without the store: from the state at its opening and its lines alone the same state comes about.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from alerts.model import Actor, ActorKind
from playbooks.ports import Change, ChangeKind, TicketRef, TicketState
from responder.clock import HandClock
from responder.desk import life
from responder.store import tickets as rows
from responder.values import TicketRecord
from tests.stories.stage import AGENT, RESPONDER, VIEWER, Stage

PATH = "/api/v1/tickets"
NEW = {"subject": "mail bounces", "text": "since this morning", "account": "c-17"}
HISTORY: tuple[tuple[str, str, dict[str, object]], ...] = (
    (AGENT, "take", {}),
    (AGENT, "note", {"text": "DNS is fine\nthe queue is not"}),
    (AGENT, "reply", {"text": "Your quota was full; I have doubled it."}),
    (AGENT, "move", {"queue": "accounts", "text": "please look at the filter"}),
    (RESPONDER, "assign", {"owner": "ana"}),
    (RESPONDER, "state", {"state": "waiting-customer"}),
    (RESPONDER, "state", {"state": "open"}),
    (RESPONDER, "solve", {"text": "filter mended"}),
    (AGENT, "vote", {"score": 4, "comment": "quick"}),
)


async def lived(stage: Stage, clock: HandClock, history: tuple[Any, ...]) -> str:
    """The number of a ticket to which this was done, a minute apart."""
    _, ticket = await stage.ask("POST", PATH, token=AGENT, body={**NEW, "channel": "phone"})
    for token, verb, body in history:
        clock.move(minutes=1)
        status, told = await stage.ask(
            "POST", f"{PATH}/{ticket['id']}/{verb}", token=token, body=body
        )
        assert status == 200, told
    return str(ticket["id"])


async def exported(stage: Stage, number: str) -> list[str]:
    """The timeline as one JSON line each, as `responder ticket show --json` has it in a list."""
    _, told = await stage.ask("GET", f"{PATH}/{number}/events", token=VIEWER)
    return [json.dumps(event) for event in told["events"]]


def retold(opened: TicketRecord, lines: list[str]) -> TicketRecord:
    """What these lines make of a ticket that was just opened."""
    ticket = opened
    for line in lines:
        ticket = life.happened(ticket, change(json.loads(line), ticket)).ticket
    return ticket


def change(event: dict[str, Any], ticket: TicketRecord) -> Change:
    data = dict(event["data"])
    actor = Actor(ActorKind(event["actor"]["kind"]), event["actor"]["name"])
    at = datetime.fromisoformat(event["at"])
    ref = TicketRef(ticket.system, ticket.ref)
    text = data.pop("words", "")
    return Change(event["id"], ref, at, ChangeKind(event["kind"]), actor, text, data)


async def stored(stage: Stage, number: str) -> TicketRecord:
    found: TicketRecord | None = await stage.daemon.world.store.read(rows.by_id, int(number))
    assert found is not None
    return replace(found, seq=0, head="")


@pytest.mark.parametrize("length", range(1, len(HISTORY) + 1))
async def test_the_lines_alone_lead_to_the_same_state(
    stage: Stage, clock: HandClock, length: int
) -> None:
    """R36: JSON lines export re-imports to the same state, wherever it ends."""
    number = await lived(stage, clock, HISTORY[:length])
    after = await stored(stage, number)
    born = replace(
        after, owner=None, state=TicketState.NEW, queue="level-1", level="level-1",
        reacted_at=None, replied_at=None, solved_at=None, solved_by="", judge_at=None,
    )  # fmt: skip
    assert retold(born, await exported(stage, number)) == after


async def test_every_line_has_a_type_a_time_and_somebody(stage: Stage, clock: HandClock) -> None:
    """R36: typed events, machine-readable."""
    lines = [json.loads(one) for one in await exported(stage, await lived(stage, clock, HISTORY))]
    assert lines[0]["kind"] == "opened"
    assert {"owner", "note", "reply", "queue", "state", "vote"} <= {one["kind"] for one in lines}
    assert all(ChangeKind(one["kind"]) and one["actor"]["name"] for one in lines)
    assert [one["at"] for one in lines] == sorted(one["at"] for one in lines)
    assert "DNS is fine\nthe queue is not" in [one["data"].get("words") for one in lines]
