"""The emulated providers: as late, as locked and as dangerous as the documents say."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from playbooks.client import Answer, call, open_session
from responder.emulators.providers import Fault, ProviderEmulator, Rented
from responder.emulators.providers_hetzner import TOKEN as CLOUD_TOKEN
from responder.emulators.providers_hetzner import CloudEmulator, RobotEmulator
from responder.emulators.providers_hosters import TOKEN, DropletEmulator, VultrEmulator
from tests.playbooks.power.providers import served


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


async def ask(
    session: aiohttp.ClientSession,
    emulator: ProviderEmulator,
    method: str,
    path: str,
    *,
    token: str = TOKEN,
    json: object = None,
) -> Answer:
    login = {"Authorization": f"Bearer {token}"}
    url = emulator.url + path
    return await call(session, method, url, what="it", headers=login, json=json, within=2)


def test_a_machine_shows_late_what_it_was_told() -> None:
    machine = Rented("7", late=2)
    assert machine.read()
    machine.switch("off", on=False)
    assert [machine.read() for _ in range(4)] == [True, True, False, False]
    assert machine.orders == ["off"]


async def test_a_bulk_call_of_vultr_would_switch_them_all(
    session: aiohttp.ClientSession,
) -> None:
    async with served(VultrEmulator(Rented("a"), Rented("b"))) as vultr:
        body = {"baremetal_ids": ["a", "b"]}
        assert (await ask(session, vultr, "POST", "/bare-metals/halt", json=body)).status == 204
        assert [one.on for one in vultr.machines.values()] == [False, False]
        assert vultr.mass == ["halt"]


async def test_a_bulk_call_of_digitalocean_would_switch_them_all(
    session: aiohttp.ClientSession,
) -> None:
    async with served(DropletEmulator(Rented("7"), Rented("8"))) as droplets:
        path, body = "/v2/droplets/actions?tag_name=web", {"type": "power_off"}
        assert (await ask(session, droplets, "POST", path, json=body)).status == 201
        assert [one.on for one in droplets.machines.values()] == [False, False]
        assert droplets.mass == ["power_off"]


async def test_a_droplet_is_locked_while_an_action_runs(session: aiohttp.ClientSession) -> None:
    async with served(DropletEmulator(Rented("7"))) as droplets:
        path, body = "/v2/droplets/7/actions", {"type": "power_cycle"}
        first = await ask(session, droplets, "POST", path, json=body)
        second = await ask(session, droplets, "POST", path, json=body)
        assert (first.status, second.status) == (201, 422)
        number = first.json()["action"]["id"]
        told = await ask(session, droplets, "GET", f"{path}/{number}")
        assert told.json()["action"]["status"] == "completed"
        assert not droplets.machines["7"].locked


async def test_three_wrong_logins_block_the_right_one(session: aiohttp.ClientSession) -> None:
    async with served(CloudEmulator()) as cloud:
        for _ in range(3):
            assert (await ask(session, cloud, "GET", "/servers/42", token="wrong")).status == 401
        right = await ask(session, cloud, "GET", "/servers/42", token=CLOUD_TOKEN)
        assert (right.status, cloud.blocked) == (401, True)
        cloud.unblock()
        right = await ask(session, cloud, "GET", "/servers/42", token=CLOUD_TOKEN)
        assert right.status == 200


async def test_every_call_is_written_down(session: aiohttp.ClientSession) -> None:
    async with served(RobotEmulator()) as robot:
        robot.fault = Fault.BROKEN
        await ask(session, robot, "POST", "/reset/321?a=1", json={"type": "hw"})
        assert robot.lines() == ["POST /reset/321"]
        assert (robot.calls[0].query, robot.calls[0].body) == ("a=1", '{"type": "hw"}')
        assert robot.lines("GET") == []
