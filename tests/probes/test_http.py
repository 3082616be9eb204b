"""Is a web server judged by what it says, and do the series say what was seen?"""

import asyncio
import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

import pytest

from probes.http import HttpProbe
from probes.model import Observation, Phase, Verdict
from probes.net import Net
from tests.probes.scripts import names, seen, value
from tests.probes.web import Site, hosting, page, redirect
from tests.raw import raw_server
from tests.require import free_port

ALWAYS = {
    "probe_success",
    "probe_duration_seconds",
    "probe_http_status_code",
    "probe_http_content_length",
    "probe_http_uncompressed_body_length",
    "probe_http_redirects",
    "probe_http_ssl",
    "probe_http_version",
    "probe_failed_due_to_regex",
}
RESOLVED = {"probe_dns_lookup_time_seconds", "probe_ip_protocol", "probe_ip_addr_hash"}
TIMED = {"probe_http_duration_seconds"}


def phases(found: Observation) -> list[str]:
    own = [labels for name, labels, _ in found.samples if name == "probe_http_duration_seconds"]
    return [labels.split('"')[1] for labels in own]


async def asked(
    answer: bytes, module: Mapping[str, Any] | None = None, *, within: float = 5.0
) -> Observation:
    """One look at a site that says this to everything."""
    async with hosting(Site(other=answer)) as address:
        return await seen(HttpProbe(**(module or {})), f"http://{address}/", within=within)


async def test_a_good_answer_is_up_and_has_all_its_series() -> None:
    found = await asked(page(b"hello", "Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT"))
    assert found.verdict is Verdict.UP
    assert found.finding.reason == ""
    modified = "probe_http_last_modified_timestamp_seconds"
    assert names(found) == ALWAYS | RESOLVED | TIMED | {modified}
    told = {name: value(found, name) for name in names(found) - TIMED}
    assert told["probe_http_status_code"] == 200
    assert told["probe_http_content_length"] == 5
    assert told["probe_http_uncompressed_body_length"] == 5
    assert told["probe_http_version"] == 1.1
    assert told["probe_ip_addr_hash"] == 3668918509
    assert told[modified] == 784903526
    zeros = ("probe_http_redirects", "probe_http_ssl", "probe_failed_due_to_regex")
    assert [told[name] for name in zeros] == [0, 0, 0]
    assert phases(found) == ["resolve", "connect", "tls", "processing", "transfer"]


async def test_the_waterfall_goes_from_the_name_to_the_last_byte() -> None:
    found = await asked(page())
    assert [what for what, _, _ in found.spans] == [
        *("resolve", "connect", "processing", "transfer"),
    ]
    ends = [(began, ended) for _, began, ended in found.spans]
    assert ends == sorted(ends)


async def test_the_debug_lines_are_those_that_people_grep_for() -> None:
    async with hosting(Site(other=page(status="503 No"))) as address:
        found = await seen(HttpProbe(), address, debug=True)
    said = [re.findall('msg="(.*?)"', line)[0] for line in found.lines]
    assert said == [
        "Beginning probe",
        "Resolving target address",
        "Resolved target address",
        "Making HTTP request",
        "Received HTTP response",
        "Invalid HTTP response status code, wanted 2xx",
        "Probe failed",
    ]


async def test_without_an_address_only_the_resolving_is_timed() -> None:
    found = await seen(HttpProbe(), "http://nowhere.invalid/")
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.RESOLVE)
    assert names(found) == ALWAYS | RESOLVED | TIMED
    assert phases(found) == ["resolve"]
    assert value(found, "probe_ip_protocol") == 0
    assert value(found, "probe_http_status_code") == 0


async def test_a_refused_connection_has_all_phases_and_no_status() -> None:
    found = await seen(HttpProbe(), f"http://127.0.0.1:{free_port()}/")
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.CONNECT)
    assert found.finding.reason.startswith("connection refused")
    assert phases(found) == ["resolve", "connect", "tls", "processing", "transfer"]
    assert value(found, "probe_http_status_code") == 0
    assert value(found, "probe_http_version") == 0


async def test_a_target_that_is_no_url_has_no_resolve_series() -> None:
    found = await seen(HttpProbe(), "http://[::1")
    assert names(found) == ALWAYS
    assert found.finding.reason == '"http://[::1" is not a URL'


@pytest.mark.parametrize(
    ("module", "answer", "reason"),
    [
        ({}, page(status="204 No Content", body=b""), ""),
        ({}, page(status="404 Not Found"), "status 404, not 2xx"),
        ({}, page(status="304 Not Modified", body=b""), "status 304, not 2xx"),
        ({"valid_status_codes": ["404", 410]}, page(status="404 Not Found"), ""),
        ({"valid_status_codes": [404, 410]}, page(), "status 200, not 404, 410"),
        ({"valid_http_versions": ["HTTP/1.1"]}, page(), ""),
        (
            {"valid_http_versions": ["HTTP/1.1"]},
            b"HTTP/1.0 200 OK\r\n\r\nok",
            "the answer is HTTP/1.0, not HTTP/1.1",
        ),
        ({"fail_if_not_ssl": True}, page(), "the answer did not come over TLS"),
        ({"fail_if_ssl": True}, page(), ""),
        ({"body_size_limit": 3}, page(b"abc"), ""),
        ({"body_size_limit": "2B"}, page(b"abc"), "the body is longer than 2 bytes"),
        ({"method": "HEAD"}, page(b"", length=1000), ""),
    ],
)
async def test_the_answer_is_judged(module: dict[str, Any], answer: bytes, reason: str) -> None:
    found = await asked(answer, module)
    assert found.finding.reason == reason
    assert found.verdict is (Verdict.DOWN if reason else Verdict.UP)
    assert found.finding.phase is (Phase.CONTENT if reason else None)
    assert value(found, "probe_failed_due_to_regex") == 0


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"fail_if_body_matches_regexp": ["nope", "Err.r"]}, 'the body matches "Err.r"'),
        ({"fail_if_body_matches_regexp": ["nope"]}, ""),
        ({"fail_if_body_not_matches_regexp": ["big", "Err.r"]}, ""),
        ({"fail_if_body_not_matches_regexp": ["big", "no"]}, 'the body does not match "no"'),
        ({"fail_if_body_not_matches_regexp": ["^big$"]}, 'the body does not match "^big$"'),
    ],
)
async def test_bodies_are_searched(rules: dict[str, Any], reason: str) -> None:
    found = await asked(page(b"a big\nError"), rules)
    assert found.finding.reason == reason
    assert value(found, "probe_failed_due_to_regex") == bool(reason)


def matcher(regexp: str, *, allow_missing: bool = False) -> list[dict[str, Any]]:
    return [{"header": "X-Seen", "regexp": regexp, "allow_missing": allow_missing}]


@pytest.mark.parametrize(
    ("headers", "rules", "reason"),
    [
        (["X-seen: one"], {"fail_if_header_matches": matcher("^o")}, 'header x-seen matches "^o"'),
        (["X-Seen: one"], {"fail_if_header_matches": matcher("^p")}, ""),
        (["X-Seen: p", "X-Seen: o"], {"fail_if_header_matches": matcher("o")}, "matches"),
        ([], {"fail_if_header_matches": matcher("^p")}, "the answer has no header x-seen"),
        ([], {"fail_if_header_matches": matcher("^p", allow_missing=True)}, ""),
        (["X-Seen: p", "X-Seen: o"], {"fail_if_header_not_matches": matcher("^o$")}, ""),
        (["X-Seen: p"], {"fail_if_header_not_matches": matcher("o")}, "does not match"),
        ([], {"fail_if_header_not_matches": matcher("o")}, "the answer has no header x-seen"),
        ([], {"fail_if_header_not_matches": matcher("o", allow_missing=True)}, ""),
    ],
)
async def test_headers_are_searched(headers: list[str], rules: dict[str, Any], reason: str) -> None:
    found = await asked(page(b"ok", *headers), rules)
    assert reason in found.finding.reason
    assert bool(found.finding.reason) == bool(reason)
    assert value(found, "probe_failed_due_to_regex") == bool(reason)


async def test_the_status_is_judged_before_any_expression() -> None:
    found = await asked(page(status="500 No"), {"fail_if_body_not_matches_regexp": ["x"]})
    assert found.finding.reason == "status 500, not 2xx"
    assert value(found, "probe_failed_due_to_regex") == 0
    assert value(found, "probe_http_uncompressed_body_length") == 3


async def test_what_is_sent_is_what_the_module_says() -> None:
    site = Site()
    module = {
        "method": "POST",
        "headers": {"X-One": "1", "User-Agent": "me", "host": "shop.test", "Connection": "x"},
        "http_headers": {"X-Two": {"values": ["a", "b"], "secrets": ["c"]}},
        "body": "größe",
    }
    async with hosting(site) as address:
        found = await seen(HttpProbe(**module), f"{address}/a%20b?q#top")
    assert found.verdict is Verdict.UP
    assert site.heard[0].startswith(b"POST /a%20b?q HTTP/1.1\r\nHost: shop.test\r\n")
    assert site.heard[0].endswith("\r\n\r\ngröße".encode())
    assert site.header(0, "user-agent") == ["me"]
    assert site.header(0, "connection") == ["close"]
    assert site.header(0, "x-one") == ["1"]
    assert site.header(0, "x-two") == ["a", "b", "c"]
    assert site.header(0, "content-length") == ["7"]
    assert site.header(0, "accept") == site.header(0, "accept-encoding") == []


async def test_a_request_of_ours_is_small_and_says_who_asks() -> None:
    site = Site()
    async with hosting(site) as address:
        await seen(HttpProbe(), address)
    assert site.heard == [
        f"GET / HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Rapid-Responder\r\n"
        "Connection: close\r\n\r\n".encode()
    ]


async def test_the_targets_hostname_is_asked_for() -> None:
    site = Site()
    async with hosting(site) as address:
        await seen(HttpProbe(), address, hostname="shop.test")
        await seen(HttpProbe(headers={"Host": "shop.test"}), address, hostname="shop.test")
        odd = await seen(HttpProbe(headers={"Host": "own.test"}), address, hostname="shop.test")
    assert site.header(0, "host") == site.header(1, "host") == ["shop.test"]
    assert len(site.heard) == 2
    assert odd.verdict is Verdict.UNKNOWN
    assert odd.finding.reason == (
        "host header defined both in module configuration (own.test) and with URL-parameter "
        "'hostname' (shop.test)"
    )


async def test_the_module_decides_between_ipv4_and_ipv6() -> None:
    async with raw_server(Site().serve, host="::1") as port:
        found = await seen(HttpProbe(preferred_ip_protocol="ip6"), f"http://[::1]:{port}/")
        shown = await seen(HttpProbe(), f"http://::1:{port}/")
    assert (found.verdict, shown.verdict) == (Verdict.UP, Verdict.UP)
    assert value(found, "probe_ip_protocol") == 6


async def test_a_forbidden_address_is_not_asked_by_a_redirect_either() -> None:
    site = Site({"/": redirect("http://127.1.2.3/")})
    net = Net(forbidden=[ip_network("127.1.0.0/16")])
    async with hosting(site) as address:
        found = await seen(HttpProbe(), address, net=net)
    assert found.verdict is not Verdict.UP
    assert "127.1.2.3 is in 127.1.0.0/16" in found.finding.reason


def test_it_aims_at_the_front_page() -> None:
    assert HttpProbe().aim("web1.test") == "http://web1.test/"
    assert HttpProbe(fail_if_not_ssl=True).aim("::1") == "https://[::1]/"


async def test_a_hundred_looks_at_once_do_not_mix() -> None:
    answers = {f"/{number}": page(b"x" * number) for number in range(100)}
    async with hosting(Site(answers)) as address:
        looks = [seen(HttpProbe(), f"{address}/{number}") for number in range(100)]
        found = await asyncio.gather(*looks)
    lengths = [value(one, "probe_http_uncompressed_body_length") for one in found]
    assert lengths == list(range(100))


async def test_a_cancelled_look_leaves_no_connection_behind() -> None:
    site = Site(stays=True, other=b"HTTP/1.1 200 OK\r\n")
    async with hosting(site) as address:
        look = asyncio.create_task(seen(HttpProbe(), address))
        await site.asked.wait()
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look


async def several() -> list[str]:
    """Good, refused, silent and cut off."""
    refused = await seen(HttpProbe(), f"http://127.0.0.1:{free_port()}/")
    async with hosting(Site(other=b"", stays=True)) as address:
        silent = await seen(HttpProbe(), address, within=0.1)
    cut = await asked(page(b"abc", length=9))
    good = await asked(page(b"x" * 1_000_000), {"fail_if_body_not_matches_regexp": ["x$"]})
    return [one.finding.reason for one in (good, refused, silent, cut)]


def test_it_is_the_same_on_the_daemons_own_loop() -> None:
    uvloop = pytest.importorskip("uvloop")
    assert uvloop.run(several()) == asyncio.run(several())
