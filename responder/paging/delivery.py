"""Sends pages out of the outbox: asks again whether they are wanted, sends and marks them."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.classify import worst_first
from alerts.inventory import Inventory, Place
from playbooks.outside import OutsideError
from playbooks.plain import how_many
from playbooks.ports import Notifier, Page, PageEvent, Receipt
from responder.clock import Clock
from responder.links import VALID_FOR, AnswerGrant, Grant, Links, StepGrant
from responder.outbox import CALL_SECONDS, Done, Dropped, Later, Outcome
from responder.paging.attempts import receipted, refused, taken, try_next
from responder.paging.calls import DIGEST, calling_run, summons_unwanted, words_of
from responder.paging.escalation import NEWS, ROUNDS
from responder.paging.ringing import Ringing
from responder.paging.texts import page_text, short_text
from responder.paging.throttle import LONGEST
from responder.paging.wanted import CALLS, held_back, unwanted
from responder.patience import pause_after
from responder.run_values import Run
from responder.store import Store, Tx, logs, pages
from responder.store import alerts as alert_rows
from responder.store import incidents as incident_rows
from responder.story import begun, told
from responder.values import Effect, EffectKind, Episode, Incident, Job

# A minute, less what the next try may last: only so the other way is taken within a minute.
FAILOVER_AFTER = timedelta(seconds=60 - CALL_SECONDS)
_A_MOMENT = 5.0  # seconds; a wait that is over before anybody has seen it is not told
_LATELY = timedelta(days=1)  # an incident that is open for longer is asked about again and again


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
    since: datetime  # this episode
    done: Sequence[str]
    ticket: str
    run: Run | None  # the one that calls
    told: bool  # a page of this episode has gone out over the same way
    waiting: bool  # or is still under way there
    overtaken: bool  # what has gone out there is newer than this page
    sent: Mapping[str, datetime]  # when which page rang this person over this kind of method
    others: int = 0  # further incidents of this person that nobody has acknowledged


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
        self._ringing = Ringing()

    async def perform(self, job: Job) -> Outcome:
        case = await self._store.read(case_of, job=job, now=self._clock.now())
        sent = self._ringing.besides(job, case.sent)
        event = PageEvent(job.payload["event"])
        if (
            refusal := unwanted(
                case.incident,
                event,
                job.payload,
                told=case.told,
                waiting=case.waiting,
                overtaken=case.overtaken,
            )
            or summons_unwanted(case.run, event, job.payload)
            or held_back(case.incident, event, job.payload, sent=sent, now=self._clock.now())
        ) is not None:
            return await self._refused(job, refusal)
        method = self._method(job, event)
        if method is None:
            return Dropped("no such contact method any more")
        notifier = self.ways.notifiers.get(method.kind)
        if notifier is None:
            raise OutsideError(
                f"no provider for {method.kind} pages is configured", transient=False
            )
        receipt = await self._rung(job, notifier.page(self._page(job, case, event), method))
        return Done(receipted(receipt, repeats=0 if notifier.keyed else job.ambiguous))

    def record(self, tx: Tx, job: Job, outcome: Done | Dropped, *, now: datetime) -> tuple[()]:
        """Of one that is dropped now an earlier try may have gone out, unseen: the ledger says so,
        and whoever may have been called is told when it is over.
        """
        if isinstance(outcome, Done):
            taken(tx, job.key, outcome.result, now=now)
        else:
            pages.end(tx, job.key, state="suppressed", repeats=job.ambiguous, now=now)
        return ()

    def trouble(self, tx: Tx, job: Job, error: OutsideError, *, dead: bool, now: datetime) -> None:
        """A page that does not get through goes over the person's next method as well. (News of an
        incident that goes so is dropped there: it belongs to the way that reached him.)
        """
        refused(tx, job.key, error, now=now)
        if dead:
            unsure = job.ambiguous + error.ambiguous
            pages.end(tx, job.key, state="failed", repeats=unsure, now=now)
        soonest = now + timedelta(seconds=pause_after(job.attempts, error))
        if dead or soonest - job.created_at >= FAILOVER_AFTER:
            page = Effect(job.key, job.kind, job.incident, job.payload)
            methods = self.ways.methods.get(job.payload["person"], ())
            try_next(tx, page, methods, now=now)

    async def _rung(self, job: Job, call: Awaitable[Receipt]) -> Receipt:
        """From the first word on it counts for whoever else would ring this person."""
        self._ringing.begin(job, now=self._clock.now())
        try:
            return await call
        except OutsideError:
            self._ringing.fail(job)
            raise

    async def _refused(self, job: Job, refusal: Dropped | Later) -> Dropped | Later:
        """Everybody can see until when it is held back."""
        if isinstance(refusal, Later) and refusal.seconds > _A_MOMENT:
            until = self._clock.now() + timedelta(seconds=refusal.seconds)
            await self._store.write(pages.delay, job.key, until=until)
        return refusal

    def _method(self, job: Job, event: PageEvent) -> Any | None:
        """The method that was meant; where a reload has changed them, what asks somebody to do
        something takes his first.
        """
        methods = self.ways.methods.get(job.payload["person"], ())
        place = job.payload["place"]
        if place < len(methods) and methods[place].kind == job.payload["method"]:
            return methods[place]
        return methods[0] if methods and event not in NEWS else None

    def _page(self, job: Job, case: Case, event: PageEvent) -> Page:
        incident, person = case.incident, job.payload["person"]
        link = self._link(incident, person, event, case.run)
        server = self.ways.inventory.servers.get(incident.server or "")
        where = [part for part in (server.datacentre, server.rack) if part] if server else []
        order = worst_first(alert.labels for alert in case.alerts)
        title = job.payload.get("why", incident.title)
        words = page_text(
            event=event,
            title=title,
            priority=incident.priority,
            since=case.since,
            server=incident.server,
            place=", ".join(where),
            affected=_affected(incident, self.ways.inventory),
            alerts=[_one_line(case.alerts[place]) for place in order],
            ticket=case.ticket,
            link=link,
            step=job.payload["step"] + 1,
            done=case.done,
            more=words_of(case.run, event, job.payload),
            others=case.others,
            drill=incident.drill,
        )
        short = short_text(
            event=event,
            title=title,
            priority=incident.priority,
            server=incident.server,
            link=link,
            others=case.others,
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
            at=case.since,
            short=short,
            answer=self._answer(job, event, incident.episode),
        )

    def _answer(self, job: Job, event: PageEvent, episode: int) -> str:
        """Where a key press may come in."""
        person, until = job.payload["person"], self._clock.now() + VALID_FOR
        return self._links.answer(AnswerGrant(job.key, event, job.incident, episode, person, until))

    def _link(self, incident: Incident, person: str, event: PageEvent, run: Run | None) -> str:
        """To the question while one is asked, else to the incident."""
        if event is PageEvent.APPROVAL and run is not None and run.asked:
            until = datetime.fromisoformat(run.asked["until"])
            digest = str(run.asked["digest"])[:DIGEST]
            return self._links.decide(StepGrant(run.id, digest, person, until))
        until = self._clock.now() + VALID_FOR
        return self._links.acknowledge(Grant(incident.id, incident.episode, person, until))


def case_of(tx: Tx, *, job: Job, now: datetime) -> Case:
    """How things stand now for this page."""
    (incident,) = incident_rows.by_ids(tx, [job.incident])
    way = tuple(job.payload[name] for name in ("episode", "person", "place"))
    ledger = pages.of_incidents(tx, [incident.id])[incident.id]
    calls = [
        one for one in ledger if (one.episode, one.person, one.place) == way and one.event in CALLS
    ]
    lines = logs.read(tx, "incident", incident.id)
    return Case(
        incident=incident,
        alerts=alert_rows.firing_of(tx, [incident.id]),
        since=begun(lines, otherwise=incident.opened_at),
        done=[f"{line.at:%H:%M} {told(line)}" for line in lines if line.kind in _SHOWN],
        ticket=pages.ticket_of(tx, incident.id),
        run=calling_run(tx, job.payload),
        told=any(one.told for one in calls),
        waiting=any(one.state == "queued" and not one.held(now) for one in calls),
        overtaken=any(_newer(one, job) for one in calls),
        sent=pages.rung(tx, job.payload["person"], job.payload["method"], since=now - LONGEST),
        others=_others(tx, job) if job.payload["event"] in ROUNDS else 0,
    )


def _newer(one: pages.Delivery, job: Job) -> bool:
    return one.state == "delivered" and one.event in ROUNDS and one.step > job.payload["step"]


_PLACES = ("dc", "rack", "server", "reseller")
_ANSWERS = ("acknowledged", "lapsed", "escalated", "snoozed", "note", "reopened")
_SHOWN = frozenset((*_ANSWERS, "playbook_step", "playbook_needs"))


def _others(tx: Tx, job: Job) -> int:
    since, person = job.created_at - _LATELY, job.payload["person"]
    return pages.unanswered(tx, person, besides=job.incident, since=since)


def _one_line(alert: Episode) -> str:
    name = alert.labels.get("alertname", "alert")
    about = alert.annotations.get("summary") or alert.annotations.get("description") or ""
    return f"{name}: {about}" if about else name


def _affected(incident: Incident, inventory: Inventory) -> str:
    """Whose customers suffer, and how many, as far as the inventory and the panels tell."""
    thing = incident.key if incident.key.partition(":")[0] in _PLACES else ""
    key = thing or (f"server:{incident.server}" if incident.server else "")
    resellers = inventory.resellers_on(Place((key,))) if key else 0
    counts = {"reseller": resellers, "account": inventory.accounts_on(key)}
    told = [how_many(count, what) for what, count in counts.items() if count]
    own = (incident.brand,) if incident.brand else ()
    brands = ", ".join(dict.fromkeys((*own, *inventory.brands_on(key))))
    named = [f"brand{'s' * (', ' in brands)} {brands}"] if brands else []
    return ", ".join([*named, *told])
