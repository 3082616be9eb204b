"""Does a server that talks nonsense ever get more than a finding in one plain line?"""

import asyncio
import random

import pytest

from probes.ftp import FtpProbe
from probes.imap import ImapProbe
from probes.model import Probe, Verdict
from probes.mysql import MysqlProbe
from probes.pop3 import Pop3Probe
from probes.smtp import SmtpProbe
from probes.ssh import SshProbe
from tests.probes.scripts import seen
from tests.raw import raw_server

PROBES: tuple[Probe, ...] = (
    FtpProbe(),
    ImapProbe(),
    MysqlProbe(starttls="require"),
    Pop3Probe(),
    SmtpProbe(relay_to="watch@elsewhere.test"),
    SshProbe(host_key="SHA256:" + "A" * 43),
)
# What may stand at the beginning of a good answer, and what breaks it.
PIECES = (
    *(b"220 ", b"220-", b"250 STARTTLS\r\n", b"250-", b"234 \r\n", b"500 ", b"\r\n", b"\n", b"\r"),
    *(b"* OK ", b"* BYE ", b"a OK \r\n", b"a NO ", b"* CAPABILITY STARTTLS\r\n", b"+ ", b"{99}"),
    *(b"+OK \r\n", b"-ERR ", b".\r\n", b"STLS\r\n", b"SSH-2.0-x\r\n", b"\x00\x00\x00\x0c\x0a\x14"),
    *(b"\x4a\x00\x00\x00\x0a5.5\x00", b"\xff", b"\x00", b"\x16\x03\x01\x02\x00", b"\xe2\x80\xae"),
)


def nonsense(dice: random.Random) -> bytes:
    return b"".join(
        dice.choice((*PIECES, dice.randbytes(dice.randrange(1, 40))))
        for _ in range(dice.randrange(1, 12))
    )


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.kind)
async def test_nonsense_is_a_finding(probe: Probe) -> None:
    dice = random.Random(probe.kind)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(nonsense(dice))
        while await reader.read(4096) and dice.random() < 0.9:
            writer.write(nonsense(dice))
        if dice.random() < 0.3:
            writer.transport.abort()

    async with raw_server(talk) as port:
        looks = [seen(probe, f"127.0.0.1:{port}", within=0.3) for _ in range(150)]
        found = await asyncio.gather(*looks)
    for one in found:
        assert one.finding.reason.isprintable()
        assert len(one.finding.reason) < 400
        assert (one.finding.reason == "") == (one.verdict is Verdict.UP)
    assert sum(one.verdict is not Verdict.UP for one in found) > 75
