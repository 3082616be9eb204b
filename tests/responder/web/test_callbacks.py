"""Whoever answers in PagerDuty has answered here, and our pages stop; nobody else can."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from alerts.model import person
from responder import acts
from responder.clock import HandClock
from tests.require import free_port
from tests.responder.paging.test_pagerduty_hooks import ANA, hook, sign
from tests.responder.web.test_link_page import incident, texts
from tests.stories.stage import FILE, Stage, begin, firing, write_config

SECRET = "pagerduty-canary"
COMPANY = FILE.replace(
    "paging:\n", "paging:\n  pagerduty: {{webhook_secret_file: secrets/pagerduty}}\n"
).replace("ana: {{methods", "ana: {{accounts: {{pagerduty: PLH1HKV}}, methods")


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "pagerduty"
    secret.write_text(f"{SECRET}\nold-{SECRET}\n")
    secret.chmod(0o600)
    begun = await begin(write_config(tmp_path, smtp=free_port(), file=COMPANY), clock=clock)
    yield begun
    await begun.daemon.end()


async def send(stage: Stage, body: bytes, *, signature: str | None = None) -> int:
    told = sign(body, SECRET) if signature is None else signature
    async with aiohttp.ClientSession() as session:
        headers = {"X-PagerDuty-Signature": told} if told else {}
        url = f"{stage.url}/callbacks/pagerduty"
        return (await session.post(url, data=body, headers=headers)).status


async def alarm(stage: Stage) -> str:
    """The dedup key that the first page gave to PagerDuty."""
    (one,) = await stage.daemon.world.store.read(_refs)
    return f"{one}/1"


def _refs(tx: Any) -> list[str]:
    from responder.store import incidents

    return [one.ref for one in incidents.listed(tx)]


def at(clock: HandClock, body: bytes, **span: float) -> bytes:
    told = json.loads(body)
    told["event"]["occurred_at"] = (clock.now() + timedelta(**span)).isoformat()
    return json.dumps(told).encode()


@pytest.fixture
async def burning(stage: Stage, clock: HandClock) -> Stage:
    await stage.send(firing())
    clock.move(minutes=2)
    return stage


async def test_an_acknowledgement_there_is_one_here(burning: Stage, clock: HandClock) -> None:
    body = at(clock, hook(incident_key=await alarm(burning)))
    assert await send(burning, body) == 204
    taken = await incident(burning)
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "ana")
    assert (await texts(burning))[-1] == "acknowledged by ana (PagerDuty)"


async def test_whoever_is_not_known_here_takes_it_under_the_name_there(
    burning: Stage, clock: HandClock
) -> None:
    agent = {**ANA, "id": "P0000", "summary": "Tenex Engineer"}
    await send(burning, at(clock, hook(agent=agent, incident_key=await alarm(burning))))
    assert (await incident(burning))["acknowledged_by"] == "Tenex Engineer"


async def test_resolved_by_hand_there_stops_pages_and_closes_nothing_here(
    burning: Stage, clock: HandClock
) -> None:
    """What still fires is not over because somebody pressed a button elsewhere."""
    body = at(clock, hook("incident.resolved", incident_key=await alarm(burning)))
    assert await send(burning, body) == 204
    assert (await incident(burning))["state"] == "acknowledged"
    assert "resolved there" in (await texts(burning))[-1]


async def test_a_secret_that_is_being_changed_is_valid_in_both_forms(
    burning: Stage, clock: HandClock
) -> None:
    body = at(clock, hook(incident_key=await alarm(burning)))
    both = f"{sign(body, 'unknown')},{sign(body, f'old-{SECRET}')}"
    assert await send(burning, body, signature=both) == 204
    assert (await incident(burning))["state"] == "acknowledged"


@pytest.mark.parametrize(
    ("signature", "status"),
    [("", 400), ("v1=", 403), ("v1=" + "0" * 64, 403), ("v1=\xe9", 403), ("x" * 5000, 403)],
)
async def test_nobody_else_can_stop_a_page(
    burning: Stage, clock: HandClock, signature: str, status: int
) -> None:
    body = at(clock, hook(incident_key=await alarm(burning)))
    assert await send(burning, body, signature=signature) == status
    assert (await incident(burning))["state"] == "open"
    _, told = await burning.ask("GET", "/metrics")
    assert any(
        line.startswith("responder_callbacks_refused_total") and line.endswith(" 1.0")
        for line in told.splitlines()
    )


async def test_a_body_that_was_altered_is_refused(burning: Stage, clock: HandClock) -> None:
    body = at(clock, hook("incident.triggered", incident_key=await alarm(burning)))
    altered = body.replace(b"incident.triggered", b"incident.acknowledged")
    assert await send(burning, altered, signature=sign(body, SECRET)) == 403
    assert (await incident(burning))["state"] == "open"


async def test_what_is_brought_twice_or_late_undoes_no_lapse(
    burning: Stage, clock: HandClock
) -> None:
    """PagerDuty delivers at least once. The second must not silence what has lapsed since."""
    body = at(clock, hook(incident_key=await alarm(burning)), seconds=-5)
    assert await send(burning, body) == 204
    before = await texts(burning)
    assert await send(burning, body) == 204
    assert await texts(burning) == before
    clock.move(hours=1, minutes=5)
    await burning.daemon.world.duties["page"].turn()
    assert (await incident(burning))["state"] == "open"
    assert await send(burning, body) == 204
    assert (await incident(burning))["state"] == "open"
    await send(burning, at(clock, hook(incident_key=await alarm(burning))))
    assert (await incident(burning))["state"] == "acknowledged"


@pytest.mark.parametrize("key", ["", "/", "x/1", "{alarm}9", "{alarm}/approval-9/ana/0", "{ref}/2"])
async def test_another_alarm_changes_nothing(burning: Stage, clock: HandClock, key: str) -> None:
    own = await alarm(burning)
    told = key.format(alarm=own, ref=own.rpartition("/")[0])
    assert await send(burning, at(clock, hook(incident_key=told))) == 204
    assert (await incident(burning))["state"] == "open"


async def test_a_ping_is_taken_and_nonsense_is_not(burning: Stage) -> None:
    assert await send(burning, hook("pagey.ping", agent=None)) == 204
    assert await send(burning, b"{}") == 400
    assert await send(burning, b"x" * (301 << 10)) == 413


async def test_without_a_secret_in_the_file_every_hook_is_refused(
    tmp_path: Path, clock: HandClock
) -> None:
    begun = await begin(write_config(tmp_path, smtp=free_port()), clock=clock)
    await begun.send(firing())
    body = at(clock, hook(incident_key=await alarm(begun)))
    assert await send(begun, body, signature=sign(body, "")) == 403
    assert (await incident(begun))["state"] == "open"
    await begun.daemon.end()


async def test_an_answer_from_before_more_people_were_asked_is_none(
    burning: Stage, clock: HandClock
) -> None:
    """PagerDuty's webhook was held up for ten minutes."""
    late = at(clock, hook(incident_key=await alarm(burning)))
    clock.move(minutes=10)
    world = burning.daemon.world
    await world.store.write(
        acts.escalate, id_=1, actor=person("bob"), plan=world.live.plan, now=clock.now()
    )
    assert await send(burning, late) == 204
    assert (await incident(burning))["state"] == "open"
