"""What is known of whoever asks, told to the person who takes his ticket (R13, R38; pure)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from playbooks.plain import many_lines, one_line

UNAVAILABLE: Final = "unavailable"
FLAGS: Final[Mapping[str, str]] = {
    "call_first": "CALL FIRST before anything is changed",
    "no_reboot_without_consent": "NO REBOOT WITHOUT CONSENT",
}


def told(facts: Mapping[str, Any]) -> str:
    """The first note of a ticket. What holds for the account stands first."""
    first = [*(FLAGS.get(flag, flag) for flag in facts.get("flags", ()))]
    if facts.get("notes"):
        first.append(many_lines(str(facts["notes"])))
    blocks = [first, [*_known(facts)], *_lists(facts), [*_suggestion(facts)]]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _known(facts: Mapping[str, Any]) -> Iterator[str]:
    """One line each; what could not be asked says so."""
    for name in ("brand", "account", "plan", "domain", "reseller", "server", "panel"):
        if value := facts.get(name):
            yield one_line(f"{name.capitalize()}: {value}")
    if facts.get("end_customer"):
        yield "He is a customer of this reseller."
    if facts.get("answers"):
        yield f"Answers a mail of ticket {facts['answers']}, which somebody else wrote."
    if facts.get("seen_before"):
        yield one_line(str(facts["seen_before"]), limit=600)


def _lists(facts: Mapping[str, Any]) -> Iterator[list[str]]:
    shown = {
        "Open incidents": (
            f"{one['id']} {one['priority']} {one['state']}: {one['title']}"
            for one in facts.get("incidents", ())
        ),
        "Last tickets": (
            f"{one['id']} {one['state']}: {one['subject']}" for one in facts.get("tickets", ())
        ),
        "Probes": _probes(facts.get("probes", UNAVAILABLE)),
        "Articles": (f"{one['title']} {one['url']}".strip() for one in facts.get("articles", ())),
    }
    for name, lines in shown.items():
        if found := [f"- {one_line(line)}" for line in lines]:
            yield [f"{name}:", *found]


def _probes(probes: object) -> Iterable[str]:
    if not isinstance(probes, list | tuple):
        return (str(probes),)
    return (f"{one['look']}: {one['state']} since {one['since']}" for one in probes)


def _suggestion(facts: Mapping[str, Any]) -> Iterator[str]:
    if words := facts.get("suggestion"):
        yield "Suggested reply:"
        yield many_lines(str(words))
