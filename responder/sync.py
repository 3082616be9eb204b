"""What people do in another ticket system comes home: each change once, in order, over restarts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import structlog

from alerts.model import ActorKind
from playbooks.outside import OutsideError
from playbooks.ports import Change, ChangeKind, ListsChanges, TicketSystem
from responder.answers import acknowledge
from responder.clock import Clock
from responder.config import Config
from responder.desk import taking
from responder.desk.taking import TakenIn
from responder.plan import Plan
from responder.store import Store, Tx, cursors, outbox, records
from responder.store import tickets as rows
from responder.support.relaying import relayed
from responder.values import Counted, Effect, EffectKind, Figure, uncounted

log = structlog.get_logger(__name__)

# So long a change may wait for the marking of the ticket that it is about.
HELD_FOR: Final = timedelta(minutes=10)
_WORDS: Final = (ChangeKind.NOTE, ChangeKind.REPLY)


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What a poll has brought: new figures, effects that are due; `held` while the cursor stays."""

    figures: tuple[Figure, ...] = ()
    effects: int = 0
    held: bool = False


class Sync:
    """Follows one ticket system by its cursor; does nothing where there are no changes to list."""

    def __init__(
        self,
        store: Store,
        system: TicketSystem,
        *,
        plan: Callable[[], Plan],
        people: Callable[[], Mapping[str, str]],
        clock: Clock,
        counted: Counted = uncounted,
        due: Callable[[], None] = lambda: None,
        polled: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`people`: names in that system -> ours. `due` is told when there are effects to do,
        `polled` how each poll ended: done or failed.
        """
        self._store = store
        self.system = system
        self._plan = plan
        self._people = people
        self._clock = clock
        self._counted = counted
        self._due = due
        self._polled = polled

    async def turn(self) -> None:
        """One poll. A ticket system that is away is asked again at the next turn."""
        if not isinstance(self.system, ListsChanges):
            return
        name = f"tickets/{self.system.name}"
        cursor = await self._store.read(cursors.read, name)
        try:
            changes, after = await self.system.changes(cursor)
        except OutsideError as error:
            log.warning("ticket_changes_missed", system=self.system.name, error=str(error))
            self._polled("failed")
            return
        self._polled("done")
        if not changes and after == cursor:
            return
        absorbed = await self._store.write(
            absorb,
            changes,
            system=self.system.name,
            cursor=(name, after),
            people=self._people(),
            plan=self._plan(),
            now=self._clock.now(),
        )
        self._counted(absorbed.figures)
        if absorbed.effects:
            self._due()


def names(config: Config) -> Mapping[str, str]:
    """What people are called in the configured ticket system -> what they are called here."""
    system = config.tickets.system
    found = ((one.accounts.get(system), name) for name, one in config.people.items())
    return {account: name for account, name in found if account}


def absorb(
    tx: Tx,
    changes: Sequence[Change],
    *,
    system: str,
    cursor: tuple[str, str],
    people: Mapping[str, str],
    plan: Plan,
    now: datetime,
) -> Absorbed:
    """Take in what happened, together with the cursor; what was taken in before changes nothing.

    While a ticket is being opened, a change of a ticket unknown to us may be its: then the cursor
    stays, and all that is known by now is taken in already.
    """
    records.one_at_a_time(tx)
    home, strangers = bring_home(tx, changes, system=system, people=people, plan=plan, now=now)
    held = _held(tx, strangers, now=now)
    if not held:
        cursors.move(tx, *cursor, now=now)
    return replace(home, held=held)


def bring_home(
    tx: Tx,
    changes: Sequence[Change],
    *,
    system: str,
    people: Mapping[str, str],
    plan: Plan,
    now: datetime,
) -> tuple[Absorbed, Sequence[Change]]:
    """Take in what happened to tickets that we know; and what happened to others."""
    taken = list[TakenIn]()
    strangers = list[Change]()
    letters = list[Effect]()
    news = (change for change in changes if not _is_known(change))
    for ref, run in groupby(news, key=lambda change: change.ticket.id):
        ours = rows.by_ref(tx, system, ref)
        if ours:
            said = [_called(one, people) for one in run]
            letters += relayed(tx, ours, said, plan=plan)
            taken.append(taking.take_in(tx, ours[0], said))
        else:
            strangers += run
    saved = acknowledge(tx, (one for it in taken for one in it.answers), plan=plan, now=now)
    figures = tuple(one for it in taken for one in it.figures)
    outbox.add(tx, letters, now=now)
    return Absorbed((*figures, *saved.figures), saved.effects + len(letters)), strangers


def _is_known(change: Change) -> bool:
    """Every record begins with its opening, and our own words were recorded when they were written;
    how we set a ticket is told here.
    """
    ours = change.actor.kind is ActorKind.DAEMON and change.kind in _WORDS
    return ours or change.kind is ChangeKind.OPENED


def _called(change: Change, people: Mapping[str, str]) -> Change:
    """The same by our own names; whoever we don't know keeps his."""
    actor = replace(change.actor, name=people.get(change.actor.name, change.actor.name))
    owner = change.data.get("owner")
    told = {**change.data, "owner": people.get(owner, owner)} if owner else change.data
    return replace(change, actor=actor, data=told)


def _held(tx: Tx, strangers: Sequence[Change], *, now: datetime) -> bool:
    young = any(now - change.at < HELD_FOR for change in strangers)
    return young and outbox.under_way(tx, EffectKind.TICKET_OPEN)
