"""What happened, for people: each line of a log as one plain sentence (pure)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alerts.model import ActorKind
from alerts.moments import read_moment
from playbooks.plain import one_line
from responder.desk.sayings import OF_LEVELS

if TYPE_CHECKING:
    from responder.store.logs import Line

LONGEST = 2000  # characters; what a person wrote stands in full beside it

_ENDS = {
    "resolved": "has ended",
    "expired": "has ended: its source did not tell it again",
    "source_forgot": "is gone: its source forgot it",
}


def told(line: "Line") -> str:
    """A line of an incident's log: what happened, who did it, and what he wrote, in one line.

    Hostile text is harmless in it.
    """
    return sentence(line, _SAYINGS)


def told_of_ticket(line: "Line") -> str:
    """The same for a line of a ticket's log."""
    return sentence(line, _OF_TICKETS)


def begun(lines: "Sequence[Line]", *, otherwise: datetime) -> datetime:
    """When this episode of an incident began: it may have been over, and have come back."""
    known = [line.at for line in lines if line.kind in ("opened", "reopened")]
    return known[-1] if known else otherwise


def sentence(line: "Line", sayings: "Sayings") -> str:
    """A line of any log, each kind said by its own words; hostile text is harmless in it."""
    say = sayings.get(line.kind)
    parts = [say(line.data) if say else _unknown(line)]
    if line.actor.kind in (ActorKind.PERSON, ActorKind.CUSTOMER) or not say:
        parts.append(f"by {line.actor.name}")
    if via := line.data.get("via"):
        parts.append(f"by {via}" if len(parts) == 1 else f"({via})")
    words = f": {line.words}" if line.words else ""
    return one_line(" ".join(parts) + words, limit=LONGEST)


def _opened(data: Mapping[str, Any]) -> str:
    if data.get("rule") == "storm":
        return f"opened: {data.get('servers', 'many')} servers went down at once (storm)"
    by = f" by the alert {data['name']}" if data.get("name") else ""
    muted = f", muted by {_listed(data['muted_by'])}" if data.get("muted_by") else ""
    return f"opened as {_class(data)}{by} (rule: {data.get('rule', '')}){muted}"


def _raised(data: Mapping[str, Any]) -> str:
    return f"raised to {_class(data)} (rule: {data.get('rule', '')})"


def _class(data: Mapping[str, Any]) -> str:
    priority, category = data.get("priority", ""), data.get("category", "")
    return str(priority) if priority == category else f"{priority}, {category}"


def _alert_fired(data: Mapping[str, Any]) -> str:
    return f"the alert {data.get('name') or 'without a name'} fires"


def _alert_ended(data: Mapping[str, Any]) -> str:
    how = _ENDS.get(str(data.get("how")), "has ended")
    return f"the alert {data.get('name') or 'without a name'} {how}"


def _resolved(data: Mapping[str, Any]) -> str:
    firing = data.get("still_firing")
    return f"resolved while {firing} of its alerts still fired" if firing else "resolved"


def _paged(data: Mapping[str, Any]) -> str:
    people = data.get("people") or ()
    if not people:
        return "nobody could be paged"
    return f"paged {_listed(people)} (step {int(data.get('step', 0)) + 1})"


def _snoozed(data: Mapping[str, Any]) -> str:
    until = read_moment(str(data.get("until", "")))
    return f"pages snoozed until {until:%Y-%m-%d %H:%M} UTC" if until else "pages snoozed"


def _ticket_opened(data: Mapping[str, Any]) -> str:
    where = f" in the queue {data['queue']}" if data.get("queue") else ""
    whose = f" for {data['on_behalf_of']}" if data.get("on_behalf_of") else ""
    return f"opened{where}{whose}"


def _owner(data: Mapping[str, Any]) -> str:
    owner = data.get("owner")
    return f"it is {owner}'s now" if owner else "nobody owns it now"


def _playbook_step(data: Mapping[str, Any]) -> str:
    return f"{data.get('playbook')}, {data.get('step')}: {data.get('outcome')}"


def _playbook_steered(data: Mapping[str, Any]) -> str:
    did = str(data.get("did", "")).replace("_", " ")
    return f"{data.get('playbook')}, {data.get('step')}: {did}"


def _playbook_asks(data: Mapping[str, Any]) -> str:
    until = read_moment(str(data.get("until", "")))
    end = f" until {until:%H:%M} UTC" if until else ""
    return f"{data.get('playbook')}, {data.get('step')}: a person must agree{end}"


def _playbook_needs(data: Mapping[str, Any]) -> str:
    who = data.get("playbook") or data.get("about")
    return f"{who} needs a person"


def _customers_told(data: Mapping[str, Any]) -> str:
    """Of how many customers it is known since they are written to one by one."""
    if not (count := data.get("customers")):
        return "for the customers"
    brands = data.get("brands")
    whose = f" of {_listed([*brands])}" if isinstance(brands, dict) else ""
    about = {"open": ": it is broken", "recovery": ": it is over"}.get(str(data.get("change")), "")
    return f"told {count} customer{'' if count == 1 else 's'}{whose}{about}"


def _led(data: Mapping[str, Any]) -> str:
    """One person may hold both parts; that he does must be seen (R71)."""
    lead, writes = data.get("lead") or "nobody", data.get("communication") or "nobody"
    if data.get("both"):
        return f"{lead} leads it and writes to customers: one person for both"
    return f"{lead} leads it, {writes} writes to customers"


def _relation(data: Mapping[str, Any]) -> str:
    words = {"related": "related to", "caused_by": "caused by", "causes": "the cause of"}
    return words.get(str(data.get("kind")), "linked with")


def _overdue(data: Mapping[str, Any]) -> str:
    due = read_moment(str(data.get("since", "")))
    when = f" by {due:%H:%M} UTC" if due else ""
    people = _listed(data.get("people") or ("nobody",))
    return f"customers were to hear{when} and have not ({data.get('times', 1)}): paged {people}"


def _unknown(line: "Line") -> str:
    facts = ", ".join(f"{name} {value}" for name, value in line.data.items() if name != "via")
    return line.kind.replace("_", " ").replace(".", " ") + (f" ({facts})" if facts else "")


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, list | tuple) else str(names)


Sayings = Mapping[str, Callable[[Mapping[str, Any]], str]]

_OF_TICKETS: Sayings = {
    "opened": _ticket_opened,
    "owner": _owner,
    "note": lambda _: "note",
    "reply": lambda _: "answered the customer",
    "customer": lambda _: "the customer wrote",
    "queue": lambda data: f"moved to the queue {data.get('queue')}",
    "state": lambda data: f"it is {data.get('state')} now",
    "priority": lambda data: f"its priority is {data.get('priority')} now",
    "reclassified": lambda data: (
        f"now {data.get('category')}, {data.get('priority')} in {data.get('queue')}:"
        f" {data.get('rule')}"
    ),
    "merged": lambda data: f"merged into {data.get('into')}",
    "numbered": lambda data: f"it is called {data.get('number')} there",
    **OF_LEVELS,
    "erased": lambda data: f"erased: {data.get('what')}",
    "vote": lambda data: f"the customer gave {data.get('score')} of 5",
    "useful": lambda data: f"reply {data.get('reply')} marked as useful: {data.get('useful')}",
}
_SAYINGS: Sayings = {
    "opened": _opened,
    "alert_fired": _alert_fired,
    "alert_ended": _alert_ended,
    "mitigated": lambda _: "all its alerts have ended",
    "acknowledged": lambda _: "acknowledged",
    "resolved": _resolved,
    "reopened": lambda data: f"it is back (episode {data.get('episode', '')})",
    "note": lambda _: "note",
    "snoozed": _snoozed,
    "escalated": lambda _: "escalated: critical from now on",
    "lapsed": lambda data: f"{data.get('by')} had taken it, and no sign of work has come since",
    "joined": lambda data: f"joined incident {data.get('incident')} ({data.get('why', '')})",
    "split": lambda data: f"taken out of incident {data.get('from')}",
    "handed_over": lambda data: f"handed over to {data.get('to')}",
    "muted": lambda data: f"muted by {_listed(data.get('muted_by', ()))}",
    "unmuted": lambda data: f"no longer muted (was: {_listed(data.get('was', ()))})",
    "unstable": lambda _: "unstable: it goes up and down",
    "stable": lambda _: "stable again",
    "returned": lambda _: "back within the watch, no second page",
    "raised": _raised,
    "closed": lambda _: "closed",
    "paged": _paged,
    "playbook_begun": lambda data: f"run {data.get('run')} of {data.get('playbook')} begins",
    "playbook_step": _playbook_step,
    "playbook_steered": _playbook_steered,
    "playbook_asks": _playbook_asks,
    "playbook_needs": _playbook_needs,
    "playbook_ended": lambda data: f"{data.get('playbook')} has ended: {data.get('outcome')}",
    "rota_gap": lambda data: f"the gap in the rota {data.get('rota')} is still there",
    "customers_told": _customers_told,
    "major_declared": lambda data: f"major incident ({data.get('rule', '')}): {_led(data)}",
    "major_led": _led,
    "major_paced": lambda data: f"customers hear every {int(data.get('seconds', 0)) // 60} minutes",
    "major_causes": lambda data: f"causes: {data.get('count', 0)}",
    "major_said": lambda _: "customers were told in another way",
    "major_overdue": _overdue,
    "major_ended": lambda _: "no major incident any more",
    "linked": lambda data: f"{_relation(data)} incident {data.get('other')}",
    "unlinked": lambda data: f"not {_relation(data)} incident {data.get('other')} after all",
}
KINDS = frozenset(_SAYINGS)
"""Every kind of an incident's log that is told in words of its own."""
