"""Who may use which route? The table below is the whole answer; a route without a row fails."""

import os
import pwd
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import aiohttp
import pytest

from responder.links import ProofGrant, StepGrant, pressed
from responder.web.route import Access, Route
from responder.web.routes import all_routes
from tests.responder.web.test_link_page import path as way
from tests.stories.stage import ADMIN, AGENT, RESPONDER, TOKEN, VIEWER, Stage, firing

# Role of the least token that opens a route. `customer`: the token of a PIN and no other (see
# test_api_pins.py); `open`: nobody is asked; `local`: nobody on this machine, else a viewer;
# `sender`: a sender's token; `sender or viewer`: both.
TABLE = """
open              GET    /-/healthy
open              GET    /-/ready
open              GET    /openapi.json
open              GET    /static/page.css
open              GET    /a/{token}
open              POST   /a/{token}
open              POST   /a/{token}/yes
open              GET    /calendar/{token}.ics
open              GET    /t/{token}
open              POST   /t/{token}
open              POST   /t/{token}/yes
open              GET    /s/static/page.css
open              GET    /s/{token}
open              GET    /s/{token}/events
open              POST   /s/{token}/comments
open              POST   /s/{token}/files
open              GET    /s/{token}/files/{id}
open              GET    /s/{token}/vote
open              POST   /s/{token}/vote
open              GET    /r/{token}
open              POST   /r/{token}
open              POST   /callbacks/{token}/twilio/call
open              POST   /callbacks/{token}/twilio/key
open              POST   /callbacks/{token}/twilio/state
open              POST   /callbacks/twilio/sms
open              POST   /callbacks/pagerduty
open              POST   /callbacks/tickets/{system}
local             GET    /
local             GET    /incidents/{id}
local             GET    /oncall
local             GET    /looks
local             GET    /looks/history
local             GET    /runs/{id}
local             GET    /metrics
local             GET    /probe
viewer            GET    /api/v1/sd
admin             POST   /-/reload
admin             PUT    /-/reload
sender            POST   /api/v1/alertmanager
sender            PUT    /api/v1/alertmanager
sender            POST   /api/v2/alerts
sender or viewer  GET    /api/v2/alerts
sender or viewer  GET    /api/v2/alerts/groups
sender or viewer  GET    /api/v2/status
sender or viewer  GET    /api/v2/receivers
sender or viewer  GET    /api/v2/silences
agent             POST   /api/v2/silences
sender or viewer  GET    /api/v2/silence/{id}
agent             DELETE /api/v2/silence/{id}
sender            POST   /heartbeat/{key}
sender            GET    /heartbeat/{key}
sender            HEAD   /heartbeat/{key}
sender            POST   /heartbeat/{key}/start
sender            GET    /heartbeat/{key}/start
sender            HEAD   /heartbeat/{key}/start
sender            POST   /heartbeat/{key}/fail
sender            GET    /heartbeat/{key}/fail
sender            HEAD   /heartbeat/{key}/fail
viewer            GET    /api/v1/kpi
viewer            GET    /api/v1/kpi/availability
viewer            GET    /api/v1/inflow
viewer            GET    /api/v1/digest
viewer            GET    /api/v1/looks
viewer            GET    /api/v1/looks/history
viewer            GET    /api/v1/tickets
agent             POST   /api/v1/tickets
viewer            GET    /api/v1/tickets/{id}
viewer            GET    /api/v1/tickets/{id}/events
open              POST   /forms/{brand}
agent             POST   /api/v1/requests
viewer            GET    /api/v1/articles
agent             POST   /api/v1/articles/vote
agent             POST   /api/v1/tickets/{id}/take
agent             POST   /api/v1/tickets/{id}/assign
agent             POST   /api/v1/tickets/{id}/note
agent             POST   /api/v1/tickets/{id}/reply
agent             POST   /api/v1/tickets/{id}/move
agent             POST   /api/v1/tickets/{id}/state
agent             POST   /api/v1/tickets/{id}/solve
agent             POST   /api/v1/tickets/{id}/candidate
viewer            GET    /api/v1/tickets/{id}/levels
viewer            GET    /api/v1/desk/scope
viewer            GET    /api/v1/desk/passed-on
viewer            GET    /api/v1/desk/candidates
agent             POST   /api/v1/tickets/{id}/clarify
agent             POST   /api/v1/tickets/{id}/vendor
agent             POST   /api/v1/tickets/{id}/vendor-end
agent             POST   /api/v1/tickets/{id}/complaint
agent             POST   /api/v1/tickets/{id}/review
agent             POST   /api/v1/tickets/{id}/answer
agent             POST   /api/v1/tickets/{id}/handback
agent             POST   /api/v1/tickets/{id}/release
agent             POST   /api/v1/tickets/{id}/transfer
agent             POST   /api/v1/tickets/{id}/vote
agent             POST   /api/v1/tickets/{id}/useful
viewer            GET    /api/v1/tickets/{id}/files
viewer            GET    /api/v1/tickets/{id}/files/{file}
agent             GET    /api/v1/tickets/{id}/track
customer          GET    /api/v1/customer/tickets
customer          GET    /api/v1/customer/tickets/{id}
customer          POST   /api/v1/customer/tickets/{id}/comments
customer          POST   /api/v1/customer/chat
admin             GET    /api/v1/customers/export
admin             POST   /api/v1/customers/erase
agent             GET    /api/v1/pins
agent             POST   /api/v1/pins/verify
agent             POST   /api/v1/pins/{account}/rotate
agent             DELETE /api/v1/pins/{account}
viewer            GET    /api/v1/incidents
responder         POST   /api/v1/incidents
viewer            GET    /api/v1/incidents/{id}
viewer            GET    /api/v1/incidents/{id}/events
viewer            GET    /api/v1/incidents/{id}/customers
agent             POST   /api/v1/incidents/{id}/tell
responder         POST   /api/v1/incidents/{id}/major
responder         POST   /api/v1/incidents/{id}/major/end
agent             POST   /api/v1/incidents/{id}/major/told
viewer            GET    /api/v1/incidents/{id}/major/draft
responder         POST   /api/v1/incidents/{id}/links
responder         DELETE /api/v1/incidents/{id}/links/{kind}/{other}
viewer            GET    /api/v1/incidents/{id}/graph
viewer            GET    /api/v1/incidents/{id}/review
viewer            GET    /api/v1/customers
responder         POST   /api/v1/incidents/{id}/ack
responder         POST   /api/v1/incidents/{id}/resolve
agent             POST   /api/v1/incidents/{id}/note
responder         POST   /api/v1/incidents/{id}/snooze
responder         POST   /api/v1/incidents/{id}/escalate
responder         POST   /api/v1/incidents/{id}/handover
responder         POST   /api/v1/incidents/{id}/merge
responder         POST   /api/v1/incidents/{id}/split
viewer            GET    /api/v1/runs
responder         POST   /api/v1/runs
viewer            GET    /api/v1/runs/{id}
viewer            GET    /api/v1/runs/{id}/events
responder         POST   /api/v1/runs/{id}/approve
responder         POST   /api/v1/runs/{id}/reject
responder         POST   /api/v1/runs/{id}/abort
responder         POST   /api/v1/runs/{id}/pause
responder         POST   /api/v1/runs/{id}/resume
responder         POST   /api/v1/runs/{id}/takeover
responder         POST   /api/v1/runs/{id}/continue
viewer            GET    /api/v1/playbooks
viewer            GET    /api/v1/playbooks/{name}
viewer            POST   /api/v1/playbooks/{name}/plan
responder         GET    /api/v1/servers/{name}/power
sender            POST   /api/v1/datacentre/replies
viewer            GET    /api/v1/datacentre/orders
viewer            GET    /api/v1/datacentre/orders/{reference}
responder         POST   /api/v1/datacentre/orders/{reference}/call
responder         POST   /api/v1/datacentre/orders/{reference}/pin
viewer            GET    /api/v1/oncall
viewer            GET    /api/v1/oncall/overrides
responder         POST   /api/v1/oncall/overrides
responder         DELETE /api/v1/oncall/overrides/{id}
responder         POST   /api/v1/oncall/swaps
viewer            GET    /api/v1/oncall/hours
viewer            GET    /api/v1/oncall/handover
responder         GET    /api/v1/oncall/calendars/{whose}
viewer            GET    /api/v1/oncall/methods
responder         POST   /api/v1/oncall/test
viewer            GET    /api/v1/maintenance
responder         POST   /api/v1/maintenance
responder         DELETE /api/v1/maintenance/{id}
viewer            GET    /api/v1/kill-switch
responder         POST   /api/v1/kill-switch
admin             DELETE /api/v1/kill-switch
viewer            GET    /api/v1/status
viewer            GET    /api/v1/outbox
responder         POST   /api/v1/outbox/retry
viewer            GET    /api/v1/quarantine
"""
STAIRS = ("viewer", "agent", "responder", "admin")
TOKENS = {
    "nobody": "",
    "sender": TOKEN,
    "viewer": VIEWER,
    "agent": AGENT,
    "responder": RESPONDER,
    "admin": ADMIN,
}


def question(stage: Stage) -> str:
    """The path of a link to a question."""
    world = stage.daemon.world
    until = world.clock.now() + timedelta(minutes=10)
    url = world.links.decide(StepGrant(1, "0" * 16, "ana", until))
    return url[url.index("/r/") :]


def trial(stage: Stage) -> str:
    """The path of a link in a test page."""
    world = stage.daemon.world
    url = world.links.prove(ProofGrant("0", "ana", world.clock.now() + timedelta(hours=1)))
    return url[url.index("/t/") :]


def feed(stage: Stage) -> str:
    """The path of a person's calendar."""
    url = stage.daemon.world.links.calendar("person:ana")
    return url[url.index("/calendar/") :]


# Links that carry their own proof.
WAYS: Mapping[str, Callable[[Stage], str]] = {
    "/calendar/{token}.ics": feed,
    "/a/{token}": way,
    "/a/{token}/yes": lambda stage: pressed(way(stage)),
    "/r/{token}": question,
    "/t/{token}": trial,
    "/t/{token}/yes": lambda stage: pressed(trial(stage)),
}


def rows() -> Iterator[tuple[str, str, str]]:
    for line in TABLE.strip().splitlines():
        least, method, path = re.split(r" {2,}| (?=[A-Z/])|(?<=[A-Z]) +", line.strip())
        yield least, method, path


def allowed(least: str, who: str) -> bool:
    if least in ("open", "local") or (who == "sender" and least.startswith("sender")):
        return True
    floor = least.removeprefix("sender or ")
    return who in STAIRS and floor in STAIRS and STAIRS.index(who) >= STAIRS.index(floor)


def routes(stage: Stage) -> list[Route]:
    return all_routes(stage.daemon.world, stage.daemon.reload)


async def test_every_route_stands_in_the_table(stage: Stage) -> None:
    there = sorted((route.method, route.path) for route in routes(stage))
    assert there == sorted((method, path) for _, method, path in rows())


@pytest.mark.parametrize("who", TOKENS)
async def test_each_route_is_open_to_those_in_its_row_and_to_nobody_else(
    stage: Stage, who: str
) -> None:
    wrong = []
    await stage.send(firing())
    for least, method, path in rows():
        there = WAYS[path](stage) if path in WAYS else re.sub(r"{\w+}", "1", path)
        status, _ = await stage.ask(method, there, token=TOKENS[who])
        shut = {401} if who == "nobody" else {403}
        if (status in (401, 403)) == allowed(least, who) or (
            not allowed(least, who) and status not in shut
        ):
            wrong.append((who, method, path, status))
    assert wrong == []


async def test_a_wrong_token_opens_nothing_and_nothing_is_stored(stage: Stage) -> None:
    shut = [row for row in rows() if row[0] not in ("open", "local")]
    for token in ("wrong", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "x" * 8000, "tökën", " "):
        for _, method, path in shut:
            status, _ = await stage.ask(method, re.sub(r"{\w+}", "1", path), token=token)
            assert status == 401, (token, method, path)
    _, told = await stage.ask("GET", "/api/v1/incidents")
    assert told == {"incidents": [], "next": None}


async def test_on_the_private_socket_the_system_says_who_acts(stage: Stage) -> None:
    path = stage.folder / "responder.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await stage.send(firing())
    connector = aiohttp.UnixConnector(str(path))
    async with aiohttp.ClientSession("http://responder", connector=connector) as session:
        answer = await session.post("/api/v1/incidents/1/ack", json={})
        assert (await answer.json())["acknowledged_by"] == pwd.getpwuid(os.getuid()).pw_name
        assert (await session.post("/-/reload")).status == 200
        wrong = {"Authorization": "Bearer wrong"}
        assert (await session.get("/api/v1/incidents", headers=wrong)).status == 401


def test_a_new_access_is_known_to_this_table() -> None:
    assert {least for least, _, _ in rows()} <= {
        str(access).replace("-", " ").replace("loopback", "local") for access in Access
    }
