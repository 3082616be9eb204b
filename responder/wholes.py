"""Parts and wholes: what a broken whole takes in, and when many servers down are one storm."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from alerts.classify import Verdict
from alerts.model import DAEMON, Category, Priority
from alerts.storm import raging
from responder import incidents
from responder.plan import Plan
from responder.steps import Opening, Step
from responder.store import Tx
from responder.store import incidents as rows
from responder.values import Incident, IncidentState

STORM = "storm"  # the rule by which a site incident is known
_NOT_WELL = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)


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
    def next_id(self) -> int: ...
    def ref(self, id_: int) -> str: ...


class Wholes:
    """The part of a board that knows which incidents belong to which."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._asked: set[int] = set()
        self._down: dict[str, datetime] | None = None

    def placed(self, step: Step) -> Step:
        """An opening, as a quiet part of a site incident if a storm rages there."""
        incident = step.incident
        storm = self._storm(incident) if incident.category is Category.CRITICAL else None
        if storm is None:
            return step
        silent = replace(incident, page_at=None, ticketed=False)
        part = self._part(silent, storm)
        return Step(part.incident, (*step.entries, *part.entries))

    def adopt(self, whole: Incident) -> None:
        """What already troubles a part of this broken whole is quiet from now on."""
        inventory = self._board.plan.inventory
        servers = inventory.members(whole.key)
        if whole.category is not Category.CRITICAL or whole.parent is not None or not servers:
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
        return sum(1 for part in parts if part.state in _NOT_WELL)

    def settle(self, whole: int) -> None:
        """A part got well: so does the site, when it was the last one."""
        incident = self._board.incident(whole)
        if incident.firing == 0 and incident.rule == STORM:
            down = self.parts_down(whole)
            now = self._board.now
            self._board.put(incidents.settled(Step(incident), now=now, parts_down=down))

    def _part(self, part: Incident, whole: Incident) -> Step:
        reason = f"part of {whole.key}"
        return incidents.adopted(part, whole=whole, reason=reason, now=self._board.now)

    def _storm(self, incident: Incident) -> Incident | None:
        """The site incident of the storm that this server is hit by, opened now if need be."""
        board, server = self._board, incident.server
        storm = board.plan.alerts.storm
        if storm == "off" or incident.drill or server is None or incident.key != f"server:{server}":
            return None
        if self._down is None:
            self._down = rows.newly_down(board.tx, since=board.now - storm.within)
        self._down[server] = board.now
        inventory = board.plan.inventory
        scope = raging(
            server, newly_down=self._down, inventory=inventory, storm=storm, now=board.now
        )
        return self._site(scope, self._down) if scope is not None else None

    def _site(self, scope: str, down: Collection[str]) -> Incident:
        board = self._board
        hit = [name for name in down if board.plan.inventory.within(name, scope)]
        site = board.at(scope)
        if site is None or not site.active:
            site = board.put(self._begun(scope, site, len(hit)))
        board.load([f"server:{name}" for name in hit])
        for part in (board.at(f"server:{name}") for name in hit):
            if part is not None and part.active and part.id != site.id:
                board.put(self._part(part, site))
        return site

    def _begun(self, scope: str, former: Incident | None, servers: int) -> Step:
        board = self._board
        title = f"{servers} servers of {scope} went down at once"
        if former is not None:
            again = Step(replace(former, title=title, rule=STORM))
            return incidents.reopened(again, rules=board.plan.rules, now=board.now, actor=DAEMON)
        number = board.next_id()
        verdict = Verdict(Category.CRITICAL, Priority.CRITICAL, STORM)
        return incidents.opened(
            Opening(number, board.ref(number), scope, title, verdict),
            rules=board.plan.rules,
            muted_by=(),
            told={"servers": servers},
            now=board.now,
        )
