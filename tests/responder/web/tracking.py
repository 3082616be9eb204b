"""A stage with two brands, and a customer's ticket with its link."""

import json
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import aiohttp

from responder.links import TrackGrant
from tests.stories.stage import AGENT, Stage

BRANDS = """
brands:
  acme:
    {title: Acme Hosting, from: support@acme.example, zone: Europe/Sofia, status_url: "https://status.acme.example"}
  blau: {title: Blau und Weiss, from: hilfe@blau.example, language: de, zone: Europe/Berlin}
"""
TICKETS = "/api/v1/tickets"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


async def opened(stage: Stage, **more: Any) -> int:
    """A ticket of a customer of acme; its number."""
    told = {"subject": "mail bounces", "text": "told by phone, he is angry", "channel": "phone"}
    body = {**told, "brand": "acme", "account": "c-17", **more}
    status, answer = await stage.ask("POST", TICKETS, token=AGENT, body=body)
    assert status == 200, answer
    return int(answer["id"])


async def act(stage: Stage, ticket: int, verb: str, **body: Any) -> None:
    """Somebody of the staff does this."""
    status, told = await stage.ask("POST", f"{TICKETS}/{ticket}/{verb}", token=AGENT, body=body)
    assert status == 200, told


def link(stage: Stage, ticket: int, *, brand: str = "acme", days: float = 90) -> str:
    """The path of the customer's link."""
    world = stage.daemon.world
    until = world.clock.now() + timedelta(days=days)
    url = world.links.track(TrackGrant(ticket, brand, until))
    return url[url.index("/s/") :]


async def send(
    stage: Stage,
    path: str,
    *,
    data: bytes = b"",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any, Mapping[str, str]]:
    """A raw request as a browser makes it: status, answer, headers."""
    async with aiohttp.ClientSession() as session:
        answer = await session.request(
            method,
            stage.url + path,
            data=BytesIO(data) if data else None,
            headers=headers,
            allow_redirects=False,
        )
        told = await answer.read()
        is_json = answer.content_type == "application/json"
        return answer.status, json.loads(told) if is_json and told else told, dict(answer.headers)
