"""What team and management read every two weeks: gathered in one look at the store (R92)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from responder.config import Config
from responder.desk.section import WEEKDAYS
from responder.desk.section import Digest as Settings
from responder.desk_values import Major
from responder.kpi.inflow import Cluster, candidates
from responder.management.flow import clusters_of
from responder.management.load import Burden, burdens, zone_of
from responder.plan import Plan
from responder.rota.hours import Strain, whole_weeks
from responder.rota.walltime import last_instant, wall_clock
from responder.rota_values import Span
from responder.store import Tx, handovers, kpis, majors, management, rotas
from responder.store import incidents as incident_rows
from responder.store.management import Mention, PinTries
from responder.values import Incident

SPANS: Final = ("reaction", "useful_response", "resolution", "ack", "recovery")
TOP: Final = 10
_MONDAY: Final = date(1970, 1, 5)  # from which whole spans are counted, so that nothing drifts


@dataclass(frozen=True)
class Numbers:
    """The figures of one span: counted by figure and level, measured in seconds, votes by score."""

    counts: Mapping[tuple[str, str], int]
    spans: Mapping[str, Sequence[int]]
    votes: Mapping[int, int]

    def count(self, name: str, *, level: str | None = None) -> int:
        """All figures whose first word this is; a level's own where one is named."""
        return sum(
            number
            for (figure, of), number in self.counts.items()
            if figure.split("/")[0] == name and level in (None, of)
        )

    def exact(self, figure: str) -> int:
        """Those of exactly these words, or beginning with them where they end in a slash."""
        return sum(
            number
            for (name, _), number in self.counts.items()
            if name == figure or (figure.endswith("/") and name.startswith(figure))
        )


@dataclass(frozen=True)
class Digest:
    """One span and the one before it, of the same length."""

    since: datetime
    until: datetime
    zone: str
    now: Numbers
    before: Numbers
    majors: Sequence[tuple[Major, Incident]]
    kinds: Sequence[Cluster]
    automatable: Sequence[Cluster]
    wishes: Sequence[Mention]
    candidates: Sequence[Mention]
    preventions: Sequence[Mention]
    breaches: Sequence[Mention]
    lessons: Sequence[Mention]
    pins: PinTries
    weeks: Span
    burdens: Sequence[Burden]
    strains: Sequence[Strain]


def span_of(settings: Settings, now: datetime) -> Span:
    """The last whole span of a digest that is over at this moment: it ends on the day and at the
    time of the configuration, by the clocks of its zone, and spans follow each other without a gap.
    """
    zone = ZoneInfo(settings.zone)
    days = max(1, round(settings.every / timedelta(days=1)))
    begin = _MONDAY + timedelta(days=WEEKDAYS.index(settings.day))
    at = time.fromisoformat(settings.at)
    today = wall_clock(now, zone).date()
    last = begin + timedelta(days=(today - begin).days // days * days)
    if _moment(last, at, zone) > now:
        last -= timedelta(days=days)
    return Span(_moment(last - timedelta(days=days), at, zone), _moment(last, at, zone))


def digest_of(tx: Tx, *, span: Span, config: Config, plan: Plan) -> Digest:
    """Everything, with one statement for each part."""
    since, until = span.starts, span.ends
    clusters = clusters_of(tx, plan=plan, since=since, until=until)
    led = majors.declared(tx, since=since, until=until)
    incidents = {one.id: one for one in incident_rows.by_ids(tx, [one.incident for one in led])}
    rotas_ = {name: part.rota(name) for name, part in config.rotas.items()}
    weeks = _weeks(span, zone_of(rotas_.values(), otherwise=config.desk.digest.zone))
    load, strains = burdens(
        rotas_,
        weeks,
        rotas.within(tx, weeks),
        people=config.people,
        rings=handovers.rings(tx, since=weeks.starts, until=min(weeks.ends, until)),
    )
    return Digest(
        since=since,
        until=until,
        zone=config.desk.digest.zone,
        now=numbers(tx, span),
        before=numbers(tx, Span(since - (until - since), since)),
        majors=[(one, incidents[one.incident]) for one in led],
        kinds=clusters[:TOP],
        automatable=candidates(clusters),
        wishes=management.wishes(tx, since=since, until=until),
        candidates=management.candidates(tx, since=since, until=until),
        preventions=management.preventions(tx, since=since, until=until),
        breaches=management.breaches(tx, since=since, until=until),
        lessons=management.lessons(tx, since=since, until=until),
        pins=management.pin_failures(tx, since=since, until=until),
        weeks=weeks,
        burdens=load,
        strains=strains,
    )


def numbers(tx: Tx, span: Span) -> Numbers:
    """The figures of this span."""
    since, until = span.starts, span.ends
    return Numbers(
        counts=management.counts(tx, since=since, until=until),
        spans=management.spans(tx, SPANS, since=since, until=until),
        votes=kpis.votes(tx, since=since, until=until),
    )


def _weeks(span: Span, zone: ZoneInfo) -> Span:
    """The whole calendar weeks from that of its beginning on: too much is too much of a week."""
    count = max(1, ceil((span.ends - span.starts) / timedelta(days=7) - 0.5))
    return whole_weeks(span.starts, zone, weeks=count)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return last_instant(datetime.combine(day, at), zone).astimezone(UTC)
