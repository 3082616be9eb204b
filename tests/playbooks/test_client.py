"""Calls to the outside against servers that act and hang up, lie, stall, and send bombs."""

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict
from pydantic import TypeAdapter, ValidationError
from typing_extensions import override

from playbooks.client import Answer, HttpAddress, call, open_session, refusal, retry_after
from playbooks.outside import OutsideError
from tests.certificates import self_signed
from tests.memory import taken
from tests.raw import Conversation, raw_server
from tests.require import free_port

NOW = datetime(2025, 11, 21, 3, 10, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class NobodyKnows(AbstractResolver):
    """Fails as aiohttp's own resolver does, without asking a name server."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(None, "Name or service not known")

    @override
    async def close(self) -> None:
        pass


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@asynccontextmanager
async def http_server(reply: Conversation) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Reads as HTTP and answers as it likes: its address, and the heads that it has read."""
    heads: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        await reply(reader, writer)

    async with raw_server(converse) as port:
        yield f"http://127.0.0.1:{port}/", heads


def says(answer: bytes) -> Conversation:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return reply


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@contextmanager
def fails(*, transient: bool, ambiguous: bool, saying: str) -> Iterator[None]:
    with pytest.raises(OutsideError, match=saying) as caught:
        yield
    assert (caught.value.transient, caught.value.ambiguous) == (transient, ambiguous)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_server_that_acts_and_hangs_up_is_asked_once(
    session: aiohttp.ClientSession, method: str
) -> None:
    async with http_server(says(b"")) as (url, heads):
        with fails(transient=True, ambiguous=True, saying="the connection broke"):
            await call(session, method, url, what="the panel")
        await asyncio.sleep(0.05)  # a repeat would come at once
        assert [head.split()[0] for head in heads] == [method.encode()]


async def test_without_the_switch_aiohttp_would_have_asked_twice() -> None:
    """Shows that the test above can fail: this is aiohttp as it comes."""
    async with http_server(says(b"")) as (url, heads), aiohttp.ClientSession() as plain:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await plain.get(url)
        assert len(heads) == 2


async def test_every_call_has_a_connection_of_its_own(session: aiohttp.ClientSession) -> None:
    """An idle connection that the server hangs up would make the next call ambiguous."""
    lines: list[object] = []

    async def handler(request: web.Request) -> web.Response:
        lines.append(request.transport)
        return web.Response()

    async with TestServer(_app(handler)) as server:
        for _ in range(3):
            assert (await call(session, "GET", server.make_url("/"), what="desk")).status == 200
    assert len({id(line) for line in lines}) == 3


async def test_a_redirect_is_an_answer_and_is_not_followed(session: aiohttp.ClientSession) -> None:
    visited: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        visited.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with TestServer(_app(handler)) as server:
        headers = {"X-API-Key": "canary"}
        answer = await call(session, "POST", server.make_url("/a"), what="desk", headers=headers)
    assert answer.status == 307
    assert visited == ["/a"]


async def test_cookies_are_not_kept(session: aiohttp.ClientSession) -> None:
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "sid=1"})

    async with TestServer(_app(handler)) as server:
        for _ in range(2):
            await call(session, "GET", server.make_url("/"), what="desk")
    assert seen == [None, None]


async def test_json_goes_out_and_comes_back_whatever_the_content_type(
    session: aiohttp.ClientSession,
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=await request.read(), content_type="text/plain")

    async with TestServer(_app(handler)) as server:
        answer = await call(
            session, "PUT", server.make_url("/"), what="panel", json={"server": "wëb1"}
        )
    assert answer.json() == {"server": "wëb1"}
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "body",
    [b"<html>login</html>", b"", b'{"a": NaN}', b'{"a": "\\ud800"}', b"[" * 100_000, b"\xff"],
    ids=["html", "empty", "nan", "surrogate", "deep", "not-utf-8"],
)
def test_a_body_that_is_no_json_may_still_have_been_a_yes(body: bytes) -> None:
    answer = Answer(200, {}, body, "Request Tracker", NOW)
    with fails(transient=True, ambiguous=True, saying="Request Tracker answered 200 with a body"):
        answer.json()


async def test_a_response_bomb_is_cut_off(session: aiohttp.ClientSession) -> None:
    """300 KiB of gzip that hold 300 MiB: memory must not follow."""
    bomb = _gzip_of_zeros(300 << 20)
    head = (
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(bomb)}\r\n\r\n"
    )
    async with http_server(says(head.encode() + bomb)) as (url, _):
        with (
            taken() as memory,
            fails(transient=True, ambiguous=True, saying="more than 1048576 bytes"),
        ):
            await call(session, "GET", url, what="the panel")
    assert memory.most < 10 << 20


async def test_an_answer_of_exactly_the_limit_is_read(session: aiohttp.ClientSession) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1000)

    async with TestServer(_app(handler)) as server:
        answer = await call(session, "GET", server.make_url("/"), what="desk", limit=1000)
        assert len(answer.body) == 1000
        with fails(transient=True, ambiguous=True, saying="desk answered more than 999 bytes"):
            await call(session, "GET", server.make_url("/"), what="desk", limit=999)


async def test_a_refused_connection_did_nothing(session: aiohttp.ClientSession) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    with fails(transient=True, ambiguous=False, saying=r"desk \(127.0.0.1:\d+\): .*refused"):
        await call(session, "POST", url, what="desk")


async def test_an_unknown_host_did_nothing() -> None:
    connector = aiohttp.TCPConnector(resolver=NobodyKnows())
    async with aiohttp.ClientSession(connector=connector) as session:
        with fails(transient=True, ambiguous=False, saying=r"desk \(rt:80\): Name or service not"):
            await call(session, "POST", "http://rt/", what="desk")


async def test_a_connection_that_does_not_come_did_nothing(session: aiohttp.ClientSession) -> None:
    """A listener whose queue is full: the kernel lets the next one wait."""
    async with _full_listener() as url:
        with fails(transient=True, ambiguous=False, saying="no connection in 0.2 s"):
            await call(session, "POST", url, what="desk", within=0.4)


async def test_no_answer_in_time_may_have_acted(session: aiohttp.ClientSession) -> None:
    async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client leaves

    async with http_server(stalls) as (url, heads):
        with fails(transient=True, ambiguous=True, saying="no complete answer in 0.3 s"):
            await call(session, "POST", url, what="desk", within=0.3)
    assert len(heads) == 1


async def test_an_answer_that_drips_is_cut_off_in_time(session: aiohttp.ClientSession) -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await asyncio.sleep(0.02)

    async with http_server(drips) as (url, _):
        with fails(transient=True, ambiguous=True, saying="no complete answer"):
            await call(session, "GET", url, what="desk", within=0.3)


async def test_a_reset_after_sending_may_have_acted(session: aiohttp.ClientSession) -> None:
    async with http_server(resets) as (url, _):
        with fails(transient=True, ambiguous=True, saying="the connection broke"):
            await call(session, "POST", url, what="desk", json={})


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ],
    ids=["cut", "cut-chunk", "not-gzip", "not-http"],
)
async def test_an_answer_that_can_not_be_read_may_be_a_yes(
    session: aiohttp.ClientSession, answer: bytes
) -> None:
    async with http_server(says(answer)) as (url, _):
        with fails(transient=True, ambiguous=True, saying="the connection broke"):
            await call(session, "POST", url, what="desk")


async def test_a_certificate_that_nobody_signed_is_for_a_person(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    seen: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response()

    server = TestServer(_app(handler), scheme="https")
    await server.start_server(ssl=self_signed(tmp_path))
    with fails(transient=False, ambiguous=False, saying="its certificate is not valid"):
        await call(session, "POST", server.make_url("/"), what="desk")
    await server.close()
    assert seen == []


async def test_a_certificate_that_is_not_the_pinned_one_is_for_a_person(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    seen: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response()

    server = TestServer(_app(handler), scheme="https")
    await server.start_server(ssl=self_signed(tmp_path))
    other = aiohttp.Fingerprint(b"x" * 32)
    with fails(
        transient=False, ambiguous=False, saying="not the pinned one: its SHA-256 is [0-9a-f]{64}"
    ):
        await call(session, "POST", server.make_url("/"), what="desk", tls=other)
    await server.close()
    assert seen == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http:///nohost", "http://[::1", "nonsense"])
async def test_an_address_that_is_none_is_for_a_person(
    session: aiohttp.ClientSession, url: str
) -> None:
    with fails(transient=False, ambiguous=False, saying="can't be sent as HTTP"):
        await call(session, "GET", url, what="desk")


@pytest.mark.parametrize("told", ["ftp://x/", "http://", "nonsense", "http://[::1", "", "/hook"])
def test_a_setting_that_is_no_address_is_refused_when_it_is_read(told: str) -> None:
    with pytest.raises(ValidationError, match="is not an address"):
        TypeAdapter(HttpAddress).validate_python(told)


@pytest.mark.parametrize("told", ["http://127.0.0.1:8080", "https://pager.example.net/hook?a=b"])
def test_an_address_is_kept_as_it_was_written(told: str) -> None:
    assert TypeAdapter(HttpAddress).validate_python(told) == told


async def test_a_header_can_not_be_smuggled_in(session: aiohttp.ClientSession) -> None:
    async with http_server(says(OK)) as (url, heads):
        with fails(transient=False, ambiguous=False, saying="can't be sent as HTTP"):
            await call(session, "GET", url, what="desk", headers={"X-Key": "a\r\nX-Admin: yes"})
    assert heads == []


@pytest.mark.parametrize("path", ["", "hook/canary", "?token=canary", "#canary"])
async def test_messages_hold_neither_path_nor_query_nor_userinfo(
    session: aiohttp.ClientSession, path: str
) -> None:
    url = f"http://canary:canary@127.0.0.1:{free_port()}/{path}"
    with pytest.raises(OutsideError) as caught:
        await call(session, "GET", url, what="the webhook")
    assert "canary" not in str(caught.value)
    assert "the webhook (127.0.0.1:" in str(caught.value)


async def test_a_cancelled_call_stays_cancelled(session: aiohttp.ClientSession) -> None:
    arrived = asyncio.Event()

    async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    async with http_server(stalls) as (url, _):
        task = asyncio.create_task(call(session, "GET", url, what="desk"))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("status", "transient", "ambiguous"),
    [
        (200, True, True),  # a yes of the wrong kind: a proxy's page, a maintenance page
        (302, False, False),
        (400, False, False),
        (401, False, False),
        (403, False, False),
        (404, False, False),
        (408, True, False),
        (410, False, False),
        (413, False, False),
        (422, False, False),
        (425, True, False),
        (429, True, False),
        (500, True, True),
        (502, True, True),
        (503, True, False),
        (504, True, True),
        (520, True, True),
    ],
)
def test_every_status_has_its_class(status: int, transient: bool, ambiguous: bool) -> None:
    error = refusal(Answer(status, {"Retry-After": "7"}, b"", "desk", NOW), said="no")
    assert (error.transient, error.ambiguous) == (transient, ambiguous)
    assert error.retry_after == 7.0
    assert str(error) == f"desk answered {status}: no"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("0", 0.0),
        (" 30 ", 30.0),
        ("Fri, 21 Nov 2025 03:12:00 GMT", 120.0),
        ("Fri, 21 Nov 2025 03:12:00 -0000", 120.0),
        ("Fri, 21 Nov 2025 03:00:00 GMT", 0.0),
        ("Fri, 21 Nov 2042 03:00:00 GMT", 3600.0),
        ("9" * 400, 3600.0),
        ("-5", None),
        ("1.5", None),
        ("\u0665", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(told: str, seconds: float | None) -> None:
    assert retry_after(CIMultiDict({"retry-AFTER": told}), NOW) == seconds


def test_no_retry_after_is_none() -> None:
    assert retry_after({}, NOW) is None


def _app(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    return app


def _gzip_of_zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()
    assert len(packed) < 400 << 10
    return packed


@asynccontextmanager
async def _full_listener() -> AsyncIterator[str]:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
