"""Is every client kept within bounds, whatever it sends on the wire?"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from responder.config import Config
from responder.live import Live
from responder.secrets import Secret
from responder.web.auth import Doorkeeper
from responder.web.connections import MOST, Bounds, most_connections
from responder.web.route import Access, Asked, Route
from responder.web.server import application, serve
from tests.responder.web.conftest import START

SECRET = b"Bearer v-e-r-y-secret"
Refusals = list[tuple[str, str]]


async def echo(asked: Asked) -> web.Response:
    return web.Response(body=asked.body or b"alive")


async def broken(_: Asked) -> web.Response:
    raise RuntimeError("a bug of ours")


ROUTES = [
    Route("GET", "/-/healthy", echo, Access.OPEN, "alive"),
    Route("POST", "/echo", echo, Access.OPEN, "the body back", limit=1000),
    Route("POST", "/door", echo, Access.SENDER, "for senders"),
    Route("GET", "/bug", broken, Access.OPEN, "a bug"),
    Route("GET", "/local", echo, Access.LOOPBACK, "from this machine"),
]


@asynccontextmanager
async def serving(folder: Path, bounds: Bounds) -> AsyncIterator[tuple[int, Refusals]]:
    """The port of a server with these bounds, and what its doors refused."""
    senders = {"am": {"token": Secret.of("senders-token")}}
    config = Config.model_validate({"daemon": {"listen": "127.0.0.1:0"}, "senders": senders})
    live = Live.begin(folder / "responder.yaml", config, now=START)
    refused: Refusals = []
    app = application(
        ROUTES,
        doorkeeper=Doorkeeper(live),
        rejected=lambda *told: refused.append(told),
        bounds=bounds,
    )
    runner = await serve(app, listen="127.0.0.1:0", unix_socket=None, bounds=bounds)
    try:
        yield runner.addresses[0][1], refused
    finally:
        await runner.cleanup()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[int, Refusals]]:
    async with serving(tmp_path, Bounds(head_seconds=0.4, body_seconds=0.4, most=20)) as told:
        yield told


async def talk(port: int, sent: bytes, *, within: float = 45.0) -> bytes:
    """Everything that the server says to these bytes, until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(within):
            return await reader.read()
    finally:
        writer.close()


def error(answer: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert set(told) == {"code", "message", "where"}
    return told


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


HEALTH = b"GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
        b"GET /-/healthy HTTP/1.1\r\n",  # no Host
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
        b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nbad header\r\n",
        b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nX: \x00\r\n",
        b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9000 + b"\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n",
        b"\x16\x03\x01 not http\r\n",
    ],
)
async def test_what_is_no_clean_http_is_refused_and_tells_no_secret(
    served: tuple[int, Refusals], sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    port, _ = served
    answer = await talk(port, sent + b"Authorization: " + SECRET + b"\r\n\r\n")
    assert status(answer) == 400
    assert error(answer)["message"] == "this is no HTTP request that can be read"
    assert SECRET not in answer
    out, err = capfd.readouterr()
    assert SECRET.decode() not in out + err
    assert "Traceback" not in out + err


@pytest.mark.parametrize("break_", [b"\x00", b"\r\n\x01: x", b"\x7f"])
async def test_a_token_in_a_malformed_header_stands_in_no_answer_and_no_log(
    served: tuple[int, Refusals],
    break_: bytes,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, _ = served
    head = b"GET /-/healthy HTTP/1.1\r\nHost: a\r\nAuthorization: "
    answer = await talk(port, head + SECRET + break_ + b"\r\n\r\n")
    assert status(answer) == 400
    assert SECRET not in answer
    out, err = capfd.readouterr()
    assert SECRET.decode() not in out + err + caplog.text


async def test_http_1_0_without_a_host_is_answered(served: tuple[int, Refusals]) -> None:
    port, _ = served
    answer = await talk(port, b"GET /-/healthy HTTP/1.0\r\n\r\n")
    assert (status(answer), answer.endswith(b"alive")) == (200, True)


async def test_two_requests_in_one_packet_are_answered_in_order(
    served: tuple[int, Refusals],
) -> None:
    port, _ = served
    first = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst"
    answer = await talk(port, first + HEALTH)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.index(b"first") < answer.index(b"alive")


@pytest.mark.parametrize("sent", [b"", b"GET /-/healthy HT", HEALTH[:-2]])
async def test_a_slow_head_is_cut(served: tuple[int, Refusals], sent: bytes) -> None:
    port, _ = served
    assert await talk(port, sent) == b""


async def test_a_head_that_drips_is_cut_too(served: tuple[int, Refusals]) -> None:
    port, _ = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def drip() -> None:
        for byte in HEALTH * 10:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(45):
        assert await reader.read() == b""
    dripping.cancel()
    await asyncio.gather(dripping, return_exceptions=True)
    writer.close()


async def test_the_next_head_on_a_kept_connection_is_cut_as_well(
    served: tuple[int, Refusals],
) -> None:
    port, _ = served
    whole = HEALTH.replace(b"Connection: close\r\n", b"")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(whole)
    assert await reader.readuntil(b"alive")
    writer.write(b"GET /-/hea")
    async with asyncio.timeout(45):
        assert await reader.read() == b""
    writer.close()


async def test_an_idle_connection_that_was_used_is_kept(served: tuple[int, Refusals]) -> None:
    port, _ = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    whole = HEALTH.replace(b"Connection: close\r\n", b"")
    for _ in range(2):
        writer.write(whole)
        assert await reader.readuntil(b"alive")
        await asyncio.sleep(0.8)  # twice the patience for a head
    writer.close()


async def test_a_slow_body_is_refused_and_hung_up_on(served: tuple[int, Refusals]) -> None:
    port, _ = served
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nten bytes."
    answer = await talk(port, head)
    assert status(answer) == 408
    assert error(answer)["code"] == "slow"


async def test_a_body_in_broken_chunks_is_refused(served: tuple[int, Refusals]) -> None:
    port, _ = served
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await talk(port, head + b"zz\r\n" + SECRET + b"\r\n0\r\n\r\n")
    assert status(answer) == 400
    assert SECRET not in answer


@pytest.mark.parametrize(
    "head", [b"Content-Length: 1001", b"Transfer-Encoding: chunked"], ids=["told", "chunked"]
)
async def test_a_body_that_is_too_large_is_refused(
    served: tuple[int, Refusals], head: bytes
) -> None:
    port, _ = served
    body = b"x" * 1001
    if b"chunked" in head:
        body = b"3e9\r\n" + body + b"\r\n0\r\n\r\n"
    answer = await talk(
        port, b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + head + b"\r\n\r\n" + body
    )
    assert status(answer) == 413
    assert error(answer)["code"] == "too_large"


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"br", b"zstd", b"gzip, identity"])
async def test_a_packed_body_is_refused_unopened(
    served: tuple[int, Refusals], encoding: bytes
) -> None:
    port, _ = served
    sent = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n"
    answer = await talk(port, sent + b"Content-Encoding: " + encoding + b"\r\n\r\n\x1f\x8b\x08\x00")
    assert status(answer) == 415
    assert error(answer)["code"] == "encoding"


async def test_idle_clients_make_room_for_one_that_asks(served: tuple[int, Refusals]) -> None:
    port, _ = served
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
    assert (await talk(port, HEALTH)).endswith(b"alive")
    closed = [reader for reader, _ in idle if reader.at_eof()]
    assert len(closed) >= 40  # all but the newest twenty
    for _, writer in idle:
        writer.close()


async def test_a_bug_is_told_as_one_and_its_words_stay_here(served: tuple[int, Refusals]) -> None:
    port, _ = served
    answer = await talk(port, HEALTH.replace(b"/-/healthy", b"/bug"))
    assert status(answer) == 500
    assert error(answer)["code"] == "broken"
    assert b"a bug of ours" not in answer


async def test_a_wrong_method_says_which_are_right_and_a_door_counts_it(
    served: tuple[int, Refusals],
) -> None:
    port, refused = served
    answer = await talk(port, HEALTH.replace(b"GET /-/healthy", b"DELETE /-/healthy"))
    assert status(answer) == 405
    assert b"\r\nAllow: GET, HEAD\r\n" in answer
    assert error(answer)["code"] == "method"
    assert refused == []
    await talk(port, HEALTH.replace(b"/-/healthy", b"/door"))
    assert refused == [("", "method")]


async def test_an_unknown_path_is_not_found(served: tuple[int, Refusals]) -> None:
    port, _ = served
    answer = await talk(port, HEALTH.replace(b"/-/healthy", b"/<script>"))
    assert status(answer) == 404
    assert error(answer)["code"] == "not_found"


async def test_a_balancer_may_ask_with_head(served: tuple[int, Refusals]) -> None:
    port, _ = served
    answer = await talk(port, HEALTH.replace(b"GET", b"HEAD"))
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("path", [b"/-/healthy", b"/nowhere", b"/bug", b"/local"])
async def test_every_answer_binds_browsers_and_names_no_program(
    served: tuple[int, Refusals], path: bytes
) -> None:
    port, _ = served
    answer = (await talk(port, HEALTH.replace(b"/-/healthy", path))).lower()
    assert b"\r\ncontent-security-policy: default-src 'none'; " in answer
    assert b"frame-ancestors 'none'" in answer
    assert b"\r\nx-content-type-options: nosniff\r\n" in answer
    assert b"\r\nreferrer-policy: no-referrer\r\n" in answer
    assert b"\r\nserver: responder\r\n" in answer
    assert b"aiohttp" not in answer
    assert b"python" not in answer


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:9095", 200),
        ("localhost", 200),
        ("[::1]:80", 200),
        ("evil.example", 401),
        ("127.0.0.1.evil.example", 401),
        ("10.0.0.1", 401),
        ("[::1", 401),
    ],
)
async def test_what_is_open_to_this_machine_is_shut_under_another_name(
    served: tuple[int, Refusals], host: str, answered: int
) -> None:
    """A web site that has its own name point to 127.0.0.1 would read it from a browser here."""
    port, _ = served
    sent = HEALTH.replace(b"127.0.0.1", host.encode()).replace(b"/-/healthy", b"/local")
    assert status(await talk(port, sent)) == answered


@pytest.mark.parametrize(
    ("site", "answered"),
    [("cross-site", 403), ("same-site", 403), ("", 403), ("same-origin", 200), ("none", 200)],
)
async def test_another_site_may_not_act_through_somebodys_browser(
    served: tuple[int, Refusals], site: str, answered: int
) -> None:
    port, _ = served
    basic = base64.b64encode(b"remembered:senders-token")
    sent = b"POST /door HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Basic " + basic
    answer = await talk(port, sent + b"\r\nSec-Fetch-Site: " + site.encode() + b"\r\n\r\n")
    assert status(answer) == answered


def test_a_server_takes_as_many_clients_as_the_system_lets_it() -> None:
    assert 16 <= most_connections() <= MOST
