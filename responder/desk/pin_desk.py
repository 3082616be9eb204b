"""Gives out support PINs and judges tries: whoever knows the PIN speaks for the account (R11)."""

import asyncio
import secrets
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from responder import pins
from responder.links import PIN_VALID_FOR, PinGrant
from responder.pins import Cost, Verdict
from responder.store import Store
from responder.store import pins as rows
from responder.store.pins import Pin

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 2  # digests; each takes memory and a core for a moment
_NOBODY: Final = "0" * 32  # the salt of an account that has no PIN
_NONE: Final = "-"

Counted = Callable[[Verdict], None]


class PinDesk:
    """One for the daemon. `pepper` is a key of ours that is not in the store; `counted` hears what
    became of each try.
    """

    def __init__(
        self, store: Store, *, pepper: bytes, counted: Counted, cost: Cost | None = None
    ) -> None:
        self._store, self._pepper, self._counted = store, pepper, counted
        self._digest = partial(pins.digest, pepper=pepper, cost=cost or Cost())
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.digests = 0  # made so far: the same for every account, whether there is one or not

    async def issue(
        self,
        account: str,
        *,
        brand: str | None,
        digits: int,
        valid: timedelta,
        by: str,
        now: datetime,
        within: str | None = None,
    ) -> tuple[str, Pin] | None:
        """A new PIN in the place of the old one. It is told this once and kept nowhere. None when
        the old one is not of the brand `within`.
        """
        drawn, salt = pins.drawn(digits), secrets.token_hex(16)
        kept = await self._made(drawn, account, salt)
        pin = Pin(account, brand, kept, salt, now, now + valid, by)
        if not await self._store.write(rows.put, pin, within=within):
            return None
        log.info("pin_issued", account=account, by=by)
        return drawn, pin

    async def verify(
        self,
        account: str,
        pin: str,
        *,
        source: str,
        by: str,
        now: datetime,
        called: Collection[str] = (),
        within: str | None = None,
    ) -> PinGrant | None:
        """What the PIN opens; None for every other case, told apart by nothing: a wrong PIN, an
        account without one, an old one, too many tries, one of several accounts of this name
        (`called`: the brands of those that are known), another brand than `within`.
        """
        attempt = await self._store.write(
            rows.begin_try,
            account,
            alias=pins.alias(account, pepper=self._pepper),
            source=pins.alias(source, pepper=self._pepper),
            now=now,
        )
        kept = attempt.pin.brand if attempt.pin else None
        brand = pins.opens(kept, called=called, seen=attempt.brands)
        fits = await self._fits(account, pin, attempt.pin, now=now)
        good = fits and brand is not None and within in (None, brand)
        verdict = attempt.refused or (Verdict.GOOD if good else Verdict.WRONG)
        if verdict is Verdict.GOOD:
            await self._store.write(rows.was_good, attempt.id)
        self._counted(verdict)
        known = account if attempt.pin else _NONE  # what was typed may be anything, a PIN too
        log.info("pin_tried", account=known, outcome=verdict, by=by)
        if verdict is not Verdict.GOOD or brand is None:
            return None
        return PinGrant(account, brand, now + PIN_VALID_FOR)

    async def _fits(self, account: str, told: str, known: Pin | None, *, now: datetime) -> bool:
        """The same work for each: a digest is made even for an account that has no PIN, and where
        nothing may be tried.
        """
        made = await self._made(told, account, known.salt if known else _NOBODY)
        fits = pins.same(made, known.digest if known else "")
        in_time = known is not None and now < known.expires_at
        return fits and in_time

    async def _made(self, pin: str, account: str, salt: str) -> str:
        async with self._turns:
            self.digests += 1
            return await asyncio.to_thread(self._digest, pin, account=account, salt=salt)
