"""Which playbooks does this trouble begin?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from alerts.model import Category
from playbooks.playbook import Mode, Playbook, When


@dataclass(frozen=True, slots=True)
class Subject:
    """The trouble that is asked about. `kind` is what it is about: server, reseller, rack, dc,
    brand, or alert for what the inventory does not know.
    """

    category: Category
    kind: str
    alertname: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    brand: str = ""
    tags: frozenset[str] = frozenset()


def chosen(books: Iterable[Playbook], subject: Subject) -> tuple[Playbook, ...]:
    """Those that begin by themselves, in their order; one whose mode is off never does."""
    return tuple(
        one for one in books if one.safety.mode is not Mode.OFF and fits(one.when, subject)
    )


def fits(when: When, subject: Subject) -> bool:
    """All that is named must fit, of a list one; where nothing is named, nothing fits."""
    named = (
        (when.category, subject.category in when.category),
        (when.kind, subject.kind in when.kind or subject.alertname in when.kind),
        (when.labels, all(_has(subject.labels, *one) for one in when.labels.items())),
        (when.brand, subject.brand in when.brand),
        (when.tags, not subject.tags.isdisjoint(when.tags)),
    )
    asked = [fit for wanted, fit in named if wanted]
    return bool(asked) and all(asked)


def _has(labels: Mapping[str, str], name: str, patterns: tuple[str, ...]) -> bool:
    """A label that is missing or empty is never there, not even for *."""
    value = labels.get(name, "")
    return bool(value) and any(_like(value, pattern) for pattern in patterns)


def _like(value: str, pattern: str) -> bool:
    """Does it fit, * being anything? No regular expression: the value may be a stranger's."""
    first, *rest = pattern.split("*")
    if not rest:
        return value == pattern
    if not value.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = value.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return value.endswith(rest[-1]) and len(value) - len(rest[-1]) >= at
