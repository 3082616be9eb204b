"""Sends the digest, once for each span, whatever restarts and however many members there are."""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Final

import structlog

from responder.board import Saved
from responder.clock import Clock
from responder.desk.section import Digest as Settings
from responder.live import Live
from responder.management.digest import digest_of, span_of
from responder.management.digest_words import subject, words
from responder.rota_values import Span
from responder.store import Store, Tx, management, outbox, records
from responder.values import Effect, EffectKind

log = structlog.get_logger(__name__)

_SINCE: Final = "digest_since"


class DigestSending:
    """The duty. A span that ended before the first digest duty of this store is nobody's news."""

    def __init__(
        self, store: Store, live: Live, *, clock: Clock, follow: Callable[[Saved], None]
    ) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._follow = follow

    async def turn(self) -> None:
        """Nothing while nobody is to be told. The text is made beside the writer: it may take a
        second or two, and of two members who made it one alone sends it.
        """
        settings, now = self._live.config.desk.digest, self._clock.now()
        if not (settings.to or settings.webhook_url):
            return
        span = span_of(settings, now)
        if not await self._store.read(is_due, span):
            if await self._store.read(records.fact, _SINCE) is None:
                await self._store.write(begin, now=now)
            return
        config, plan = self._live.config, self._live.plan
        made = await self._store.read(digest_of, span=span, config=config, plan=plan)
        effects = await self._store.write(
            send, span=span, title=subject(made), text=words(made), settings=settings, now=now
        )
        await self._store.write(management.erase, made_before=now - config.desk.keep.words)
        if effects:
            log.info("digest_queued", since=span.starts.isoformat(), until=span.ends.isoformat())
            self._follow(Saved((), effects))


def begin(tx: Tx, *, now: datetime) -> None:
    """From now on spans are told."""
    if records.fact(tx, _SINCE) is None:
        records.state(tx, _SINCE, now.isoformat())


def is_due(tx: Tx, span: Span) -> bool:
    """Has this span ended since we began, and has nobody sent it? (Reads alone.)"""
    begun = records.fact(tx, _SINCE)
    if begun is None or span.ends <= datetime.fromisoformat(begun):
        return False
    return not management.is_made(tx, span.starts)


def send(tx: Tx, *, span: Span, title: str, text: str, settings: Settings, now: datetime) -> int:
    """Written down and queued in one transaction; how many effects. 0 when another was first."""
    records.one_at_a_time(tx)
    if management.is_made(tx, span.starts):
        return 0
    management.keep(tx, starts_at=span.starts, ends_at=span.ends, text=text, now=now)
    effects = list(effects_of(span, settings, title=title, text=text))
    outbox.add(tx, effects, now=now)
    return len(effects)


def effects_of(span: Span, settings: Settings, *, title: str, text: str) -> Iterator[Effect]:
    """A mail to each, and one call of the webhook."""
    stem = f"digest/{span.starts:%Y-%m-%dT%H:%M}"
    for address in dict.fromkeys(settings.to):
        digest = blake2b(address.encode(), digest_size=8).hexdigest()
        payload = {"to": address, "subject": title, "text": text}
        yield Effect(f"{stem}/mail/{digest}", EffectKind.DESK_MAIL, 0, payload)
    if settings.webhook_url:
        payload = {"subject": title, "text": text}
        yield Effect(f"{stem}/hook", EffectKind.DESK_HOOK, 0, payload)
