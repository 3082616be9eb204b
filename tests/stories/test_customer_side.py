"""A customer's whole way: his letter, his link, his words, the answer, the vote (R5, R30, R85)."""

import json
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from responder.clock import HandClock
from tests.real.smtp import Mailbox
from tests.stories.night import FRIDAY, Night
from tests.stories.stage import AGENT, begin, write_config

JOHN = "john@customer.example"
BRANDS = """
brands:
  acme:
    {title: Acme Hosting, from: support@acme.example, status_url: "https://status.acme.example"}
"""


@pytest.fixture
async def desk(tmp_path: Path, mailbox: Mailbox) -> AsyncIterator[Night]:
    """A whole daemon at ten past three."""
    path = write_config(tmp_path, smtp=mailbox.port, more=BRANDS)
    clock = HandClock(FRIDAY)
    stage = await begin(path, clock=clock)
    yield Night(path, mailbox, clock, stage)
    await stage.daemon.end()


def letters(desk: Night) -> list[EmailMessage]:
    return [one for one in desk.mailbox.messages if one["X-RcptTo"] == JOHN]


def link_of(mail: EmailMessage) -> str:
    """The path of the link in a letter; it stands at the brand's own address."""
    (link,) = re.findall(r"https://status\.acme\.example(/s/\S+)", mail.get_content())
    return str(link)


async def test_a_customer_follows_answers_and_votes_by_his_letters(desk: Night) -> None:
    stage = desk.stage
    body = {
        "subject": "How do I set up a mailbox?", "text": "I cannot find the page for it.",
        "channel": "email", "caller": JOHN, "brand": "acme",
    }  # fmt: skip
    status, told = await stage.ask("POST", "/api/v1/requests", token=AGENT, body=body)
    assert status == 201, told
    ticket = f"/api/v1/tickets/{told['ticket']['id']}"
    await desk.works()
    track = link_of(letters(desk)[-1])
    _, seen = await stage.ask("GET", track, token="")
    assert seen["brand"] == "Acme Hosting"
    comment = {"text": "It is for info@"}
    assert (await stage.ask("POST", f"{track}/comments", token="", body=comment))[0] == 200
    await stage.ask("POST", f"{ticket}/take", token=AGENT)
    solution = {"text": "Mail, then New mailbox.", "article": "none"}
    status, told = await stage.ask("POST", f"{ticket}/solve", token=AGENT, body=solution)
    assert status == 200, told
    for _ in range(2):
        await stage.daemon.world.duties["votes"].turn()
        await desk.works()
    asked = [one for one in letters(desk) if "/vote" in one.get_content()]
    assert [one["Subject"] for one in asked] == ["Acme Hosting: how did you find our help? [#1]"]
    assert asked[0]["From"] == "Acme Hosting <support@acme.example>"
    vote = link_of(asked[0])
    status, seen = await stage.ask("POST", vote, token="", body={"score": 5})
    assert (status, seen["state"]) == (200, "solved")
    assert "agent" not in json.dumps(seen)
    assert await desk.metric('responder_csat_answers_total{brand="acme",score="5"}') == 1
