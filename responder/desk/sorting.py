"""Where a request goes and how urgent it is: the rules' word, an agent's, what its brand offers."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final

from alerts.model import Category, Priority
from alerts.requests.model import Decision
from alerts.requests.settings import PRIORITIES
from responder.desk.levels import LEVELS, RAPID_RESPONSE, queue_of
from responder.desk.scope import lowest
from responder.desk.section import BrandDesk, Desk
from responder.desk.tiers import SUPERVISOR, at_least

_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_FALLBACK: Final = "hosting/other"  # the rule for what no rule knows
_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agent has said of a request; None where he leaves it to the rules."""

    category: Category | None = None
    priority: Priority | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """Where it goes. `look`: a customer's plain words of an outage, which the probes shall judge
    before anybody is woken (decision 12). `complaint`: not content with us (R86).
    """

    category: Category
    priority: Priority
    queue: str
    rule: str
    look: bool = False
    complaint: bool = False


def sort(decision: Decision, wish: Wish, brand: BrandDesk | None) -> Sorted:
    """One hop: sales and billing never see level 1 (R15), a complaint goes to the supervisor unless
    it tells of an outage, and a level that the brand does not offer is passed over (R28).
    """
    category = wish.category or decision.category
    said = wish.category not in (None, decision.category)
    usual = PRIORITIES[category] if said else decision.priority
    queue = queue_of(category) if said else decision.queue
    complaint = decision.complaint and category is not Category.CRITICAL
    queue = wish.queue or (SUPERVISOR if complaint else queue)
    return Sorted(
        category=category,
        priority=wish.priority or usual,
        queue=at_least(queue, brand) if queue in LEVELS else queue,
        rule="an agent's word" if said else decision.rule,
        look=category is Category.CRITICAL and queue == RAPID_RESPONSE,
        complaint=complaint,
    )


def scoped(kind: Sorted, task: str, brand: BrandDesk | None, desk: Desk) -> Sorted:
    """The same at the level that its task needs at least (R60-R62)."""
    queue = lowest(kind.queue, task, desk)
    return replace(kind, queue=at_least(queue, brand) if queue in LEVELS else queue)


def fingerprint(decision: Decision, category: Category, subject: str, *, hidden: str = "") -> str:
    """What kind of request it is: requests of one kind have the same, whatever server, brand and
    customer they are about. `hidden`: names that are no part of the kind. What no rule knows is
    told apart by the words of its subject.
    """
    kind = decision.task
    if not kind and decision.rule == _FALLBACK:
        kind = " ".join(_words(subject, hidden))
    told = f"{category}\0{kind or decision.rule}"
    return hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _words(subject: str, hidden: str) -> list[str]:
    """No host names, addresses and numbers; in one order, so that "mail slow" is "slow mail"."""
    plain = " ".join(
        one for one in subject.casefold().split() if not re.search(r"[\d@./\\:_]\w", one)
    )
    names = set(_WORD.findall(hidden.casefold()))
    return sorted(set(_WORD.findall(plain)) - names)[:_WORDS]
