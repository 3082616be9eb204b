"""Does the client of WHM verify, pin, never follow, and read each shape for what it is?"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from probes.panel_line import LIMIT, Reply
from probes.panel_trouble import PanelTrouble
from probes.sight import Sight
from probes.whm_client import PAGE, Read, Whm, payload
from responder.emulators.whm_book import Account, WhmBook
from responder.emulators.whm_faults import WhmFault
from tests.probes.panels import open_net, panel, running


def answered(body: bytes, *, status: int = 200) -> Callable[[], object]:
    return lambda: payload(Read.VERSION, Reply(status, "text/plain", body))


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"metadata":{"result":0,"reason":"no"}}', "api_refused"),
        (b'{"metadata":{"result":"0"}}', "api_refused"),
        (b'{"metadata":{"result":0,"reason":"the DNS role is disabled"}}', "role_disabled"),
        (b'{"error":"Unknown App Requested: version"}', "api_refused"),
        (b'{"result":[{"status":0,"statusmsg":"no such user"}]}', "api_refused"),
        (b'{"status":0,"statusmsg":"no"}', "api_refused"),
        (b'{"cpanelresult":{"error":"Access denied"}}', "api_refused"),
        (b'{"metadata":{"result":1},"data":{}}', "shape_unexpected"),
        (b'{"metadata":{"result":1},"data":[]}', "shape_unexpected"),
        (b'{"metadata":{"result":1}}', "shape_unexpected"),
        (b'{"metadata":{"reason":"OK"},"data":{"version":"11"}}', "shape_unexpected"),
        (b'{"metadata":7,"data":{"version":"11"}}', "shape_unexpected"),
        (b"[]", "shape_unexpected"),
        (b"null", "shape_unexpected"),
        (b"", "not_json"),
        (b"<html>Login</html>", "not_json"),
        (b'{"metadata":{"resu', "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"version": NaN}', "not_json"),
    ],
)
def test_each_shape_is_one_of_a_closed_set(body: bytes, outcome: str) -> None:
    with pytest.raises(PanelTrouble) as trouble:
        answered(body)()
    assert trouble.value.outcome == outcome
    assert "\n" not in trouble.value.reason


@pytest.mark.parametrize("status", [301, 302, 401, 403, 404, 429, 500, 502, 503])
def test_a_status_is_an_outcome_of_its_own(status: int) -> None:
    with pytest.raises(PanelTrouble) as trouble:
        answered(b'{"metadata":{"result":1},"data":{"version":"11"}}', status=status)()
    assert trouble.value.outcome == f"http_{status}"
    assert trouble.value.sick is (status >= 500)


@pytest.mark.parametrize(
    "body",
    [
        b'{"metadata":{"result":1,"reason":"Everything failed to fail"},"data":{"version":"11"}}',
        b'{"metadata":{"result":"1"},"data":{"version":"11"}}',
        b'{"version":"11"}',
    ],
)
def test_result_alone_decides(body: bytes) -> None:
    assert payload(Read.VERSION, Reply(200, "text/html", body))["version"] == "11"


def test_a_strange_reason_is_one_printable_line() -> None:
    body = b'{"metadata":{"result":0,"reason":"a\\n\\u001b[31mb' + b"x" * 5000 + b'"}}'
    with pytest.raises(PanelTrouble) as trouble:
        answered(body)()
    assert trouble.value.reason.isprintable()
    assert len(trouble.value.reason) < 250


async def test_a_certificate_that_nobody_signed_is_not_trusted() -> None:
    async with open_net() as net, running(tls=True) as whm:
        with pytest.raises(PanelTrouble) as trouble:
            await Whm(panel(whm.url), Sight(net, within=30)).read(Read.VERSION)
        assert not whm.asked
    assert trouble.value.outcome == "tls_bad"
    assert trouble.value.refused


async def test_a_pinned_certificate_is_trusted_and_another_one_never() -> None:
    async with open_net() as net, running(tls=True) as whm:
        pinned = Whm(panel(whm.url, fingerprint=whm.fingerprint.upper()), Sight(net, within=30))
        assert (await pinned.read(Read.VERSION))["version"] == whm.book.version
        whm.asked.clear()
        other = Whm(panel(whm.url, fingerprint="ab" * 32), Sight(net, within=30))
        with pytest.raises(PanelTrouble) as trouble:
            await other.read(Read.VERSION)
        assert not whm.asked  # the token was not sent
    assert trouble.value.outcome == "tls_bad"
    assert whm.fingerprint in trouble.value.reason


async def test_plain_http_where_tls_is_expected_is_tls_trouble() -> None:
    async with open_net() as net, running() as whm:
        url = whm.url.replace("http:", "https:")
        with pytest.raises(PanelTrouble) as trouble:
            await Whm(panel(url), Sight(net, within=30)).read(Read.VERSION)
    assert trouble.value.outcome == "tls_bad"


async def test_a_redirect_is_never_followed() -> None:
    async with open_net() as net, running() as whm:
        whm.faults.everywhere = WhmFault.REDIRECT
        with pytest.raises(PanelTrouble) as trouble:
            await Whm(panel(whm.url), Sight(net, within=30)).read(Read.VERSION)
        assert list(whm.asked) == ["version"]
    assert trouble.value.outcome == "http_302"


async def test_a_long_list_is_read_in_pages() -> None:
    users = [Account(f"u{n}", f"u{n}.example") for n in range(2 * PAGE + 3)]
    async with open_net() as net, running(WhmBook(accounts=users)) as whm:
        rows = await Whm(panel(whm.url), Sight(net, within=30)).pages(Read.ACCOUNTS)
        assert len(whm.asked) == 3
    assert [row["user"] for row in rows] == [one.user for one in users]


@pytest.mark.parametrize("many", [PAGE, 2 * PAGE, PAGE + 1])
async def test_a_panel_that_knows_no_pages_is_not_asked_for_ever(many: int) -> None:
    rows = [{"user": f"u{n}"} for n in range(many)]

    async def all_of_them(_request: web.Request) -> web.Response:
        return web.json_response({"metadata": {"result": 1}, "data": {"acct": rows}})

    async with open_net() as net:
        url, stop = await served("/json-api/listaccts", all_of_them)
        found = await Whm(panel(url), Sight(net, within=30)).pages(Read.ACCOUNTS)
        await stop()
    assert [row["user"] for row in found] == [row["user"] for row in rows]


async def test_a_body_without_end_is_cut_off() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(2 * LIMIT >> 20):
            await response.write(b" " * (1 << 20))
        return response

    async with open_net() as net:
        url, stop = await served("/json-api/version", endless)
        with pytest.raises(PanelTrouble) as trouble:
            await Whm(panel(url), Sight(net, within=20)).read(Read.VERSION)
        await stop()
    assert "more than 16 MiB" in trouble.value.reason


def test_no_function_changes_anything() -> None:
    acting = ("reboot", "restart", "suspend", "create", "remove", "kill", "set", "edit", "modify")
    begins = [name for name in Read if name.startswith(acting)]
    assert begins == []


async def served(path: str, handler: Handler) -> tuple[str, Callable[[], Awaitable[None]]]:
    app = web.Application()
    app.router.add_get(path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}", runner.cleanup


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_json"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 1_000_000, "not_json"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "unreachable"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not_json"),
        (b"", "unreachable"),
    ],
)
async def test_what_is_no_http_is_told_from_what_is_cut_off(said: bytes, outcome: str) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with open_net() as net, server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(PanelTrouble) as trouble:
            await Whm(panel(url), Sight(net, within=30)).read(Read.VERSION)
    assert trouble.value.outcome == outcome
    assert trouble.value.sick
