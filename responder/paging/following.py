"""Asks what became of pages that a provider took; where one missed, the next way is tried."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from playbooks.outside import OutsideError
from playbooks.ports import Fate, Follows, News
from responder.clock import Clock
from responder.paging.attempts import FIRST_ASKED, FOLLOWED_FOR, try_next
from responder.paging.delivery import Ways
from responder.store import Store, Tx, follows, outbox, pages, tries
from responder.store.follows import Follow

_RAREST = timedelta(seconds=20)  # between two questions
_AT_ONCE = 32
_OUTCOMES = {Fate.REACHED: "reached", Fate.MISSED: "missed", Fate.UNDER_WAY: "unknown"}

log = structlog.get_logger(__name__)


class Following:
    """The duty that follows pages. `ways` are those in force now; `queued` is called when another
    page is due by it, `missed` with the kind of the method that did not reach its person.

    With several instances each question is asked by one of them.
    """

    def __init__(
        self,
        store: Store,
        ways: Callable[[], Ways],
        *,
        clock: Clock,
        queued: Callable[[], None],
        missed: Callable[[str], None],
    ) -> None:
        self._store = store
        self._ways = ways
        self._clock = clock
        self._queued = queued
        self._missed = missed

    async def turn(self) -> None:
        """Ask about every page that is due."""
        now = self._clock.now()
        if not await self._store.read(follows.waiting, now=now):
            return
        due = await self._store.write(
            follows.take, again=lambda one: now + pause(one, now=now), now=now, limit=_AT_ONCE
        )
        ends = await asyncio.gather(*(self._follow(one) for one in due), return_exceptions=True)
        for error in filter(None, ends):
            raise error

    async def _follow(self, one: Follow) -> None:
        news = await self._asked(one)
        now = self._clock.now()
        if news.fate is Fate.UNDER_WAY and now < one.until_at:
            return
        methods = self._ways().methods
        mine = await self._store.write(_heard, one, news=news, methods=methods, now=now)
        if mine and news.fate is Fate.MISSED:
            log.warning("page_missed", page=one.key, method=one.method, reason=news.detail)
            self._missed(one.method)
            self._queued()

    async def _asked(self, one: Follow) -> News:
        notifier = self._ways().notifiers.get(one.method)
        if not isinstance(notifier, Follows):
            return News(Fate.UNDER_WAY, f"{one.method} is not configured any more")
        try:
            return await notifier.follow(one.reference)
        except OutsideError as error:
            log.warning("page_not_followed", page=one.key, method=one.method, reason=str(error))
            return News(Fate.UNDER_WAY, str(error))


def pause(one: Follow, *, now: datetime) -> timedelta:
    """Until the next question: as long as it has lasted already, 5 s at least and 20 s at most."""
    age = now - (one.until_at - FOLLOWED_FOR)
    return min(max(age, FIRST_ASKED), _RAREST)


def _heard(
    tx: Tx, one: Follow, *, news: News, methods: Mapping[str, Sequence[Any]], now: datetime
) -> bool:
    """The end of this page's story; False when another instance has told it by now."""
    if not follows.end(tx, one.key):
        return False
    tries.add(tx, one.key, outcome=_OUTCOMES[news.fate], detail=news.detail, now=now)
    if news.fate is Fate.MISSED and pages.missed(tx, one.key, now=now):
        page = outbox.effect_of(tx, one.key)
        if page is not None:
            try_next(tx, page, methods.get(page.payload["person"], ()), now=now)
    return True
