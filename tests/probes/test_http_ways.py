"""Proxies, tokens and compression: what few modules need, but those need it to work."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from probes.http import HttpProbe
from probes.http_proxy import Proxies
from probes.http_settings import Proxying
from probes.http_url import read_url
from probes.model import Phase, Verdict
from probes.net import Net
from tests.certificates import Authority
from tests.probes.scripts import names, seen, value
from tests.probes.web import Site, hosting, page, redirect
from tests.raw import raw_server


@dataclass
class Proxy:
    """Passes on what it is asked for, or answers CONNECT with these words."""

    refuses: bytes = b""
    heard: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heard.append(head)
        if self.refuses:
            writer.write(self.refuses)
            await writer.drain()
            return
        method, where, _ = head.split(b" ", 2)
        place = where.decode().removeprefix("http://").split("/")[0]
        host, _, port = place.rpartition(":")
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n")
        else:
            path = b"/" + where.removeprefix(b"http://").partition(b"/")[2]
            up_writer.write(head.replace(where, path, 1))
        try:
            await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))
        finally:
            up_writer.transport.abort()
            await asyncio.sleep(0)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@asynccontextmanager
async def proxied(proxy: Proxy) -> AsyncIterator[str]:
    async with raw_server(proxy.serve) as port:
        yield f"http://127.0.0.1:{port}"


async def test_a_proxy_is_told_the_address_that_was_resolved() -> None:
    proxy, site = Proxy(), Site()
    async with hosting(site) as address, proxied(proxy) as url:
        port = address.split(":")[1]
        probe = HttpProbe.model_validate(
            {"proxy_url": url.replace("//", "//me:p@"), "proxy_connect_header": {"X-Way": ["a"]}}
        )
        found = await seen(probe, f"http://localhost:{port}/x?y")
    assert found.verdict is Verdict.UP
    assert proxy.heard[0].startswith(
        f"GET http://127.0.0.1:{port}/x?y HTTP/1.1\r\nHost: localhost:{port}\r\n".encode()
    )
    assert b"\r\nProxy-Authorization: Basic bWU6cA==\r\nX-Way: a\r\n" in proxy.heard[0]
    assert site.header(0, "host") == [f"localhost:{port}"]
    assert value(found, "probe_ip_protocol") == 4


async def test_a_proxy_may_resolve_the_name_itself() -> None:
    proxy = Proxy(refuses=page())
    async with proxied(proxy) as url:
        probe = HttpProbe(proxy_url=url, skip_resolve_phase_with_proxy=True)
        found = await seen(probe, "http://nowhere.invalid/x")
    assert found.verdict is Verdict.UP
    assert proxy.heard[0].startswith(b"GET http://nowhere.invalid/x HTTP/1.1\r\n")
    assert "probe_ip_protocol" not in names(found)
    timed = [labels for name, labels, _ in found.samples if name == "probe_http_duration_seconds"]
    assert len(timed) == 4
    assert 'phase="resolve"' not in timed


@pytest.mark.parametrize("skip", [True, False])
async def test_a_forbidden_address_is_not_asked_through_a_proxy(skip: bool) -> None:
    proxy = Proxy(refuses=redirect("http://127.1.2.3/"))
    net = Net(forbidden=[ip_network("127.1.0.0/16")])
    async with proxied(proxy) as url:
        probe = HttpProbe(proxy_url=url, skip_resolve_phase_with_proxy=skip)
        straight = await seen(probe, "http://127.1.2.3/", net=net)
        led = await seen(probe, "http://192.0.2.1/", net=net)
    assert [one.verdict for one in (straight, led)] == [Verdict.UNKNOWN] * 2
    assert "127.1.2.3 is in 127.1.0.0/16" in led.finding.reason
    assert len(proxy.heard) == 1


async def test_tls_goes_through_a_proxy(tmp_path: Path) -> None:
    root = Authority.root(tmp_path, "Test Root")
    proxy, site = Proxy(), Site({"/": redirect("/a")}, tls=root.leaf().server())
    async with hosting(site) as address, proxied(proxy) as url:
        port = address.split(":")[1]
        probe = HttpProbe.model_validate(
            {
                "proxy_url": url,
                "proxy_connect_header": {"X-Way": ["a"]},
                "tls_config": {"ca_file": str(root.file)},
            }
        )
        found = await seen(probe, f"https://localhost:{port}/")
    assert found.verdict is Verdict.UP
    way = f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Way: a\r\n\r\n"
    assert proxy.heard == [way.encode()] * 2
    assert site.paths == ["GET /", "GET /a"]
    assert value(found, "probe_http_ssl") == 1


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (page(status="407 No"), "the proxy refused the connection with status 407"),
        (b"what?\r\n", 'the proxy: the answer is not HTTP: "what?.."'),
    ],
)
async def test_a_proxy_that_refuses_is_named(says: bytes, reason: str) -> None:
    async with proxied(Proxy(refuses=says)) as url:
        found = await seen(HttpProbe(proxy_url=url), "https://127.0.0.1:1/")
    assert (found.finding.phase, found.finding.reason) == (Phase.CONNECT, reason)


@pytest.mark.parametrize(
    ("no_proxy", "target", "goes"),
    [
        ("x.test", "http://a.test/", True),
        ("*", "http://a.test/", False),
        ("a.test", "http://b.a.test/", False),
        (".a.test", "http://a.test/", True),
        (".a.test, c.test", "http://b.a.test/", False),
        ("*.a.test", "http://b.a.test/", False),
        ("a.test:81", "http://a.test/", True),
        ("a.test:81", "http://a.test:81/", False),
        ("192.0.2.0/24", "http://192.0.2.7/", False),
        ("192.0.2.0/24", "http://198.51.100.7/", True),
        ("192.0.2.7", "http://192.0.2.7/", False),
        ("[2001:db8::1]:81", "http://[2001:db8::1]:81/", False),
        ("x/y", "http://192.0.2.7/", True),
        ("x.test", "http://localhost/", False),
        ("x.test", "http://127.0.0.9/", False),
    ],
)
def test_some_hosts_need_no_proxy(no_proxy: str, target: str, goes: bool) -> None:
    proxies = Proxies.of(Proxying(proxy_url="http://p.test:3128", no_proxy=no_proxy))
    assert proxies is not None
    assert (proxies.of_url(read_url(target)) is not None) is goes


def test_the_environment_may_name_the_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://p.test:1")
    monkeypatch.setenv("https_proxy", "http://q.test:2")
    monkeypatch.setenv("no_proxy", "a.test")
    proxies = Proxies.of(Proxying(proxy_from_environment=True))
    assert proxies is not None
    found = [proxies.of_url(read_url(f"{one}.test")) for one in ("http://b", "https://b")]
    assert [one.host if one else "" for one in found] == ["p.test", "q.test"]
    assert proxies.of_url(read_url("http://a.test")) is None
    assert Proxies.of(Proxying()) is None


def told(**token: Any) -> bytes:
    return page(json.dumps(token).encode())


def oauth(address: str, **more: Any) -> dict[str, Any]:
    return {
        "client_id": "m&e",
        "client_secret": "s=",
        "token_url": f"http://{address}/token",
        "scopes": ["a", "b"],
        "endpoint_params": {"audience": "x"},
        **more,
    }


async def test_a_token_is_fetched_and_sent() -> None:
    tokens, site = Site(other=told(access_token="t0ken", token_type="bearer")), Site()
    async with hosting(tokens) as at, hosting(site) as address:
        found = await seen(HttpProbe.model_validate({"oauth2": oauth(at)}), address)
    assert found.verdict is Verdict.UP
    assert site.header(0, "authorization") == ["Bearer t0ken"]
    assert tokens.header(0, "authorization") == ["Basic bSUyNmU6cyUzRA=="]
    body = tokens.heard[0].split(b"\r\n\r\n")[1]
    assert body == b"grant_type=client_credentials&audience=x&scope=a+b"
    assert tokens.header(0, "content-type") == ["application/x-www-form-urlencoded"]


async def test_a_token_server_may_want_the_secret_in_a_form() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        basic = b"Authorization: Basic" in head
        writer.write(page(status="401 No") if basic else told(access_token="t0ken"))

    site = Site()
    async with raw_server(talk) as port, hosting(site) as address:
        probe = HttpProbe.model_validate({"oauth2": oauth(f"127.0.0.1:{port}")})
        found = await seen(probe, address)
    assert found.verdict is Verdict.UP
    assert site.header(0, "authorization") == ["Bearer t0ken"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (page(status="500 No"), "no token from the token server: status 500"),
        (page(status="401 No"), "no token from the token server: status 401"),
        (page(b"[]"), "no token from the token server: its answer holds no access_token"),
        (page(b"no"), "no token from the token server: its answer holds no access_token"),
        (told(access_token="a\nb"), "its answer holds no usable access_token"),
        (told(access_token=5), "its answer holds no usable access_token"),
        (b"", "no token from the token server: the other side hung up without an answer"),
    ],
)
async def test_without_a_token_nothing_is_known(answer: bytes, reason: str) -> None:
    site = Site()
    async with hosting(Site(other=answer)) as at, hosting(site) as address:
        found = await seen(HttpProbe.model_validate({"oauth2": oauth(at)}), address)
    assert (found.verdict, found.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
    assert found.finding.reason.endswith(reason)
    assert site.heard == []


async def test_a_token_server_that_is_silent_is_no_outage_of_the_target() -> None:
    async with hosting(Site(other=b"", stays=True)) as at, hosting(Site()) as address:
        probe = HttpProbe.model_validate({"oauth2": oauth(at)})
        found = await seen(probe, address, within=0.4)
    assert found.verdict is Verdict.UNKNOWN
    assert found.finding.reason == "no token from the token server: it did not answer in time"


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


TEXT = b"some text " * 100


@pytest.mark.parametrize(
    ("kind", "body", "reason", "length"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0), "", 1000),
        ("GZIP", gzip.compress(TEXT, mtime=0) + gzip.compress(TEXT, mtime=0), "", 2000),
        ("deflate", deflated(TEXT), "", 1000),
        ("deflate", deflated(TEXT) + b"rubbish", "", 1000),
        ("identity", TEXT, "", 1000),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"rubbish", "the body is not gzip", 1000),
        ("gzip", TEXT, "the body is not gzip", 0),
        ("gzip", b"", "the gzip of the body is cut off", 0),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-4], "the gzip of the body is cut off", 1000),
        ("deflate", zlib.compress(TEXT), "the body is not deflate", 0),
        ("gzip", gzip.compress(b"", mtime=0) * 101, "the body has more than 100 parts of gzip", 0),
    ],
)
async def test_bodies_are_unpacked(kind: str, body: bytes, reason: str, length: int) -> None:
    async with hosting(Site(other=page(body))) as address:
        probe = HttpProbe(compression=kind, fail_if_body_matches_regexp=("never",))
        found = await seen(probe, address)
    assert found.finding.reason.startswith(reason)
    assert bool(found.finding.reason) == bool(reason)
    assert value(found, "probe_http_uncompressed_body_length") == length


@pytest.mark.parametrize("limit", [0, 1 << 20])
async def test_a_bomb_is_defused(limit: int) -> None:
    bomb = gzip.compress(bytes(50 << 20), mtime=0)
    async with hosting(Site(other=page(bomb))) as address:
        found = await seen(HttpProbe(compression="gzip", body_size_limit=limit), address)
    most = limit or 10 << 20
    assert found.finding.reason == f"the body is longer than {most} bytes"
    assert value(found, "probe_http_uncompressed_body_length") == most


async def test_a_long_body_is_searched_beside_the_loop() -> None:
    async with hosting(Site(other=page(b"x" * 2_000_000 + b"needle"))) as address:
        probe = HttpProbe(fail_if_body_not_matches_regexp=("needle$",))
        found = await seen(probe, address)
    assert found.verdict is Verdict.UP
