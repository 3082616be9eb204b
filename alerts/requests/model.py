"""A customer's message as it came, and what the rules make of it."""

from dataclasses import dataclass

from alerts.model import Category, Priority


@dataclass(frozen=True, slots=True)
class RequestText:
    """The words of a request; hostile text in every field.

    `body` may be plain text or HTML. `sender` and `to` are addresses or "".
    """

    subject: str
    body: str
    channel: str = "email"
    sender: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request is, and why (R14).

    `rule` is the id of the rule that decided, `rules` all that matched, in their order; `version`
    names the rules (their own version and a hash of them with the user's). `task` is a name of the
    scope catalogue (`dns-zone`, `mail-setup`; R60-R62) or "". `about` are the hosts that the writer
    names. `certain`: plain words of an outage (decision 12). `complaint`: not content with the
    support (R86). `wish`: something that he would like to have (R92). `weighed`: what
    was heard and speaks for an outage (above 0) or against it, the heaviest first.
    """

    category: Category
    priority: Priority
    critical: bool
    queue: str
    rule: str
    rules: tuple[str, ...] = ()
    language: str = ""
    task: str = ""
    version: str = ""
    about: tuple[str, ...] = ()
    certain: bool = False
    complaint: bool = False
    wish: bool = False
    weighed: tuple[tuple[str, float], ...] = ()
