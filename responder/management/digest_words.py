"""A digest as Markdown, for a mail and for a terminal (pure)."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from playbooks.plain import how_many, one_line
from probes.durations import show_duration
from probes.redaction import scrub
from responder.kpi.inflow import Cluster
from responder.management.digest import Digest, Numbers
from responder.store.management import Mention

_LONGEST: Final = 200
_SHOWN: Final = 20  # lines of one list
_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#|!])")
_NAMES: Final = {
    "reaction": "Time of reaction",
    "useful_response": "Useful response",
    "resolution": "Resolution",
    "ack": "Page acknowledged",
    "recovery": "Recovery",
}


def subject(digest: Digest) -> str:
    """The one line of a mail."""
    return f"Support digest, {_day(digest, digest.since)} to {_day(digest, digest.until)}"


def words(digest: Digest) -> str:
    """All parts; one with nothing in it says so, for nothing is news as well."""
    parts = (
        ("Figures", _figures(digest)),
        ("Major incidents", _majors(digest)),
        ("What came most", map(_kind, digest.kinds)),
        ("Worth a playbook", map(_kind, digest.automatable)),
        ("What customers wish", map(_wish, digest.wishes)),
        ("Worth an article", map(_mention, digest.candidates)),
        ("So that it does not come again", map(_prevention, digest.preventions)),
        ("Promises that were not kept", map(_breach, digest.breaches)),
        ("For those who train level 1", map(_lesson, digest.lessons)),
        ("Load of people", _load(digest)),
        ("Support PINs", _pins(digest)),
    )
    head = f"# {subject(digest)}\n\nTimes by {digest.zone}; the span before it in brackets."
    blocks = [head, *(_part(title, list(lines)) for title, lines in parts)]
    return "\n\n".join(blocks) + "\n"


def _part(title: str, lines: Sequence[str]) -> str:
    more = len(lines) - _SHOWN
    shown = [f"- {line}" for line in lines[:_SHOWN]] or ["Nothing."]
    return "\n".join([f"## {title}", "", *shown, *([f"- and {more} more"] if more > 0 else [])])


def _figures(digest: Digest) -> Iterator[str]:
    now, before = digest.now, digest.before
    for name, title in (("opened", "Tickets opened"), ("solved", "Tickets solved")):
        yield f"{title}: {_change(now.count(name), before.count(name))}"
    yield f"Solved at level 1: {_percent(*_level1(now))} ({_percent(*_level1(before))})"
    for name, title in _NAMES.items():
        yield f"{title}: {_times(now.spans[name])} ({_times(before.spans[name])})"
    yield f"Satisfied, 4 or 5: {_percent(*_happy(now))} ({_percent(*_happy(before))})"
    for name, title in (("escalated", "Escalated"), ("reopened", "Came back")):
        yield f"{title}: {_change(now.count(name), before.count(name))}"
    bare = _change(_without(now), _without(before))
    yield f"Handed back without a solution: {bare}"
    yield f"Promises not kept: {_change(now.count('sla_breach'), before.count('sla_breach'))}"


def _level1(numbers: Numbers) -> tuple[int, int]:
    levels = ("level-1", "level-2", "level-3")
    solved = [numbers.count("solved", level=level) for level in levels]
    return solved[0], sum(solved)


def _happy(numbers: Numbers) -> tuple[int, int]:
    good = sum(count for score, count in numbers.votes.items() if score >= 4)
    return good, sum(numbers.votes.values())


def _without(numbers: Numbers) -> int:
    found = {figure for figure, _ in numbers.counts if figure.startswith("handback/")}
    return sum(numbers.exact(figure) for figure in found if figure.endswith("/no"))


def _majors(digest: Digest) -> Iterator[str]:
    for one, incident in digest.majors:
        over = incident.recovered_at or incident.resolved_at
        lasted = show_duration(over - incident.opened_at) if over else "not over"
        late = f", customers waited {how_many(one.overdue, 'time')}" if one.overdue else ""
        causes = f"; causes: {', '.join(one.causes)}" if one.causes else "; no cause is named yet"
        told = f"{_day(digest, incident.opened_at)} incident {incident.id}: {incident.title}, "
        yield _safe(f"{told}{lasted}{late}{causes}")


def _kind(one: Cluster) -> str:
    growth = "new" if one.growth is None else f"{one.growth:+.0%}"
    spent = show_duration(timedelta(seconds=one.handling))
    has = ", has a playbook" if one.has_playbook else ""
    return _safe(f"{one.fingerprint}: {one.count} ({growth}), {spent} in hand{has}; {one.example}")


def _wish(one: Mention) -> str:
    return _safe(f"{one.brand or 'no brand'}, ticket {one.ticket}: {one.subject}")


def _mention(one: Mention) -> str:
    return _safe(f"ticket {one.ticket}: {one.subject}{f' ({one.about})' if one.about else ''}")


def _prevention(one: Mention) -> str:
    why = f": {one.words}" if one.words else ""
    return _safe(f"{one.about} after ticket {one.ticket}, {one.subject}{why}")


def _breach(one: Mention) -> str:
    return _safe(f"{one.about}, ticket {one.ticket}: {one.subject}")


def _lesson(one: Mention) -> str:
    what = "came back" if one.about.startswith("reopened") else one.about.replace("/", " ")
    by = f", by {one.words}" if one.words else ""
    return _safe(f"ticket {one.ticket}, {what}{by}: {one.subject}")


def _load(digest: Digest) -> Iterator[str]:
    if digest.burdens:
        weeks = digest.weeks
        yield f"weeks from {_day(digest, weeks.starts)} to {_day(digest, weeks.ends)}"
    for one in digest.burdens:
        nights = f"{one.nights} nights, {one.longest} in a row at most"
        pages = f"{how_many(one.paged, 'page')}, {one.woken} of them while asleep"
        yield _safe(f"{one.person}: {one.hours:g} h on call, {nights}; {pages}")
    for strain in digest.strains:
        yield _safe(f"TOO MUCH for {strain.person}: {strain.text}")


def _pins(digest: Digest) -> Iterator[str]:
    if digest.pins.failed:
        accounts = digest.pins.accounts
        yield f"{digest.pins.failed} wrong tries for {how_many(accounts, 'account')}"


def _change(now: int, before: int) -> str:
    if not before:
        return f"{now} ({before})"
    return f"{now} ({before}, {(now - before) / before:+.0%})"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%} of {whole}" if whole else "none"


def _times(ordered: Sequence[int]) -> str:
    """The average and what nine in ten stayed below."""
    if not ordered:
        return "none"
    average = timedelta(seconds=round(sum(ordered) / len(ordered)))
    p90 = timedelta(seconds=ordered[min(len(ordered) - 1, round(0.9 * (len(ordered) - 1)))])
    return f"{show_duration(average)} on average, 9 of 10 within {show_duration(p90)}"


def _day(digest: Digest, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(digest.zone)):%Y-%m-%d}"


def _safe(text: str) -> str:
    """One line, with nothing secret in it and nothing that Markdown would obey."""
    return _MARKS.sub(r"\\\1", scrub(one_line(text, limit=_LONGEST)))
