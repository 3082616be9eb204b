"""What a run did, for people: each line of its journal as one plain sentence (pure)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from alerts.moments import read_moment
from responder.story import Sayings, sentence

if TYPE_CHECKING:
    from responder.store.logs import Line


def told_of_run(line: "Line") -> str:
    """A line of a run's journal: what happened, who did it, and what he wrote, in one line."""
    return sentence(line, _SAYINGS)


def _begun(data: Mapping[str, Any]) -> str:
    how = ", dry: nothing is really done" if data.get("dry") else f", mode {data.get('mode', '')}"
    return f"begun: {data.get('playbook', '')} version {data.get('version', '')}{how}"


def _gate(data: Mapping[str, Any]) -> str:
    """Why not stands in the words beside it."""
    checks, step = data.get("checks") or (), data.get("step", "")
    if held := data.get("denied_by"):
        waits = any(one["name"] == held and one.get("ruling") == "wait" for one in checks)
        return f"{step}: the gate {'waits, for' if waits else 'says no, by'} {held}"
    taken = [one["name"] for one in checks if one.get("overruled_by")]
    over = f", {', '.join(taken)} overruled" if taken else ""
    return f"{step}: the gate lets it through, {len(checks)} checks{over}"


def _asked(data: Mapping[str, Any]) -> str:
    until = _clock(data.get("until"))
    return f"{data.get('step', '')}: a person must agree to {data.get('action', '')}{until}"


def _intent(data: Mapping[str, Any]) -> str:
    device = data.get("device") or data.get("driver")
    return f"about to: {data.get('verb', '')}" + (f" ({device})" if device else "")


def _result(data: Mapping[str, Any]) -> str:
    reason = data.get("reason")
    return f"{data.get('verb', '')}: {data.get('outcome', '')}" + (f", {reason}" if reason else "")


def _waiting(data: Mapping[str, Any]) -> str:
    why = data.get("why")
    return f"{data.get('step', '')}: waits{_clock(data.get('until'))}" + (f", {why}" if why else "")


def _approved(data: Mapping[str, Any]) -> str:
    taken = data.get("overrules")
    return f"{data.get('step', '')}: approved" + (
        f", overrules {', '.join(taken)}" if taken else ""
    )


def _clock(text: object) -> str:
    moment = read_moment(str(text or ""))
    return f" until {moment:%H:%M:%S} UTC" if moment else ""


def _of_step(words: str) -> Any:
    return lambda data: f"{data['step']}: {words}" if data.get("step") else words


_SAYINGS: Sayings = {
    "begun": _begun,
    "step_began": lambda data: f"{data.get('step', '')}: begins ({data.get('uses', '')})",
    "gate": _gate,
    "asked": _asked,
    "intent": _intent,
    "result": _result,
    "said": _of_step("says"),
    "step_ended": lambda data: f"{data.get('step', '')}: {data.get('outcome', '')}",
    "waiting": _waiting,
    "held_back": lambda data: f"held back: {data.get('verb', '')}, it came too late",
    "unknown": _of_step("nobody knows what became of it"),
    "ended": lambda data: f"ended: {data.get('outcome', '')}",
    "halted": lambda data: f"halted: {data.get('why', '')}",
    "approved": _approved,
    "rejected": _of_step("rejected"),
    "abort_asked": lambda _: "is to be aborted",
    "aborted": _of_step("aborted"),
    "paused": _of_step("paused"),
    "taken_over": _of_step("taken over"),
    "resumed": _of_step("goes on"),
    "continued": lambda data: f"{data.get('step', '')}: said to be {data.get('outcome', '')}",
}
KINDS = frozenset(_SAYINGS)
"""Every kind of a run's journal that is told in words of its own."""
