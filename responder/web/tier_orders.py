"""The bodies of what levels do with tickets: transfers, hand-backs, answers, endings."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from probes.durations import Duration
from responder.desk_values import Outcome
from responder.support.tierwork import Grade, Prevention
from responder.web.orders import Name, Order, Words


class TransferOrder(Order):
    """To another desk; upwards with what was understood, tried and done (R40, R48, R49)."""

    to: Name
    reason: str = Field("", description="no_solution, needs_login, needs_root, hardware, ...")
    text: Words = Field("", description="More about the reason")
    impact: Grade | None = None
    urgency: Grade | None = None
    steps: tuple[Words, ...] = Field((), max_length=50, description="What was tried")
    log: Words = Field("", description="What was done, where it does not stand in the ticket")


class HandbackOrder(Order):
    """To the level that answers the customer (R41, R57, R84)."""

    comment: Words = ""
    solution: Words = ""
    prevention: Prevention = ""
    why: Words = Field("", description="Which article, rule or playbook, or why none")
    candidate: bool = Field(False, description="Worth an article")


class SolveOrder(Order):
    """How a ticket ends (R34, R37, R57, R83)."""

    text: Words = Field(min_length=1)
    article: Words = Field("", description='What the customer can read next time, or "none"')
    outcome: Literal[Outcome.FIXED, Outcome.ADVISED, Outcome.NOT_OUR_FAULT, Outcome.DUPLICATE] = (
        Outcome.FIXED
    )
    cause: str = Field("", description="Of a fault that is not ours: its usual advice is sent")
    advice: Words = Field("", description="Instead of the usual advice")
    prevention: Prevention = ""
    why: Words = ""
    override: Words = Field("", description="Why it ends though its incident does not look well")
    candidate: bool = False


class AnswerOrder(Order):
    """What the customer is told, and what he can read next time (R35, R83)."""

    text: Words = Field(min_length=1)
    article: Words = ""
    override: Words = ""


class CandidateOrder(Order):
    """Is it worth an article (R84)?"""

    candidate: bool = True


class ClarifyOrder(Order):
    """The one question that level 3 asks a customer (R55)."""

    question: Words = Field(min_length=1)
    within: Duration = Field(timedelta(hours=48), description="So long it may be answered")


class VendorOrder(Order):
    """Whom outside was asked (R59)."""

    vendor: Name
    reference: Words = Field("", max_length=200)
    contact: Words = Field("", max_length=200)
    chase_every: Duration = timedelta(hours=24)


class VendorEndOrder(Order):
    """What the vendor said in the end."""

    case: int = Field(ge=1)
    text: Words = Field(min_length=1)


class ComplaintOrder(Order):
    """The customer is not content with somebody's work (R86)."""

    text: Words = Field(min_length=1)
    about: Name | None = Field(None, description="By default whoever owns the ticket")
