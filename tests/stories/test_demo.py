"""The demo's story is really lived through, and told in the words that scripts rely on."""

import asyncio
import json
import os
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from playbooks.gate import CHECKS
from tests.require import require

# Two demos that begin in the same moment may both take the usual port for free.
pytestmark = pytest.mark.xdist_group("demo")

STORY = (
    "server_down",
    "incident_opened",
    "ticket_opened",
    "page_sent",
    "page_acknowledged",
    "request_joined",
    "playbook_started",
    "gate_decided",
    "run_approved",
    "power_cycled",
    "server_up",
    "incident_resolved",
    "ticket_solved",
    "reply_task",
    "customer_answered",
    "customer_voted",
    "kpi",
)


async def demo(*options: str, **env: str) -> tuple[int, str, str]:
    """Run it without a person; exit code, what it said, and what went wrong."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "responder", "demo", "--headless", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, **env},
    )  # fmt: skip
    out, errors = await process.communicate()
    return process.returncode or 0, out.decode(), errors.decode()


async def told(*options: str) -> list[dict[str, Any]]:
    """Its events, lived through to the end."""
    code, out, errors = await demo("--json", *options)
    assert code == 0, errors
    return [json.loads(line) for line in out.splitlines()]


def one(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [event for event in events if event["event"] == name]
    return found


def in_order(events: list[dict[str, Any]]) -> bool:
    names = [event["event"] for event in events]
    places = [names.index(name) for name in STORY]
    return all(before < after for before, after in pairwise(places))


async def test_the_demo_lives_through_its_story_in_order() -> None:
    events = await told()
    assert in_order(events), events
    assert all(before["t"] <= after["t"] for before, after in pairwise(events))
    assert events[-1]["t"] < 110, "usually 25 s; the rest is for a machine that stands still"
    assert one(events, "page_sent")["person"] == "ana"
    decided = one(events, "gate_decided")
    assert list(decided["checks"]) == list(CHECKS)
    assert [name for name, ruling in decided["checks"].items() if ruling != "pass"] == ["approval"]
    verbs = one(events, "power_cycled")["verbs"]
    assert list(verbs) == ["off", "on"]
    assert 0 <= verbs["off"] < verbs["on"]
    letters = [event for event in events if event["event"] == "customers_told"]
    assert [event["brand"] for event in letters] == ["blue", "blue"]
    assert all(event["subject"].startswith("Blue Web: ") for event in letters)
    joined = one(events, "request_joined")
    assert (joined["brand"], joined["channel"], joined["category"]) == ("blue", "form", "critical")
    task = one(events, "reply_task")
    assert (task["ticket"], task["queue"], task["state"]) == (
        joined["ticket"], "level-1", "answering",
    )  # fmt: skip
    moved = {event["metric"]: event["value"] for event in events if event["event"] == "kpi"}
    assert moved["responder_csat_answers_total"] == 1
    assert moved["responder_tickets_solved_total"] == 2


async def test_the_demo_is_readable_for_a_person_too() -> None:
    code, text, errors = await demo()
    assert code == 0, errors
    assert "ana's phone rings after" in text
    assert all(f"{name}: " in text for name in CHECKS)
    assert "types web2, and says yes" in text
    assert "/openapi.json" in text
    for verb in ("incident list", "playbook list", "playbook show 1", "kill-switch on"):
        assert f"responder {verb}" in text
    assert "\033[" not in text


async def test_the_demo_switches_a_real_bmc_where_there_is_one() -> None:
    programs = ("ipmi_sim", "ipmitool")
    require("ipmi_sim", present=all(shutil.which(one) for one in programs))
    events = await told("--with-real-bmc")
    assert in_order(events), events
    assert list(one(events, "power_cycled")["verbs"]) == ["off", "on"]


async def test_without_a_real_bmc_it_says_so_and_fails(tmp_path: Path) -> None:
    code, out, errors = await demo("--with-real-bmc", "--json", PATH=str(tmp_path))
    assert (code, out) == (1, "")
    assert "ipmi_sim and ipmitool" in errors
    assert "Traceback" not in errors
