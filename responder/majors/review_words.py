"""The look back at an incident as Markdown, for people to finish: the same facts, the same page."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from playbooks.plain import how_many, one_line
from probes.durations import show_duration
from probes.redaction import scrub
from responder.majors.graph import PART_OF
from responder.majors.review import Review
from responder.run_values import Run
from responder.store.incident_links import Relation
from responder.store.logs import Line
from responder.story import told
from responder.values import Incident

LONGEST: Final = 500  # characters of a line
MOST: Final = 1000  # lines of the timeline
# What Markdown would take for its own: a title must neither be a link nor hide anything.
_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#|!])")
_QUESTIONS: Final = (
    "What would have shown it earlier?",
    "What made it last as long as it did?",
    "What went well, and where were we lucky?",
    "Did customers hear enough, early enough, and in words that helped?",
    "What do we change, who does it, and by when?",
)


def words(review: Review) -> str:
    """All parts of it, times in UTC; parts with nothing in them say so."""
    parts = (
        ("How long it took", _durations(review)),
        ("Causes", _causes(review)),
        ("Who led", _leads(review)),
        ("Who was paged", _paged(review)),
        ("Playbooks and gates", _runs(review)),
        ("What customers were told", _told(review)),
        ("Tickets", _tickets(review)),
        ("Linked incidents", _links(review)),
        ("Timeline (UTC)", _timeline(review)),
        ("Open questions", (f"{one}\n  - " for one in _QUESTIONS)),
    )
    blocks = [*_head(review)]
    for title, lines in parts:
        listed = [f"- {line}".rstrip(" ") for line in lines] or ["Nothing."]
        blocks.append("\n".join([f"## {title}", "", *listed]))
    return "\n\n".join(blocks) + "\n"


def _head(review: Review) -> Iterator[str]:
    one = review.incident
    yield f"# Review of incident {one.id}: {_safe(one.title)}"
    drill = ", a drill" if one.drill else ""
    about = f"{_safe(one.key)}, {one.priority} ({one.category}), {one.state}{drill}"
    yield f"{about}. Decided by: {_safe(one.rule)}. For our own people only."


def _durations(review: Review) -> Iterator[str]:
    one = review.incident
    acted = review.first("playbook_step", "playbook_begun")
    spans = {
        "Detection (from the first sign to the incident)": (review.began, one.opened_at),
        "Acknowledgement": (one.opened_at, review.first("acknowledged")),
        "First automatic step": (one.opened_at, acted),
        "Mitigation (all alerts ended)": (one.opened_at, review.first("mitigated")),
        "Recovery (well, and stayed well)": (one.opened_at, one.recovered_at),
        "Resolved": (one.opened_at, one.resolved_at),
        "First word to customers": (one.opened_at, _first_word(review)),
    }
    for name, (begin, end) in spans.items():
        lasted = show_duration(max(end - begin, timedelta(0))) if end else "not yet"
        yield f"{name}: {lasted}" + (f", at {_stamp(end)}" if end else "")
    if one.episode > 1:
        times = how_many(one.episode - 1, "time")
        yield f"It came back {times}; spans count from the first opening"


def _first_word(review: Review) -> datetime | None:
    spoken = [line.at for line in review.lines if line.kind in ("customers_told", "major_said")]
    return min(spoken, default=None)


def _causes(review: Review) -> Iterator[str]:
    if review.major:
        yield from map(_safe, review.major.causes)
    mine = review.incident.id
    for edge in review.graph.edges:
        if edge.kind == Relation.CAUSED_BY and edge.begins == mine:
            yield f"incident {edge.ends}: {_safe(_title(review, edge.ends))}"


def _leads(review: Review) -> Iterator[str]:
    major = review.major
    if major is None:
        if by := review.incident.acknowledged_by:
            yield f"{_safe(by)} had it; it was no major incident"
        return
    by, at = _safe(major.declared_by), _stamp(major.declared_at)
    yield f"Major incident by {major.rule}, declared by {by} at {at}"
    yield f"Led by {_safe(major.incident_lead or 'nobody')}"
    yield f"Written to customers by {_safe(major.communication_lead or 'nobody')}"
    late = sum(1 for line in review.lines if line.kind == "major_overdue")
    yield f"Customers were to hear every {major.every // 60} minutes; late {how_many(late, 'time')}"


def _paged(review: Review) -> Iterator[str]:
    taken = {
        line.actor.name: line.at for line in reversed(review.lines) if line.kind == "acknowledged"
    }
    people: dict[str, list[tuple[datetime, str, str]]] = {}
    for page in review.pages:
        people.setdefault(page.person, []).append((page.at, page.method, page.state))
    for person, sent in people.items():
        states = Counter(state for _, _, state in sent)
        ways = ", ".join(dict.fromkeys(method for _, method, _ in sent))
        counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        first = min(at for at, _, _ in sent)
        answered = f"; acknowledged at {_stamp(taken.pop(person))}" if person in taken else ""
        yield f"{_safe(person)} by {ways}: {counts}, the first at {_stamp(first)}{answered}"
    for person, at in taken.items():
        yield f"{_safe(person)} acknowledged at {_stamp(at)}, and had not been paged"


def _runs(review: Review) -> Iterator[str]:
    for run in review.runs:
        yield _run(run)
        for line in review.journals.get(run.id, ()):
            if line.kind == "gate":
                yield from gate_lines(line)


def _run(run: Run) -> str:
    where = f" on {run.target}" if run.target else ""
    began = f"began {_stamp(run.began_at)}"
    ended = f", ended {_stamp(run.ended_at)}" if run.ended_at else ""
    outcome = f": {run.outcome}" if run.outcome else ""
    return _safe(f"run {run.id} of {run.playbook}{where}, {run.state}{outcome}; {began}{ended}")


def gate_lines(line: Line) -> Iterator[str]:
    """Which checks did not pass, or were overruled; where all passed, how many."""
    checks = [one for one in line.data.get("checks") or () if isinstance(one, Mapping)]
    held = line.data.get("denied_by")
    verdict = f"no, by {held}" if held else "yes"
    step = line.data.get("step", "")
    yield _safe(f"{_stamp(line.at)} gate before {step}: {verdict} ({len(checks)} checks)")
    for one in checks:
        if one.get("ruling") != "pass" or one.get("overruled_by"):
            yield _safe(f"{_check(one)}")


def _check(one: Mapping[str, Any]) -> str:
    by = f", overruled by {one['overruled_by']}" if one.get("overruled_by") else ""
    return f"check {one.get('name')}: {one.get('ruling')}, {one.get('reason', '')}{by}"


def _told(review: Review) -> Iterator[str]:
    counts = Counter((one.change, one.brand or "no brand", one.state) for one in review.told)
    for (change, brand, state), count in sorted(counts.items()):
        yield _safe(f"{change}, {brand}: {count} {state}")
    for line in review.lines:
        if line.kind in ("customers_told", "major_said") and line.words:
            yield f"{_stamp(line.at)} {_safe(line.actor.name)}: {_safe(line.words)}"


def _tickets(review: Review) -> Iterator[str]:
    for one in review.tickets:
        owner = f", {one.owner}" if one.owner else ""
        by = f", solved by {one.solved_by}" if one.solved_by else ""
        facts = f"{one.system} {one.ref or 'not open yet'}: {one.state}, {one.queue}{owner}{by}"
        yield _safe(facts)


def _links(review: Review) -> Iterator[str]:
    mine = review.incident.id
    names = {PART_OF: ("part of", "has as a part"), "caused_by": ("caused by", "caused")}
    for edge in review.graph.edges:
        if mine not in (edge.begins, edge.ends):
            continue
        here, there = names.get(edge.kind, ("related to", "related to"))
        other = edge.ends if edge.begins == mine else edge.begins
        word = here if edge.begins == mine else there
        yield f"{word} incident {other}: {_safe(_title(review, other))}"


def _timeline(review: Review) -> Iterator[str]:
    """The incident's log, line by line; the middle of a very long one is only counted."""
    told_ = [f"{_stamp(line.at)} {_safe(told(line))}" for line in review.lines]
    if len(told_) <= MOST:
        yield from told_
        return
    half, cut = MOST // 2, len(told_) - MOST
    yield from told_[:half]
    yield f"({cut} lines are left out: `responder incident show {review.incident.id}`)"
    yield from told_[-half:]


def _title(review: Review, id_: int) -> str:
    found: Iterable[Incident] = (one for one in review.graph.incidents if one.id == id_)
    return next((one.title for one in found), "")


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _safe(text: str) -> str:
    """One line, with nothing secret in it and nothing that Markdown would obey."""
    return _MARKS.sub(r"\\\1", scrub(one_line(text, limit=LONGEST)))
