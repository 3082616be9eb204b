"""The alarm room of a small company, all in memory: alerts come, time passes, people act."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from alerts.alertmanager import read_webhook
from alerts.matchers import Matcher
from alerts.model import Priority, person
from alerts.silences import Silence
from playbooks.ports import PageEvent
from responder import acts, intake, watch
from responder.paging.delivery import case_of
from responder.paging.wanted import unwanted
from responder.plan import Plan
from responder.store import Tx, logs, outbox, pages, quarantine, quiet
from responder.store import alerts as alert_rows
from responder.store import incidents as rows
from responder.store.tables import metadata
from responder.values import EffectKind, Episode, Incident, Job, OutboxState
from tests.responder.estate import NIGHT, alert, body, plan

MIRA = person("mira")
KINDS = tuple(EffectKind)


@dataclass(frozen=True, slots=True)
class Sent:
    """A page that reached somebody."""

    person: str
    event: str
    key: str
    incident: int
    at: datetime


class Room:
    """One store and a clock moved by hand. Every act is one transaction, as in the daemon."""

    def __init__(self, how: Plan | None = None) -> None:
        self.plan = how or plan()
        self.now = NIGHT
        self.sent: list[Sent] = []
        self.tickets: list[str] = []
        self.broken_ways: set[str] = set()  # kinds of methods that refuse for now
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        event.listen(self.engine, "connect", _keep_references)
        metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    def do(self, work: Callable[..., Any], **told: Any) -> Any:
        """Run a function that decides."""
        with self.engine.begin() as tx:
            return work(tx, plan=self.plan, now=self.now, **told)

    def look(self, work: Callable[..., Any], *args: Any, **told: Any) -> Any:
        """Run a function that only reads or writes rows."""
        with self.engine.begin() as tx:
            return work(tx, *args, **told)

    # Alerts

    def hears(self, *bodies: dict[str, Any] | bytes, source: str = "am") -> intake.Taken:
        """Messages of a sender, all in one transaction."""
        ignore = frozenset(self.plan.alerts.ignore_labels)
        raw = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in bodies]
        arrivals = [intake.Arrival(source, read_webhook(body, ignore=ignore)) for body in raw]
        taken: intake.Taken = self.do(intake.take, arrivals=arrivals)
        return taken

    def fires(self, server: str = "web1", *, source: str = "am", **labels: Any) -> intake.Taken:
        """One alert fires."""
        return self.hears(body(alert(server, at=self.now, **labels)), source=source)

    def storms(self, *servers: str, **labels: Any) -> intake.Taken:
        """One alert of each of these servers, all in one message."""
        told = [alert(server, at=self.now, **labels) for server in servers]
        return self.hears(body(*told))

    def ends(self, server: str = "web1", *, source: str = "am", **labels: Any) -> intake.Taken:
        """It has ended."""
        over = alert(server, at=self.now, ended=self.now, **labels)
        return self.hears(body(over), source=source)

    def posts(self, server: str, *, lasts: float) -> None:
        """The same told over the API v2: believed for so many minutes."""
        told = read_webhook(json.dumps(body(alert(server, at=self.now), group="")).encode())
        until = self.now + timedelta(minutes=lasts)
        alerts = tuple(replace(one, ends_at=until) for one in told.alerts)
        self.do(intake.take, arrivals=[intake.Arrival("am", replace(told, alerts=alerts))])

    def reconciles(self, *alerts: dict[str, Any], source: str = "am", muted: int = 0) -> Any:
        """The source's own API tells all that fires; it has silenced the last `muted` of them."""
        ignore = frozenset(self.plan.alerts.ignore_labels)
        everything = read_webhook(json.dumps(body(*alerts, group="")).encode(), ignore=ignore)
        told = everything.alerts[: len(alerts) - muted]
        return self.do(
            intake.reconcile,
            source=source,
            arrival=intake.Arrival(source, replace(everything, alerts=told)),
            alive=frozenset(one.identity for one in everything.alerts),
            seen_before=self.now,
        )

    # Time

    def passes(self, *, every: float = 30, **span: float) -> None:
        """Time goes by, and the duties of the daemon take their turns in it."""
        end = self.now + timedelta(**span)
        while self.now < end:
            self.now = min(end, self.now + timedelta(seconds=every))
            self.do(watch.page_due)
            self.do(watch.tick)
            self.works()

    def works(self) -> None:
        """The outbox does all that is due."""
        while jobs := self.look(
            outbox.claim, owner="room", kinds=KINDS, now=self.now,
            lease=timedelta(seconds=120), limit=100,
        ):  # fmt: skip
            for job in jobs:
                self.look(self._does, job)

    def _does(self, tx: Tx, job: Job) -> None:
        (incident,) = rows.by_ids(tx, [job.incident])
        if job.kind is EffectKind.TICKET_OPEN and incident.muted_by:
            later = self.now + timedelta(seconds=15)
            outbox.give_back(tx, job, due_at=later, ambiguous=False, error="muted")
        elif job.kind is not EffectKind.PAGE:
            self.tickets.append(f"{job.kind.removeprefix('ticket.')} {job.incident}")
            self._marks(tx, job, OutboxState.DONE)
        elif job.payload["method"] in self.broken_ways:
            later = self.now + timedelta(seconds=20)
            outbox.give_back(tx, job, due_at=later, ambiguous=False, error="refused")
        else:
            self._pages(tx, job)

    def _pages(self, tx: Tx, job: Job) -> None:
        case, event = case_of(tx, job=job, now=self.now), PageEvent(job.payload["event"])
        told, waiting = case.told, case.waiting
        if unwanted(case.incident, event, job.payload, told=told, waiting=waiting):
            pages.end(tx, job.key, state="suppressed", now=self.now)
            self._marks(tx, job, OutboxState.DROPPED)
            return
        self.sent.append(Sent(job.payload["person"], event, job.key, job.incident, self.now))
        pages.end(tx, job.key, state="delivered", now=self.now)
        self._marks(tx, job, OutboxState.DONE)

    def _marks(self, tx: Tx, job: Job, state: OutboxState) -> None:
        assert outbox.finish(tx, job, state=state, result={}, error="", now=self.now)

    # People

    def acts(self, what: Callable[..., Any], id_: int = 1, **told: Any) -> Incident:
        """Mira does something with an incident."""
        done: acts.Done = self.do(what, id_=id_, actor=MIRA, **told)
        return done.incident

    def resolves(self, id_: int = 1, *, words: str = "") -> Incident:
        """Mira says that it is over."""
        return self.acts(acts.resolve, id_, words=words)

    def acts_on_page(self) -> None:
        """The page goes out, and Mira acknowledges it."""
        self.works()
        self.acts(acts.acknowledge)

    def opens(self, title: str, **told: Any) -> Incident:
        """Mira saw it first."""
        order = {"priority": Priority.CRITICAL, "server": None, **told}
        done: acts.Done = self.do(acts.open_by_hand, actor=MIRA, title=title, **order)
        return done.incident

    def silences(self, number: int = 1, *, label: str = "instance", **told: Any) -> None:
        """Alerts with this label are not to be told; `begins` and `lasts` are minutes from now."""
        span = {"begins": 0, "lasts": 30, "value": "web1", **told}
        begins = self.now + timedelta(minutes=span["begins"])
        ends = begins + timedelta(minutes=span["lasts"])
        matcher = Matcher(label, span["value"], False, True)
        one = Silence(str(UUID(int=number)), (matcher,), begins, ends, "mira", "", self.now)
        self.look(quiet.put_silence, one)
        self.do(watch.mute_anew)

    def works_on(self, scope: str, *, begins: float = 0, lasts: float = 30) -> int:
        """Planned work, in minutes from now."""
        start = self.now + timedelta(minutes=begins)
        end = start + timedelta(minutes=lasts)
        number: int = self.look(
            quiet.add_work, scope=scope, starts_at=start, ends_at=end, reason="disks", by="mira"
        )
        self.do(watch.mute_anew)
        return number

    # What is seen

    def incidents(self) -> list[Incident]:
        """All of them, the oldest first."""
        listed: list[Incident] = self.look(rows.listed, limit=1000)
        return listed[::-1]

    def incident(self, key: str = "server:web1") -> Incident:
        """The newest incident about this thing."""
        return [one for one in self.incidents() if one.key == key][-1]

    def log(self, id_: int = 1) -> list[str]:
        """What happened to an incident, in words of its log."""
        return [line.kind for line in self.look(logs.read, "incident", id_)]

    def episodes(self, id_: int = 1) -> list[Episode]:
        """All alerts of an incident, the newest first."""
        found: dict[int, list[Episode]] = self.look(alert_rows.of_incidents, [id_])
        return found[id_]

    def quarantined(self) -> int:
        """How many things nobody could read."""
        count: int = self.look(quarantine.count)
        return count

    def firing(self) -> list[Episode]:
        """The alerts that fire now."""
        found: list[Episode] = self.look(alert_rows.all_firing)
        return found

    def pages(self) -> list[str]:
        """Who was told what, in order."""
        return [f"{one.event} {one.person}" for one in self.sent]


def _keep_references(line: sqlite3.Connection, _: object) -> None:
    line.execute("PRAGMA foreign_keys = ON")


@contextmanager
def opened(how: Plan | None = None) -> Iterator[Room]:
    """A room for one test."""
    room = Room(how)
    try:
        yield room
    finally:
        room.close()
