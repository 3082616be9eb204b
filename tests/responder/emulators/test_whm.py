"""Does the emulated WHM speak as the real one is written to speak, traps and all?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import Account, WhmBook
from responder.emulators.whm_faults import WhmFault

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AUTH = {"Authorization": "whm root:sesame"}


@asynccontextmanager
async def asked() -> AsyncIterator[tuple[WhmEmulator, aiohttp.ClientSession]]:
    book = WhmBook()
    book.add_reseller("ana", "ana.example", sites=2, now=NOW)
    whm = WhmEmulator(book)
    await whm.start()
    try:
        async with aiohttp.ClientSession(whm.url, headers=AUTH) as session:
            yield whm, session
    finally:
        await whm.stop()


async def data(session: aiohttp.ClientSession, call: str) -> Any:
    joint = "&" if "?" in call else "?"
    async with session.get(f"/json-api/{call}{joint}api.version=1") as response:
        said = await response.json(content_type=None)
    assert said["metadata"]["result"] == 1, said
    return said["data"]


async def test_json_comes_as_text_or_as_json() -> None:
    async with asked() as (whm, session):
        for as_text, kind in ((True, "text/plain"), (False, "application/json")):
            whm.faults.as_text = as_text
            async with session.get("/json-api/version?api.version=1") as response:
                assert (response.status, response.content_type) == (200, kind)


async def test_a_refusal_comes_with_status_200() -> None:
    async with asked() as (whm, session):
        whm.faults.everywhere = WhmFault.REFUSED
        async with session.get("/json-api/version?api.version=1") as response:
            said = await response.json(content_type=None)
            assert (response.status, said["metadata"]["result"]) == (200, 0)


async def test_without_api_version_the_shapes_are_old() -> None:
    async with asked() as (_, session):
        async with session.get("/json-api/version") as response:
            assert await response.json(content_type=None) == {"version": "11.136.0.14"}
        async with session.get("/json-api/nothing") as response:
            said = await response.json(content_type=None)
            assert said == {"error": "Unknown App Requested: nothing"}
        async with session.get("/json-api/acctcounts?user=nobody") as response:
            said = await response.json(content_type=None)
            assert said["result"][0]["status"] == 0


async def test_unlimited_is_spelled_in_five_ways() -> None:
    async with asked() as (_, session):
        accounts = await data(session, "listaccts")
        counts = await data(session, "acctcounts?user=ana")
        stats = (await data(session, "resellerstats?user=ana"))["reseller"]
        traffic = await data(session, "showbw")
        disks = await data(session, "get_disk_usage")
    assert accounts["acct"][0]["disklimit"] == "unlimited"
    assert counts["reseller"]["limit"] is None
    assert stats["diskquota"] == 0
    assert stats["acct"][0]["diskquota"] == "0.00"
    assert traffic["acct"][0]["limit"] == 999999999999990
    assert disks["accounts"][0]["blocks_limit"] is None


async def test_sizes_have_the_unit_of_their_function() -> None:
    async with asked() as (whm, session):
        whm.book.account("ana1").disk_used = 300
        rows = (await data(session, "listaccts?search=ana1&searchtype=user"))["acct"]
        disks = await data(session, "get_disk_usage")
    assert rows[0]["diskused"] == "300M"
    assert disks["accounts"][1]["blocks_used"] == 300 * 1024


async def test_the_resellers_own_account_and_deleted_ones_are_in_his_list() -> None:
    async with asked() as (whm, session):
        whm.book.accounts.append(Account("gone", "gone.example", "ana", deleted=True))
        stats = (await data(session, "resellerstats?user=ana"))["reseller"]
        spared = (await data(session, "resellerstats?user=ana&filter_deleted=1"))["reseller"]
    assert [row["user"] for row in stats["acct"]] == ["ana", "ana1", "ana2", "gone"]
    assert [row["user"] for row in spared["acct"]] == ["ana", "ana1", "ana2"]
    assert spared["diskused"] == 900  # root owns his own account: it does not count


async def test_pages_begin_with_one() -> None:
    async with asked() as (_, session):
        page = "listaccts?api.chunk.enable=1&api.chunk.size=2&api.chunk.start="
        first, second = await data(session, f"{page}1"), await data(session, f"{page}3")
    assert [row["user"] for row in first["acct"]] == ["ana", "ana1"]
    assert [row["user"] for row in second["acct"]] == ["ana2"]


async def test_acting_calls_change_the_book() -> None:
    async with asked() as (whm, session):
        whm.book.service("httpd").running = False
        await data(session, "restartservice?service=httpd")
        await data(session, "suspendacct?user=ana1&reason=abuse")
        suspended = await data(session, "listsuspended")
        await data(session, "unsuspendacct?user=ana1")
        await data(session, "reboot?force=0")
    assert whm.book.service("httpd").running
    assert [row["user"] for row in suspended["account"]] == ["ana1"]
    assert [what for what, _ in whm.book.done] == [
        "restartservice",
        "suspendacct",
        "unsuspendacct",
        "reboot",
    ]


@pytest.mark.parametrize(
    "call",
    [
        *("gethostname", "systemloadavg", "servicestatus", "getdiskusage", "listlockedaccounts"),
        *("listresellers", "accountsummary?user=ana", "getresellerips?user=ana", "listips"),
        *("fetch_ssl_vhosts", "backup_config_get", "backup_date_list", "api_token_list"),
        *("backup_user_list?restore_point=2026-11-20", "backup_set_list_combined"),
        *("lookupnsip?host=ns1.example.net", "get_nameserver_config", "showbw"),
    ],
)
async def test_every_reading_function_answers(call: str) -> None:
    async with asked() as (whm, session):
        assert await data(session, call)
        assert whm.asked[-1] == call.partition("?")[0]


async def test_loads_are_text_and_booleans_numbers() -> None:
    async with asked() as (_, session):
        load = await data(session, "systemloadavg")
        services = await data(session, "servicestatus?service=httpd")
    assert load == {"one": "0.40", "five": "0.50", "fifteen": "0.60"}
    assert services["service"][0]["running"] == 1


async def test_slow_answers_take_their_time() -> None:
    async with asked() as (whm, session):
        whm.faults.slow_seconds = 0.2
        with pytest.raises(TimeoutError):
            await session.get("/json-api/version", timeout=aiohttp.ClientTimeout(total=0.05))


async def test_it_comes_back_at_the_same_place() -> None:
    async with asked() as (whm, session):
        before = whm.url
        await whm.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("/json-api/version")
        await whm.start()
        assert whm.url == before
        assert (await data(session, "version"))["version"]


async def test_a_wrong_token_is_denied_and_people_get_a_page() -> None:
    async with asked() as (whm, _), aiohttp.ClientSession(whm.url) as session:
        async with session.get("/json-api/version?api.version=1") as response:
            assert response.status == 403
        async with session.get("/") as response:
            assert "Login" in await response.text()
