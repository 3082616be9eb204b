"""A real portal over HTTP: what it is told, where its number stands, and what each answer means."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.client import open_session
from playbooks.datacentre.by_portal import PortalChannel
from playbooks.datacentre.channel import Means
from playbooks.datacentre.message import Trouble, compose_stop
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from probes.credentials import FileSecret
from responder.emulators.datacentre import Manner, PortalEmulator
from tests.playbooks.datacentre.scene import NIGHT, PIN, a_letter, a_site, pin_file
from tests.require import free_port


@pytest.fixture
async def portal() -> AsyncIterator[PortalEmulator]:
    emulator = PortalEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@asynccontextmanager
async def with_means(folder: Path) -> AsyncIterator[Means]:
    async with open_session() as session:
        yield Means(Hands(session), pin_file=FileSecret(pin_file(folder)))


def channel(base: str, folder: Path, **told: Any) -> PortalChannel:
    (folder / "token").write_text("tok-en-1\n")
    return PortalChannel.model_validate(
        {
            "url": f"{base}/tickets",
            "headers": {"Idempotency-Key": "{{ key }}"},
            "body": {
                "title": "{{ subject }}",
                "text": "{{ body }}",
                "meta": [{"ours": "{{ reference }}", "urgent": True}],
            },
            "ticket": "data.id",
            "token_file": str(folder / "token"),
            "stop": {
                "url": f"{base}/tickets/{{{{ ticket }}}}/comments",
                "body": {"text": "{{ body }}"},
            },
        }
        | told
    )


async def test_an_order_stands_in_the_portal_and_its_number_comes_back(
    portal: PortalEmulator, tmp_path: Path
) -> None:
    letter = a_letter(a_site(tmp_path))
    async with with_means(tmp_path) as means:
        receipt = await channel(portal.url, tmp_path).send(letter, means)
    [order] = portal.orders.values()
    assert receipt.reference == order.ticket == "DC-10001"
    assert order.body["title"] == letter.subject
    assert order.body["text"] == letter.with_pin(PIN)
    assert order.body["meta"] == [{"ours": letter.reference, "urgent": True}]
    assert order.headers["Idempotency-Key"] == letter.key
    assert order.headers["Authorization"] == "Bearer tok-en-1"


async def test_stop_is_added_to_their_ticket(portal: PortalEmulator, tmp_path: Path) -> None:
    site = a_site(tmp_path)
    letter = a_letter(site)
    way = channel(portal.url, tmp_path)
    async with with_means(tmp_path) as means:
        receipt = await way.send(letter, means)
        stop = compose_stop(letter, site, now=NIGHT)
        await way.send(stop, means, ticket=receipt.reference)
    [order] = portal.orders.values()
    assert [one["text"].splitlines()[0] for one in order.comments] == [stop.body.splitlines()[0]]


async def test_without_a_way_to_stop_a_person_must_ring(
    portal: PortalEmulator, tmp_path: Path
) -> None:
    site = a_site(tmp_path)
    stop = compose_stop(a_letter(site), site, now=NIGHT)
    async with with_means(tmp_path) as means:
        with pytest.raises(OutsideError, match="no way to say") as caught:
            await channel(portal.url, tmp_path, stop=None).send(stop, means, ticket="DC-1")
    assert (caught.value.transient, caught.value.ambiguous) == (False, False)
    assert portal.calls == 0


@pytest.mark.parametrize(
    ("manner", "transient", "ambiguous"),
    [
        (Manner.REFUSES, False, False),
        (Manner.FORBIDS, False, False),
        (Manner.BUSY, True, False),
        (Manner.BROKEN, True, True),
        (Manner.RESET_BEFORE, True, True),
        (Manner.RESET_AFTER, True, True),
        (Manner.NUMBERLESS, False, True),
        (Manner.PAGE, True, True),
    ],
)
async def test_what_an_answer_means(
    manner: Manner, transient: bool, ambiguous: bool, portal: PortalEmulator, tmp_path: Path
) -> None:
    portal.manner = manner
    async with with_means(tmp_path) as means:
        with pytest.raises(OutsideError) as caught:
            await channel(portal.url, tmp_path).send(a_letter(a_site(tmp_path)), means)
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)
    assert portal.calls == 1
    assert PIN not in str(caught.value)
    assert "tok-en-1" not in str(caught.value)


async def test_nobody_listens(tmp_path: Path) -> None:
    way = channel(f"http://127.0.0.1:{free_port()}", tmp_path)
    async with with_means(tmp_path) as means:
        with pytest.raises(OutsideError) as caught:
            await way.send(a_letter(a_site(tmp_path)), means)
    assert (caught.value.transient, caught.value.ambiguous) == (True, False)


async def test_without_its_pin_nothing_is_sent(portal: PortalEmulator, tmp_path: Path) -> None:
    letter = a_letter(a_site(tmp_path))
    async with with_means(tmp_path) as means:
        (tmp_path / "pin").unlink()
        with pytest.raises(OutsideError, match="can't be read") as caught:
            await channel(portal.url, tmp_path).send(letter, means)
    assert not caught.value.transient
    assert portal.calls == 0


async def test_what_is_filled_in_is_not_looked_up_again(
    portal: PortalEmulator, tmp_path: Path
) -> None:
    site = a_site(tmp_path)
    evil = Trouble('{{ key }} ", "x": "{{ body }}', NIGHT)
    letter = a_letter(site, trouble=evil)
    async with with_means(tmp_path) as means:
        await channel(portal.url, tmp_path).send(letter, means)
    [order] = portal.orders.values()
    assert set(order.body) == {"title", "text", "meta"}
    assert evil.text in order.body["text"]
    assert json.dumps(order.body).count(PIN) == 1


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"body": {"x": ["{{ server.password }}"]}}, 'there is no "server.password"'),
        ({"headers": {"X": "{{ pin }}"}}, 'there is no "pin"'),
        ({"url": "http://portal.example/tickets"}, "must begin with https://"),
        ({"url": "ftp://portal.example/"}, "is not an address"),
        ({"ticket": "data..id"}, "pattern"),
        ({"headers": {"authorization": "x"}}, "stands in headers and in token_header"),
        ({"surprise": 1}, "Extra inputs"),
    ],
)
def test_a_slip_is_found_while_the_file_is_read(
    told: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError, match=words):
        channel("https://portal.example", tmp_path, **told)
