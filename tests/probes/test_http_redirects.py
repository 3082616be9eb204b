"""Where do redirects lead, what goes along, and what is kept back?"""

import asyncio
from typing import Any

import pytest

from probes.http import HttpProbe
from probes.http_cookies import Jar
from probes.http_url import read_url
from probes.model import Observation, Phase, Verdict
from tests.probes.scripts import seen, value
from tests.probes.web import Site, hosting, page, redirect
from tests.raw import raw_server


async def walk(pages: dict[str, bytes], **module: Any) -> tuple[Observation, Site]:
    site = Site(pages, other=page(status="404 Not Found"))
    async with hosting(site) as address:
        return await seen(HttpProbe(**module), f"{address}/"), site


async def test_the_last_answer_is_the_one_that_is_judged() -> None:
    pages = {"/": redirect("/a"), "/a": redirect("b?c"), "/b?c": page(b"there")}
    found, site = await walk(pages, fail_if_body_not_matches_regexp=["^there$"])
    assert found.verdict is Verdict.UP
    assert site.paths == ["GET /", "GET /a", "GET /b?c"]
    assert value(found, "probe_http_redirects") == 2
    assert value(found, "probe_http_status_code") == 200
    assert [what for what, _, _ in found.spans].count("connect") == 3
    timed = [value(found, "probe_http_duration_seconds", f'phase="{one}"') for one in ("connect",)]
    bars = sum(ended - began for what, began, ended in found.spans if what == "connect")
    assert timed == [pytest.approx(bars)]


async def test_ten_redirects_are_followed_and_the_eleventh_is_judged() -> None:
    found, site = await walk({"/": redirect("/")})
    assert found.finding.reason.startswith("status 302, not 2xx (at http://127.0.0.1:")
    assert found.finding.reason.endswith("/, after 11 redirects)")
    assert len(site.heard) == 11
    assert value(found, "probe_http_redirects") == 11
    assert value(found, "probe_http_status_code") == 302
    assert value(found, "probe_http_uncompressed_body_length") == 0


@pytest.mark.parametrize("off", [{"follow_redirects": False}, {"no_follow_redirects": True}])
async def test_redirects_need_not_be_followed(off: dict[str, bool]) -> None:
    found, site = await walk({"/": redirect("/a")}, valid_status_codes=[302], **off)
    assert found.verdict is Verdict.UP
    assert len(site.heard) == 1
    assert value(found, "probe_http_redirects") == 1


async def test_a_redirect_that_is_not_followed_has_no_body_to_search() -> None:
    rules = {"valid_status_codes": [302], "fail_if_body_not_matches_regexp": [""]}
    found, _ = await walk({"/": redirect("/a")}, follow_redirects=False, **rules)
    told = "the redirect is not followed, so there is no body to search (at "
    assert found.finding.reason.startswith(told)
    assert value(found, "probe_failed_due_to_regex") == 1


async def test_the_old_key_overrules_the_new_one() -> None:
    found, _ = await walk(
        {"/": redirect("/a"), "/a": page()}, follow_redirects=False, no_follow_redirects=False
    )
    assert found.verdict is Verdict.UP


async def test_an_empty_location_is_none() -> None:
    found, _ = await walk({"/": redirect("")}, valid_status_codes=[302])
    assert found.verdict is Verdict.UP
    assert value(found, "probe_http_redirects") == 0


@pytest.mark.parametrize("status", ["300 Many", "304 Not Modified", "301 Moved"])
async def test_what_names_no_place_is_a_final_answer(status: str) -> None:
    found, _ = await walk({"/": page(b"", status=status)}, valid_status_codes=[300, 301, 304])
    assert found.verdict is Verdict.UP
    assert value(found, "probe_http_redirects") == 0


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        ("301 Moved", "POST", "GET"),
        ("302 Found", "POST", "GET"),
        ("303 See", "PUT", "GET"),
        ("302 Found", "HEAD", "HEAD"),
        ("307 Temporary", "POST", "POST"),
        ("308 Permanent", "PUT", "PUT"),
    ],
)
async def test_the_method_changes_as_browsers_change_it(
    status: str, method: str, then: str
) -> None:
    pages = {"/": redirect("/a", status=status), "/a": page(b"")}
    found, site = await walk(pages, method=method, body="data")
    assert found.verdict is Verdict.UP
    assert site.paths == [f"{method} /", f"{then} /a"]
    assert site.heard[1].endswith(b"data") is (then not in ("GET", "HEAD"))


@pytest.mark.parametrize(
    ("location", "reason", "counted"),
    [
        ("ftp://a.test/", 'the redirect leads to "ftp://a.test/", which is no web', 1),
        ("javascript:alert(1)", 'the redirect leads to "javascript:alert(1)", which is no web', 1),
        ("http://[", '"http://[" is not a URL', 0),
        ("http://a.test:99999/", '"http://a.test:99999/" has no port between 1 and 65535', 0),
        ("http://me:pass@[", '"http://[" is not a URL', 0),
        ("/%zz", "has a % that begins no escape", 0),
    ],
)
async def test_a_redirect_to_nowhere_leaves_no_status(
    location: str, reason: str, counted: int
) -> None:
    found, _ = await walk({"/": redirect(location)})
    assert found.verdict is Verdict.DOWN
    assert reason in found.finding.reason
    assert value(found, "probe_http_redirects") == counted
    assert value(found, "probe_http_status_code") == 0
    assert len([1 for name, _, _ in found.samples if name == "probe_http_duration_seconds"]) == 5


async def test_a_redirect_to_a_dead_port_is_a_refused_connection() -> None:
    found, _ = await walk({"/": redirect("http://127.0.0.1:1/")})
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.CONNECT)
    assert found.finding.reason.startswith("connection refused")
    assert found.finding.reason.endswith(" (at http://127.0.0.1:1/, after a redirect)")
    assert value(found, "probe_http_redirects") == 1
    assert value(found, "probe_http_status_code") == 0


async def test_the_body_of_a_redirect_is_not_waited_for() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET / "):
            writer.write(b"HTTP/1.1 302 F\r\nLocation: /a\r\nContent-Length: 99\r\n\r\n")
            await asyncio.sleep(3600)
        writer.write(page())

    async with raw_server(talk) as port:
        found = await seen(HttpProbe(), f"127.0.0.1:{port}", within=30)
    assert found.verdict is Verdict.UP


PROOFS: list[dict[str, Any]] = [
    {"basic_auth": {"username": "me", "password": "pass"}},
    {"bearer_token": "tok"},
    {"headers": {"Authorization": "Own x"}},
    {"headers": {"Cookie": "a=b"}},
    {"headers": {"X-Api-Key": "k"}},
    {"http_headers": {"X-Any": {"secrets": ["s"]}}},
]


@pytest.mark.parametrize("proof", PROOFS)
async def test_what_proves_us_stays_with_its_host(proof: dict[str, Any]) -> None:
    there = Site()
    async with hosting(there) as other:
        port = other.split(":")[1]
        here = Site({"/": redirect("/a"), "/a": redirect(f"http://127.0.0.2:{port}/")})
        async with hosting(here) as address, raw_server(there.serve, host="127.0.0.2") as second:
            here.pages = {**here.pages, "/a": redirect(f"http://127.0.0.2:{second}/")}
            found = await seen(HttpProbe(**proof), address)
    assert found.verdict is Verdict.UP
    names = ("authorization", "cookie", "x-api-key", "x-any")
    assert [sum(len(here.header(one, name)) for name in names) for one in (0, 1)] == [1, 1]
    assert [there.header(0, name) for name in names] == [[], [], [], []]
    assert there.header(0, "host") == [f"127.0.0.2:{second}"]


async def test_the_first_host_keeps_its_address_whatever_it_is_called() -> None:
    site = Site({"/": b""})
    async with hosting(site) as address:
        port = address.split(":")[1]
        site.pages = {
            "/": redirect(f"http://shop.invalid:{port}/a"),
            "/a": redirect("/b"),
            "/b": page(),
        }
        found = await seen(HttpProbe(), address, hostname="shop.invalid")
    assert found.verdict is Verdict.UP
    hosts = [site.header(number, "host")[0] for number in range(3)]
    assert hosts == ["shop.invalid", f"shop.invalid:{port}", f"shop.invalid:{port}"]


async def test_cookies_live_as_long_as_the_look() -> None:
    pages = {
        "/": redirect("/a", "Set-Cookie: id=7; Path=/; HttpOnly", "Set-Cookie: x=1; Path=/no"),
        "/a": redirect("/b", "Set-Cookie: id=; Max-Age=0; Path=/", "Set-Cookie: y=2"),
        "/b": page(),
    }
    found, site = await walk(pages)
    assert found.verdict is Verdict.UP
    assert [site.header(number, "cookie") for number in range(3)] == [[], ["id=7"], ["y=2"]]


@pytest.mark.parametrize(
    ("cookie", "url", "line"),
    [
        ("a=1", "http://www.a.test/x/z", "Cookie: a=1\r\n"),
        ("a=1", "http://www.a.test/", ""),
        ("a=1", "http://a.test/x/", ""),
        ("a=1; Domain=a.test; Path=/", "http://b.a.test/", "Cookie: a=1\r\n"),
        ("a=1; Domain=.A.test; Path=/", "http://a.test/", "Cookie: a=1\r\n"),
        ("a=1; Domain=b.test; Path=/", "http://b.test/", ""),
        ("a=1; Domain=test; Path=/", "http://b.test/", ""),
        ("a=1; Domain=w.a.test; Path=/", "http://www.a.test/", ""),
        ("a=1; Secure; Path=/", "http://www.a.test/", ""),
        ("a=1; Secure; Path=/", "https://www.a.test/", "Cookie: a=1\r\n"),
        ("a=1; Path=/x", "http://www.a.test/xy", ""),
        ("a=1; Max-Age=-5; Path=/", "http://www.a.test/", ""),
        ("no pair", "http://www.a.test/x/", ""),
        ("=1", "http://www.a.test/x/", ""),
        ("a=" + "x" * 5000, "http://www.a.test/x/", ""),
        ("a=ö; Path=/", "http://www.a.test/", ""),
    ],
)
def test_a_cookie_goes_where_it_may(cookie: str, url: str, line: str) -> None:
    jar = Jar()
    jar.take(read_url("http://www.a.test/x/y"), [(b"set-cookie", cookie.encode())])
    assert jar.line(read_url(url)) == line


def test_a_jar_is_never_full_of_crumbs() -> None:
    jar = Jar()
    url = read_url("http://a.test/")
    jar.take(url, [(b"set-cookie", f"c{number}=1".encode()) for number in range(1000)])
    assert jar.line(url).count("=") == 50
