"""What the support procedure knows of a ticket, as the API shows it (R13)."""

from typing import Any

from pydantic import Field

from responder.desk_values import Case, Confirmed
from responder.web.answers import Answer, Moment


class CaseAnswer(Answer):
    """What the support procedure knows of a ticket."""

    requester: str
    requester_name: str
    submitted_by: str = Field(description="Who typed it in; empty: the customer himself")
    on_behalf_of: str
    language: str
    task: str
    rule: str = Field(description="By which it was classified")
    rules_version: str
    brand_rule: str = Field(description="By which its brand was found")
    fingerprint: str = Field(description="Requests of one kind have the same")
    confirmed: Confirmed = Field(description="What the probes say of an outage that he told")
    look_at: Moment | None = Field(description="Until then they look")
    facts: dict[str, Any] = Field(description="What was known at the opening; flags first")


def case_answer(case: Case) -> CaseAnswer:
    """The case as the API shows it."""
    return CaseAnswer(
        requester=case.requester,
        requester_name=case.requester_name,
        submitted_by=case.submitted_by,
        on_behalf_of=case.on_behalf_of,
        language=case.language,
        task=case.task,
        rule=case.rule,
        rules_version=case.rules_version,
        brand_rule=case.brand_rule,
        fingerprint=case.fingerprint,
        confirmed=case.confirmed,
        look_at=case.look_at,
        facts=dict(case.facts),
    )
