"""Does an SSH server get what it deserves, whatever it says?"""

import asyncio
import struct

import pytest
from pydantic import ValidationError

from probes.model import Phase, Verdict
from probes.ssh import SshProbe
from tests.probes.scripts import Script, seen, serving
from tests.raw import raw_server

KEY = SshProbe(host_key="SHA256:" + "A" * 43)


@pytest.mark.parametrize(
    ("banner", "verdict", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", Verdict.UP, ""),
        (b"SSH-1.99-Cisco\n", Verdict.UP, ""),
        (b"Welcome\r\nto the machine\r\nSSH-2.0-x\r\n", Verdict.UP, ""),
        (b"SSH-1.5-old\r\n", Verdict.DOWN, 'SSH banner was "SSH-1.5-old", not "SSH-2.0-"'),
        (
            b"Exceeded MaxStartups\r\n",
            Verdict.UNKNOWN,
            'SSH banner was "Exceeded MaxStartups", not "SSH-2.0-"',
        ),
        (
            b"Not allowed at this time\r\n",
            Verdict.UNKNOWN,
            'SSH banner was "Not allowed at this time", not "SSH-2.0-"',
        ),
        (b"220 ftp\r\n", Verdict.DOWN, "no SSH banner within 0.3 s"),
        (
            b"nonsense\r\n" * 64,
            Verdict.DOWN,
            '64 lines held no SSH banner, the last was "nonsense"',
        ),
    ],
)
async def test_each_banner_has_its_verdict(banner: bytes, verdict: Verdict, reason: str) -> None:
    async with serving(Script(banner)) as address:
        found = await seen(SshProbe(), address, within=0.3 if reason.endswith("0.3 s") else 30)
    assert (found.verdict, found.finding.reason) == (verdict, reason)


async def test_the_server_hears_who_looked() -> None:
    script = Script(b"SSH-2.0-x\r\n")
    async with serving(script) as address:
        await seen(SshProbe(), address)
    assert script.heard == ["SSH-2.0-RapidResponder"]


def packet(payload: bytes) -> bytes:
    return struct.pack(">IB", len(payload) + 5, 4) + payload + bytes(4)


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", Verdict.DOWN, "an SSH packet claims 1195725856 bytes with"),
        (struct.pack(">IB", 1, 4), Verdict.DOWN, "an SSH packet claims 1 bytes with 4 of padding"),
        (packet(b"\x63"), Verdict.DOWN, "the SSH key exchange brought message 99, not 20"),
        (packet(b"\x02") * 20, Verdict.DOWN, "the SSH key exchange brought nothing but small talk"),
        (
            packet(b"\x01" + struct.pack(">II", 3, 7) + b"no luck"),
            Verdict.DOWN,
            'the SSH key exchange was refused: "no luck"',
        ),
        (
            packet(b"\x14") + packet(b"\x1f" + struct.pack(">I", 999)),
            Verdict.DOWN,
            "the SSH key exchange showed no host key",
        ),
        (b"", Verdict.DOWN, "no SSH key exchange within 0.3 s"),
        (b"\x00\x00", Verdict.DOWN, "no SSH key exchange within 0.3 s"),
    ],
)
async def test_an_odd_key_exchange_is_down_in_plain_words(
    answer: bytes, verdict: Verdict, reason: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-odd\r\n" + answer)
        await reader.read()

    async with raw_server(talk) as port:
        within = 0.3 if reason.endswith("0.3 s") else 30
        found = await seen(KEY, f"127.0.0.1:{port}", within=within)
    assert (found.verdict, found.finding.phase) == (verdict, Phase.COMMAND)
    assert found.finding.reason.startswith(reason)


@pytest.mark.parametrize("key", ["MD5:aa:bb", "SHA256:short", "SHA256:" + "A" * 44])
def test_what_is_no_fingerprint_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        SshProbe(host_key=key)
