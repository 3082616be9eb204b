"""Orders over the API: a portal answers, a person rings, and the PIN is shown to him alone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from playbooks.datacentre import orders as life
from playbooks.datacentre.order import Order, OrderState
from playbooks.datacentre.site import Site
from playbooks.ports import Receipt
from responder.clock import HandClock
from responder.emulators.datacentre import PortalEmulator
from responder.store import orders
from tests.playbooks.datacentre.scene import HARDWARE, PIN, a_site, an_order, site_written
from tests.require import free_port
from tests.responder.web.conftest import START
from tests.stories.stage import (
    FILE,
    RESPONDER,
    TOKEN,
    VIEWER,
    Stage,
    begin,
    firing,
    write_config,
)

PORTAL = "stage-portal-token"
ORDERS = "/api/v1/datacentre/orders"


def _flow(told: Any) -> str:
    """JSON is YAML; its braces are doubled for `format`."""
    return json.dumps(told).replace("{", "{{").replace("}", "}}")


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """web1 is down, in a data centre that can be asked; the duties stand still."""
    server = {"address": "127.0.0.2", "datacentre": "fra1", "rack": "r12", "hardware": HARDWARE}
    file = FILE.replace("web1: {{address: 127.0.0.2}}", f"web1: {_flow(server)}")
    portal = "    portal: {{role: intake, token_file: secrets/portal}}\n    viewer"
    file = file.replace("    viewer", portal, 1)
    more = f"datacentres: {json.dumps({'fra1': {'contact': site_written(tmp_path)}})}"
    path = write_config(tmp_path, smtp=free_port(), file=file, more=more)
    (tmp_path / "secrets" / "portal").write_text(PORTAL + "\n")
    for secret in (tmp_path / "secrets" / "portal", tmp_path / "pin"):
        secret.chmod(0o600)
    one = await begin(path, clock=clock)
    assert await one.send(firing()) == 200
    yield one
    await one.daemon.end()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return a_site(tmp_path)


@pytest.fixture
async def order(stage: Stage, site: Site) -> Order:
    """An order that was sent."""
    sending = life.begun(an_order(site), site, now=START).order
    sent = life.taken(sending, Receipt("DC-1"), site, now=START).order
    kept: Order = await stage.daemon.world.store.write(orders.add, sent)
    return kept


async def state(stage: Stage, order: Order) -> OrderState:
    found = await stage.daemon.world.store.read(orders.by_key, order.key)
    assert found is not None
    return found.state


async def test_a_portal_posts_its_answer(stage: Stage, order: Order) -> None:
    portal = PortalEmulator()
    door = f"{stage.url}/api/v1/datacentre/replies"
    told = {"reference": order.letter.reference, "state": "acknowledged", "text": "on our way"}
    assert await portal.says(door, PORTAL, **told) == 200
    assert await state(stage, order) is OrderState.ACKNOWLEDGED
    assert await portal.says(door, "wrong", **told) == 401


async def test_what_is_about_no_order_is_said_so(stage: Stage, order: Order) -> None:
    body = {"reference": "RR-ZZZZZZZZ", "state": "done", "text": "we did web9"}
    with capture_logs() as lines:
        told = await stage.ask("POST", "/api/v1/datacentre/replies", token=PORTAL, body=body)
    assert told == (200, {"known": False})
    [line] = [one for one in lines if one["event"] == "reply_of_no_order"]
    assert (line["reference"], line["text"]) == ("RR-ZZZZZZZZ", "we did web9")
    assert await state(stage, order) is OrderState.SENT


async def test_who_sends_alerts_is_no_data_centre(stage: Stage, order: Order) -> None:
    body = {"reference": order.letter.reference, "state": "done"}
    status, _ = await stage.ask("POST", "/api/v1/datacentre/replies", token=TOKEN, body=body)
    assert (status, await state(stage, order)) == (403, OrderState.SENT)


@pytest.mark.parametrize("body", [{}, {"reference": "x", "state": "maybe"}, {"reference": 7}])
async def test_what_does_not_fit_is_refused(stage: Stage, body: Any) -> None:
    status, _ = await stage.ask("POST", "/api/v1/datacentre/replies", token=PORTAL, body=body)
    assert status == 400


async def test_an_order_can_be_read_with_its_sheet_but_without_the_pin(
    stage: Stage, order: Order
) -> None:
    path = f"{ORDERS}/{order.letter.reference}"
    status, told = await stage.ask("GET", path, token=VIEWER)
    assert status == 200
    assert (told["state"], told["ticket"], told["server"]) == ("sent", "DC-1", "web1")
    assert "Ring: +49 69 1234567" in told["sheet"]
    assert PIN not in str(told)
    for query in ("", "?incident=1"):
        assert await stage.ask("GET", ORDERS + query, token=VIEWER) == (200, {"orders": [told]})
    assert await stage.ask("GET", f"{ORDERS}?incident=9") == (200, {"orders": []})
    assert (await stage.ask("GET", f"{ORDERS}/RR-ZZZZZZZZ"))[0] == 404


async def test_a_call_is_written_down_and_moves_the_order(stage: Stage, order: Order) -> None:
    path = f"{ORDERS}/{order.letter.reference}/call"
    body = {"outcome": "ordered", "note": "Kim, 03:31, twenty minutes"}
    assert (await stage.ask("POST", path, token=VIEWER, body=body))[0] == 403
    status, told = await stage.ask("POST", path, token=RESPONDER, body=body)
    assert (status, told["state"]) == (200, "acknowledged")
    _, events = await stage.ask("GET", "/api/v1/incidents/1/events")
    assert any("mira: Kim, 03:31, twenty minutes" in str(one) for one in events["events"])


async def test_the_pin_is_shown_on_demand_and_who_saw_it_is_written_down(
    stage: Stage, order: Order
) -> None:
    path = f"{ORDERS}/{order.letter.reference}/pin"
    assert (await stage.ask("POST", path, token=VIEWER))[0] == 403
    assert await stage.ask("POST", path, token=RESPONDER) == (200, {"pin": PIN})
    _, events = await stage.ask("GET", "/api/v1/incidents/1/events")
    last = events["events"][-1]
    assert last["actor"]["name"] == "mira"
    assert order.letter.reference in str(last)
    assert PIN not in str(events)


async def test_a_pin_that_can_not_be_read_is_said_so(
    stage: Stage, order: Order, tmp_path: Path
) -> None:
    (tmp_path / "pin").unlink()
    status, _ = await stage.ask("POST", f"{ORDERS}/{order.letter.reference}/pin")
    assert status == 503
