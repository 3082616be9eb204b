"""The demo's story is really lived through, and told in the words that scripts rely on."""

import asyncio
import json
import sys
from itertools import pairwise

STORY = (
    "server_down",
    "incident_opened",
    "ticket_opened",
    "page_sent",
    "page_acknowledged",
    "server_up",
    "incident_resolved",
    "ticket_solved",
    "kpi",
)


async def test_the_demo_lives_through_its_story_in_order() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "responder", "demo", "--headless", "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    told = [json.loads(line) for line in out.splitlines()]
    events = [one["event"] for one in told]
    places = [events.index(event) for event in STORY]
    assert all(before < after for before, after in pairwise(places)), events
    assert all(before["t"] <= after["t"] for before, after in pairwise(told))
    assert told[-1]["t"] < 60
    assert events.count("page_sent") == 1


async def test_the_demo_is_readable_for_a_person_too() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "responder", "demo", "--headless",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    text = out.decode()
    assert "ana's phone rings after" in text
    assert "/openapi.json" in text
    assert "responder incident list" in text
    assert "\033[" not in text
