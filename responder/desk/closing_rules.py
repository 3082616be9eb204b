"""What must be said before a ticket is over, and what still speaks against it (pure)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from alerts.model import ActorKind
from playbooks.ports import ChangeKind
from responder.desk.advice import ADVICE
from responder.desk_values import Case, Outcome
from responder.store.logs import Line
from responder.values import Incident, TicketRecord

NO_ARTICLE: Final = "none"
PREVENTIONS: Final = ("article", "rule", "playbook", "none")


@dataclass(frozen=True, slots=True)
class Closing:
    """How a ticket ends. `article`: what the customer can read next time, or "none" (R83). `cause`
    is a word of ADVICE; `override` says why it may end though it does not look well yet.
    """

    text: str
    article: str = ""
    outcome: Outcome = Outcome.FIXED
    cause: str = ""
    advice: str = ""
    prevention: str = ""
    why: str = ""
    override: str = ""
    candidate: bool = False

    @property
    def advised(self) -> str:
        """What the customer is told to do: own words, else those of the cause."""
        return self.advice.strip() or ADVICE.get(self.cause, "")


def lacks(closing: Closing, ticket: TicketRecord, *, level: str) -> Iterator[str]:
    """What must be said first, each as a sentence. `level`: as which desk somebody closes it."""
    if closing.cause and closing.cause not in ADVICE:
        yield f"no cause is called {closing.cause}: one of {', '.join(ADVICE)}"
    if closing.outcome is Outcome.NOT_OUR_FAULT and not closing.advised:
        yield "not our fault: advise the customer what to do, in `advice` or by `cause`"
    if level == "level-1" and asked_for(ticket) and not closing.article.strip():
        yield 'article: which one shows the customer how, or "none"'
    if level == "level-3" and not (closing.prevention in PREVENTIONS and closing.why.strip()):
        yield "prevention: article, rule, playbook or none, and `why`"


def untold(ticket: TicketRecord, lines: Sequence[Line], closing: Closing, *, level: str) -> str:
    """Why a higher level can't end it: the customer does not know yet. "" when he does."""
    if level not in ("level-2", "level-3") or not asked_for(ticket) or closing.advised:
        return ""
    if level == "level-2" and _answered(lines):
        return ""
    return f"{level} hands it back with its solution: the customer has heard nothing yet"


def asked_for(ticket: TicketRecord) -> bool:
    """Does a customer wait for an answer?"""
    return ticket.channel != "monitoring"


def red(incidents: Iterable[Incident], *, watch: timedelta, now: datetime) -> str:
    """What the probes say against it, "" when all is well for as long as it is watched (R34)."""
    for one in incidents:
        if one.active and one.firing:
            return f"incident {one.id} is not over: {one.title}"
        if one.active and one.recovered_at and now - one.recovered_at < watch:
            return f"incident {one.id} has been well since {one.recovered_at:%H:%M} UTC only"
    return ""


def accused(case: Case, person: str) -> bool:
    """Is he the one who was complained about (R86)?"""
    return bool(case.complaint_about) and case.complaint_about == person


def unreviewed(case: Case, ticket: TicketRecord) -> bool:
    """Did it come from below, and nobody has read what was done there (R50)?"""
    return ticket.queue in ("level-2", "level-3") and case.reviewed_at is None


def _answered(lines: Sequence[Line]) -> bool:
    came = max((line.seq for line in lines if line.kind == ChangeKind.QUEUE), default=0)
    return any(
        line.seq > came and line.kind == ChangeKind.REPLY and line.actor.kind is ActorKind.PERSON
        for line in lines
    )
