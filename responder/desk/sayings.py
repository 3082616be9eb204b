"""What the procedure writes into a ticket's log, as plain sentences (pure)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from alerts.moments import read_moment


def _promise(data: Mapping[str, Any]) -> str:
    used = "all" if data.get("percent") == 100 else f"{data.get('percent')} %"
    return f"{used} of the time for {data.get('target')} is used up"


def _handler(data: Mapping[str, Any]) -> str:
    to = data.get("to")
    return f"{to} works on it at this level" if to else "nobody works on it at this level"


def _until(data: Mapping[str, Any]) -> str:
    until = read_moment(str(data.get("until", "")))
    return f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""


def _complaint(data: Mapping[str, Any]) -> str:
    about = f" about {data['about']}" if data.get("about") else ""
    return f"the customer complains{about}"


OF_LEVELS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "sla": _promise,
    "handler": _handler,
    "reviewed": lambda data: f"{data.get('level')} has read what was done before",
    "warning": lambda data: (
        f"{data.get('level')} ended it without having read what was done before"
    ),
    "prevention": lambda data: f"so that it does not happen again: {data.get('kind')}",
    "candidate": lambda data: f"worth an article: {data.get('candidate')}",
    "override": lambda _: "ended though it does not look well",
    "clarification": lambda data: f"level 3 may ask the customer{_until(data)}",
    "unanswered": lambda _: "the customer has not answered the question in time",
    "vendor": lambda data: f"{data.get('vendor')} was asked (case {data.get('case')})",
    "vendor_chase": lambda data: f"{data.get('vendor')} has not answered yet: ask again",
    "vendor_closed": lambda data: f"{data.get('vendor')} has answered (case {data.get('case')})",
    "complaint": _complaint,
    "filed": lambda data: f"kept in {data.get('system')} as {data.get('ref')} from now on",
    "unowned": lambda data: f"nobody has it; told: {data.get('told')}",
}
