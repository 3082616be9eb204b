"""What whoever comes on call must know: what happened on this shift, and what is still there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from alerts.quiet import Maintenance
from alerts.silences import Silence
from responder.acts import Unknown
from responder.rota.model import Rota
from responder.rota.outlook import Away, Gap, missing
from responder.rota.standing import AFTER, BEFORE, standing
from responder.rota_values import Changes, Span
from responder.run_values import Run
from responder.store import Tx, handovers, incidents, pages, quiet, rotas, runs
from responder.store.handovers import Happening, Ring
from responder.values import ACTIVE, Incident

SOON = timedelta(hours=24)
Quiet = TypeVar("Quiet", Maintenance, Silence)
_UNSAID = timedelta(hours=12)
_JUST_BEGUN = timedelta(hours=1)


@dataclass(frozen=True)
class Handover:
    """One shift, from `since` to `now`. `tickets` are what the tickets of open incidents are
    called; `ending` is what holds messages back and ends within a day.
    """

    since: datetime
    now: datetime
    rota: Rota | None
    incidents: Mapping[int, Incident]
    tickets: Mapping[int, str]
    happened: Sequence[Happening]
    runs: Sequence[Run]
    rings: Sequence[Ring]
    works: Sequence[Maintenance]
    silences: Sequence[Silence]
    gaps: Sequence[Gap]
    away: Sequence[Away]

    @property
    def open(self) -> list[Incident]:
        """What is left, the worst first; parts of a greater incident go with it."""
        left = [one for one in self.incidents.values() if one.active and one.parent is None]
        return sorted(left, key=lambda one: (-one.priority.rank, one.opened_at))

    @property
    def over(self) -> list[Incident]:
        """What has ended on this shift, in order."""
        done = [one for one in self.incidents.values() if one.state not in ACTIVE]
        ended = [one for one in done if one.resolved_at and one.resolved_at > self.since]
        return sorted(ended, key=lambda one: (one.resolved_at or self.now, one.id))

    @property
    def woken(self) -> Mapping[str, int]:
        """Pages by person, the most first."""
        return dict(Counter(one.person for one in self.rings).most_common())


def handover(
    tx: Tx,
    *,
    known: Mapping[str, Rota],
    rota: str | None,
    since: datetime | None,
    works: Iterable[Maintenance],
    now: datetime,
) -> Handover:
    """All of it in one look. `works` is the maintenance of the configuration. Raises Unknown for a
    rota that is not there.
    """
    if rota is not None and rota not in known:
        raise Unknown(f'no rota is called "{rota}" (there are: {", ".join(known) or "none"})')
    about = known[rota] if rota else next(iter(known.values()), None)
    around = Span(now - _JUST_BEGUN - BEFORE, now + AFTER)
    changes = rotas.within(tx, around)
    begun = since or begins(about, changes, now)
    coming = Span(now, now + SOON)
    found = handovers.concerned(tx, since=begun)
    listed = {one.id: one for one in incidents.by_ids(tx, found)}
    return Handover(
        since=begun,
        now=now,
        rota=about,
        incidents=listed,
        tickets={id_: pages.ticket_of(tx, id_) for id_, one in listed.items() if one.active},
        happened=handovers.happenings(tx, found, since=begun, until=now),
        runs=runs.by_ids(tx, handovers.runs(tx, since=begun)),
        rings=handovers.rings(tx, since=begun, until=now),
        works=_ending([*works, *quiet.works(tx, now=now)], now),
        silences=_ending(quiet.silences(tx, now=now), now),
        gaps=[Gap(one.name, gap) for one in known.values() for gap in one.gaps(coming, changes)],
        away=[one for it in known.values() for one in missing(it, coming, changes)],
    )


def begins(rota: Rota | None, changes: Changes, now: datetime) -> datetime:
    """When the shift began that is handed over: in the first hour of one it is the one before."""
    if rota is None:
        return now - _UNSAID
    on_call = standing(rota, now - _JUST_BEGUN, changes).on_call
    return (on_call[0].since if on_call else None) or now - _UNSAID


def _ending(found: Iterable[Quiet], now: datetime) -> list[Quiet]:
    """What holds now, and ends soon."""
    return [one for one in found if one.starts_at <= now < one.ends_at <= now + SOON]
