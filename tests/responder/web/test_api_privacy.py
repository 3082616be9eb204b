"""Decision 9: is a customer's data given to him whole, and gone without a trace when he asks?"""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from alerts.model import person
from responder.clock import HandClock
from responder.deskwork import Hand
from responder.requests import Request, take
from responder.store import Tx, logs, outbox, quarantine
from responder.store.desk_tables import digest
from responder.store.metadata import metadata
from responder.store.tables import incident
from responder.values import Effect, EffectKind
from responder.web.api_privacy import PATH
from tests.require import free_port
from tests.responder.web.conftest import START
from tests.responder.web.tracking import BRANDS, PNG, TICKETS, act, link, send
from tests.stories.stage import ADMIN, RESPONDER, Stage, begin, firing, write_config

JOHN = "john@customer.example"
PRIVATE = ("john", "John Doe", "private words", "my dog", "secret hobby", "shot")


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A daemon with two brands."""
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=BRANDS), clock=clock)
    yield stage
    await stage.daemon.end()


async def lived(stage: Stage, *, sender: str = JOHN, incident: int | None = None) -> int:
    """A ticket that a customer wrote by mail, with all that can come of one."""
    world = stage.daemon.world
    request = Request(
        "about my dog", "private words", "email", sender=sender, sender_name="John Doe",
        brand="acme", account="c-17", to="support@acme.example", incident=incident,
    )  # fmt: skip
    by = Hand(person("agent"), world.live.plan, world.clock.now())
    ticket = (await world.store.write(take, request, by=by)).ticket.id
    path = link(stage, ticket)
    _, told, _ = await send(stage, f"{path}/files?name=shot.png", data=PNG)
    body = {"text": "private words again", "files": [told["id"]]}
    assert (await stage.ask("POST", f"{path}/comments", token="", body=body))[0] == 200
    await act(
        stage,
        ticket,
        "solve",
        text="John Doe is happy",
        article="none",
        override="we see it from inside",
    )
    vote = {"score": 3, "comment": "secret hobby"}
    assert (await stage.ask("POST", f"{path}/vote", token="", body=vote))[0] == 200
    return ticket


def everything(tx: Tx) -> str:
    """All rows of all tables."""
    rows = [tx.execute(text(f'SELECT * FROM "{name}"')) for name in metadata.tables]  # noqa: S608
    return "\n".join(str(row) for found in rows for row in found)


def faults(tx: Tx) -> list[str]:
    """What `responder log verify` would say."""
    found = list[str]()
    for log in ("ticket", "incident"):
        ends = tx.execute(text(f"SELECT id, seq, head FROM {log}"))  # noqa: S608
        heads = [(row.id, row.seq, row.head) for row in ends]
        found += logs.broken(tx, log, heads)
    return found


async def copied(stage: Stage, query: str) -> str:
    """The lines of the copy."""
    headers = {"Authorization": f"Bearer {ADMIN}"}
    status, told, _ = await send(stage, f"{PATH}/export?{query}", method="GET", headers=headers)
    assert status == 200
    return bytes(told).decode()


async def erased(stage: Stage, **whose: Any) -> tuple[int, Any]:
    return await stage.ask("POST", f"{PATH}/erase", token=ADMIN, body=whose)


async def test_a_copy_holds_everything_about_one_customer_and_nothing_of_another(
    stage: Stage,
) -> None:
    ticket = await lived(stage)
    await lived(stage, sender="eve@customer.example")
    told = await copied(stage, f"requester={JOHN.upper()}")
    lines = [json.loads(line) for line in told.splitlines()]
    kinds = {line["record"] for line in lines}
    assert kinds == {"ticket", "case", "event", "vote", "file"}
    for word in PRIVATE:
        assert word in told, word
    assert {line.get("ticket", ticket) for line in lines} == {ticket}
    assert "eve@" not in told
    file = next(line for line in lines if line["record"] == "file")
    assert (await send(stage, file["path"], method="GET",
                       headers={"Authorization": f"Bearer {ADMIN}"}))[1] == PNG  # fmt: skip


async def test_what_is_erased_stands_nowhere_and_the_logs_still_prove_themselves(
    stage: Stage,
) -> None:
    ticket = await lived(stage)
    store = stage.daemon.world.store
    before = await store.read(everything)
    assert all(word in before for word in PRIVATE)
    status, gone = await erased(stage, requester=JOHN, confirm=JOHN)
    assert (status, gone["tickets"], gone["files"]) == (200, 1, 1)
    after = await store.read(everything)
    assert [line for line in after.splitlines() if any(word in line for word in PRIVATE)] == []
    _, verified = await stage.ask("GET", f"{TICKETS}/{ticket}/events")
    last = verified["events"][-1]
    assert (last["kind"], last["actor"]["name"]) == ("erased", "admin")
    assert "[text erased on 2026-11-22 by admin]" in json.dumps(verified)
    _, seen = await stage.ask("GET", link(stage, ticket), token="")
    assert {one["text"] for one in seen["messages"]} == {"…"}
    assert await store.read(faults) == []
    _, metrics = await stage.ask("GET", "/metrics")
    assert 'responder_csat_answers_total{brand="acme",score="3"} 1.0' in metrics


def _spoken_of(tx: Tx) -> None:
    """As an incident and a digest speak of a customer's ticket."""
    told = {"made_at": START, "ends_at": START, "starts_at": START}
    words = "- acme, ticket 1: about my dog\n- acme, ticket 11: stays\n"
    words += "- incident 1: the word of a customer: about my dog, 2 h\n- incident 11: stays\n"
    title = "the word of a customer: about my dog"
    tx.execute(update(incident).where(incident.c.id == 1).values(title=title))
    tx.execute(insert(digest).values(text=words, **told))
    letter = {"to": "boss@ours.example", "subject": "digest", "text": words}
    outbox.add(tx, [Effect("digest/1/mail", EffectKind.DESK_MAIL, 0, letter)], now=START)


async def test_what_an_incident_and_a_digest_say_of_it_goes_as_well(stage: Stage) -> None:
    await stage.send(firing())
    await lived(stage, incident=1)
    store = stage.daemon.world.store
    await store.write(_spoken_of)
    note = {"note": "A customer wrote (ticket 1): about my dog"}
    await stage.ask("POST", "/api/v1/incidents/1/note", body=note)
    await erased(stage, requester=JOHN, confirm=JOHN)
    after = await store.read(everything)
    assert [line for line in after.splitlines() if any(word in line for word in PRIVATE)] == []
    assert after.count("ticket 1: [erased]") == 2
    assert [after.count(f"{what} 11: stays") for what in ("ticket", "incident")] == [2, 2]
    assert await store.read(faults) == []


async def test_what_a_ticket_of_the_same_incident_says_of_it_goes_as_well(stage: Stage) -> None:
    await stage.send(firing())
    await lived(stage, incident=1)
    beside = await lived(stage, sender="eve@customer.example", incident=1)
    await act(stage, beside, "note", text="A customer wrote (ticket 1): his cat")
    store = stage.daemon.world.store
    assert "his cat" in await store.read(everything)
    await erased(stage, requester=JOHN, confirm=JOHN)
    after = await store.read(everything)
    assert "his cat" not in after
    assert "eve@customer.example" in after
    assert await store.read(faults) == []


def _aside(tx: Tx) -> None:
    """A mail of his and a ticket of his that broke us; a mail that only names him."""
    bodies = {
        "mailbox/help": f"To: us@x.example\r\nFrom: John\r\n <{JOHN.upper()}>\r\n\r\nmy dog",
        "tickets/rt": f"Ticket: 7\nFrom: {JOHN}\nSubject: dog\n\nsecret hobby",
        "mailbox/more": f"From: nora@x.example\r\nTo: us@x.example\r\n\r\nask {JOHN}",
        "prometheus": f"From: {JOHN}\r\n\r\n",
    }
    for sender, body in bodies.items():
        quarantine.keep_body(tx, sender, body.encode(), reason="broken", now=START)


@pytest.mark.parametrize("whose", ["requester", "account"])
async def test_what_we_stumbled_over_is_copied_and_erased_too(stage: Stage, whose: str) -> None:
    await lived(stage)
    store, name = stage.daemon.world.store, {"requester": JOHN, "account": "c-17"}[whose]
    await store.write(_aside)
    assert (await copied(stage, f"{whose}={name}")).count('"record": "quarantine"') == 2
    await erased(stage, **{whose: name}, confirm=name)
    left = await store.read(quarantine.listed)
    assert {one["sender"] for one in left} == {"mailbox/more", "prometheus"}


async def test_an_account_is_erased_with_its_pin(stage: Stage) -> None:
    await lived(stage)
    await stage.ask("POST", "/api/v1/pins/c-17/rotate", body={})
    assert '"record": "pin"' in await copied(stage, "account=c-17")
    assert (await erased(stage, account="c-17", confirm="c-17"))[0] == 200
    assert await copied(stage, "account=c-17") == ""
    assert "c-17" not in await stage.daemon.world.store.read(everything)


@pytest.mark.parametrize(
    "body",
    [
        {"requester": JOHN},
        {"requester": JOHN, "confirm": "john"},
        {"confirm": JOHN},
        {"requester": JOHN, "account": "c-17", "confirm": JOHN},
    ],
)
async def test_nothing_is_erased_by_half_a_word(stage: Stage, body: dict[str, str]) -> None:
    await lived(stage)
    assert (await erased(stage, **body))[0] == 400
    assert JOHN in await stage.daemon.world.store.read(everything)


async def test_only_administrators_copy_and_erase(stage: Stage) -> None:
    query = f"{PATH}/export?requester={JOHN}"
    assert (await stage.ask("GET", query, token=RESPONDER))[0] == 403


async def test_words_and_pictures_go_by_themselves_when_their_time_is_over(
    stage: Stage, clock: HandClock
) -> None:
    await lived(stage)
    duty, store = stage.daemon.world.duties["housekeeping"], stage.daemon.world.store
    clock.move(days=91)
    await duty.turn()
    told = await store.read(everything)
    assert "shot" not in told
    assert "private words" in told
    clock.move(seconds=timedelta(days=640).total_seconds())
    await duty.turn()
    told = await store.read(everything)
    assert [word for word in PRIVATE if word in told] == []
