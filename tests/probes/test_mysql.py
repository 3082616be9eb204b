"""Does a database server get what it deserves, whatever it says?"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import ValidationError

from probes.handshake import TlsConfig
from probes.model import Observation, Phase, Verdict
from probes.mysql import MysqlProbe
from probes.mysql_packets import CACHING, NATIVE, scramble
from probes.net import Net
from tests.certificates import Authority
from tests.probes.scripts import seen
from tests.raw import raw_server

DICE = b"abcdefgh" + b"ijklmnopqrst"
SSL, PLUGINS = 0x800, 0x80000
OK = b"\x00\x00\x00\x02\x00\x00\x00"


def packet(number: int, content: bytes) -> bytes:
    return len(content).to_bytes(3, "little") + bytes([number]) + content


def greeting(plugin: str = CACHING, able: int = SSL | PLUGINS) -> bytes:
    low, high = (able & 0xFFFF).to_bytes(2, "little"), (able >> 16).to_bytes(2, "little")
    head = b"\x0a8.0.36\0" + bytes(4) + DICE[:8] + b"\0" + low + b"\x2d\x02\x00" + high
    return packet(0, head + b"\x15" + bytes(10) + DICE[8:] + b"\0" + plugin.encode() + b"\0")


def error(code: int, words: str, *, state: bytes = b"") -> bytes:
    return b"\xff" + code.to_bytes(2, "little") + state + words.encode()


async def seen_saying(said: bytes, *, within: float = 1.0) -> Observation:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()

    async with raw_server(talk) as port:
        return await seen(MysqlProbe(), f"127.0.0.1:{port}", within=within)


@pytest.mark.parametrize(
    ("said", "verdict", "reason"),
    [
        (greeting(), Verdict.UP, ""),
        (
            packet(0, error(1040, "Too many connections", state=b"#08004")),
            Verdict.DOWN,
            'MySQL handshake was error 1040: "Too many connections"',
        ),
        (
            packet(0, error(1040, "Too many connections")),
            Verdict.DOWN,
            'MySQL handshake was error 1040: "Too many connections"',
        ),
        (
            packet(0, error(1129, "Host 'x' is blocked because of many connection errors")),
            Verdict.UNKNOWN,
            "MySQL handshake was error 1129: \"Host 'x' is blocked because of many connection "
            'errors"',
        ),
        (
            packet(0, error(1130, "Host 'x' is not allowed to connect to this MariaDB server")),
            Verdict.UNKNOWN,
            "MySQL handshake was error 1130: \"Host 'x' is not allowed to connect to this MariaDB "
            'server"',
        ),
        (packet(0, b"\x09" + b"3.23\0" + bytes(40)), Verdict.DOWN, "MySQL handshake was "),
        (packet(0, b"\x0a5.5"), Verdict.DOWN, "MySQL handshake was "),
        (packet(0, b"\xff"), Verdict.DOWN, 'MySQL handshake was error 0: ""'),
        (b"SSH-2.0-OpenSSH\r\n", Verdict.DOWN, 'MySQL handshake began with "SSH-", which is no'),
        (packet(0, b""), Verdict.DOWN, "MySQL handshake began with"),
        (b"", Verdict.DOWN, "no MySQL handshake within 0.2 s"),
        (b"\x50\x00\x00\x00\x0a", Verdict.DOWN, "no MySQL handshake within 0.2 s"),
    ],
)
async def test_each_greeting_has_its_verdict(said: bytes, verdict: Verdict, reason: str) -> None:
    found = await seen_saying(said, within=0.2 if reason.endswith("0.2 s") else 30)
    assert found.verdict is verdict
    assert found.finding.reason.startswith(reason)
    assert found.finding.phase is (None if verdict is Verdict.UP else Phase.BANNER)


class Database:
    """A server that speaks the login of MySQL 8, over TLS when it is asked for it.

    It answers the login with `answers`, one after the other; `heard` are the packets it was sent.
    In a thread of its own with plain sockets: the client begins TLS without waiting for an answer,
    so not one byte too many may be read before it.
    """

    def __init__(self, folder: Path, *answers: bytes, plugin: str = CACHING) -> None:
        authority = Authority.root(folder, "Test Root")
        self.trust = TlsConfig(ca_file=authority.file)
        self.file = folder / "password"
        self.file.write_text("sesame\n")
        self.heard: list[bytes] = []
        self.secure = False
        self._tls = authority.leaf().server()
        self._answers = answers
        self._plugin = plugin

    def probe(self, **keys: object) -> MysqlProbe:
        login = {"user": "watch", "password_file": self.file, "tls_config": self.trust}
        return MysqlProbe.model_validate({**login, **keys})

    @contextmanager
    def serving(self) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as door:
            door.settimeout(5)
            thread = threading.Thread(target=self._serve, args=(door,))
            thread.start()
            yield f"127.0.0.1:{door.getsockname()[1]}"
            with socket.create_connection(door.getsockname()) as last:
                last.sendall(packet(0, b"the end"))
            thread.join()

    def _serve(self, door: socket.socket) -> None:
        going = True
        while going:
            caller, _ = door.accept()
            caller.settimeout(5)
            with caller, suppress(OSError, EOFError):
                going = self._talk(caller)

    def _talk(self, caller: socket.socket) -> bool:
        caller.sendall(greeting(self._plugin))
        number, first = _take(caller)
        if first == b"the end":
            return False
        if len(first) > 32:
            self._let_in(caller, number, first)
            return True
        with self._tls.wrap_socket(caller, server_side=True) as secure:
            self.secure = True
            self._let_in(secure, *_take(secure))
        return True

    def _let_in(self, caller: socket.socket, number: int, first: bytes) -> None:
        self.heard.append(first)
        for answer in self._answers:
            caller.sendall(packet(number + 1, answer))
            if answer[:2] != b"\x01\x03":
                number, content = _take(caller)
                self.heard.append(content)


def _take(caller: socket.socket) -> tuple[int, bytes]:
    head = _exactly(caller, 4)
    return head[3], _exactly(caller, int.from_bytes(head[:3], "little"))


def _exactly(caller: socket.socket, count: int) -> bytes:
    taken = b""
    while len(taken) < count:
        if not (piece := caller.recv(count - len(taken))):
            raise EOFError
        taken += piece
    return taken


async def test_a_password_that_the_server_remembers_is_proven_by_its_scramble(
    tmp_path: Path,
) -> None:
    base = Database(tmp_path, b"\x01\x03", OK, OK)
    with base.serving() as address:
        found = await seen(base.probe(starttls="off"), address)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    once = sha256(b"sesame").digest()
    mask = sha256(sha256(once).digest() + DICE).digest()
    proof = bytes(a ^ b for a, b in zip(once, mask, strict=True))
    assert base.heard[0].endswith(b"watch\0\x20" + proof + CACHING.encode() + b"\0")


async def test_the_password_itself_travels_over_trusted_tls_alone(tmp_path: Path) -> None:
    base = Database(tmp_path, b"\x01\x04", OK, OK)
    with base.serving() as address:
        found = await seen(base.probe(), address)
        assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
        assert (base.secure, base.heard[1]) == (True, b"sesame\0")
        base.heard.clear()
        for probe in (base.probe(starttls="off"), base.probe(tls_config=TlsConfig())):
            found = await seen(probe, address)
            assert (found.verdict, found.finding.phase) == (Verdict.UNKNOWN, Phase.AUTH)
            assert found.finding.reason == (
                "the account wants its password over TLS: set starttls: require"
            )
    assert b"sesame\0" not in base.heard


@pytest.mark.parametrize("plugin", [NATIVE, CACHING])
async def test_the_account_may_ask_for_another_proof(plugin: str, tmp_path: Path) -> None:
    dice = b"0123456789abcdefghij"
    base = Database(tmp_path, b"\xfe" + plugin.encode() + b"\0" + dice + b"\0", OK, OK)
    with base.serving() as address:
        found = await seen(base.probe(starttls="off"), address)
    assert (found.finding.reason, found.verdict) == ("", Verdict.UP)
    assert base.heard[1] == scramble(plugin, "sesame", dice)


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (b"\xfemysql_clear_password\0", Verdict.UNKNOWN, "the account logs in by"),
        (error(1045, "Access denied", state=b"#28000"), Verdict.UNKNOWN, "the login as watch was"),
        (error(1040, "Too many", state=b"#08004"), Verdict.DOWN, "answer to the login was error"),
        (error(1226, "exceeded", state=b"#42000"), Verdict.UNKNOWN, "answer to the login was"),
        (error(1105, "broken", state=b"#HY000"), Verdict.DOWN, "answer to the login was"),
    ],
)  # fmt: skip
async def test_each_answer_to_the_login_has_its_verdict(
    answer: bytes, verdict: Verdict, reason: str, tmp_path: Path
) -> None:
    base = Database(tmp_path, answer)
    with base.serving() as address:
        found = await seen(base.probe(), address)
    assert (found.verdict, found.finding.phase) == (verdict, Phase.AUTH)
    assert found.finding.reason.startswith(reason)


async def test_a_database_that_lets_in_and_then_answers_nothing_is_down(tmp_path: Path) -> None:
    base = Database(tmp_path, OK, error(1290, "read only"))
    with base.serving() as address:
        found = await seen(base.probe(), address)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    assert found.finding.reason == 'answer to select 1 was error 1290: "read only"'


async def test_a_refused_login_is_not_tried_again(tmp_path: Path) -> None:
    base, net = Database(tmp_path, error(1045, "Access denied", state=b"#28000")), Net()
    with base.serving() as address:
        for _ in range(3):
            found = await seen(base.probe(), address, net=net)
    assert "was refused before" in found.finding.reason
    assert len(base.heard) == 1


def test_this_protocol_never_begins_with_tls() -> None:
    with pytest.raises(ValidationError, match="starttls: require"):
        MysqlProbe(tls=True)


def test_no_password_has_no_proof() -> None:
    assert scramble(NATIVE, "", DICE) == b""
