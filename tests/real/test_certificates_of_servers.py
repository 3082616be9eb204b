"""A TLS look at real mail and file servers, by every way into TLS that they have."""

from pathlib import Path
from typing import Any

import pytest

from probes.handshake import TlsConfig
from probes.model import Target, Verdict
from probes.tcp import TcpProbe
from probes.tls import TlsProbe
from tests.probes.tls_scenes import looked, values
from tests.real.ftp import Vsftpd
from tests.real.mail_servers import Dovecot, Postfix
from tests.real.targets import Identity

pytestmark = pytest.mark.xdist_group("targets")  # each worker would start all of them


def probe(identity: Identity, **keys: Any) -> TlsProbe:
    return TlsProbe(tls_config=TlsConfig(ca_file=identity.certificate), **keys)


def at(port: int) -> Target:
    return Target(f"127.0.0.1:{port}", hostname="localhost")


async def fine(looking: TlsProbe, port: int) -> None:
    seen = await looked(looking, at(port), within=20.0)
    assert (seen.finding.verdict, seen.finding.reason) == (Verdict.UP, "")
    assert values(seen.samples, "probe_ssl_earliest_cert_expiry")[""] > 0


async def test_dovecot_shows_its_certificate_in_four_ways(
    dovecot: Dovecot, identity: Identity
) -> None:
    await fine(probe(identity), dovecot.imaps)
    await fine(probe(identity), dovecot.pop3s)
    await fine(probe(identity, starttls="imap"), dovecot.imap)
    await fine(probe(identity, starttls="pop3"), dovecot.pop3)


async def test_postfix_shows_its_certificate_in_two_ways(
    postfix: Postfix, identity: Identity
) -> None:
    await fine(probe(identity), postfix.smtps)
    await fine(probe(identity, starttls="smtp"), postfix.smtp)


async def test_vsftpd_shows_its_certificate(vsftpd: Vsftpd, identity: Identity) -> None:
    await fine(probe(identity, starttls="ftp"), vsftpd.port)


async def test_a_mail_server_that_nobody_vouches_for_is_down(postfix: Postfix) -> None:
    seen = await looked(TlsProbe(starttls="smtp"), at(postfix.smtp), within=20.0)
    assert (seen.finding.verdict, seen.finding.reason) == (
        Verdict.DOWN,
        "certificate is self-signed",
    )


@pytest.mark.parametrize("name", ["web9.example", ""])
async def test_the_wrong_name_is_told(postfix: Postfix, identity: Identity, name: str) -> None:
    seen = await looked(probe(identity, server_name=name), at(postfix.smtps), within=20.0)
    wanted = f"certificate is for localhost, 127.0.0.1, not for {name}" if name else ""
    assert seen.finding.reason == wanted


async def test_the_steps_of_blackbox_exporters_own_example_reach_tls(
    postfix: Postfix, identity: Identity
) -> None:
    steps = TcpProbe.model_validate(
        {
            "query_response": [
                {"expect": "^220 ([^ ]+) ESMTP(.+)?$"},
                {"send": "EHLO prober\r"},
                {"expect": "^250[- ]STARTTLS"},
                {"send": "STARTTLS\r"},
                {"expect": "^220"},
                {"starttls": True},
                {"send": "EHLO prober\r"},
                {"expect": "^250[- ]"},
                {"send": "QUIT\r"},
            ],
            "tls_config": {"ca_file": Path(identity.certificate)},
        }
    )
    seen = await looked(steps, at(postfix.smtp), within=20.0)
    assert (seen.finding.verdict, seen.finding.reason) == (Verdict.UP, "")
    assert values(seen.samples, "probe_ssl_earliest_cert_expiry")[""] > 0
