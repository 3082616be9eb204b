"""The hand-over of a shift as a text for the person who comes (pure)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from playbooks.plain import one_line
from probes.durations import show_duration
from responder.handover import Handover
from responder.run_values import Run
from responder.values import Incident

_SHOWN = 40  # lines of one part
_NOT_WELL = ("failed", "unknown", "aborted")


def words(told: Handover) -> str:
    """Part by part, times by the clocks of the rota; a part with nothing in it is left out."""
    page = _Page(told)
    parts = [
        ("Still open", page.open()),
        ("Over", page.over()),
        ("What people wrote", page.notes()),
        ("Runs of playbooks", page.runs()),
        ("Who was woken", page.woken()),
        ("Holds messages back, and ends soon", page.ending()),
        ("The next 24 hours of the rotas", page.coming()),
    ]
    blocks = [page.head()]
    for title, lines in parts:
        if told_ := list(lines):
            blocks.append("\n".join([f"{title} ({len(told_)})", *_cut(told_)]))
    if not any((told.open, told.over, told.rings)):
        blocks.insert(1, "A quiet shift: nothing is open, nothing has ended, nobody was woken.")
    return "\n\n".join(blocks)


class _Page:
    """The lines of each part."""

    def __init__(self, told: Handover) -> None:
        self._told = told
        self._zone: tzinfo = told.rota.zone if told.rota else UTC

    def head(self) -> str:
        told = self._told
        whose = f" of {told.rota.name}" if told.rota else ""
        zone = told.rota.zone.key if told.rota else "UTC"
        lasted = show_duration(told.now - told.since)
        times = f"{self._day(told.since)} to {self._day(told.now)} ({zone}, {lasted})"
        return f"Hand-over{whose}, {times}"

    def open(self) -> Iterator[str]:
        for one in self._told.open:
            ticket = self._told.tickets.get(one.id)
            parts = [self._name(one), f"since {self._day(one.opened_at)}, {one.state}"]
            parts.append(
                f"{one.acknowledged_by} has it" if one.acknowledged_by else "nobody has it"
            )
            parts += [f"ticket {ticket}"] if ticket else []
            parts += [f"held back by {', '.join(one.muted_by)}"] if one.muted_by else []
            yield ", ".join(parts)

    def over(self) -> Iterator[str]:
        for one in self._told.over:
            ended = one.resolved_at or one.changed_at
            lasted = show_duration(ended - one.opened_at)
            whose = f", {one.acknowledged_by} had it" if one.acknowledged_by else ""
            yield f"{self._name(one)}, over at {self._clock(ended)} after {lasted}{whose}"

    def notes(self) -> Iterator[str]:
        for one in self._told.happened:
            if one.words:
                did = "" if one.kind == "note" else f" ({one.kind.replace('_', ' ')})"
                said = f"{self._clock(one.at)} #{one.incident} {one.actor}{did}: {one.words}"
                yield one_line(said, limit=300)

    def runs(self) -> Iterator[str]:
        order = sorted(self._told.runs, key=lambda run: (run.ended_at is not None, run.id))
        yield from map(self._run, order)

    def woken(self) -> Iterator[str]:
        for person, count in self._told.woken.items():
            mine = [one for one in self._told.rings if one.person == person]
            about = len({one.incident for one in mine})
            times = f"{count} page{'s' if count > 1 else ''}"
            yield (
                f"{person}: {times} about {about} incident{'s' if about > 1 else ''}, the last at"
                f" {self._clock(mine[-1].at)}"
            )

    def ending(self) -> Iterator[str]:
        for work in self._told.works:
            why = f": {work.reason}" if work.reason else ""
            yield one_line(f"work on {work.scope} until {self._day(work.ends_at)}{why}")
        for silence in self._told.silences:
            which = ", ".join(
                f"{one.name}{'=' if one.is_equal else '!='}{one.value}" for one in silence.matchers
            )
            until = self._day(silence.ends_at)
            yield one_line(f"silence of {which} until {until}: {silence.comment}")

    def coming(self) -> Iterator[str]:
        for gap in self._told.gaps:
            times = f"{self._day(gap.span.starts)} to {self._day(gap.span.ends)}"
            yield f"GAP in {gap.rota}: nobody is on call from {times}"
        for one in self._told.away:
            cover = "others are on call" if one.covered else "NOBODY ELSE IS ON CALL"
            times = f"{self._day(one.span.starts)} to {self._day(one.span.ends)}"
            why = f" ({one.absence.why})" if one.absence.why else ""
            yield one_line(f"{one.absence.person} is away{why} in {one.rota}, {times}: {cover}")

    def _run(self, run: Run) -> str:
        state = str(run.state).upper() if run.state in _NOT_WELL else str(run.state)
        where = f" on {run.target}" if run.target else ""
        outcome = f": {run.outcome}" if run.outcome else ""
        drill = ", a drill" if run.drill else ""
        told = f"run {run.id} of {run.playbook}{where}, #{run.incident}, {state}{drill}{outcome}"
        return one_line(told)

    def _name(self, one: Incident) -> str:
        drill = "DRILL " if one.drill else ""
        return one_line(f"#{one.id} {drill}{one.priority}: {one.title}")

    def _day(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%a %d %b %H:%M}"

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M}"


def _cut(lines: list[str]) -> Iterable[str]:
    more = len(lines) - _SHOWN
    shown = [f"  {line}" for line in lines[:_SHOWN]]
    return [*shown, f"  and {more} more"] if more > 0 else shown
