"""Does a long page come whole, piece by piece, and hold nobody up?"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from responder.web.stream import gathered, streamed

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def asked(handler: Serve, method: str = "GET") -> str:
    """What a client reads."""
    app = web.Application()
    app.router.add_route("*", "/", handler)
    async with (
        TestServer(app) as server,
        ClientSession() as session,
        session.request(method, server.make_url("/")) as answer,
    ):
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4"
        return await answer.text()


def page(head: bytes, rest: list[str]) -> Serve:
    async def handler(request: web.Request) -> web.StreamResponse:
        return await streamed(request, head, rest, kind="text/plain; version=0.0.4")

    return handler


async def test_the_head_comes_first_and_the_rest_whole() -> None:
    rest = [f"line {number}\n" for number in range(50_000)]
    text = await asked(page(b"head\n", rest))
    assert text == "head\n" + "".join(rest)


async def test_the_end_of_an_openmetrics_page_stays_its_end() -> None:
    text = await asked(page(b"a 1\n# EOF\n", ["b 1\n", "", "c 1\n"]))
    assert text == "a 1\nb 1\nc 1\n# EOF\n"


async def test_whoever_asks_for_the_head_alone_gets_no_body() -> None:
    assert await asked(page(b"a 1\n", ["b 1\n"]), "HEAD") == ""


async def test_others_have_their_turn_between_any_two_pieces() -> None:
    turns = made = 0
    longest = 0

    def rest() -> Iterator[str]:
        nonlocal made, longest
        for _ in range(200):
            made += 1
            longest = max(longest, made)
            yield "x" * (64 << 10)

    async def other() -> None:
        nonlocal turns, made
        while True:
            await asyncio.sleep(0)
            turns, made = turns + 1, 0

    async def handler(request: web.Request) -> web.StreamResponse:
        neighbour = asyncio.create_task(other())
        answer = await streamed(request, b"", rest(), kind="text/plain; version=0.0.4")
        neighbour.cancel()
        return answer

    text = await asked(handler)
    assert len(text) == 200 * (64 << 10)
    assert longest <= 2
    assert turns >= 200


def test_small_pieces_are_gathered_and_an_empty_one_is_a_pause() -> None:
    assert [*gathered(["ab", "cd", "", "e"], least=100)] == [b"abcd", b"e"]
    assert [*gathered(["ab", "cd", "ef"], least=3)] == [b"abcd", b"ef"]
