"""What a customer's message is: the first rule that fits decides, and all that fit are told."""

import re
from collections.abc import Sequence
from typing import Final

from alerts.model import Category
from alerts.requests.languages import spoken, tells
from alerts.requests.markup import as_text
from alerts.requests.model import Decision, RequestText
from alerts.requests.quoting import own_words
from alerts.requests.rules import BIAS, Judged, Rules
from alerts.requests.scene import Scene, holds, scene, settle
from alerts.requests.settings import DEFAULT_QUEUE, PRIORITIES, QUEUES
from alerts.requests.words import Clause, clauses, fold, hosts

_LONGEST_BODY: Final = 150_000  # characters that are looked at, markup and quotes and all
_LONGEST_OWN: Final = 6_000  # characters of the writer's own words: the beginning says it
_LONGEST_SUBJECT: Final = 400
_ANSWERS: Final = re.compile(
    r"^\s*((re|aw|sv|antw|odp|res|rif|ref|отг|отв|на|r)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE
)
_FORWARDS: Final = re.compile(r"^\s*((fwd?|wg|tr|rv|enc|i|doorst|pd|пр|fw)\s*:\s*)+", re.IGNORECASE)
_FALLBACK: Final = "hosting/other"


def classify(text: RequestText, rules: Rules) -> Decision:
    """The decision about this message; it never fails, whatever it is given."""
    subject, body = text.subject[:_LONGEST_SUBJECT], _own(text.body)
    language, seen = _heard(subject, body, rules)
    fitting = [one for one in rules.judged if holds(one, seen)]
    return _decided(
        fitting,
        seen,
        rules,
        language=language,
        about=hosts(f"{subject}\n{body}"),
    )


def concepts(text: RequestText, rules: Rules) -> frozenset[str]:
    """Every concept and fact of this message, as they are weighed."""
    _, seen = _heard(text.subject[:_LONGEST_SUBJECT], _own(text.body), rules)
    return frozenset(seen.text)


def _heard(subject: str, body: str, rules: Rules) -> tuple[str, Scene]:
    """With the language of it, "" where no word tells one."""
    told = _clauses(subject, body)
    words = [one.words for one in told]
    languages = spoken(words, rules.lexicons)
    known = languages and tells(words, rules.lexicons[languages[0]])
    seen = scene(told, languages, rules, folded=fold(f"{subject}\n{body}"))
    settle(seen, rules.facts)
    return languages[0] if known else "", seen


def _own(body: str) -> str:
    text = as_text(body[:_LONGEST_BODY])
    own = own_words(text)
    return (own if own.strip() else "")[:_LONGEST_OWN]


def _clauses(subject: str, body: str) -> Sequence[Clause]:
    """The subject's come first. One that answers to an older mail only says what it is about."""
    bare = _FORWARDS.sub("", subject)
    answer = _ANSWERS.match(bare)
    old = bool(answer) and len(body.split()) >= 2
    head = clauses(_ANSWERS.sub("", bare), subject=True, old=old)
    first = head[-1].sentence + 1 if head else 0
    return [*head, *clauses(body, first=first)]


def _decided(
    fitting: Sequence[Judged], seen: Scene, rules: Rules, *, language: str, about: tuple[str, ...]
) -> Decision:
    chosen = fitting[0].rule if fitting else None
    category = chosen.category if chosen else Category.HOSTING
    priority = (chosen.priority if chosen else None) or PRIORITIES[category]
    queue = (chosen.queue if chosen else None) or QUEUES.get(category, DEFAULT_QUEUE)
    return Decision(
        category=category,
        priority=priority,
        critical=category is Category.CRITICAL,
        queue=queue,
        rule=chosen.id if chosen else _FALLBACK,
        rules=tuple(one.name for one in fitting) or (_FALLBACK,),
        language=language,
        task=next((one.rule.task for one in fitting if one.rule and one.rule.task), ""),
        version=rules.version,
        about=about,
        certain="outage" in seen.text,
        complaint="complaint" in seen.text,
        wish="wish" in seen.text,
        weighed=_weighed(seen),
    )


def _weighed(seen: Scene) -> tuple[tuple[str, float], ...]:
    told = ((one, seen.weights[one]) for one in (BIAS, *seen.text) if one in seen.weights)
    return tuple(sorted(told, key=lambda one: (-abs(one[1]), one[0])))
