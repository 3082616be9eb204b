"""Reads when people can't be on call: out of the configuration, and out of their calendars."""

import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from playbooks.client import call, refusal
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.plain import one_line
from responder.calendars.section import CalendarPart, away_of
from responder.clock import Clock
from responder.live import Live
from responder.rota_values import Absence, Span
from responder.staff import Person
from responder.store import Store, rotas

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(minutes=15)
AHEAD: Final = timedelta(days=400)
BEFORE: Final = timedelta(days=60)
_BIGGEST = 1 << 20  # bytes of a calendar
_MOST_SAID = 2 << 20  # characters that the reader may print
_WITHIN = 30.0  # seconds for reading one


@dataclass(frozen=True, slots=True)
class _Read:
    """A calendar as it was read last: nothing is done twice for the same text on the same day."""

    digest: str
    found: tuple[Absence, ...]


class Absences:
    """The duty, of one instance at a time. What the configuration says holds from the first turn
    on, each calendar is read every quarter of an hour; one that can't be read leaves what it said
    before.
    """

    def __init__(
        self,
        store: Store,
        live: Live,
        hands: Callable[[], Hands],
        *,
        hold: Callable[[str, timedelta], Awaitable[bool]],
        clock: Clock,
        told: Callable[[int], None],
    ) -> None:
        """`hold` is Member.hold; `told` learns how many calendars can't be read."""
        self._store = store
        self._live = live
        self._hands = hands
        self._hold = hold
        self._clock = clock
        self._told = told
        self._known: dict[str, _Read] = {}
        self._due: dict[str, datetime] = {}
        self._unread: set[str] = set()
        self._begun = False

    async def turn(self) -> None:
        """Those that are due. The first turn reads no calendar: the daemon is not late for one."""
        if not await self._hold("calendars", EVERY):
            self._told(0)
            return
        people = self._live.config.people
        for name, person in people.items():
            found = away_of(name, person.away, ZoneInfo(person.zone))
            await self._keep(f"file:{name}", tuple(found))
        await self._forget({source for name in people for source in _sources(name, people[name])})
        if self._begun:
            parts = {name: one.absences for name, one in people.items() if one.absences}
            await asyncio.gather(*(self._look(name, parts[name], people[name]) for name in parts))
            self._unread &= parts.keys()
            self._told(len(self._unread))
        self._begun = True

    async def _look(self, name: str, part: CalendarPart, person: Person) -> None:
        now = self._clock.now()
        if now < self._due.get(name, now):
            return
        self._due[name] = now + EVERY
        try:
            found = await self._read(name, part, person, now)
        except OutsideError as error:
            self._unread.add(name)
            log.warning("calendar_unread", person=name, error=str(error))
            return
        self._unread.discard(name)
        await self._keep(f"calendar:{name}", found)

    async def _read(
        self, name: str, part: CalendarPart, person: Person, now: datetime
    ) -> tuple[Absence, ...]:
        what = f"the calendar of {name}"
        body = await (_from_file(part.file, what) if part.file else self._from_web(part, what))
        facts = (f"{now:%Y-%m-%d}", person.zone, part.only)
        digest = hashlib.blake2b(body + "|".join(facts).encode()).hexdigest()
        known = self._known.get(name)
        if known is None or known.digest != digest:
            found = await self._parsed(name, body, facts, now)
            known = self._known[name] = _Read(digest, found)
        return known.found

    async def _from_web(self, part: CalendarPart, what: str) -> bytes:
        url = part.url_file.reveal() if part.url_file else str(part.url)
        session = self._hands().session
        answer = await call(session, "GET", url, what=what, within=_WITHIN, limit=_BIGGEST)
        if answer.status != 200:
            raise refusal(answer)
        return answer.body

    async def _parsed(
        self, name: str, body: bytes, facts: Sequence[str], now: datetime
    ) -> tuple[Absence, ...]:
        """By a program of its own, which may take for ever and all memory: it is killed then."""
        _, zone, only = facts
        times = ((now - BEFORE).isoformat(), (now + AHEAD).isoformat())
        output = await self._hands().programs.run(
            [sys.executable, "-I", "-m", "responder.calendars.reading", *times, zone, only],
            what=f"the calendar of {name}",
            stdin=body.decode("utf-8", "replace").replace("\0", ""),
            within=_WITHIN,
            limit=_MOST_SAID,
        )
        try:
            rows = json.loads(output.out) if output.code == 0 else None
        except ValueError:
            rows = None
        if rows is None:
            why = one_line(output.err.splitlines()[-1] if output.err else "it takes too much")
            raise OutsideError(f"the calendar of {name}: {why}", transient=False)
        return tuple(_absence(name, *row) for row in rows)

    async def _keep(self, source: str, found: tuple[Absence, ...]) -> None:
        """Written where it is news."""
        kept = await self._store.read(rotas.absences, source)
        if sorted(kept, key=_order) != sorted(found, key=_order):
            count = await self._store.write(rotas.absent, source, found)
            log.info("absences_read", source=source, count=count)

    async def _forget(self, sources: set[str]) -> None:
        for source in await self._store.read(rotas.calendars) - sources:
            await self._store.write(rotas.absent, source, ())


def _sources(name: str, person: Person) -> list[str]:
    return [f"file:{name}", *([f"calendar:{name}"] if person.absences else [])]


def _absence(person: str, uid: str, starts: str, ends: str, why: str) -> Absence:
    span = Span(datetime.fromisoformat(starts), datetime.fromisoformat(ends))
    return Absence(person, span, one_line(why), f"calendar:{person}", uid)


def _order(one: Absence) -> tuple[datetime, str]:
    return one.span.starts, one.uid


async def _from_file(path: Path, what: str) -> bytes:
    """Raises OutsideError."""

    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(_BIGGEST + 1)

    try:
        body = await asyncio.to_thread(read)
    except OSError as trouble:
        raise OutsideError(f"{what}: {path}: {trouble.strerror}", transient=True) from None
    if len(body) > _BIGGEST:
        raise OutsideError(f"{what}: {path} is longer than {_BIGGEST} bytes", transient=False)
    return body
