"""Can somebody at a shell ring a data centre at ten past three, and say how it ended?"""

import getpass
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from playbooks.datacentre import orders as life
from playbooks.datacentre.by_call import Outcome
from playbooks.datacentre.order import OPEN, Order, OrderState
from playbooks.datacentre.site import Site
from playbooks.ports import Receipt
from responder.cli.order import OUTCOMES, OVER
from responder.clock import HandClock
from responder.store import orders
from tests.playbooks.datacentre.scene import HARDWARE, PIN, a_site, an_order, site_written
from tests.require import free_port
from tests.responder.cli.conftest import START, Desk
from tests.stories.stage import FILE, VIEWER, begin, firing, write_config


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """web1 is down, in a data centre that can be asked."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    clock = HandClock(START)
    server = {"address": "127.0.0.2", "datacentre": "fra1", "rack": "r12", "hardware": HARDWARE}
    flow = json.dumps(server).replace("{", "{{").replace("}", "}}")
    file = FILE.replace("web1: {{address: 127.0.0.2}}", f"web1: {flow}")
    more = f"datacentres: {json.dumps({'fra1': {'contact': site_written(tmp_path)}})}"
    (tmp_path / "pin").chmod(0o600)
    path = write_config(tmp_path, smtp=free_port(), file=file, more=more)
    stage = await begin(path, clock=clock)
    await stage.send(firing())
    yield Desk(stage, clock)
    await stage.daemon.end()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return a_site(tmp_path)


async def kept(desk: Desk, order: Order) -> str:
    """The order in the store; its reference."""
    await desk.stage.daemon.world.store.write(orders.add, order)
    return order.letter.reference


@pytest.fixture
async def sent(desk: Desk, site: Site) -> str:
    """The reference of an order that was sent and not answered."""
    sending = life.begun(an_order(site), site, now=START).order
    return await kept(desk, life.taken(sending, Receipt("DC-1"), site, now=START).order)


async def log(desk: Desk) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = (await desk.told("incident", "show", 1))["events"]
    return events


async def test_orders_are_listed(desk: Desk, sent: str) -> None:
    result = await desk.call("order", "list")
    head, row = result.stdout.splitlines()
    assert head.split()[:3] == ["REFERENCE", "STATE", "SERVER"]
    assert row.split() == [
        sent, "sent", "web1", "fra1", "power_cycle", "DC-1", "2026-11-22", "03:10", "1",
    ]  # fmt: skip
    assert len((await desk.told("order", "list", "--incident", 1))["orders"]) == 1
    assert (await desk.told("order", "list", "--incident", 9))["orders"] == []


async def test_the_sheet_says_all_that_a_caller_needs_but_the_pin(desk: Desk, sent: str) -> None:
    text = (await desk.call("order", "show", sent)).stdout
    places = [
        text.index(words)
        for words in (
            f"order {sent} of web1 at fra1 is sent\n",
            f"CALL SHEET {sent}: please ring the data centre (sent by mail: DC-1)\n",
            "Ring: +49 69 1234567 (24x7)\n",
            "Their ticket: DC-1\n",
            "- I am calling for Ana Ortiz, account ACC-1234. ",
            f"(The PIN: responder order pin {sent})\n",
            f"- It is about our order {sent}, your ticket DC-1.\n",
            "THE TASK, and nothing else: power cycle:\n1. Find the machine by its label web1-fra",
            "\n5. Give power back: ",
            "DO NOT:\n- touch U13\n",
            "incident:  1\n",
            "answer by: 2026-11-22 03:25:00\n",
            f"responder order pin {sent}\n",
            f"responder order call {sent} --outcome ordered|done|refused|stopped|not_reached\n",
        )
    ]
    assert places == sorted(places)
    assert PIN not in text
    assert (await desk.told("order", "show", sent))["reference"] == sent


async def test_a_reference_may_be_typed_as_it_is_heard(desk: Desk, sent: str) -> None:
    assert (await desk.told("order", "show", f" {sent.lower()}"))["reference"] == sent
    assert await desk.refused("order", "show", "rr-zzzzzzzz") == 'there is no order "RR-ZZZZZZZZ"'


async def test_what_a_data_centre_wrote_commands_no_terminal(desk: Desk, site: Site) -> None:
    sending = life.begun(an_order(site), site, now=START).order
    hostile = "DC\x1b[2J\u202e\nRing: +1 900"
    order = life.taken(sending, Receipt(hostile), site, now=START).order
    name = await kept(desk, replace(order, why="\x07they\x1b]0;x\x07 said"))
    for words in (("list",), ("show", name)):
        text = (await desk.call("order", *words)).stdout
        assert not set(text) & set("\x1b\x07\u202e"), words


async def test_an_order_that_is_over_is_said_to_be_so_first(desk: Desk, site: Site) -> None:
    name = await kept(desk, an_order(site, state=OrderState.DONE, done_at=START))
    text = (await desk.call("order", "show", name)).stdout
    assert text.startswith(f"order {name} of web1 at fra1 is done: there is nothing to ring about")
    assert "After the call:" not in text


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("ordered", "acknowledged"), ("done", "done"), ("refused", "refused"), ("stopped", "stopped")],
)
async def test_how_a_call_ended_moves_the_order(
    desk: Desk, sent: str, outcome: str, state: str
) -> None:
    words = ("--who", "Kim", "--promised", "within 20 min", "--note", "two LEDs are red")
    result = await desk.call("order", "call", sent, "--outcome", outcome, *words)
    assert result.stdout == f"order {sent} of web1 at fra1 is {state}\n"
    told = f"{getpass.getuser()}: Kim; promised: within 20 min; two LEDs are red"
    assert any(told in str(event) for event in await log(desk))


async def test_who_reached_nobody_needs_no_words_and_the_supervisor_is_next(
    desk: Desk, sent: str
) -> None:
    told = await desk.told("order", "call", sent, "--outcome", "not_reached")
    assert told["state"] == "sent"
    assert "nobody answered" in told["why"]
    text = (await desk.call("order", "show", sent)).stdout
    assert f"CALL SHEET {sent}: please ring the data centre's supervisor ({told['why']})\n" in text
    assert "Ring: +49 69 7654321 (supervisor)" in text
    assert len((await desk.told("incident", "show", 1))["pages"]) > 1


async def test_a_call_without_words_is_not_taken(desk: Desk, sent: str) -> None:
    result = await desk.call("order", "call", sent, "--outcome", "done")
    assert result.exit_code == 2
    assert "say who answered" in result.stderr
    assert (await desk.call("order", "call", sent, "--who", "Kim")).exit_code == 2
    assert (await desk.told("order", "show", sent))["state"] == "sent"


async def test_the_pin_is_shown_to_who_asks_and_that_stands_in_the_log(
    desk: Desk, sent: str
) -> None:
    result = await desk.call("order", "pin", sent)
    assert result.stdout == f"{PIN}\n"
    events = await log(desk)
    assert events[-1]["actor"]["name"] == getpass.getuser()
    assert f"saw the PIN for order {sent}" in str(events[-1])
    assert PIN not in str(events)
    assert await desk.told("order", "pin", sent) == {"pin": PIN}


async def test_a_viewer_reads_orders_and_sees_no_pin(desk: Desk, sent: str, tmp_path: Path) -> None:
    token = tmp_path / "mine"
    token.write_text(VIEWER)
    there = ("--url", desk.stage.url, "--token-file", token)
    assert (await desk.call("order", "show", sent, *there)).exit_code == 0
    assert "the role viewer may not" in await desk.refused("order", "pin", sent, *there)
    done = ("--outcome", "done", "--who", "Kim")
    assert "the role viewer may not" in await desk.refused("order", "call", sent, *done, *there)


def test_the_words_are_those_of_the_orders() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(OVER) == set(OrderState) - set(OPEN)
