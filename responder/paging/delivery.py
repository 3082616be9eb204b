"""Sends pages out of the outbox: asks again whether they are wanted, sends and marks them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.classify import worst_first
from alerts.inventory import Inventory
from playbooks.outside import OutsideError
from playbooks.ports import Notifier, Page, PageEvent
from responder.clock import Clock
from responder.links import VALID_FOR, Grant, Links, StepGrant
from responder.outbox import Done, Dropped, Later, Outcome
from responder.paging.calls import DIGEST, calling_run, summons_unwanted, words_of
from responder.paging.texts import page_text
from responder.run_values import Run
from responder.store import Store, Tx, logs, pages
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.store import outbox as outbox_rows
from responder.story import told
from responder.values import NOT_WELL, Effect, EffectKind, Episode, Incident, IncidentState, Job

FAILOVER_AFTER = timedelta(seconds=60)
ROUNDS = (PageEvent.OPENED, PageEvent.REPEATED, PageEvent.ESCALATED)


@dataclass(frozen=True, slots=True)
class Ways:
    """How people are reached now: their methods in order, and who carries each kind. Replaced at a
    reload.
    """

    methods: Mapping[str, Sequence[Any]]
    notifiers: Mapping[str, Notifier[Any]]
    inventory: Inventory


@dataclass(frozen=True, slots=True)
class Case:
    """All that a page needs to know at the moment of sending."""

    incident: Incident
    alerts: Sequence[Episode]
    done: Sequence[str]
    ticket: str
    run: Run | None  # the one that calls
    told: bool  # a page of this episode has gone out over the same way
    waiting: bool  # or is still under way there


class Pager:
    """The outbox handler for pages."""

    kinds = (EffectKind.PAGE,)
    hands = 32
    deadline = timedelta(hours=1)
    quiet_seconds = 0.0  # a page that may not have gone out is sent again at once: never silent

    def __init__(self, store: Store, *, ways: Ways, links: Links, clock: Clock) -> None:
        self._store = store
        self.ways = ways
        self._links = links
        self._clock = clock

    async def perform(self, job: Job) -> Outcome:
        case = await self._store.read(case_of, job=job)
        event = PageEvent(job.payload["event"])
        if (
            refusal := unwanted(
                case.incident, event, job.payload, told=case.told, waiting=case.waiting
            )
            or summons_unwanted(case.run, event, job.payload)
        ) is not None:
            return refusal
        method = self._method(job, event)
        if method is None:
            return Dropped("no such contact method any more")
        notifier = self.ways.notifiers.get(method.kind)
        if notifier is None:
            raise OutsideError(
                f"no provider for {method.kind} pages is configured", transient=False
            )
        receipt = await notifier.page(self._page(job, case, event), method)
        repeats = 0 if notifier.keyed else job.ambiguous
        return Done({"reference": receipt.reference, "repeats": repeats})

    def record(self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime) -> tuple[()]:
        """Of one that is dropped now an earlier try may have gone out, unseen: the ledger says so,
        and whoever may have been called is told when it is over.
        """
        if isinstance(outcome, Done):
            pages.end(tx, job.key, state="delivered", **outcome.result, now=now)
        else:
            pages.end(tx, job.key, state="suppressed", repeats=job.ambiguous, now=now)
        return ()

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """A page that does not get through goes over the person's next method as well. (News of an
        incident that goes so is dropped there: it belongs to the way that reached him.)
        """
        if dead:
            unsure = job.ambiguous + error.ambiguous
            pages.end(tx, job.key, state="failed", repeats=unsure, now=now)
        place = job.payload["place"] + 1
        methods = self.ways.methods.get(job.payload["person"], ())
        soonest = now + timedelta(seconds=error.retry_after or 0)
        waits = not dead and soonest - job.created_at < FAILOVER_AFTER
        if place < len(methods) and not waits:
            effect = _next_way(job, place=place, kind=methods[place].kind)
            outbox_rows.add(tx, [effect], now=now)
            pages.queue(tx, [effect], now=now)

    def _method(self, job: Job, event: PageEvent) -> Any | None:
        """The method that was meant; where a reload has changed them, a call takes his first."""
        methods = self.ways.methods.get(job.payload["person"], ())
        place = job.payload["place"]
        if place < len(methods) and methods[place].kind == job.payload["method"]:
            return methods[place]
        return methods[0] if methods and event in ROUNDS else None

    def _page(self, job: Job, case: Case, event: PageEvent) -> Page:
        incident, person = case.incident, job.payload["person"]
        link = self._link(incident, person, event, case.run)
        server = self.ways.inventory.servers.get(incident.server or "")
        where = [part for part in (server.datacentre, server.rack) if part] if server else []
        order = worst_first(alert.labels for alert in case.alerts)
        words = page_text(
            event=event,
            title=job.payload.get("why", incident.title),
            priority=incident.priority,
            since=incident.opened_at,
            server=incident.server,
            place=", ".join(where),
            affected=_affected(incident),
            alerts=[_one_line(case.alerts[place]) for place in order],
            ticket=case.ticket,
            link=link,
            step=job.payload["step"] + 1,
            done=case.done,
            more=words_of(case.run, event, job.payload),
            drill=incident.drill,
        )
        return Page(
            key=job.key,
            thread=f"{incident.ref}/{incident.episode}",
            event=event,
            person=person,
            step=job.payload["step"] + 1,
            incident=str(incident.id),
            priority=incident.priority,
            title=words.title,
            text=words.text,
            server=incident.server,
            link=link,
            at=incident.opened_at,
        )

    def _link(self, incident: Incident, person: str, event: PageEvent, run: Run | None) -> str:
        """To the question while one is asked, else to the incident."""
        if event is PageEvent.APPROVAL and run is not None and run.asked:
            until = datetime.fromisoformat(run.asked["until"])
            digest = str(run.asked["digest"])[:DIGEST]
            return self._links.decide(StepGrant(run.id, digest, person, until))
        until = self._clock.now() + VALID_FOR
        return self._links.acknowledge(Grant(incident.id, incident.episode, person, until))


def unwanted(
    incident: Incident, event: PageEvent, payload: Mapping[str, Any], *, told: bool, waiting: bool
) -> Dropped | Later | None:
    """Why this page must not go out now, asked again at the moment of sending (pure); None when it
    must.
    """
    if event in ROUNDS:
        return _unwanted_round(incident, payload)
    if event is PageEvent.RECOVERED:
        if incident.state in NOT_WELL and incident.episode == payload["episode"]:
            return Dropped("it is not over")
        if waiting:
            return Later(1.0, "the page before it is still under way")
    if event in (PageEvent.RECOVERED, PageEvent.ACKNOWLEDGED) and not told:
        return Dropped("this person was never paged")
    return None


def _unwanted_round(incident: Incident, payload: Mapping[str, Any]) -> Dropped | None:
    if incident.episode != payload["episode"]:
        return Dropped("an earlier episode")
    if incident.state is not IncidentState.OPEN:
        by = f" by {incident.acknowledged_by}" if incident.acknowledged_by else ""
        return Dropped(f"{incident.state}{by}")
    if incident.muted_by:
        return Dropped(f"muted by {', '.join(incident.muted_by)}")
    return None


def case_of(tx: Tx, *, job: Job) -> Case:
    """How things stand now for this page."""
    (incident,) = incident_rows.by_ids(tx, [job.incident])
    way = tuple(job.payload[name] for name in ("episode", "person", "place"))
    ledger = pages.of_incidents(tx, [incident.id])[incident.id]
    calls = [
        one for one in ledger if (one.episode, one.person, one.place) == way and one.event in ROUNDS
    ]
    return Case(
        incident=incident,
        alerts=alert_rows.firing_of(tx, [incident.id]),
        done=[f"{line.at:%H:%M} {told(line)}" for line in _acts(tx, incident.id)],
        ticket=pages.ticket_of(tx, incident.id),
        run=calling_run(tx, job.payload),
        told=any(one.told for one in calls),
        waiting=any(one.state == "queued" for one in calls),
    )


_SHOWN = frozenset(
    {"acknowledged", "escalated", "snoozed", "note", "reopened", "playbook_step", "playbook_needs"}
)


def _acts(tx: Tx, incident: int) -> list[logs.Line]:
    return [line for line in logs.read(tx, "incident", incident) if line.kind in _SHOWN]


def _next_way(job: Job, *, place: int, kind: str) -> Effect:
    stem = job.key.rsplit("/", 1)[0]
    payload = {**job.payload, "place": place, "method": kind}
    return Effect(f"{stem}/{place}", EffectKind.PAGE, job.incident, payload)


def _one_line(alert: Episode) -> str:
    name = alert.labels.get("alertname", "alert")
    about = alert.annotations.get("summary") or alert.annotations.get("description") or ""
    return f"{name}: {about}" if about else name


def _affected(incident: Incident) -> str:
    return f"brand {incident.brand}" if incident.brand else ""
