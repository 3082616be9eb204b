"""The kill switch: one act, and no power action leaves this responder any more (DESIGN 9).

It is on while a file `kill-switch` lies beside the store, whatever is in it, or while the store
says so, for all its members. Neither needs the other: the file works while the store is away, and
the store reaches members on other machines.
"""

import asyncio
import os
import stat
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from alerts.model import clean
from responder.clock import Clock
from responder.places import KILL_SWITCH
from responder.store import Store, StoreUnavailable, Tx, kill_switch

MOST = 1000  # characters of all reasons together
WITHIN = 5.0  # seconds for the store: whoever throws it can't wait for a stuck one

log = structlog.get_logger(__name__)


class StillThrown(Exception):
    """It could not be lifted everywhere, and is on: why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where it was written down. `trouble` says why not in both places."""

    file: bool
    store: bool
    trouble: str = ""


class KillSwitch:
    """That of this instance (its file in `home`) and of all that share its store."""

    def __init__(self, home: Path, store: Store, *, clock: Clock) -> None:
        self.path = home / KILL_SWITCH
        self._store = store
        self._clock = clock

    async def thrown(self) -> str:
        """Who threw it and why; "" when it is off. A store that can't be read counts as thrown:
        what is to be done could not be written down there either.
        """
        if told := await asyncio.to_thread(read_file, self.path):
            return told
        try:
            known = await self._store.read(kill_switch.thrown)
        except StoreUnavailable as error:
            return f"whether it is off can't be read: {error}"
        return _told(known)

    def thrown_in(self, tx: Tx) -> str:
        """The same, asked within the transaction that writes down what is about to be done."""
        return read_file(self.path) or _told(kill_switch.thrown(tx))

    async def throw(self, actor: str, reason: str = "") -> Kept:
        """On from the moment that this returns, in as many places as can be reached; what it was
        thrown for before is kept. Raises OSError when neither file nor store takes it.
        """
        words = joined(await self._said(), written(actor, reason, at=self._clock.now()))
        in_file = await self._tell_file(words)
        in_store = await _trouble(self._store.write(kill_switch.throw, words))
        trouble = "; ".join(filter(None, (in_file, in_store)))
        log.warning("kill_switch_thrown", by=actor, reason=reason, trouble=trouble)
        if in_file and in_store:
            raise OSError(f"the kill switch could not be thrown: {trouble}")
        return Kept(file=not in_file, store=not in_store, trouble=trouble)

    async def lift(self, actor: str) -> None:
        """Off in both places, or StillThrown and it is on. The file of another instance is lifted
        there.
        """
        if trouble := await _trouble(self._store.write(kill_switch.lift)):
            raise StillThrown(trouble)
        try:
            await asyncio.to_thread(self.path.unlink, missing_ok=True)
        except OSError as error:
            raise StillThrown(f"the file {self.path} can't be removed: {error.strerror}") from None
        log.warning("kill_switch_lifted", by=actor)

    async def _said(self) -> str:
        """What it was thrown for before, in words."""
        if told := await asyncio.to_thread(_text, self.path):
            return told
        try:
            return await self._store.read(kill_switch.thrown) or ""
        except StoreUnavailable:
            return ""

    async def _tell_file(self, words: str) -> str:
        """Why there is no file; "" when there is one, be it without these words (a full disk)."""
        try:
            await asyncio.to_thread(write_file, self.path, words)
        except OSError as error:
            there = await asyncio.to_thread(read_file, self.path)
            return "" if there else f"the file {self.path} can't be written: {error.strerror}"
        return ""


def read_file(path: Path) -> str:
    """Who threw it and why, as the file says; "" when there is no file. One that is empty or can't
    be read is a file, and so is whatever else has its name.
    """
    try:
        path.lstat()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"whether there is a file {path} can't be seen: {error.strerror}"
    return _text(path) or f"there is a file {path}"


def write_file(path: Path, words: str) -> None:
    """The file with these words, on the disk when this returns. Raises OSError. Where it can't be
    written but is there, it is thrown all the same.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, words.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def written(actor: str, reason: str, *, at: datetime) -> str:
    """One line: who, when, why."""
    who, why = f"{actor}, {at:%Y-%m-%d %H:%M} UTC", " ".join(clean(reason).split())
    return f"{who}: {why}" if why else who


def joined(before: str, words: str) -> str:
    """Both reasons: who has one of them mended may not know of the other."""
    return f"{before}; {words}"[-MOST:] if before else words


def _told(known: str | None) -> str:
    """What the store says, in words."""
    return "" if known is None else known or "no reason is given"


def _text(path: Path) -> str:
    """The words in the file; "" when there are none to be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return ""  # to open a pipe would wait for ever
        with path.open(encoding="utf-8", errors="replace") as file:
            return " ".join(clean(file.read(MOST)).split())
    except OSError:
        return ""


async def _trouble(told: Awaitable[None]) -> str:
    """Why the store could not be told; "" when it was."""
    try:
        async with asyncio.timeout(WITHIN):
            await told
    except (StoreUnavailable, TimeoutError) as error:
        return f"the store can't be told: {str(error) or f'it takes longer than {WITHIN:g} s'}"
    return ""
