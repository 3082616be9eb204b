"""Is TLS spoken as the module says, and do certificates show in the series?"""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from probes.http import HttpProbe
from probes.model import Observation, Phase, Severity, Verdict
from tests.certificates import Authority, Leaf
from tests.probes.scripts import names, seen, value
from tests.probes.web import Site, hosting, page, redirect
from tests.raw import raw_server

CERTIFIED = {
    "probe_ssl_earliest_cert_expiry",
    "probe_ssl_last_chain_expiry_timestamp_seconds",
    "probe_ssl_last_chain_info",
    "probe_tls_version_info",
    "probe_tls_cipher_info",
}


@pytest.fixture
def root(tmp_path: Path) -> Authority:
    return Authority.root(tmp_path, "Test Root")


async def asked(
    leaf: Leaf, path: str = "/", *, hostname: str = "", other: bytes = page(), **module: Any
) -> Observation:
    async with hosting(Site(other=other, tls=leaf.server())) as address:
        port = address.split(":")[1]
        probe = HttpProbe.model_validate(module)
        return await seen(probe, f"https://localhost:{port}{path}", hostname=hostname)


async def test_an_answer_over_tls_has_all_series(root: Authority) -> None:
    leaf = root.leaf()
    found = await asked(leaf, tls_config={"ca_file": str(root.file)}, fail_if_not_ssl=True)
    assert (found.verdict, found.finding.issues) == (Verdict.UP, ())
    assert names(found) >= CERTIFIED
    assert value(found, "probe_http_ssl") == 1
    ends = leaf.certificate.not_valid_after_utc.timestamp()
    assert value(found, "probe_ssl_earliest_cert_expiry") == ends
    assert value(found, "probe_tls_version_info", 'version="TLS 1.3"') == 1
    assert value(found, "probe_http_duration_seconds", 'phase="tls"') > 0
    assert [what for what, _, _ in found.spans] == [
        *("resolve", "connect", "tls", "processing", "transfer"),
    ]


async def test_tls_may_be_what_must_not_be(root: Authority) -> None:
    found = await asked(root.leaf(), tls_config={"ca_file": str(root.file)}, fail_if_ssl=True)
    assert found.finding.reason == "the answer came over TLS, and must not"


@pytest.mark.parametrize(("days", "severity"), [(20, Severity.INFO), (6, Severity.WARNING)])
async def test_a_certificate_near_its_end_is_an_issue(
    root: Authority, days: int, severity: Severity
) -> None:
    found = await asked(root.leaf(days=days), tls_config={"ca_file": str(root.file)})
    assert found.verdict is Verdict.UP
    assert [(one.code, one.severity) for one in found.finding.issues] == [
        ("CERTIFICATE_EXPIRES", severity)
    ]


async def test_a_wrong_status_does_not_hide_the_certificates_end(root: Authority) -> None:
    answer = page(status="500 No")
    found = await asked(root.leaf(days=5), other=answer, tls_config={"ca_file": str(root.file)})
    assert found.finding.reason == "status 500, not 2xx"
    assert [one.code for one in found.finding.issues] == ["CERTIFICATE_EXPIRES"]


async def test_an_untrusted_certificate_still_tells_when_it_ends(root: Authority) -> None:
    leaf = root.leaf(days=-1)
    found = await asked(leaf, tls_config={"ca_file": str(root.file)})
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.TLS)
    assert found.finding.reason.startswith("certificate expired on ")
    ends = leaf.certificate.not_valid_after_utc.timestamp()
    assert value(found, "probe_ssl_earliest_cert_expiry") == ends
    assert value(found, "probe_http_status_code") == value(found, "probe_http_ssl") == 0


async def test_nothing_is_sent_to_a_server_that_is_not_trusted(root: Authority) -> None:
    site = Site(tls=root.leaf().server())
    async with hosting(site) as address:
        found = await seen(HttpProbe(), f"https://{address}/")
    assert found.finding.phase is Phase.TLS
    assert site.heard == []


async def test_trust_may_be_skipped(root: Authority) -> None:
    found = await asked(root.leaf("other.test"), tls_config={"insecure_skip_verify": True})
    assert found.verdict is Verdict.UP
    assert value(found, "probe_ssl_last_chain_expiry_timestamp_seconds") == -62135596800


@pytest.mark.parametrize(
    ("module", "hostname", "name"),
    [
        ({}, "", "localhost"),
        ({}, "shop.test", "shop.test"),
        ({"headers": {"Host": "shop.test:81"}}, "", "shop.test"),
        ({"tls_config": {"server_name": "own.test"}}, "shop.test", "own.test"),
    ],
)
async def test_the_name_asked_for_is_the_most_special_one(
    root: Authority, module: dict[str, Any], hostname: str, name: str
) -> None:
    asked_for: list[str | None] = []
    server = root.leaf(name).server()
    server.sni_callback = lambda _, wanted, __: asked_for.append(wanted)
    async with hosting(Site(tls=server)) as address:
        config = {"ca_file": str(root.file), **module.get("tls_config", {})}
        probe = HttpProbe.model_validate({**module, "tls_config": config})
        port = address.split(":")[1]
        found = await seen(probe, f"https://localhost:{port}/", hostname=hostname)
    assert (found.verdict, asked_for) == (Verdict.UP, [name])


async def test_a_redirect_from_plain_to_tls_counts_as_tls(root: Authority) -> None:
    plain = Site()
    async with hosting(Site(tls=root.leaf().server())) as secure, hosting(plain) as address:
        plain.other = redirect(f"https://{secure}/")
        probe = HttpProbe.model_validate({"tls_config": {"ca_file": str(root.file)}})
        found = await seen(probe, address)
    assert found.verdict is Verdict.UP
    assert value(found, "probe_http_ssl") == 1


async def test_a_login_does_not_go_from_tls_to_plain_text(root: Authority) -> None:
    plain = Site()
    async with (
        hosting(plain) as there,
        hosting(Site(other=redirect(f"http://{there}/"), tls=root.leaf().server())) as at,
    ):
        tls = {"ca_file": str(root.file)}
        probe = HttpProbe.model_validate({"tls_config": tls, "bearer_token": "x"})
        found = await seen(probe, f"https://{at}/")
    assert found.verdict is Verdict.UP
    assert plain.header(0, "authorization") == []


async def test_a_server_name_is_for_the_first_host_alone(root: Authority) -> None:
    there = Site(tls=root.leaf("127.0.0.2").server())
    async with raw_server(there.serve, host="127.0.0.2", context=there.tls) as port:
        here = Site(
            other=redirect(f"https://127.0.0.2:{port}/"), tls=root.leaf("own.test").server()
        )
        async with hosting(here) as address:
            tls = {"ca_file": str(root.file), "server_name": "own.test"}
            found = await seen(HttpProbe.model_validate({"tls_config": tls}), f"https://{address}/")
    assert found.verdict is Verdict.UP


async def test_plain_text_on_a_port_for_tls_is_said() -> None:
    async with hosting(Site(other=page())) as address:
        found = await seen(HttpProbe(), f"https://{address}/", within=2)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.TLS)


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)


async def stays(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def babbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def test_a_handshake_that_breaks_off_is_said() -> None:
    async with raw_server(hangs_up) as port:
        found = await seen(HttpProbe(), f"https://127.0.0.1:{port}/")
    assert found.finding.phase is Phase.TLS
    async with raw_server(stays) as port:
        found = await seen(HttpProbe(), f"https://127.0.0.1:{port}/", within=0.2)
    assert found.finding.reason == "no end of the TLS handshake within 0.2 s"
    async with raw_server(babbles) as port:
        found = await seen(HttpProbe(), f"https://127.0.0.1:{port}/")
    assert found.finding.phase is Phase.TLS


async def test_a_client_certificate_is_shown_where_it_is_wanted(root: Authority) -> None:
    server, ours = root.leaf().server(), root.leaf("client.test")
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(root.file)
    tls = {"ca_file": str(root.file)}
    own = {"cert_file": str(ours.certificate_file), "key_file": str(ours.key_file)}
    async with hosting(Site(tls=server)) as address:
        with_it = HttpProbe.model_validate({"tls_config": {**tls, **own}})
        good = await seen(with_it, f"https://{address}/")
        bad = await seen(HttpProbe.model_validate({"tls_config": tls}), f"https://{address}/")
    assert good.verdict is Verdict.UP
    assert (bad.verdict, bad.finding.phase) == (Verdict.DOWN, Phase.COMMAND)


@pytest.mark.parametrize("size", [0, 1, 16384, 300_000])
async def test_bodies_of_any_size_come_through(root: Authority, size: int) -> None:
    found = await asked(
        root.leaf(), other=page(b"x" * size), tls_config={"ca_file": str(root.file)}
    )
    assert found.verdict is Verdict.UP
    assert value(found, "probe_http_uncompressed_body_length") == size


async def test_a_body_cut_off_by_the_end_of_tls_is_said(root: Authority) -> None:
    found = await asked(
        root.leaf(), other=page(b"abc", length=9), tls_config={"ca_file": str(root.file)}
    )
    assert found.finding.reason == "the body was cut off: 3 of 9 bytes came"
