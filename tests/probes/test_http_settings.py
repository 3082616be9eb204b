"""Which modules are read, which are refused and with which words; and are their secrets kept?"""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.credentials import TextSecret
from probes.http import HttpProbe
from probes.http_request import AGENT
from probes.model import Phase, Verdict
from tests.probes.scripts import seen
from tests.probes.web import Site, hosting

OAUTH = {"client_id": "me", "token_url": "http://t.test/"}


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ({"nope": 1}, "Extra inputs are not permitted"),
        ({"body": "a", "body_file": "b"}, "setting body and body_file both are not allowed"),
        (
            {"fail_if_header_matches": [{"regexp": "a"}]},
            "header name must be set for HTTP header matchers",
        ),
        (
            {"fail_if_header_not_matches": [{"header": "a"}]},
            "regexp must be set for HTTP header matchers",
        ),
        (
            {"fail_if_body_matches_regexp": ["a("]},
            '"Could not compile regular expression" regexp="a("',
        ),
        (
            {"fail_if_header_matches": [{"header": "a", "regexp": "(?=b)"}]},
            '"Could not compile regular expression" regexp="(?=b)"',
        ),
        (
            {"compression": "gzip", "headers": {"Accept-Encoding": "deflate, *;q=0"}},
            'invalid configuration "Accept-Encoding: deflate, *;q=0", "compression: gzip"',
        ),
        ({"compression": "br"}, 'compression "br" is not known here'),
        (
            {"valid_http_versions": ["HTTP/3.0"]},
            "HTTP/3 cannot be used as a valid HTTP version when enable_http3 is false",
        ),
        ({"valid_http_versions": ["HTTP/2.0"]}, "only HTTP/1.1 is spoken here: HTTP/2.0 can never"),
        ({"enable_http3": True}, "HTTP/3 is not spoken here, only HTTP/1.1"),
        ({"fail_if_body_json_matches_cel": "body.x"}, "CEL is not spoken here"),
        ({"fail_if_body_json_not_matches_cel": "body.x"}, "CEL is not spoken here"),
        (
            {"bearer_token": "a", "bearer_token_file": "b"},
            "at most one of bearer_token & bearer_token_file must be configured",
        ),
        (
            {"bearer_token": "a", "authorization": {"credentials": "b"}},
            "at most one of authorization, bearer_token & bearer_token_file must be configured",
        ),
        (
            {"basic_auth": {"username": "a"}, "oauth2": OAUTH},
            "at most one of basic_auth, oauth2, authorization, bearer_token & bearer_token_file",
        ),
        (
            {"basic_auth": {"password": "a", "password_file": "b"}},
            "at most one of basic_auth password & password_file must be configured",
        ),
        (
            {"authorization": {"credentials": "a", "credentials_file": "b"}},
            "at most one of authorization credentials & credentials_file must be configured",
        ),
        (
            {"authorization": {"type": "Basic"}},
            'authorization type cannot be set to "basic", use "basic_auth" instead',
        ),
        ({"oauth2": {"token_url": "http://t/"}}, "oauth2 client_id must be configured"),
        ({"oauth2": {"client_id": "a"}}, "oauth2 token_url must be configured"),
        ({"no_proxy": "a"}, "if no_proxy is configured, proxy_url must also be configured"),
        (
            {"proxy_from_environment": True, "proxy_url": "http://p:1"},
            "if proxy_from_environment is configured, proxy_url must not be configured",
        ),
        (
            {"proxy_from_environment": True, "no_proxy": "a"},
            "if proxy_from_environment is configured, no_proxy must not be configured",
        ),
        ({"proxy_connect_header": {"A": ["b"]}}, "if proxy_connect_header is configured"),
        ({"proxy_url": "socks5://p:1"}, "only a proxy with http:// can be used"),
        ({"proxy_url": "http://[x"}, '"http://[x" is not a URL'),
        ({"headers": {"A B": "c"}}, "'A B' is no name of a header"),
        ({"headers": {"A": "b\r\nC: d"}}, "the value of a header is one line"),
        ({"http_headers": {"Authorization": {"values": ["x"]}}}, "setting header"),
        ({"method": "GET /"}, "'GET /' is no HTTP method"),
        ({"body_size_limit": "10 parsecs"}, "unable to parse string as an integer"),
        ({"body_size_limit": "-1"}, "greater than or equal to 0"),
        ({"timeout": "soon"}, "write a duration"),
        ({"tls_config": {"min_version": "TLS9"}}, "TLS10"),
    ],
)
def test_what_can_not_be_done_is_refused_when_it_is_read(module: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        HttpProbe.model_validate(module)
    assert told in str(refused.value)


def test_a_module_of_text_alone_is_read_as_go_reads_it() -> None:
    """As a blackbox.yml gives it: booleans and numbers are text."""
    probe = HttpProbe.model_validate(
        {
            "valid_status_codes": ["200", "301"],
            "preferred_ip_protocol": "banana",
            "ip_protocol_fallback": "no",
            "fail_if_ssl": "yes",
            "body_size_limit": "1KiB",
            "enable_http2": "true",
            "method": "",
            "timeout": "5s",
            "compression": "GZIP",
            "headers": {"Accept-Encoding": "br;q=0.5, gzip"},
            "valid_http_versions": ["HTTP/1.1", "HTTP/2.0"],
        }
    )
    assert (probe.valid_status_codes, probe.body_size_limit) == ((200, 301), 1024)
    assert (probe.ip_protocol_fallback, probe.fail_if_ssl, probe.method) == (False, True, "GET")
    assert (probe.plan.prefer, probe.plan.rules.compression) == (4, "gzip")


@pytest.mark.parametrize(("text", "prefer"), [("", 6), ("ip6", 6), ("ip4", 4), ("banana", 4)])
def test_any_protocol_but_ipv6_means_ipv4(text: str, prefer: int) -> None:
    assert HttpProbe(preferred_ip_protocol=text).plan.prefer == prefer


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("12", 12), ("10MB", 10 << 20), ("1.5KiB", 1536), ("2G", 2 << 30)]
)
def test_sizes_are_powers_of_two(text: str, size: int) -> None:
    assert HttpProbe.model_validate({"body_size_limit": text}).body_size_limit == size


async def sent(probe: HttpProbe, login: str = "") -> list[str]:
    site = Site()
    async with hosting(site) as address:
        found = await seen(probe, f"http://{login}{address}/")
    assert found.verdict is Verdict.UP
    return site.header(0, "authorization")


async def test_every_way_to_prove_us_ends_in_one_header(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(" s3cret\n")
    user = tmp_path / "user"
    user.write_text("me")

    async def header(login: str = "", **module: Any) -> str:
        return "|".join(await sent(HttpProbe.model_validate(module), login))

    assert await header(basic_auth={"username": "me", "password": "s3cret"}) == "Basic bWU6czNjcmV0"
    both = {"username_file": str(user), "password_file": str(file)}
    assert await header(basic_auth=both) == "Basic bWU6czNjcmV0"
    assert await header(basic_auth={"username": "me"}) == "Basic bWU6"
    assert await header(bearer_token=TextSecret("s3cret")) == "Bearer s3cret"
    assert await header(bearer_token_file=file) == "Bearer s3cret"
    given = {"type": "Token", "credentials_file": file}
    assert await header(authorization=given) == "Token s3cret"
    assert await header(authorization={"credentials": "x"}) == "Bearer x"
    assert await header(login="me:s3cret@") == "Basic bWU6czNjcmV0"
    assert await header(login="me:s3cret@", bearer_token="x") == "Basic bWU6czNjcmV0"
    assert await header(headers={"authorization": "Own"}, bearer_token="x") == "Own"
    assert await header() == ""


async def test_a_secret_that_changes_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    probe = HttpProbe.model_validate({"bearer_token_file": str(file)})
    file.write_text("one")
    assert await sent(probe) == ["Bearer one"]
    file.write_text("two")
    assert await sent(probe) == ["Bearer two"]


@pytest.mark.parametrize(
    "module",
    [
        {"bearer_token_file": "/nowhere/at/all"},
        {"body_file": "/nowhere/at/all"},
        {"bearer_token": "two\nlines"},
        {"tls_config": {"ca_file": "/nowhere/at/all"}},
    ],
)
async def test_what_is_wrong_with_our_own_files_is_no_outage(module: dict[str, Any]) -> None:
    site = Site()
    async with hosting(site) as address:
        scheme = "https" if "tls_config" in module else "http"
        found = await seen(HttpProbe.model_validate(module), f"{scheme}://{address}/")
    assert found.verdict is Verdict.UNKNOWN
    assert found.finding.phase in (Phase.AUTH, Phase.RESOLVE, Phase.TLS)
    assert site.heard == []


async def test_a_body_may_come_from_a_file_that_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "body"
    probe = HttpProbe.model_validate({"method": "POST", "body_file": str(file)})
    site = Site()
    async with hosting(site) as address:
        for text in ("one", "other"):
            file.write_text(text)
            await seen(probe, address)
    assert [one.split(b"\r\n\r\n")[1] for one in site.heard] == [b"one", b"other"]


def test_a_changed_copy_has_a_plan_of_its_own() -> None:
    probe = HttpProbe()
    assert not probe.plan.head
    assert probe.model_copy(update={"method": "HEAD"}).plan.head
    assert probe == HttpProbe()


SECRETIVE: dict[str, Any] = {
    "bearer_token": "hush1",
    "http_headers": {"X": {"secrets": ["hush2"]}},
    "proxy_url": "http://me:hush3@127.0.0.1:1",
    "proxy_connect_header": {"Y": ["hush4"]},
    "tls_config": {"insecure_skip_verify": True},
}


async def test_no_secret_is_ever_shown() -> None:
    probe = HttpProbe.model_validate(SECRETIVE)
    found = await seen(probe, "http://me:hush5@127.0.0.1:1/", debug=True)
    oauth = HttpProbe.model_validate({"oauth2": {**OAUTH, "client_secret": "hush6"}})
    shown = repr((probe, oauth, probe.model_dump(), oauth.model_dump(), found))
    shown += probe.model_dump_json() + str(probe.plan)
    assert "hush" not in shown
    with pytest.raises(ValidationError) as refused:
        HttpProbe.model_validate({**SECRETIVE, "bearer_token_file": "hush7"})
    assert "hush" not in str(refused.value)
    assert AGENT in probe.plan.common
