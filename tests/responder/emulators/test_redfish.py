"""Does the emulated Redfish BMC speak as DSP0266 is written, and count what it is told?"""

import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from responder.emulators.redfish import PASSWORD, USER, RedfishEmulator, RedfishFault
from responder.emulators.redfish_systems import RedfishSystem

SYSTEMS = "/redfish/v1/Systems"
RESET = f"{SYSTEMS}/web1/Actions/ComputerSystem.Reset"


@asynccontextmanager
async def asked(password: str = PASSWORD) -> AsyncIterator[tuple[RedfishEmulator, Any]]:
    bmc = RedfishEmulator([RedfishSystem("web1", "SN1"), RedfishSystem("web2", "SN2")])
    await bmc.start()
    pinned = aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(bytes.fromhex(bmc.fingerprint)))
    login = base64.b64encode(f"{USER}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}"}
    try:
        async with aiohttp.ClientSession(bmc.url, headers=headers, connector=pinned) as session:
            yield bmc, session
    finally:
        await bmc.stop()


async def shown(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as answer:
        assert answer.status == 200
        return await answer.json()


async def told(session: aiohttp.ClientSession, kind: object, path: str = RESET) -> int:
    async with session.post(path, json={"ResetType": kind}) as answer:
        return answer.status


async def test_the_way_from_the_root_to_both_systems_is_linked() -> None:
    async with asked() as (_, session):
        for root in ("/redfish/v1", "/redfish/v1/"):
            assert (await shown(session, root))["Systems"] == {"@odata.id": SYSTEMS}
        members = (await shown(session, SYSTEMS))["Members"]
        found = [await shown(session, member["@odata.id"]) for member in members]
        assert [system["SerialNumber"] for system in found] == ["SN1", "SN2"]
        assert found[0]["Actions"]["#ComputerSystem.Reset"]["target"] == RESET


async def test_without_a_login_only_the_root_is_shown() -> None:
    async with asked("wrong") as (bmc, session):
        await shown(session, "/redfish/v1/")
        for path in (SYSTEMS, f"{SYSTEMS}/web1"):
            async with session.get(path) as answer:
                assert answer.status == 401
        assert await told(session, "ForceOff") == 401
        assert [call.let_in for call in bmc.asked] == [True, False, False, False]
        assert bmc.told("web1") == 0
        assert bmc.by_id["web1"].chassis.power


async def test_orders_and_changes_are_counted_with_their_time() -> None:
    async with asked() as (bmc, session):
        for kind in ("ForceOff", "On", "ForceRestart"):
            assert await told(session, kind) == 204
            await bmc.by_id["web1"].chassis.settled()
        assert [change.on for change in bmc.changes] == [False, True, False, True]
        assert {change.system for change in bmc.changes} == {"web1"}
        times = [change.at for change in bmc.changes]
        assert times == sorted(times)
        assert (bmc.told("web1"), bmc.told("web1", "On"), bmc.told("web2")) == (3, 1, 0)


@pytest.mark.parametrize("kind", ["PowerCycle", "", None, 7, ["On"]])
async def test_a_kind_that_is_not_offered_does_nothing(kind: object) -> None:
    async with asked() as (bmc, session):
        assert await told(session, kind) == 400
        assert bmc.by_id["web1"].chassis.orders == []


async def test_a_body_that_is_no_order_does_nothing() -> None:
    async with asked() as (bmc, session):
        for body in (b"", b"[]", b"{", b"null"):
            async with session.post(RESET, data=body) as answer:
                assert answer.status == 400
        assert bmc.by_id["web1"].chassis.orders == []


async def test_the_crash_dump_switches_nothing() -> None:
    async with asked() as (bmc, session):
        assert await told(session, "Nmi") == 204
        assert bmc.by_id["web1"].chassis.orders == []


async def test_a_system_that_is_not_there_is_404() -> None:
    async with asked() as (_, session), session.get(f"{SYSTEMS}/web3") as answer:
        assert answer.status == 404


async def test_it_comes_back_at_its_address_with_its_certificate() -> None:
    async with asked() as (bmc, session):
        await told(session, "ForceOff")
        await bmc.by_id["web1"].chassis.settled()
        before = (bmc.url, bmc.fingerprint)
        await bmc.stop()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("/redfish/v1/")
        await bmc.start()
        assert (bmc.url, bmc.fingerprint) == before
        assert (await shown(session, f"{SYSTEMS}/web1"))["PowerState"] == "Off"


async def test_it_speaks_nothing_but_tls() -> None:
    async with asked() as (bmc, _), aiohttp.ClientSession() as plain:
        with pytest.raises(aiohttp.ClientError):
            await plain.get(bmc.url.replace("https", "http"))
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await plain.get(bmc.url, ssl=ssl.create_default_context())
        assert list(bmc.asked) == []


async def test_faults_may_strike_orders_alone() -> None:
    async with asked() as (bmc, session):
        bmc.fault, bmc.faulty = RedfishFault.BUSY, frozenset({"POST"})
        assert (await shown(session, f"{SYSTEMS}/web1"))["PowerState"] == "On"
        assert await told(session, "ForceOff") == 503
        bmc.fault = RedfishFault.HUNG_UP
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await told(session, "ForceOff")
        await bmc.by_id["web1"].chassis.settled()
        assert not bmc.by_id["web1"].chassis.power
