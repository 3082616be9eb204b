"""Does every odd answer end in plain words, in time, and with little kept?"""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from probes.http import HttpProbe
from probes.http_answer import MOST_HEADERS, MOST_LOOSE, Answer
from probes.http_exchange import Exchange
from probes.model import Observation, Phase, Verdict
from probes.net import Net
from probes.sight import Sight
from tests.memory import taken
from tests.probes.scripts import names, seen, value
from tests.probes.web import Site, hosting, page
from tests.raw import Conversation, raw_server

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def asked(
    answer: bytes, probe: HttpProbe | None = None, *, stays: bool = False
) -> Observation:
    async with hosting(Site(other=answer, stays=stays)) as address:
        return await seen(probe or HttpProbe(), address, within=0.3 if stays else 30.0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "the other side hung up without an answer"),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n", "the other side hung up in the middle of the headers"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", 'the answer is not HTTP: "SSH-2.0-OpenSSH_9.2.."'),
        (b"\x00\xff\x1b[31m\r\n", "the answer is not HTTP"),
        (b"RTSP/1.0 200 OK\r\n\r\n", 'the answer is not HTTP: "RTSP/1.0 200 OK...."'),
        (b"\x15\x03\x01\x00\x02\x02\x46", "the port speaks TLS: ask for https://"),
        (b"HTTQ", 'the answer is not HTTP: "HTTQ"'),
        (b"HTTP/1.1 two OK\r\n\r\n", "the answer is not HTTP (invalid status code)"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "the answer is not HTTP"),
        (page(b"ok", "Content-Length: 3"), "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "the answer is not HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 6, "more than 5 answers of 1xx came before the real"),
    ],
)
async def test_what_is_no_answer_is_said(answer: bytes, reason: str) -> None:
    found = await asked(answer)
    assert (found.verdict, found.finding.phase) == (Verdict.DOWN, Phase.COMMAND)
    assert found.finding.reason.startswith(reason)
    assert "\x1b" not in found.finding.reason
    assert value(found, "probe_http_status_code") == 0


@pytest.mark.parametrize(
    ("answer", "announced", "read", "reason"),
    [
        (page(b"abcde", length=10), 10, 5, "the body was cut off: 5 of 10 bytes came"),
        (CHUNKED + b"5\r\nhel", -1, 3, "the body was cut off after 3 bytes, before its last chunk"),
        (CHUNKED + b"5\r\nhello\r\n", -1, 5, "the body was cut off after 5 bytes, before its last"),
        (CHUNKED + b"zz\r\n", -1, 0, "the body is not well-formed"),
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", -1, 5, ""),
        (CHUNKED + b"5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", -1, 5, ""),
        (page(b"abcde", length=3), 3, 3, ""),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", -1, 13, ""),
        (b"HTTP/1.1 200 OK\n\nbare lines", -1, 10, ""),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + page(b"abc"), 3, 3, ""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 0, 0, ""),
        (page(b"abc", "content-length: 3", "Content-Length: 3"), 3, 3, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nabc", -1, 3, ""),
        (page(b"abc", "A: b", "  folded: c", "\tmore"), 3, 3, ""),
        (page(b"abc", "A B: c"), 3, 3, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n" + CHUNKED[17:] + b"0\r\n\r\n", -1, 0, ""),
    ],
)
async def test_bodies_end_as_their_headers_say(
    answer: bytes, announced: int, read: int, reason: str
) -> None:
    found = await asked(answer)
    assert found.finding.reason.startswith(reason)
    assert found.verdict is (Verdict.DOWN if reason else Verdict.UP)
    assert value(found, "probe_http_content_length") == announced
    assert value(found, "probe_http_uncompressed_body_length") == read


async def test_a_body_that_can_not_be_read_fails_its_expressions() -> None:
    found = await asked(page(b"abc", length=5), HttpProbe(fail_if_body_not_matches_regexp=("abc",)))
    assert found.finding.reason == "the body was cut off: 3 of 5 bytes came"
    assert value(found, "probe_failed_due_to_regex") == 1


@pytest.mark.parametrize(
    ("answer", "phase", "what"),
    [
        (b"", Phase.COMMAND, "no answer within 0.3 s"),
        (b"HTTP/1.1 200 OK\r\nX: ", Phase.COMMAND, "no end of the headers within 0.3 s"),
        (page(b"abc", length=5), Phase.CONTENT, "no end of the body within 0.3 s"),
        (CHUNKED, Phase.CONTENT, "no end of the body within 0.3 s"),
    ],
)
async def test_silence_ends_in_the_phase_where_it_fell(
    answer: bytes, phase: Phase, what: str
) -> None:
    probe = HttpProbe(fail_if_body_not_matches_regexp=("x",))
    found = await asked(answer, probe, stays=True)
    assert (found.finding.phase, found.finding.reason) == (phase, what)
    answered = phase is Phase.CONTENT
    assert value(found, "probe_http_status_code") == (200 if answered else 0)
    assert value(found, "probe_failed_due_to_regex") == answered
    assert {what for what, _, _ in found.spans} >= {"resolve", "connect"}


async def test_an_answer_that_is_whole_is_not_waited_for_any_longer() -> None:
    found = await asked(page(b"abc"), stays=True)
    assert found.verdict is Verdict.UP, "else it would be late"


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte of a header now and then, for ever."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.005)


async def test_a_server_that_drips_is_late() -> None:
    async with raw_server(drips) as port:
        found = await seen(HttpProbe(), f"127.0.0.1:{port}", within=0.2)
    assert found.finding.reason == "no end of the headers within 0.2 s"


def endless(start: bytes, more: bytes) -> Conversation:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(more)
            await writer.drain()

    return talk


@pytest.mark.parametrize(
    ("start", "more", "module", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 60000, {}, "the headers are longer than 2 MiB"),
        (b"HTTP/1.1 200 OK\r\n", b"a:b\r\n" * 9999, {}, "the answer has more than 10000 headers"),
        (CHUNKED + b"0\r\nX: ", b"x" * 60000, {}, "more than 2 MiB came that are no body"),
        (CHUNKED + b"1;", b"x" * 60000, {}, "more than 2 MiB came that are no body"),
        (
            CHUNKED,
            b"1\r\nx\r\n" * 9999,
            {"fail_if_body_matches_regexp": ["yy"]},
            "the chunks of the body are smaller than what is around them",
        ),
        (
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"x" * 60000,
            {"fail_if_body_matches_regexp": ["yy"]},
            "the body is longer than 10485760 bytes",
        ),
        (
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"x" * 60000,
            {"body_size_limit": "1MB"},
            "the body is longer than 1048576 bytes",
        ),
    ],
)
async def test_nothing_endless_is_kept(
    start: bytes, more: bytes, module: dict[str, object], reason: str
) -> None:
    async with raw_server(endless(start, more)) as port:
        found = await seen(HttpProbe.model_validate(module), f"127.0.0.1:{port}", within=20)
    assert found.finding.reason == reason
    assert "probe_http_status_code" in names(found)


def test_a_body_in_many_small_pieces_takes_no_more_room_than_it_has() -> None:
    answer = Answer(keep=True)
    answer.feed(CHUNKED)
    with taken() as memory:
        for _ in range(100):
            answer.feed((b"8\r\n" + b"x" * 8 + b"\r\n") * 1000)
    answer.feed(b"0\r\n\r\n")
    assert (answer.body, answer.trouble) == (b"x" * 800_000, "")
    assert memory.most < 3 << 20


async def test_an_endless_body_without_rules_is_counted_and_thrown_away() -> None:
    async with raw_server(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 60000)) as port:
        with taken() as memory:
            found = await seen(HttpProbe(), f"127.0.0.1:{port}", within=0.5)
    assert found.finding.reason == "no end of the body within 0.5 s"
    read = value(found, "probe_http_uncompressed_body_length")
    assert read > 5 << 20
    assert memory.most < 5 << 20


def test_the_limits_are_what_the_guide_says() -> None:
    assert (MOST_LOOSE, MOST_HEADERS) == (2 << 20, 10_000)


def fed(data: bytes, cuts: list[int]) -> Answer:
    answer = Answer(keep=True)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in pairwise(places):
        if answer.feed(data[begin:end]):
            break
    answer.hung_up()
    return answer


@given(
    st.sampled_from([page(b"hello"), CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", page(b"hello", "A: b")]),
    st.lists(st.integers(0, 200), max_size=20),
)
def test_it_does_not_matter_where_the_network_cuts(data: bytes, cuts: list[int]) -> None:
    answer = fed(data, cuts)
    assert (answer.status, answer.body, answer.trouble, answer.failed) == (200, b"hello", "", None)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_at_all_end_in_an_answer_or_a_reason(data: bytes, headed: bool) -> None:
    answer = fed(b"HTTP/1.1 200 OK\r\n" + data if headed else data, [7, 31])
    assert answer.over
    assert answer.complete or answer.failed is not None


class Line(asyncio.Transport):
    """A connection that only remembers what became of it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.aborted = False

    @override
    def write(self, data: object) -> None:
        self.written.append(bytes(data))  # type: ignore[call-overload]

    @override
    def abort(self) -> None:
        self.aborted = True


async def test_a_connection_that_comes_too_late_is_let_go() -> None:
    exchange = Exchange(b"GET / HTTP/1.1\r\n\r\n", Answer(), Sight(Net(), within=1))
    exchange.close()
    line = Line()
    exchange.connection_made(line)
    exchange.data_received(page())
    exchange.connection_lost(None)
    assert (line.aborted, line.written) == (True, [])


async def test_what_comes_after_the_answer_changes_nothing() -> None:
    exchange = Exchange(b"GET / HTTP/1.1\r\n\r\n", Answer(keep=True), Sight(Net(), within=1))
    line = Line()
    exchange.connection_made(line)
    exchange.data_received(page(b"abc"))
    exchange.data_received(page(b"other", status="500 No"))
    exchange.connection_lost(ConnectionResetError())
    await exchange.done
    assert (exchange.answer.status, exchange.answer.body, line.aborted) == (200, b"abc", True)
