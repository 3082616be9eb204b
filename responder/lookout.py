"""Looks a fortnight ahead: a minute in which nobody is on call is an alarm today (R74)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from alerts.alertmanager import Reading
from alerts.model import DAEMON, Alert, digest_labels
from playbooks.ports import PageEvent
from responder.board import Board, Saved
from responder.clock import Clock
from responder.intake import Arrival
from responder.live import Live
from responder.metrics import Metrics
from responder.paging.summons import called, reachable, summons
from responder.plan import Plan
from responder.reception import Reception
from responder.rota.outlook import AHEAD, outlook, seconds
from responder.rota_values import Span
from responder.steps import Step
from responder.store import Store, Tx, logs, rotas
from responder.store import alerts as alert_rows
from responder.values import Entry
from responder.vitals import SOURCE

REMIND_HOUR: Final = 9  # by UTC: once a day, when somebody can do something about it
_SHOWN = 10


class Lookout:
    """The duty. A gap raises the alert RotaGap of its rota, and pages the managers once a day until
    it is filled; where there is none, whom the incident would call.
    """

    def __init__(
        self,
        store: Store,
        live: Live,
        reception: Reception,
        *,
        clock: Clock,
        metrics: Metrics,
        follow: Callable[[Saved], None],
    ) -> None:
        self._store = store
        self._live = live
        self._reception = reception
        self._clock = clock
        self._metrics = metrics
        self._follow = follow

    async def turn(self) -> None:
        """Look, raise what is new, end what is over, remind."""
        now = self._clock.now()
        parts = self._live.config.rotas
        changes = await self._store.read(rotas.within, Span(now, now + AHEAD))
        gaps = {
            name: [gap.span for gap in outlook([part.rota(name)], now, changes).gaps]
            for name, part in parts.items()
        }
        self._metrics.know_gaps({name: sum(map(seconds, spans)) for name, spans in gaps.items()})
        raised = await self._store.read(alert_rows.all_firing, source=SOURCE)
        firing = {one.identity: one.labels for one in raised if _is_ours(one.labels)}
        wanted = {digest_labels(labels_of(name)): name for name, spans in gaps.items() if spans}
        alerts = [
            *(_alarm(name, gaps[name], now) for key, name in wanted.items() if key not in firing),
            *(_over(labels, now) for key, labels in firing.items() if key not in wanted),
        ]
        if alerts:
            await self._reception.take(Arrival(SOURCE, Reading(tuple(alerts))))
        if wanted and now.astimezone(UTC).hour >= REMIND_HOUR:
            words = {name: told(name, gaps[name]) for name in wanted.values()}
            plan = self._live.plan
            self._follow(await self._store.write(remind, words=words, plan=plan, now=now))


def remind(tx: Tx, *, words: Mapping[str, str], plan: Plan, now: datetime) -> Saved:
    """One page a day about each gap, however often this is asked; a handed-over or silenced one
    too, for the gap comes nearer all the same.
    """
    board = Board(tx, plan, now=now)
    escalations = board.rings.escalations
    for rota, text in words.items():
        incident = board.at(f"alert:{digest_labels(labels_of(rota))}")
        day = f"{now:%Y-%m-%d}"
        if incident is None or not incident.active or _reminded(tx, incident.id, day):
            continue
        people = reachable(escalations.managers, escalations) or called(incident, escalations)
        entry = Entry("rota_gap", DAEMON, {"rota": rota, "day": day, "people": list(people)}, text)
        incident = board.put(Step(incident, (entry,)))
        board.call(
            summons(
                incident, people, escalations=escalations, event=PageEvent.NEEDED,
                name=f"gap-{day}", facts={"why": text.partition("\n")[0], "text": text},
            )
        )  # fmt: skip
    return board.save()


def labels_of(rota: str) -> Mapping[str, str]:
    """What tells the alert of this rota from every other."""
    return {"alertname": "RotaGap", "rota": rota, "severity": "error"}


def told(rota: str, gaps: Sequence[Span]) -> str:
    """The first line says it all; the others name each gap, in UTC."""
    total = sum(map(seconds, gaps)) / 3600
    lines = [f"Rota {rota}: nobody is on call for {total:.1f} h of the next fortnight"]
    lines += [f"{one.starts:%a %d %b %H:%M} to {one.ends:%a %d %b %H:%M} UTC" for one in gaps]
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"and {len(lines) - _SHOWN} more"]
    return "\n".join([*lines, "responder oncall --next 14d shows the rota; oncall override fills."])


def _alarm(rota: str, gaps: Sequence[Span], now: datetime) -> Alert:
    summary = told(rota, gaps).partition("\n")[0]
    return _alert(labels_of(rota), {"summary": summary}, starts_at=now, ends_at=None)


def _over(labels: Mapping[str, str], now: datetime) -> Alert:
    return _alert(labels, {}, starts_at=None, ends_at=now)


def _alert(
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> Alert:
    identity = digest_labels(labels)
    return Alert(
        labels=labels,
        annotations=annotations,
        firing=ends_at is None,
        starts_at=starts_at,
        ends_at=ends_at,
        generator_url="",
        fingerprint=identity,
        identity=identity,
    )


def _is_ours(labels: Mapping[str, str]) -> bool:
    return labels.get("alertname") == "RotaGap"


def _reminded(tx: Tx, incident: int, day: str) -> bool:
    lines = logs.read(tx, "incident", incident)
    return any(one.kind == "rota_gap" and one.data["day"] == day for one in lines)
