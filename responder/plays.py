"""Which playbooks begin with what a transaction has decided, in that very transaction (R24)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from alerts.model import DAEMON, Actor, Category, person
from playbooks import walk
from playbooks.frozen import Book
from playbooks.matching import Subject, chosen
from playbooks.playbook import Mode
from responder.plan import Plan
from responder.run_values import Run, RunState
from responder.steps import Step
from responder.store import Tx, claims, runs
from responder.store import alerts as alert_rows
from responder.values import NOT_WELL, Entry, Incident


class Board(Protocol):
    """What we need of the board whose part this is."""

    @property
    def tx(self) -> Tx: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def now(self) -> datetime: ...
    def incident(self, id_: int) -> Incident: ...
    def put(self, step: Step) -> Incident: ...


class Plays:
    """The part of a board that knows which runs begin. Made inside a transaction, never kept."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._told: dict[int, list[Mapping[str, str]]] = {}
        self._runs: list[tuple[Run, Book]] = []
        self._left: set[int] = set()
        self._over: list[int] = []

    def told(self, incident: int, labels: Mapping[str, str]) -> None:
        """An alert with these labels has begun to fire in this incident."""
        if self._board.plan.books:
            self._told.setdefault(incident, []).append(labels)

    def leave(self, incident: int) -> None:
        """Nothing begins by itself in this incident now: a person has chosen what does."""
        self._left.add(incident)

    def choose(self, changes: Sequence[tuple[Incident | None, Incident]]) -> None:
        """The runs that these changes begin; each is a line of its incident's log."""
        if not self._board.plan.books:
            return
        wanted: dict[str, tuple[Incident, Book, Mapping[str, str]]] = {}
        for before, after in changes:
            if before is not None and before.state in NOT_WELL and after.state not in NOT_WELL:
                self._over.append(after.id)
            for labels in self._subjects(before, after):
                subject = subject_of(after, labels, self._board.plan)
                for book in chosen_books(self._board.plan.books, subject):
                    key = f"{after.ref}/{after.episode}/{book.name}"
                    wanted.setdefault(key, (after, book, labels))
        known = runs.known_keys(self._board.tx, wanted) if wanted else set()
        for key, (incident, book, labels) in wanted.items():
            if key not in known:
                self.begin(incident, book, key=key, labels=labels)

    def begin(
        self,
        incident: Incident,
        book: Book,
        *,
        key: str,
        labels: Mapping[str, str],
        actor: Actor = DAEMON,
        told: Mapping[str, Any] | None = None,
    ) -> Run:
        """A new run; `told` are fields of it that a person has chosen."""
        number = self._next_id()
        playbook, now = book.playbook, self._board.now
        run = Run(
            id=number,
            key=key,
            playbook=book.name,
            version=playbook.version,
            hash=book.digest,
            incident=incident.id,
            incident_ref=incident.ref,
            target=incident.server or "",
            state=RunState.DUE,
            mode=playbook.safety.mode,
            step=walk.first(playbook),
            began_at=now,
            changed_at=now,
            wake_at=now,
            labels=dict(labels),
            drill=incident.drill,
            dry=playbook.safety.mode is Mode.DRY_RUN or incident.drill,
        )
        run = replace(run, **(told or {}))
        self._runs.append((run, book))
        facts = {"run": number, "playbook": book.name}
        self._board.put(Step(incident, (Entry("playbook_begun", actor, facts),)))
        return run

    def save(self) -> int:
        """Write the runs that were chosen, after their incidents; how many. Those that wait for
        something in an incident that is over look again.
        """
        claims.wake_of(self._board.tx, self._over, now=self._board.now)
        for run, book in self._runs:
            runs.keep_copy(self._board.tx, book.digest, book.text, now=self._board.now)
            facts = {
                "playbook": run.playbook, "version": run.version, "mode": run.mode, "dry": run.dry,
            }  # fmt: skip
            by = person(run.requested_by) if run.requested_by else DAEMON
            runs.add(self._board.tx, run, [Entry("begun", by, facts, run.reason)])
        return len(self._runs)

    def _subjects(self, before: Incident | None, after: Incident) -> Iterator[Mapping[str, str]]:
        """The alerts that may begin something: none for what is muted, a part, a drill, or well."""
        if after.id in self._left:
            return
        if after.muted_by or after.parent is not None or after.drill or after.state not in NOT_WELL:
            return
        told = self._told.get(after.id, [])
        if before is not None and before.muted_by:
            told = [one.labels for one in alert_rows.firing_of(self._board.tx, [after.id])] or told
        begins = before is None or before.episode != after.episode
        yield from told or ([{}] if begins or _worse(before, after) else [])

    def _next_id(self) -> int:
        return runs.last_id(self._board.tx) + len(self._runs) + 1


def subject_of(incident: Incident, labels: Mapping[str, str], plan: Plan) -> Subject:
    """An incident as playbooks see it."""
    server = plan.inventory.servers.get(incident.server or "")
    return Subject(
        category=incident.category,
        kind=incident.key.partition(":")[0],
        alertname=labels.get("alertname", ""),
        labels=labels,
        brand=incident.brand or "",
        tags=frozenset(server.tags if server else ()),
    )


def chosen_books(books: Sequence[Book], subject: Subject) -> list[Book]:
    """Those that this begins."""
    fitting = {one.playbook for one in chosen([book.playbook for book in books], subject)}
    return [book for book in books if book.name in fitting]


def _worse(before: Incident | None, after: Incident) -> bool:
    """Has it become critical just now?"""
    if before is None or after.category is not Category.CRITICAL:
        return False
    return before.category is not Category.CRITICAL
