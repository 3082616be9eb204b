"""Parts and wholes: what a broken whole takes in, and when many servers down are one storm."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from alerts.classify import Verdict
from alerts.model import DAEMON, Category, Priority
from alerts.storm import raging
from responder import incidents
from responder.plan import Plan
from responder.steps import Opening, Step, raised, returned_soon
from responder.store import Tx
from responder.store import incidents as rows
from responder.values import NOT_WELL, Incident, IncidentState

STORM = "storm"  # the rule by which a site incident is known
_VERDICT = Verdict(Category.CRITICAL, Priority.CRITICAL, STORM)


class Board(Protocol):
    """What we need of the board whose part this is."""

    @property
    def tx(self) -> Tx: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def now(self) -> datetime: ...
    def all(self) -> list[Incident]: ...
    def at(self, key: str) -> Incident | None: ...
    def incident(self, id_: int) -> Incident: ...
    def load(self, keys: Collection[str]) -> None: ...
    def learn(self, found: Iterable[Incident]) -> None: ...
    def put(self, step: Step) -> Incident: ...
    def requiet(self, id_: int) -> Incident: ...
    def next_id(self) -> int: ...
    def ref(self, id_: int) -> str: ...


def struck(before: Incident | None, after: Incident) -> bool:
    """Is it an outage that was none before: opened, back after its end, or worse than it was?"""
    if after.category is not Category.CRITICAL or after.state is not IncidentState.OPEN:
        return False
    if before is None or before.category is not Category.CRITICAL:
        return True
    return before.state not in NOT_WELL


class Wholes:
    """The part of a board that knows which incidents belong to which."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._asked: set[int] = set()
        self._down: dict[str, datetime] | None = None

    def placed(self, before: Incident | None, step: Step) -> Step:
        """An outage, as a quiet part of a site incident if a storm rages there."""
        site = self._storm(step.incident)
        if site is None:
            return step
        ticketed = before is not None and before.ticketed
        part = self._part(replace(step.incident, page_at=None, ticketed=ticketed), site)
        return Step(part.incident, (*step.entries, *part.entries))

    def adopt(self, whole: Incident) -> None:
        """What already troubles a part of this broken whole is quiet from now on; a muted whole
        would make nobody of it hear.
        """
        inventory = self._board.plan.inventory
        servers = inventory.members(whole.key)
        if whole.muted_by or not servers:
            return
        self._board.learn(rows.below(self._board.tx, servers))
        above = (whole.key, *inventory.above(whole.key))
        for part in self._board.all():
            is_below = part.server in servers and part.key not in above
            if is_below and part.active and part.parent is None:
                self._board.put(self._part(part, whole))

    def parts_down(self, whole: int) -> int:
        """How many parts of this site incident are not well yet; 0 for any other incident."""
        if self._board.incident(whole).rule != STORM:
            return 0
        if whole not in self._asked:
            self._asked.add(whole)
            self._board.learn(rows.parts_of(self._board.tx, whole))
        parts = (one for one in self._board.all() if one.parent == whole)
        return sum(1 for part in parts if part.state in NOT_WELL)

    def follow(self, part: Incident) -> None:
        """A site is well when its last part is, and is back with the first that is back."""
        site, now = self._board.incident(part.parent or 0), self._board.now
        if site.rule != STORM:
            return
        if part.state in NOT_WELL and site.state is IncidentState.MITIGATED:
            self._board.put(returned_soon(Step(site), rules=self._board.plan.rules, now=now))
        elif part.state not in NOT_WELL and site.firing == 0:
            down = self.parts_down(site.id)
            self._board.put(incidents.settled(Step(site), now=now, parts_down=down))

    def depth(self, incident: Incident) -> int:
        """How many wholes stand above it."""
        return sum(1 for _ in self.above(incident))

    def above(self, incident: Incident) -> Iterator[Incident]:
        """The whole that it is a part of, and so on."""
        while incident.parent is not None:
            incident = self._board.incident(incident.parent)
            yield incident

    def _part(self, part: Incident, whole: Incident) -> Step:
        reason = f"part of {whole.key}"
        return incidents.adopted(part, whole=whole, reason=reason, now=self._board.now)

    def _storm(self, incident: Incident) -> Incident | None:
        """The site incident of the storm that this server is hit by, begun now if need be. A
        server that is expected to be down (muted) makes no storm.
        """
        board, server = self._board, incident.server
        storm = board.plan.alerts.storm
        if storm == "off" or incident.drill or incident.muted_by:
            return None
        if server is None or incident.key != f"server:{server}":
            return None
        if self._down is None:
            self._down = rows.newly_down(board.tx, since=board.now - storm.within)
        self._down[server] = board.now
        inventory = board.plan.inventory
        scope = raging(
            server, newly_down=self._down, inventory=inventory, storm=storm, now=board.now
        )
        return self._site(scope, self._down, last=incident) if scope is not None else None

    def _site(self, scope: str, down: Collection[str], *, last: Incident) -> Incident:
        board, inventory = self._board, self._board.plan.inventory
        hit = [name for name in down if inventory.within(f"server:{name}", scope)]
        site = self._begun(scope, len(hit))
        narrower = {
            key for name in hit for key in inventory.scopes(name) if inventory.within(key, scope)
        }
        keys = [*(f"server:{name}" for name in hit), *sorted(narrower - {scope})]
        board.load(keys)
        for part in filter(None, map(board.at, keys)):
            joins = part.state in NOT_WELL and part.parent is None
            if joins and part.id not in (site.id, last.id):
                board.put(self._part(part, site))
        return site

    def _begun(self, scope: str, servers: int) -> Incident:
        board = self._board
        title = f"{servers} servers of {scope} went down at once"
        former = board.at(scope)
        if former is None:
            number = board.next_id()
            opening = Opening(number, board.ref(number), scope, title, _VERDICT)
            told, rules = {"servers": servers}, board.plan.rules
            return board.put(
                incidents.opened(opening, rules=rules, muted_by=(), told=told, now=board.now)
            )
        if former.state in NOT_WELL and former.rule == STORM:
            return former
        return board.put(self._again(board.requiet(former.id), title))

    def _again(self, former: Incident, title: str) -> Step:
        """A storm where something else is, or was, the matter already."""
        rules, now = self._board.plan.rules, self._board.now
        step = Step(replace(former, title=title, rule=STORM))
        if former.state is IncidentState.MITIGATED:
            step = returned_soon(step, rules=rules, now=now)
        elif former.state is IncidentState.RESOLVED:
            step = incidents.reopened(step, rules=rules, now=now, actor=DAEMON)
        return raised(step, _VERDICT, rules=rules, now=now)
