"""A token with a brand: does every route give it that brand's own, and no other's?"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from responder.clock import HandClock
from tests.require import free_port
from tests.responder.web.test_roles import WAYS, rows
from tests.responder.web.tracking import PNG, TICKETS, link, send
from tests.stories.brands import BRANDS
from tests.stories.stage import ADMIN, FILE, Stage, begin, firing, write_config

WALLED: Final = "stage-acme"
OTHERS: Final = ("zebra", "bert", "blau", "Blau")  # all that is the other brand's
SHUT: Final = (403, 404)
_TOKEN: Final = "    acme: {{role: admin, brand: acme, token_file: secrets/acme}}\n"
_FILE: Final = FILE.replace("  tokens:\n", f"  tokens:\n{_TOKEN}")


@dataclass
class Two:
    """A daemon, and a ticket, a picture and a PIN of each of its two brands."""

    stage: Stage
    own: int = 0
    other: int = 0
    picture: str = ""
    pin: str = ""

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str = WALLED
    ) -> tuple[int, Any]:
        """As acme's token."""
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"}
        asked = await send(self.stage, path, data=data, method=method, headers=headers)
        return asked[0], asked[1]

    async def lives(self, brand: str, name: str) -> int:
        order = {
            "subject": f"{name}-subject", "text": f"The mail of {name} bounces.", "brand": brand,
            "channel": "email", "caller": f"{name}@kunde.example", "account": f"{name}-account",
        }  # fmt: skip
        status, told = await self.stage.ask("POST", "/api/v1/requests", body=order)
        assert status == 201
        return int(told["reference"])

    async def everything(self, token: str = ADMIN) -> str:
        """All that is kept of the other brand's customer, as far as this token may see it."""
        one = f"{TICKETS}/{self.other}"
        paths = (
            TICKETS, one, f"{one}/events", f"{one}/files", f"{one}/levels", "/api/v1/pins",
            f"{one}/files/{self.picture}", "/api/v1/customers/export?account=zebra-account",
            "/api/v1/customers", "/api/v1/kpi?by=brand",
        )  # fmt: skip
        return "\n".join([str(await self.ask("GET", path, token=token)) for path in paths])


@pytest.fixture
async def two(tmp_path: Path, clock: HandClock) -> AsyncIterator[Two]:
    path = write_config(tmp_path, smtp=free_port(), more=BRANDS, file=_FILE)
    (tmp_path / "secrets" / "acme").write_text(WALLED)
    (tmp_path / "secrets" / "acme").chmod(0o600)
    stage = await begin(path, clock=clock)
    made = Two(stage)
    await stage.send(firing())
    made.own, made.other = await made.lives("acme", "otter"), await made.lives("blau", "zebra")
    _, sent, _ = await send(stage, f"{link(stage, made.other, brand='blau')}/files", data=PNG)
    made.picture = sent["id"]
    order = {"brand": "blau"}
    _, told = await stage.ask("POST", "/api/v1/pins/zebra-account/rotate", body=order)
    made.pin = told["pin"]
    yield made
    await stage.daemon.end()


def told_of_others(two: Two) -> Mapping[str, Any]:
    """What reaches for the other brand where a body is needed."""
    zebra = {"requester": "zebra@kunde.example", "confirm": "zebra@kunde.example"}
    words = {"subject": "a", "text": "b", "brand": "blau"}
    pin = {"account": "zebra-account", "pin": two.pin, "source": "192.0.2.1"}
    return {
        "/api/v1/tickets": words,
        "/api/v1/requests": words,
        "/api/v1/pins/verify": pin,
        "/api/v1/customers/erase": zebra,
    }


async def test_no_route_shows_or_changes_what_is_of_another_brand(two: Two) -> None:
    before, wrong, bodies = await two.everything(), [], told_of_others(two)
    seen = await two.everything(WALLED)
    assert [before.count("zebra") > 9, before.count("bert") > 0] == [True, True]
    assert [word for word in OTHERS if word in seen] == []
    parts = {"account": "zebra-account", "file": two.picture}
    for least, method, path in rows():
        if least in ("open", "customer") or path in WAYS:
            continue
        there = re.sub(r"{(\w+)}", lambda part: parts.get(part[1], str(two.other)), path)
        query = "?requester=zebra@kunde.example" if path.endswith("/export") else ""
        status, told = await two.ask(method, there + query, bodies.get(path))
        shown = [word for word in OTHERS if word in str(told)] if status == 200 else []
        if status not in (200, *SHUT) or shown or (status == 200 and "{id}" in path):
            wrong.append((method, path, status, shown))
    assert wrong == []
    assert await two.everything() == before


async def test_its_own_brand_is_open_on_every_route_of_a_ticket(two: Two) -> None:
    for _, method, path in rows():
        if path.startswith(f"{TICKETS}/{{id}}") and "{file}" not in path:
            status, _ = await two.ask(method, path.replace("{id}", str(two.own)))
            assert status not in (401, 404), (method, path)
    _, told = await two.ask("GET", TICKETS)
    assert [one["id"] for one in told["tickets"]] == [str(two.own)]
    assert (await two.ask("POST", f"{TICKETS}/{two.own}/note", {"text": "seen"}))[0] == 200


async def test_what_it_brings_is_its_brands_whatever_the_words_say(two: Two) -> None:
    order = {"subject": "Help", "text": "My mail bounces.", "to": "hilfe@blau.example"}
    status, told = await two.ask("POST", "/api/v1/requests", {**order, "key": "k"})
    assert (status, told["ticket"]["brand"]) == (201, "acme")
    assert told["ticket"]["key"] == "api/acme/k"  # another brand's keys are other keys
    status, told = await two.ask("POST", TICKETS, {"subject": "a", "text": "b"})
    assert (status, told["brand"]) == (200, "acme")
    for path in (TICKETS, "/api/v1/requests"):
        assert (await two.ask("POST", path, {**order, "account": "bert"}))[0] in (400, 404)
    assert (await two.ask("POST", "/api/v1/requests", {**order, "account": "bert"}))[0] == 404
    assert (await two.ask("POST", "/api/v1/requests", {**order, "account": "anna"}))[0] == 201


async def test_nothing_is_recalled_from_another_brands_tickets(two: Two) -> None:
    for number in (two.own, two.other):
        words = {"text": "The quota was full", "outcome": "fixed", "article": "none"}
        await two.stage.ask("POST", f"{TICKETS}/{number}/solve", body=words)
    order = {"subject": "bear-subject", "text": "The mail of bear bounces.", "channel": "email"}
    mail = {**order, "caller": "zebra@kunde.example"}  # a customer of both brands
    _, told = await two.ask("POST", "/api/v1/requests", mail)
    number = told["reference"]
    for path in (number, f"{number}/events", f"{number}/levels"):
        status, told = await two.ask("GET", f"{TICKETS}/{path}")
        assert status == 200
        assert "zebra-" not in json.dumps(told)


async def test_pins_are_its_own(two: Two) -> None:
    assert (await two.ask("GET", "/api/v1/pins"))[1] == {"pins": []}
    assert (await two.ask("POST", "/api/v1/pins/bert/rotate", {}))[0] == 404
    status, told = await two.ask("POST", "/api/v1/pins/otter-account/rotate", {})
    assert status == 200
    body = {"account": "otter-account", "pin": told["pin"], "source": "192.0.2.2"}
    assert (await two.ask("POST", "/api/v1/pins/verify", body))[0] == 200
    assert (await two.ask("DELETE", "/api/v1/pins/otter-account"))[0] == 200


async def test_drafts_customers_and_figures_are_its_own(two: Two) -> None:
    _, told = await two.ask("GET", "/api/v1/incidents/1/major/draft")
    assert {one["brand"] for one in told["drafts"]} == {"acme"}
    _, told = await two.ask("GET", "/api/v1/customers")
    assert {one["brand"] for one in told["customers"]} == {"acme"}
    assert (await two.ask("GET", "/api/v1/kpi"))[1]["brand"] == "acme"
    for path in ("incidents/1/major/draft", "customers", "kpi"):
        assert (await two.ask("GET", f"/api/v1/{path}?brand=blau"))[0] == 404
    await two.stage.send(firing("db7", name="Strange"))
    assert (await two.ask("GET", "/api/v1/incidents/2/major/draft"))[0] == 404


async def test_a_pin_without_a_brand_opens_the_only_account_of_its_name(two: Two) -> None:
    async def opens(account: str) -> str | None:
        _, told = await two.stage.ask("POST", f"/api/v1/pins/{account}/rotate", body={})
        body = {"account": account, "pin": told["pin"], "source": "192.0.2.3"}
        status, told = await two.stage.ask("POST", "/api/v1/pins/verify", token=ADMIN, body=body)
        if status != 200:
            return None
        _, listed = await two.stage.ask("GET", "/api/v1/customer/tickets", token=told["token"])
        return ",".join(one["id"] for one in listed["tickets"])

    assert await opens("otter-account") == str(two.own)
    order = {"subject": "a", "text": "b", "brand": "blau", "account": "otter-account"}
    await two.stage.ask("POST", TICKETS, body=order)
    assert await opens("otter-account") is None  # of one brand, or of the other?
    assert await opens("nobody-yet") == ""
