"""Is it seen beforehand what a data centre would be sent, and what is missing for it?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from responder.cli.run_words import plan_lines
from responder.clock import HandClock
from tests.require import free_port
from tests.responder.runs.company import worked
from tests.stories.stage import FILE, Stage, begin, firing, write_config

SERVERS = """
  web1:
    address: 127.0.0.2
    datacentre: fra1
    rack: r1
    hardware: {room: 2, unit: "12", label: web1-fra, vendor: Dell, serial: SN1, supplies: 2,
               outlets: {a: PDU-A 7, b: PDU-B 7}, switch_port: sw1 ge-0/0/7}
  web2: {address: 127.0.0.3, datacentre: fra1, rack: r1}
"""
SITE = """
datacentres:
  fra1:
    contact:
      account: ACC-1234
      authorised: {name: Ana Ortiz, pin_file: secrets/pin}
      call_back: ["+34 91 1234567"]
      price: {ceiling: EUR 100}
      channels: [{kind: mail, to: noc@dc.example}]
playbooks: {files: book.yaml}
"""
BOOK = """
playbook: hands
safety: {}
steps:
  - {id: hands, uses: datacentre.contact, with: {task: power_cycle}, on_fail: tell}
  - {id: tell, uses: ticket.note, with: {text: "{{ steps.hands.outcome }}"}}
"""
PIN = "4711-sesame"
LACKING = "the order can't be written, these are missing: room, unit, label, vendor and model"


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A company whose data centre is known, with what it must know of web1, and not of web2."""
    servers = SERVERS.replace("{", "{{").replace("}", "}}")
    file = FILE.replace("\n  web1: {{address: 127.0.0.2}}\n", servers)
    (tmp_path / "book.yaml").write_text(BOOK)
    path = write_config(tmp_path, smtp=free_port(), file=file, more=SITE)
    secret = tmp_path / "secrets" / "pin"
    secret.write_text(PIN)
    secret.chmod(0o600)
    one = await begin(path, clock=clock)
    yield one
    await one.daemon.end()


async def planned(stage: Stage, server: str) -> Any:
    path = "/api/v1/playbooks/hands/plan"
    status, told = await stage.ask("POST", path, body={"server": server})
    assert status == 200, told
    return told


async def journal(stage: Stage, server: str) -> list[str]:
    """What a dry run on this server says."""
    order = {"playbook": "hands", "server": server, "dry": True}
    status, told = await stage.ask("POST", "/api/v1/runs", body=order)
    assert status == 200, told
    await worked(stage)
    _, lines = await stage.ask("GET", f"/api/v1/runs/{told['id']}/events")
    return [line["text"] for line in lines["events"]]


@pytest.mark.parametrize("down", [False, True])
async def test_a_plan_shows_the_letter_word_for_word(stage: Stage, *, down: bool) -> None:
    if down:
        await stage.send(firing())
    told = await planned(stage, "web1")
    assert "REMOTE HANDS: power cycle" in told["steps"][0]["sends"]
    assert "Approval: a run that has not begun" in told["steps"][0]["sends"]
    assert told["steps"][1]["sends"] == ""
    trouble = told["steps"][0]["sends"].partition("WHAT IS WRONG\n")[2].splitlines()[0]
    assert trouble == ("web1 does not answer" if down else "hands")
    assert len(told["steps"][0]["checks"]) == 14
    lines = list(plan_lines(told))
    assert "   | Label: web1-fra" in lines
    assert PIN not in "".join(lines)


async def test_a_plan_says_what_an_order_lacks(stage: Stage) -> None:
    hands = (await planned(stage, "web2"))["steps"][0]
    assert hands["would"].startswith(f"fail: {LACKING}")
    assert (hands["sends"], hands["checks"], hands["denied_by"]) == ("", [], "")


async def test_a_dry_run_shows_the_letter(stage: Stage) -> None:
    said = "\n".join(await journal(stage, "web1"))
    assert "it would write: [RR-" in said
    assert "nothing was done: it would order at fra1, once: power cycle of web1" in said
    assert PIN not in said


async def test_a_dry_run_fails_where_the_real_one_would(stage: Stage) -> None:
    said = await journal(stage, "web2")
    assert any(f"hands: failed: {LACKING}" in line for line in said)
    assert any('"failed"' in line for line in said)
