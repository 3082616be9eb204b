"""RT's refusals, a proxy's refusals, and answers that are none: what each of them means for us."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest

from playbooks.client import open_session
from playbooks.outside import OutsideError
from playbooks.ports import Draft, Note, TicketRef
from responder.secrets import Secret
from responder.tickets.keys import mark, stored
from responder.tickets.rt import RequestTracker
from responder.tickets.rt_rest import AT_ONCE, Rest, quoted
from responder.tickets.rt_settings import RtTickets
from tests.contracts.ticket_houses import draft
from tests.raw import raw_server
from tests.require import free_port

REF = TicketRef("rt", "7")
NOTE = Note("k", "words")
LOGIN = b"<html><body>Login</body></html>"
TOKEN = "1-14-c0ffee"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


def settings(port: int, **told: object) -> RtTickets:
    url, token = f"http://127.0.0.1:{port}/rt", Secret.of(TOKEN)
    return RtTickets.model_validate({"system": "rt", "url": url, "token_file": token} | told)


@asynccontextmanager
async def answering(*answers: tuple[int, bytes], header: str = "") -> AsyncIterator[int]:
    """A server that gives these answers in turn, the last of them for ever."""
    left = list(answers)

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        status, body = left.pop(0) if len(left) > 1 else left[0]
        head = f"HTTP/1.1 {status} Word\r\nContent-Length: {len(body)}\r\n{header}\r\n".encode()
        writer.write(head + body)
        await writer.drain()

    async with raw_server(reply) as port:
        yield port


@pytest.mark.parametrize(
    ("status", "body", "transient", "ambiguous", "saying"),
    [
        (400, b'{"message": "Message could not be recorded"}', False, False, "not be recorded"),
        (401, b'{"message": "Unauthorized"}', True, False, "token_file"),
        (403, b'{"message": "No permission"}', False, False, "No permission"),
        (404, b'{"message": "Not Found"}', False, False, "Not Found"),
        (302, LOGIN, False, False, "302"),
        (412, b"", False, False, "412"),
        (429, b"", True, False, "429"),
        (503, LOGIN, True, False, "503"),
        (500, b"[]", True, True, "500"),
        (502, LOGIN, True, True, "502"),
        (504, LOGIN, True, True, "504"),
        (200, LOGIN, True, True, "not as REST2"),
        (200, b'{"id": {}}', True, True, "not as REST2"),
        (201, b'{"type": "ticket"}', True, True, "not as REST2"),
        (201, b'{"id": ""}', True, True, "not as REST2"),
        (201, b"", True, True, "not as REST2"),
        (202, b'{"id": "7"}', True, True, "202"),
    ],
)
async def test_every_answer_to_a_create_has_its_meaning(
    session: aiohttp.ClientSession,
    status: int,
    body: bytes,
    transient: bool,
    ambiguous: bool,
    saying: str,
) -> None:
    async with answering((status, body)) as port:
        with pytest.raises(OutsideError, match=saying) as refused:
            await RequestTracker(settings(port), session).open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (transient, ambiguous)


@pytest.mark.parametrize("answer", [(503, b""), (401, b""), (404, b""), (200, LOGIN)])
async def test_what_fails_after_the_create_leaves_it_unsure(
    session: aiohttp.ClientSession, answer: tuple[int, bytes]
) -> None:
    async with answering((201, b'{"id": "7", "type": "ticket"}'), answer) as port:
        with pytest.raises(OutsideError) as lost:
            await RequestTracker(settings(port), session).open(draft())
    assert (lost.value.transient, lost.value.ambiguous) == (True, True)


async def test_a_search_that_finds_too_much_finds_nothing(session: aiohttp.ClientSession) -> None:
    """A ticket is merged into what is found here: only the very key may count."""
    wanted = draft()
    field = {"id": "5", "name": "Incident Key", "values": [wanted.key + "0"]}
    stranger = {"id": "3", "EffectiveId": {"id": "3"}, "CustomFields": [field]}
    body = json.dumps({"items": [stranger]}).encode()
    async with answering((200, body)) as port:
        assert await RequestTracker(settings(port), session).find(wanted.key) is None
    async with answering((201, b'{"id": "7"}'), (200, body)) as port:
        assert await RequestTracker(settings(port), session).open(wanted) == REF


async def test_a_closed_door_is_sure_and_worth_another_try(session: aiohttp.ClientSession) -> None:
    with pytest.raises(OutsideError, match="refused") as refused:
        await RequestTracker(settings(free_port()), session).open(draft())
    assert (refused.value.transient, refused.value.ambiguous) == (True, False)


async def test_silence_is_unsure(session: aiohttp.ClientSession) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with raw_server(hang) as port:
        with pytest.raises(OutsideError, match=r"0\.2 s") as lost:
            await RequestTracker(settings(port, within_seconds=0.2), session).open(draft())
    assert (lost.value.transient, lost.value.ambiguous) == (True, True)


async def test_a_wait_that_they_ask_for_is_passed_on(session: aiohttp.ClientSession) -> None:
    async with answering((503, b""), header="Retry-After: 7\r\n") as port:
        with pytest.raises(OutsideError) as refused:
            await RequestTracker(settings(port), session).note(REF, NOTE)
    assert refused.value.retry_after == 7


async def test_no_perl_no_token_and_no_address_in_what_people_read(
    session: aiohttp.ClientSession,
) -> None:
    perl = "Wrong query at /usr/share/request-tracker5/lib/RT/Tickets.pm line 3462.\n"
    async with answering((400, json.dumps({"message": perl}).encode())) as port:
        with pytest.raises(OutsideError) as refused:
            await RequestTracker(settings(port), session).find("a secret key")
    assert str(refused.value) == "Request Tracker answered 400: Wrong query"


async def test_the_token_stands_in_a_header_and_never_in_the_address(
    session: aiohttp.ClientSession,
) -> None:
    heads = list[str]()

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 503 Word\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw_server(reply) as port:
        tracker = RequestTracker(settings(port), session)
        for call in (tracker.find("k"), tracker.open(draft()), tracker.changes("5")):
            with pytest.raises(OutsideError):
                await call
    assert [head.partition("?")[0].partition(" HTTP")[0] for head in heads] == [
        "GET /rt/REST/2.0/tickets",
        "POST /rt/REST/2.0/ticket",
        "GET /rt/REST/2.0/transactions",
    ]
    for head in heads:
        assert TOKEN not in head.partition("\r\n")[0]
        assert f"Authorization: token {TOKEN}" in head


@pytest.mark.parametrize("told", ["secret", "1-abc-14", "2-14-abc", "1-14-"])
async def test_a_token_that_names_no_user_is_said_before_our_acts_count_as_a_persons(
    session: aiohttp.ClientSession, told: str
) -> None:
    row = {"id": "9", "ObjectId": "7", "Type": "Comment", "Creator": {"id": "dana"}}
    page = {"items": [row | {"Created": "2026-11-21T18:04:07Z"}]}
    async with answering((200, json.dumps(page).encode())) as port:
        wrong = settings(port, token_file=Secret.of(told))
        with pytest.raises(OutsideError, match="token_file") as refused:
            await RequestTracker(wrong, session).changes("5")
    assert not refused.value.transient


class Crowd:
    """A server that answers only when it is told, and counts who waits."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.full = asyncio.Event()
        self.go = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside == AT_ONCE:
            self.full.set()
        await reader.readuntil(b"\r\n\r\n")
        await self.go.wait()
        self.inside -= 1
        body = b'["Comments added"]'
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()


async def test_no_more_than_two_calls_are_made_at_once(session: aiohttp.ClientSession) -> None:
    crowd = Crowd()
    async with raw_server(crowd.serve) as port:
        rest = Rest(settings(port), session)
        notes = [asyncio.create_task(rest.say("7", "words", public=False)) for _ in range(6)]
        await crowd.full.wait()
        crowd.go.set()
        await asyncio.gather(*notes)
    assert crowd.most == AT_ONCE == 2


async def test_a_write_that_waits_too_long_in_line_was_surely_not_sent(
    session: aiohttp.ClientSession,
) -> None:
    crowd = Crowd()
    async with raw_server(crowd.serve) as port:
        rest = Rest(settings(port, within_seconds=0.2), session)
        notes = [rest.say("7", "words", public=False) for _ in range(AT_ONCE + 1)]
        outcomes = await asyncio.gather(*notes, return_exceptions=True)
    errors = [outcome for outcome in outcomes if isinstance(outcome, OutsideError)]
    assert len(errors) == AT_ONCE + 1
    assert all(error.transient for error in errors)
    # On a slow machine the last one may still have got its turn: then it is unsure as well.
    assert AT_ONCE <= sum(error.ambiguous for error in errors) == crowd.inside


async def test_html_is_read_as_words_and_a_mails_plain_part_comes_first(
    session: aiohttp.ClientSession,
) -> None:
    def part(transaction: str, type_: str, content: str, name: str = "") -> dict[str, str]:
        told = {"TransactionId": transaction, "ContentType": type_, "Content": content}
        return told | {"Filename": name}

    parts = [
        part("1", "text/html", "<p>It is <b>down</b> &amp; out</p>"),
        part("2", "text/html", "<p>hello</p>"),
        part("2", "text/plain", "hello"),
        part("3", "text/plain", "hello"),
        part("3", "text/html", "<p>hello</p>"),
        part("4", "text/plain", "a log of 1 GB", "big.log"),
    ]
    async with answering((200, json.dumps({"items": parts}).encode())) as port:
        words = await Rest(settings(port), session).words([1, 2, 3, 4])
    assert words == {1: "It is down & out", 2: "hello", 3: "hello"}


@pytest.mark.parametrize(
    ("text", "told"),
    [("web1", "'web1'"), ("it's", r"'it\'s'"), ("a\\", r"'a\\'"), ("\\'", r"'\\\''")],
)
def test_no_text_breaks_out_of_a_query(text: str, told: str) -> None:
    assert quoted(text) == told


@pytest.mark.parametrize("key", ["a1b2-17/ticket", "a key: with % and 'quotes' \\", "x" * 200, "!"])
def test_a_plain_key_is_stored_as_it_is(key: str) -> None:
    assert stored(key) == key


@pytest.mark.parametrize(
    "key", ["CASE", "x" * 201, " a", "a ", "a\nb", "a\tb", "größer", "😀", "", "\x00"]
)
def test_a_key_that_a_database_could_confuse_gets_its_digest(key: str) -> None:
    told = stored(key)
    assert told != key
    assert len(told) <= 255
    assert told.isprintable()


def test_stored_keys_differ_where_keys_differ_in_case_or_space_alone() -> None:
    alike: Sequence[str] = ("A b", "a B", "A  b", "A\nb", "A b ")
    assert len({stored(key).lower() for key in alike}) == len(alike)


def test_the_mark_of_a_note_tells_nothing_of_its_key() -> None:
    assert mark("acme/note/1") != mark("acme/note/10")
    assert "acme" not in mark("acme/note/1")


async def test_a_draft_is_sent_as_rt_wants_it(session: aiohttp.ClientSession) -> None:
    bodies = list[bytes]()

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        bodies.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 503 Word\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    told = draft()
    wild = Draft(
        key=told.key,
        queue="level-1",
        priority=told.priority,
        category=told.category,
        subject="web1\r\nBcc: all@example.net is  down " + "!" * 300,
        text="",
        server="web1",
    )
    async with raw_server(reply) as port:
        tracker = RequestTracker(settings(port, queues={"level-1": "NOC"}), session)
        with pytest.raises(OutsideError):
            await tracker.open(wild)
    body = json.loads(bodies[0])
    assert (body["Queue"], body["Priority"], body["ContentType"]) == ("NOC", 100, "text/plain")
    assert body["Subject"].startswith("web1 Bcc: all@example.net is down !")
    assert len(body["Subject"]) == 200
    assert body["CustomFields"] == {
        "Incident Key": told.key,
        "Server": "web1",
        "Severity": "critical",
    }
    assert body["Content"]
