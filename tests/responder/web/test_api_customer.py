"""R7, R12: does the PIN of an account open its own tickets, and those of nobody else?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.clock import HandClock
from responder.links import PIN_VALID_FOR, PinGrant
from responder.web.api_customer import PATH
from tests.require import free_port
from tests.responder.web.tracking import BRANDS, PNG, TICKETS, act, link, opened, send
from tests.stories.stage import AGENT, VIEWER, Stage, begin, write_config


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A daemon with two brands."""
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=BRANDS), clock=clock)
    yield stage
    await stage.daemon.end()


def token(stage: Stage, account: str = "c-17", brand: str = "acme") -> str:
    """What a right PIN is changed for."""
    world = stage.daemon.world
    until = world.clock.now() + PIN_VALID_FOR
    return world.links.pin(PinGrant(account, brand, until))


async def test_a_customer_sees_his_own_tickets(stage: Stage) -> None:
    own = await opened(stage)
    await opened(stage, account="c-18")
    await opened(stage, brand="blau")
    _, told = await stage.ask("GET", f"{PATH}/tickets", token=token(stage))
    assert [one["id"] for one in told["tickets"]] == [str(own)]
    await act(stage, own, "note", text="inner words")
    status, told = await stage.ask("GET", f"{PATH}/tickets/{own}", token=token(stage))
    assert (status, told["state"]) == (200, "understood")
    assert "inner words" not in str(told)


async def test_a_ticket_of_another_account_or_brand_is_none(stage: Stage) -> None:
    foreign = [await opened(stage, account="c-18"), await opened(stage, brand="blau"), 4711]
    answers = set()
    for ticket in foreign:
        path = f"{PATH}/tickets/{ticket}"
        answers.add(str(await stage.ask("GET", path, token=token(stage))))
        body = {"text": "let me in"}
        answers.add(str(await stage.ask("POST", f"{path}/comments", token=token(stage), body=body)))
    assert len(answers) == 1
    assert answers.pop().startswith("(404")


async def test_a_customer_writes_to_his_ticket(stage: Stage) -> None:
    path = f"{PATH}/tickets/{await opened(stage)}/comments"
    status, told = await stage.ask("POST", path, token=token(stage), body={"text": "still so"})
    assert (status, told["messages"][0]["text"]) == (200, "still so")
    assert (await stage.ask("POST", path, token=token(stage), body={"text": " "}))[0] == 400


async def test_a_quick_question_is_a_chat_and_a_long_one_a_ticket(stage: Stage) -> None:
    """R7."""
    body = {"subject": "Move 14 accounts", "text": "from the old server, this week"}
    _, told = await stage.ask("POST", f"{PATH}/chat", token=token(stage), body=body)
    assert told == {"chat": "open", "reference": None, "track": None}
    order = {**body, "complex": True}
    status, told = await stage.ask("POST", f"{PATH}/chat", token=token(stage), body=order)
    assert (status, told["chat"]) == (200, "closed")
    _, there = await stage.ask("GET", f"{TICKETS}/{told['reference']}", token=VIEWER)
    assert (there["channel"], there["account"], there["brand"]) == ("chat", "c-17", "acme")
    track = told["track"][told["track"].index("/s/") :]
    _, seen = await stage.ask("GET", track, token="")
    assert [one["text"] for one in seen["messages"]] == [body["text"]]


async def test_who_opens_ticket_after_ticket_must_wait(stage: Stage) -> None:
    """R7: one PIN is no door for a flood."""
    body = {"subject": "Help", "text": "My website is down!", "complex": True}
    asked = [
        await stage.ask("POST", f"{PATH}/chat", token=token(stage), body=body) for _ in "1" * 6
    ]
    assert [status for status, _ in asked] == [200] * 5 + [429]


async def test_pictures_are_there_for_the_staff(stage: Stage) -> None:
    """R32."""
    ticket = await opened(stage)
    _, sent, _ = await send(stage, f"{link(stage, ticket)}/files?name=a.png", data=PNG)
    files = f"{TICKETS}/{ticket}/files"
    _, told = await stage.ask("GET", files, token=VIEWER)
    assert [(one["id"], one["name"]) for one in told["files"]] == [(sent["id"], "a.png")]
    viewer = {"Authorization": f"Bearer {VIEWER}"}
    status, data, headers = await send(stage, f"{files}/{sent['id']}", method="GET", headers=viewer)
    assert (status, data) == (200, PNG)
    assert headers["Content-Disposition"].startswith("attachment")
    assert (await stage.ask("GET", f"{files}/{'0' * 32}", token=VIEWER))[0] == 404


async def test_the_staff_has_no_token_of_a_pin(stage: Stage) -> None:
    assert (await stage.ask("GET", f"{PATH}/tickets", token=AGENT))[0] == 403
    assert (await stage.ask("GET", f"{PATH}/tickets", token=""))[0] == 401


async def test_an_agent_can_give_a_customer_his_link(stage: Stage) -> None:
    """R30."""
    ticket = await opened(stage)
    status, told = await stage.ask("GET", f"{TICKETS}/{ticket}/track", token=AGENT)
    assert status == 200
    assert told["url"].startswith("https://status.acme.example/s/")
    track = told["url"].removeprefix("https://status.acme.example")
    assert (await stage.ask("GET", track, token=""))[1]["reference"] == str(ticket)
    assert (await stage.ask("GET", f"{TICKETS}/{ticket}/track", token=VIEWER))[0] == 403
    assert (await stage.ask("GET", f"{TICKETS}/99/track", token=AGENT))[0] == 404
