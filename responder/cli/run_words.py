"""Runs, plans and playbooks in words for a terminal; whatever others wrote is made harmless."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from responder.cli.say import clean, say, say_table

MARKS = {"ok": "+", "failed": "x", "skipped": "-"}
HERE = ">"
RULINGS = {"pass": "+", "wait": "~", "deny": "x"}

Told = Mapping[str, Any]


def say_run(run: Told, events: Sequence[Told]) -> None:
    """All about one run: facts, steps, what the gate said last, and its journal."""
    for line in facts(run):
        say(line)
    say("")
    say_table(("", "step", "action", "what came of it"), steps(run))
    for gate in [event["data"] for event in events if event["kind"] == "gate"][-1:]:
        say("")
        say(clean(f"the gate at {gate['step']}:"))
        say_checks(gate["checks"])
    say("")
    for event in events:
        say(event_line(event))


def say_checks(checks: Iterable[Told]) -> None:
    """The gate's verdicts."""
    say_table(("", "check", "reason"), (check_row(one) for one in checks))


def facts(run: Told) -> Iterator[str]:
    """What one must know of a run before all else."""
    yield clean(f"run {run['id']}: {headline(run)}")
    told = {
        "state": state(run),
        "playbook": f"{run['playbook']}, version {run['version']}, {run['hash'][:12]}",
        "incident": run["incident"],
        "begun": f"{moment(run['began_at'])} by {run['requested_by'] or 'the responder'}",
        "reason": run["reason"],
        "overrules": ", ".join(run["overrules"]),
        "ended": moment(run["ended_at"]),
        "approved": ", ".join(_yes(one) for one in run["approvals"]),
        "unknown": open_intent(run),
        "asks": asks(run),
    }
    yield from (f"{name + ':':11}{clean(fact)}" for name, fact in told.items() if fact)


def headline(run: Told) -> str:
    """The playbook and where it works, with what must never be overlooked."""
    marks = "DRILL " if run["drill"] else "dry " if run["dry"] else ""
    return f"{marks}{run['playbook']} on {run['server'] or 'no server'}"


def state(run: Told) -> str:
    """Where it stands, and what for."""
    told: str = run["state"]
    if run["outcome"] and run["outcome"] != told:
        told += f" ({run['outcome']})"
    if run["taken_by"]:
        told += f" by {run['taken_by']}"
    if run["waits_for"]:
        told += f": {run['waits_for']}"
    if run["wish"]:
        told += f" ({run['wish']} asked for)"
    return told


def asks(run: Told) -> str:
    """What it wants a person to agree to."""
    asked = run["asked"]
    if asked is None or run["ended_at"] is not None:
        return ""
    if asked["rejected_by"]:
        return f"no more: {asked['rejected_by']} has said no"
    until = f" until {clock(asked['until'])}" if asked["until"] else ""
    return f"{asked['would']}{until}: responder playbook approve {run['id']}"


def open_intent(run: Told) -> str:
    """What may have been done, and nobody knows."""
    intent = run["intent"]
    if intent is None or run["state"] == "running":
        return ""
    return f'"{intent["verb"]}" of {intent["step"]} at {clock(intent["at"])}: see for yourself'


def steps(run: Told) -> Iterator[tuple[str, ...]]:
    """A row for each step."""
    for one in run["steps"]:
        at = not one["outcome"] and one["id"] == run["step"] and run["ended_at"] is None
        mark = HERE if at else MARKS.get(one["outcome"], "")
        by = f" ({one['by']})" if one["by"] else ""
        text = one["text"] or (run["waits_for"] if at else "")
        yield mark, one["id"], one["uses"], f"{text}{by}"


def check_row(one: Told) -> tuple[str, ...]:
    """A verdict of the gate."""
    over = f" (overruled by {one['overruled_by']})" if one.get("overruled_by") else ""
    return RULINGS[one["ruling"]], one["name"], f"{one['reason']}{over}"


def event_line(event: Told) -> str:
    """A line of the journal."""
    return f"{clock(event['at'])}  {clean(event['text'])}"


def plan_lines(plan: Told) -> Iterator[str]:
    """A plan: each step, what it would do, and what the gate says now."""
    where = plan["server"] or "no server"
    yield clean(f"{plan['playbook']}, version {plan['version']}, on {where}: mode {plan['mode']}")
    yield "Nothing was done. It would, now:"
    for number, one in enumerate(plan["steps"], start=1):
        only = f"  (only if {one['if']})" if one["if"] else ""
        yield ""
        yield clean(f"{number}. {one['id']}: {one['would']}{only}")
        yield f"   {clean(one['uses'])}, when it fails: {clean(one['on_fail'])}"
        for check in one["checks"]:
            mark, name, reason = check_row(check)
            yield f"   {mark} {name:16} {clean(reason)}"
        if one["denied_by"]:
            yield f"   the gate would not let it through now: {clean(one['denied_by'])}"
        yield from (f"   | {clean(line)}" for line in one["sends"].splitlines())


def moment(text: str | None) -> str:
    """A day and a time, for a person."""
    return text[:19].replace("T", " ") if text else ""


def clock(text: str | None) -> str:
    """A time of the day, for a person."""
    return text[11:19] if text else ""


def _yes(one: Told) -> str:
    taken = f", overrules {', '.join(one['overrules'])}" if one["overrules"] else ""
    return f"{one['person']} ({one['step']}{taken})"
