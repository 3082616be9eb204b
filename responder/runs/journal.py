"""What one claimed run writes down: every line under its fence, so that who was replaced stops."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from alerts.model import DAEMON, clean
from playbooks.actions.model import Halted
from probes.redaction import scrub
from responder.board import Saved
from responder.plan import Plan
from responder.run_values import Intent, Run, Wish
from responder.runs import telling
from responder.runs.kit import Kit
from responder.runs.marks import is_left_off
from responder.store import Tx, runs
from responder.values import Entry

log = structlog.get_logger(__name__)

BEGIN_SECONDS = 5.0
"""Who stood still for longer between the journal and the device does not begin any more."""
KEPT_SECONDS = 15.0
"""How old the last line may be before the claim is renewed."""
_MOST = 4096  # characters of a text that are kept

# Who is asked inside the transaction that writes an intent: why it must not be, "" = it may.
Guard = Callable[[Tx], str]


class Leaving(Exception):
    """The daemon stops: the run is left where the journal is, between two sub-steps."""


class Journal:
    """The run of one claim, as it was written last."""

    def __init__(self, kit: Kit, run: Run) -> None:
        self._store = kit.store
        self._clock = kit.clock
        self._leaving = kit.leaving
        self.run = run
        self._written = time.monotonic()

    async def write(self, *entries: Entry, **changes: Any) -> Run:
        """New lines and new values; the claim is renewed. Raises LostRun, StoreUnavailable."""
        return await self._save(replace(self.run, **changes), entries, hold=True)

    async def rest(self, *entries: Entry, **changes: Any) -> Run:
        """The same, and the claim is given up."""
        return await self._save(replace(self.run, **changes), entries, hold=False)

    async def intend(
        self, verb: str, guard: Guard, facts: dict[str, Any], *, way: str = ""
    ) -> None:
        """The last thing before something that can't be taken back; `way` stands for the device
        that is told. Raises Halted when a person or the kill switch says no, LostRun when this
        process stood still meanwhile.
        """
        now, asked, before = self._clock.now(), time.monotonic(), self.run.memory
        intent = Intent(verb, now, self.run.step)
        entry = Entry("intent", DAEMON, {"verb": verb, **facts})
        run = replace(self.run, intent=intent, memory={**before, "verb": verb, "way": way})
        self.run = await self._store.write(_intended, run, entry, guard=guard, now=now)
        self._written = asked
        if time.monotonic() - asked > BEGIN_SECONDS:
            held = Entry("held_back", DAEMON, {"verb": verb})
            await self.write(held, intent=None, memory=before)
            raise runs.LostRun("this process stood still before the device was asked")

    async def told(self, kind: str, facts: Mapping[str, Any], *, plan: Plan) -> tuple[str, Saved]:
        """What the daemon itself did for this run (telling.tell). Raises LostRun."""
        began = time.monotonic()
        told, self.run, saved = await self._store.write(
            telling.tell, self.run, kind, facts, plan=plan, now=self._clock.now()
        )
        self._written = began
        return told, saved

    async def keep_hold(self) -> None:
        """Renew the claim when it is not fresh. Raises LostRun; Halted when a person wants it."""
        if time.monotonic() - self._written > KEPT_SECONDS:
            await self.write()
        self.heed()

    def heed(self) -> None:
        """Raises Halted when a person wants this run to stop, Leaving when the daemon does. What is
        off by our hand is switched on first, as far as the time reaches.
        """
        if self._leaving.is_set() and self.run.intent is None and not is_left_off(self.run):
            raise Leaving
        if self.run.wish is not Wish.NONE:
            raise Halted(str(self.run.wish))

    async def _save(self, run: Run, entries: Sequence[Entry], *, hold: bool) -> Run:
        began = time.monotonic()
        self.run = await self._store.write(
            runs.save, run, entries, now=self._clock.now(), hold=hold
        )
        self._written = began
        return self.run


def _intended(tx: Tx, run: Run, entry: Entry, *, guard: Guard, now: Any) -> Run:
    if why := guard(tx):
        raise Halted(why)
    saved = runs.save(tx, run, [entry], now=now)
    if saved.wish is not Wish.NONE:
        raise Halted(str(saved.wish))
    return saved


def shown(text: str) -> str:
    """A text as it may be kept: without secrets, of bounded length."""
    told = scrub(clean(text))
    return told if len(told) <= _MOST else f"{told[: _MOST - 20]} ... (cut)"
