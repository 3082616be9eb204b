"""Every operational metric by name; the KPI families stand in responder/kpi/metrics.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product

from prometheus_client import CollectorRegistry, disable_created_metrics

from alerts.model import Category, Priority
from responder.customers.brands import Way
from responder.customers.wording import Change
from responder.intake import Taken
from responder.meters import Maker
from responder.pins import Verdict
from responder.probe_metrics import ProbeMetrics
from responder.store import Tx, majors, outbox, pages, quarantine
from responder.store import incidents as incident_rows
from responder.values import EffectKind, Job

# Closed lists: a label may take no other value (DESIGN 16).
REJECTIONS = ("auth", "too_large", "encoding", "unreadable", "method", "overload")
CALLBACK_REFUSALS = ("signature", "link", "old", "form", "number", "token")
PAGE_OUTCOMES = ("delivered", "failed", "suppressed")
METHODS = ("apprise", "email", "goalert", "ntfy", "pagerduty", "sms", "voice", "webhook")
# Whoever may show a page twice that was sent twice under one key.
KEYLESS = ("apprise", "email", "ntfy", "sms", "voice", "webhook")
_OF_STATE = {"done": "delivered", "dead": "failed", "dropped": "suppressed"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store says at one moment, for the gauges."""

    at: datetime
    open_incidents: Mapping[tuple[str, str], int] = field(default_factory=dict)
    outbox: Mapping[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)
    unpaged: int = 0
    quarantined: int = 0
    firing: int = 0
    majors: int = 0


def snapshot(tx: Tx, *, now: datetime, unpaged_before: datetime) -> Snapshot:
    """Everything that the gauges show, in one look."""
    return Snapshot(
        at=now,
        open_incidents=incident_rows.counts(tx),
        outbox=outbox.depths(tx),
        unpaged=pages.unpaged(tx, queued_before=unpaged_before),
        quarantined=quarantine.count(tx),
        firing=incident_rows.firing(tx),
        majors=majors.count(tx),
    )


class Metrics:
    """The families that say how the daemon itself is."""

    def __init__(self, registry: CollectorRegistry, *, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry
        make = Maker(registry)
        self._make_intake(make)
        self._make_incidents(make)
        self._make_voice(make)
        self._make_desk(make)
        self._make_daemon(make)
        self.probes = ProbeMetrics(make, version=version)
        self.build_info = make.gauge("responder_build_info", "Which program this is", "version")
        self.build_info.labels(version).set(1)
        self._begin()

    def _make_intake(self, make: Maker) -> None:
        self.received = make.counter(
            "responder_alerts_received", "Alerts taken in", "sender", "status"
        )
        self.rejected = make.counter(
            "responder_intake_rejected", "Messages refused at the doors", "sender", "reason"
        )
        self.unknown = make.counter(
            "responder_alerts_resolved_unknown", "Resolves of alerts never seen firing"
        )
        self.truncated = make.counter(
            "responder_intake_truncated", "Messages that a sender cut off (max_alerts)", "sender"
        )
        self.sender_seen = make.gauge(
            "responder_sender_last_seen_timestamp_seconds", "When a sender last spoke", "sender"
        )
        self.reconciled = make.counter(
            "responder_reconcile", "Looks at a sender's own API", "sender", "outcome"
        )
        self.quarantined = make.gauge(
            "responder_quarantined_bodies", "Different bodies that nobody could read"
        )

    def _make_incidents(self, make: Maker) -> None:
        self.incidents_open = make.gauge(
            "responder_incidents_open", "Active incidents", "category", "priority"
        )
        self.alerts_firing = make.gauge("responder_alerts_firing", "Alerts that fire now")
        self.majors = make.gauge("responder_major_incidents", "Major incidents that are not over")
        self.majors_overdue = make.counter(
            "responder_major_updates_overdue", "Times that customers had not heard when promised"
        )
        self.unpaged = make.gauge(
            "responder_unpaged_critical_incidents",
            "Open critical incidents without a delivered page",
        )

    def _make_voice(self, make: Maker) -> None:
        self.pages = make.counter(
            "responder_pages_sent", "Pages by what became of them", "method", "outcome"
        )
        self.repeated = make.counter(
            "responder_pages_repeated", "Pages that may have gone out twice (same key)", "method"
        )
        self.unproved = make.gauge(
            "responder_untested_methods",
            "Ways to reach people that nobody has proved for 30 days",
        )
        self.oncall_gap = make.gauge(
            "responder_oncall_gap_seconds",
            "Time of the next 14 days in which nobody is on call",
            "rota",
        )
        self.calendars_unread = make.gauge(
            "responder_calendars_unread", "Calendars of people that cannot be read"
        )
        self.callbacks_refused = make.counter(
            "responder_callbacks_refused", "Answers to pages that a door refused", "reason"
        )
        self.customers = make.counter(
            "responder_customer_messages",
            "Messages to customers by what became of them",
            *("change", "way", "outcome"),
        )

    def _make_desk(self, make: Maker) -> None:
        self.ticket_polls = make.counter(
            "responder_ticket_polls", "Looks for what people did in the ticket system", "outcome"
        )
        self.incomplete = make.counter(
            "responder_ticket_acts_incomplete", "Acts refused for want of reason or log", "act"
        )
        self.pin_tries = make.counter(
            "responder_pin_tries", "Tries of support PINs by what became of them", "outcome"
        )

    def _make_daemon(self, make: Maker) -> None:
        self.outbox_depth = make.gauge(
            "responder_outbox_depth", "Effects that wait to be done", "kind"
        )
        self.outbox_oldest = make.gauge(
            "responder_outbox_oldest_seconds", "Age of the oldest waiting effect", "kind"
        )
        self.dead_letters = make.gauge(
            "responder_dead_letters", "Effects that wait for a person", "kind"
        )
        self.effects = make.counter(
            "responder_effects", "Effects by what became of them", "kind", "outcome"
        )
        self.loop_failures = make.counter(
            "responder_loop_failures", "Turns of a duty that raised", "loop"
        )
        self.loop_lag = make.gauge("responder_loop_lag_seconds", "How late a duty is", "loop")
        self.store_queue = make.gauge(
            "responder_store_queue", "Transactions that wait to be written"
        )
        self.store_wal = make.gauge("responder_store_wal_bytes", "Size of SQLite's write-ahead log")
        self.reload_ok = make.gauge(
            "responder_config_last_reload_successful", "1 when the newest configuration is in force"
        )
        self.reload_at = make.gauge(
            "responder_config_last_reload_success_timestamp_seconds",
            "When a configuration last came into force",
        )
        self.heartbeat_ok = make.gauge(
            "responder_heartbeat_last_success_timestamp_seconds",
            "When the outside last heard that we live",
        )

    def _begin(self) -> None:
        """Closed sets begin at 0: a series born at 1 is invisible to increase()."""
        self.reload_ok.set(1)
        self.reload_at.set_to_current_time()
        for category, priority in _CLASSES:
            self.incidents_open.labels(category, priority).set(0)
        for kind in EffectKind:
            for gauge in (self.outbox_depth, self.outbox_oldest, self.dead_letters):
                gauge.labels(kind).set(0)
            for outcome in ("done", "dropped", "dead"):
                self.effects.labels(kind, outcome)
        self._begin_doors()
        for change, way, outcome in product(Change, Way, PAGE_OUTCOMES):
            self.customers.labels(change, way, outcome)
        for method in METHODS:
            self.repeated.labels(method)
            for outcome in PAGE_OUTCOMES:
                self.pages.labels(method, outcome)

    def _begin_doors(self) -> None:
        for outcome in ("done", "failed"):
            self.ticket_polls.labels(outcome)
        for reason in REJECTIONS:
            self.rejected.labels("", reason)
        for reason in CALLBACK_REFUSALS:
            self.callbacks_refused.labels(reason)
        for verdict in Verdict:
            self.pin_tries.labels(verdict)

    def know_duties(self, names: Iterable[str]) -> None:
        """The daemon's duties begin at 0 too."""
        for name in names:
            self.loop_failures.labels(name)

    def know_senders(self, names: Iterable[str]) -> None:
        """The senders of the configuration begin at 0 too."""
        for name in names:
            self.truncated.labels(name)
            for outcome in ("done", "failed"):
                self.reconciled.labels(name, outcome)
            for status in ("firing", "resolved"):
                self.received.labels(name, status)
            for reason in REJECTIONS:
                self.rejected.labels(name, reason)

    def taken(self, taken: Taken) -> None:
        """A batch of messages was stored."""
        self.unknown.inc(taken.unknown)

    def refused(self, sender: str, code: str) -> None:
        """A door refused a message; an unknown sender is counted without a name."""
        self.rejected.labels(sender, code if code in REJECTIONS else "unreadable").inc()

    def callback_refused(self, reason: str) -> None:
        """The door for answers to pages sent somebody away."""
        self.callbacks_refused.labels(reason).inc()

    def know_acts(self, verbs: Iterable[str]) -> None:
        """What can be done to tickets begins at 0 too."""
        for verb in verbs:
            self.incomplete.labels(verb)

    def act_lacked(self, verb: str) -> None:
        """A level moved or ended a ticket and did not say all that the next one needs."""
        self.incomplete.labels(verb).inc()

    def pin_tried(self, verdict: Verdict) -> None:
        """Somebody gave the PIN of an account, or what he took for it."""
        self.pin_tries.labels(verdict).inc()

    def polled(self, outcome: str) -> None:
        """The ticket system was asked what people did there: done or failed."""
        self.ticket_polls.labels(outcome).inc()

    def looked(self, sender: str, outcome: str) -> None:
        """A sender's own API was asked: done or failed."""
        self.reconciled.labels(sender, outcome).inc()

    def effect_ended(self, job: Job, state: str) -> None:
        """The outbox has marked an effect."""
        self.effects.labels(job.kind, state).inc()
        if job.kind is EffectKind.CUSTOMER_TELL:
            told = job.payload["change"], job.payload["way"]
            self.customers.labels(*told, _OF_STATE[state]).inc()
        if job.kind is EffectKind.PAGE:
            self.pages.labels(job.payload["method"], _OF_STATE[state]).inc()
            if state == "done" and job.payload["method"] in KEYLESS:
                self.repeated.labels(job.payload["method"]).inc(job.ambiguous)

    def page_missed(self, method: str) -> None:
        """A provider that had taken a page says that it reached nobody."""
        self.pages.labels(method, "failed").inc()

    def know_gaps(self, gaps: Mapping[str, float]) -> None:
        """Seconds of the coming fortnight in which nobody is on call, of every rota there is."""
        self.oncall_gap.clear()
        for rota, seconds in gaps.items():
            self.oncall_gap.labels(rota).set(seconds)

    def show(self, now: Snapshot) -> None:
        """The gauges as the store says."""
        for one in _CLASSES:
            self.incidents_open.labels(*one).set(now.open_incidents.get(one, 0))
        for kind in EffectKind:
            states = (now.outbox.get((kind, state)) for state in ("due", "claimed"))
            waiting = [found for found in states if found]
            self.outbox_depth.labels(kind).set(sum(count for count, _ in waiting))
            oldest = min((since for _, since in waiting), default=now.at)
            self.outbox_oldest.labels(kind).set(max(0.0, (now.at - oldest).total_seconds()))
            self.dead_letters.labels(kind).set(now.outbox.get((kind, "dead"), (0, now.at))[0])
        self.unpaged.set(now.unpaged)
        self.quarantined.set(now.quarantined)
        self.alerts_firing.set(now.firing)
        self.majors.set(now.majors)


_CLASSES = tuple((category, priority) for category in Category for priority in Priority)
