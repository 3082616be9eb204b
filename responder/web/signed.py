"""What pages behind signed links share: who holds the link, and why it may be of no use."""

from collections.abc import Awaitable, Callable, Container
from typing import Protocol, TypeVar

from aiohttp import web

from responder.links import BadLink, OldLink
from responder.store import StoreUnavailable
from responder.web.pages import Pages


class Unusable(Exception):
    """The link was ours, but there is nothing to be done with it: status, title and words."""

    def __init__(self, status: int, title: str, words: str) -> None:
        super().__init__(title)
        self.status, self.title, self.words = status, title, words


class _Held(Protocol):
    @property
    def person(self) -> str: ...


G = TypeVar("G", bound=_Held)


def granted(read: Callable[[], G], *, people: Container[str], too_old: Unusable) -> G:
    """What the link lets its holder do. Raises Unusable."""
    try:
        grant = read()
    except OldLink:
        raise too_old from None
    except BadLink:
        words = "It may have been cut in half on its way: open it from the message again."
        raise Unusable(403, "This is no link of ours", words) from None
    if grant.person not in people:
        words = f"{grant.person} is not on the team any more."
        raise Unusable(403, "This link is of no use any more", words)
    return grant


async def said(work: Awaitable[str]) -> web.Response:
    """The same in one line of plain text, for an app: it shows nobody a page."""
    try:
        status, words = 200, await work
    except Unusable as end:
        status, words = end.status, f"{end.title}. {end.words}"
    except StoreUnavailable:
        status, words = 503, "it could not be stored: press again"
    # The app in a browser asks from its own site; the address alone is the proof, no cookie is.
    free = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    return web.Response(text=words + "\n", status=status, headers=free)


async def answered(pages: Pages, work: Awaitable[web.StreamResponse]) -> web.StreamResponse:
    """The page, or in its place why there is none."""
    try:
        return await work
    except Unusable as end:
        return _refused(pages, end)
    except StoreUnavailable:
        words = "Go back and press the button again."
        return _refused(pages, Unusable(503, "It could not be stored", words))


def _refused(pages: Pages, end: Unusable) -> web.Response:
    return pages.page(
        "refused.html", status=end.status, root="../", title=end.title, words=end.words
    )
