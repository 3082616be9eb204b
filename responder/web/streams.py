"""Streams of a customer's ticket: told at each change, few at once, ended when the daemon ends."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from responder.deskwork import NoSuchTicket
from responder.store import StoreUnavailable
from responder.web.connections import given_up_with_client
from responder.web.route import Refused

MOST: Final = 200
MOST_OF_TICKET: Final = 5
LOOK_SECONDS: Final = 1.0  # another member may have changed it: only the store knows
BEATS: Final = 10  # looks without news until the client hears that we live
_SAME: Final = ("same-origin", "none")
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep it back
}


class Streams:
    """All that are open (server-sent events). `ending` is set when they must end."""

    def __init__(self, ending: asyncio.Event) -> None:
        self._ending = ending
        self._open: Counter[int] = Counter()

    async def follow(
        self,
        request: web.Request,
        ticket: int,
        *,
        length: Callable[[], Awaitable[int]],
        shown: Callable[[], Awaitable[str]],
        over: Callable[[], bool],
        home: str = "",
    ) -> web.StreamResponse:
        """Tell what `shown` gives now, and again whenever `length` has grown, until `over`. `home`:
        how customers reach us, where a proxy in front calls us otherwise. Raises Refused.
        """
        if not from_own_page(request, home=home):
            raise Refused(403, "forbidden", "another web site may not follow this")
        with self._counted(ticket), given_up_with_client(request):
            answer = web.StreamResponse(headers=_HEADERS)
            await answer.prepare(request)
            if request.method == "HEAD":
                return answer
            try:
                await self._tell(answer, length, shown, over)
            except (ConnectionError, NoSuchTicket):
                return answer  # hung up, or nothing is left to be told
            await answer.write_eof()
            return answer

    async def _tell(
        self,
        answer: web.StreamResponse,
        length: Callable[[], Awaitable[int]],
        shown: Callable[[], Awaitable[str]],
        over: Callable[[], bool],
    ) -> None:
        told, quiet = -1, 0
        while not (self._ending.is_set() or over()):
            try:
                now = await length()
                news = f"id: {now}\nevent: ticket\ndata: {await shown()}\n\n" if now != told else ""
                told = now
            except StoreUnavailable:
                news = ""
            quiet = 0 if news else quiet + 1
            if news or quiet % BEATS == 0:
                await answer.write((news or ": we live\n\n").encode())
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._ending.wait()
        except TimeoutError:
            return

    @contextmanager
    def _counted(self, ticket: int) -> Iterator[None]:
        if self._open.total() >= MOST or self._open[ticket] >= MOST_OF_TICKET:
            raise Refused(503, "overload", "too many follow this: ask for it now and then instead")
        self._open[ticket] += 1
        try:
            yield
        finally:
            self._open[ticket] -= 1
            self._open += Counter()  # what stands at nothing goes


def from_own_page(request: web.Request, *, home: str = "") -> bool:
    """Browsers say which page asks; whoever is none says nothing. Ours stand where the request was
    sent to, or at this address.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in _SAME:
        return False
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(home).netloc} - {""}
    return origin is None or urlsplit(origin).netloc in ours
