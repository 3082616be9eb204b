"""The same real servers and the same strange ones through both, port by port."""

import asyncio
from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from collections.abc import Mapping
from contextlib import AsyncExitStack

import pytest

from tests.raw import Conversation, raw_server
from tests.real.exporters import Case
from tests.real.ftp import Vsftpd
from tests.real.mail_servers import Dovecot, Postfix
from tests.real.mariadb import MariaDB
from tests.real.pair import Pair
from tests.real.parity import assert_parity
from tests.real.sshd import Sshd
from tests.require import free_port

pytestmark = pytest.mark.xdist_group("pair")


async def test_mail_means_the_same_to_both(pair: Pair, dovecot: Dovecot, postfix: Postfix) -> None:
    asked = {
        "tcp": (dovecot.imap, postfix.smtp),
        "pop3": (dovecot.pop3, dovecot.imap),
        "pop3_shipped": (dovecot.pop3,),
        "pop3s": (dovecot.pop3s, dovecot.pop3),
        "imap_starttls": (dovecot.imap, dovecot.pop3),
        "smtp": (postfix.smtp, dovecot.imap),
        "smtp_starttls": (postfix.smtp,),
        "tls": (dovecot.imaps, postfix.smtps),
        "tls_any": (dovecot.imaps, postfix.smtps),
        "http": (dovecot.imap, postfix.smtp),
    }
    await assert_parity(pair, on_ports(asked), at_once=2)


async def test_ssh_ftp_and_mariadb_mean_the_same_to_both(
    pair: Pair, sshd: Sshd, vsftpd: Vsftpd, mariadb: MariaDB
) -> None:
    asked = {
        "tcp": (sshd.port, vsftpd.port, mariadb.port),
        "ssh": (sshd.port, vsftpd.port),
        "ftp": (vsftpd.port, sshd.port),
        "mysql": (mariadb.port, sshd.port),
        "http": (sshd.port, vsftpd.port, mariadb.port),
    }
    await assert_parity(pair, on_ports(asked), at_once=2)


def on_ports(asked: Mapping[str, tuple[int, ...]]) -> list[Case]:
    return [
        Case(f"{module} on port {number}", module, f"127.0.0.1:{port}")
        for module, ports in asked.items()
        for number, port in enumerate(ports)
    ]


async def silent(reader: Reader, _: Writer) -> None:
    await reader.read()


async def gone(_: Reader, writer: Writer) -> None:
    writer.close()


async def reset(_: Reader, writer: Writer) -> None:
    writer.transport.abort()


async def other(reader: Reader, writer: Writer) -> None:
    writer.write(b"one\r\ntwo\nthree\n")
    await reader.read()


async def other_and_end(_: Reader, writer: Writer) -> None:
    writer.write(b"one\r\ntwo\nthree")


async def prompt(reader: Reader, writer: Writer) -> None:
    writer.write(b"never without an end of line")
    await reader.read()


async def prompt_and_end(_: Reader, writer: Writer) -> None:
    writer.write(b"never without an end of line")


async def late(reader: Reader, writer: Writer) -> None:
    writer.write(b"one\n\n\n")
    await asyncio.sleep(0.3)
    writer.write(b"nev")
    await asyncio.sleep(0.1)
    writer.write(b"er\r\n")
    await reader.read()


async def long_line(reader: Reader, writer: Writer) -> None:
    writer.write(b"x" * 70_000 + b"\nnever\n")
    await reader.read()


async def shorter_line(reader: Reader, writer: Writer) -> None:
    writer.write(b"x" * 60_000 + b"\nnever\n")
    await reader.read()


async def endless_line(_: Reader, writer: Writer) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def endless_lines(_: Reader, writer: Writer) -> None:
    while True:
        writer.write(b"x\n" * 3_000)
        await writer.drain()


async def not_utf8(reader: Reader, writer: Writer) -> None:
    writer.write(b"\xff\xfe\x00never\nnever \xff\n")
    await reader.read()


CONVERSATIONS: Mapping[str, Conversation] = {
    one.__name__: one
    for one in (
        silent, gone, reset, other, other_and_end, prompt, prompt_and_end, late, long_line,
        shorter_line, endless_line, endless_lines, not_utf8,
    )
}  # fmt: skip


async def test_every_strange_conversation_means_the_same_to_both(pair: Pair) -> None:
    async with AsyncExitStack() as servers:
        cases = []
        for name, converse in CONVERSATIONS.items():
            port = await servers.enter_async_context(raw_server(converse))
            cases += [
                Case(f"{module}, {name}", module, f"127.0.0.1:{port}")
                for module in ("tcp", "never", "ssh")
            ]
        await assert_parity(pair, cases)


async def test_the_end_of_a_scrape_is_the_end_of_a_look_for_both(pair: Pair) -> None:
    async with raw_server(silent) as port:
        targets = {
            "tcp_patient": f"127.0.0.1:{port}",
            "http_patient": f"http://127.0.0.1:{port}/",
            "tcp": f"127.0.0.1:{port}",
            "icmp_patient": "127.0.0.1",
        }
        cases = [
            Case(f"{module} within {header}", module, target, header=header)
            for module, target in targets.items()
            for header in ("1", "0.7", "0.5", "0.2", "-1", "1e0")
        ]
        await assert_parity(pair, cases)


async def test_what_is_sent_is_the_same(pair: Pair) -> None:
    async def repeat(reader: Reader, writer: Writer) -> None:
        writer.write((await reader.readuntil(b"\n")).hex().encode() + b"\n")

    async def irc(reader: Reader, writer: Writer) -> None:
        assert await reader.readline() == b"NICK prober\n"
        assert await reader.readline() == b"USER prober prober prober :prober\n"
        writer.write(b":irc NOTICE *\r\nPING :1234\r\n")
        if await reader.readline() == b"PONG 1234\n":
            writer.write(b":irc 001 prober :Welcome\r\n")
        await reader.read()

    async with raw_server(repeat) as echo, raw_server(irc) as chat:
        await assert_parity(
            pair,
            [
                Case("binary", "binary", f"127.0.0.1:{echo}"),
                Case("irc", "irc", f"127.0.0.1:{chat}"),
                Case("irc to another", "irc", f"127.0.0.1:{echo}"),
            ],
        )


async def test_every_target_means_the_same_to_both(pair: Pair) -> None:
    async with raw_server(silent) as four, raw_server(silent, host="::1") as six:
        targets = [
            f"127.0.0.1:{four}", f"localhost:{four}", f"both.test:{four}", f"both.test:{six}",
            f"many.test:{four}", f"six.test:{six}", f"[::1]:{six}", f"::1:{six}",
            f"nobody.test:{four}", f"127.0.0.1:{free_port()}", "127.0.0.1", "127.0.0.1:", ":80",
            "127.0.0.1:port", "127.0.0.1:99999", "127.0.0.1:-1", f"127.1:{four}", "[::1]", "a:b:c",
            f"http://127.0.0.1:{four}/", "127.0.0.1:http",
        ]  # fmt: skip
        cases = [
            Case(
                f"{module} {target.replace(str(four), 'A').replace(str(six), 'B')}", module, target
            )
            for target in targets
            for module in ("tcp", "tcp_only6")
        ]
        await assert_parity(pair, cases)
