"""What people do in PagerDuty, as its webhooks (version 3) tell it: signed, at least once."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from playbooks.plain import one_line

SIGNATURE = "X-PagerDuty-Signature"
_DEEDS = {"incident.acknowledged": "acknowledged", "incident.resolved": "resolved"}
_ACCOUNT = "pagerduty"


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody answered an alarm there. `alarm` is the dedup key that we gave it; `names` are all
    by which the person may be known here; `what`: acknowledged | resolved.
    """

    alarm: str
    what: str
    names: tuple[str, ...]
    at: datetime


class Unreadable(ValueError):
    """The body is no webhook of PagerDuty's."""


def genuine(body: bytes, header: str, secrets: Iterable[str]) -> bool:
    """Is one of the signatures (`v1=<hex>`, separated by commas) that of one of our secrets over
    the raw body? https://developer.pagerduty.com/docs/verifying-webhook-signatures
    """
    given = [one.strip() for one in header.split(",")]
    right = [
        hmac.compare_digest(_signature(body, secret), one.encode(errors="replace"))
        for secret in secrets
        for one in given
    ]
    return any(right)


def deed_of(body: bytes) -> Deed | None:
    """What a person has done; None for what nobody did by hand (our own events come back, too) and
    for events that say nothing to us. Raises Unreadable.
    """
    try:
        event = _Body.model_validate_json(body).event
    except ValidationError:
        raise Unreadable("the body is no webhook of PagerDuty") from None
    agent, what = event.agent, _DEEDS.get(event.event_type)
    if what is None or agent is None or not agent.type.startswith("user"):
        return None
    names = (agent.email, agent.id, agent.summary)
    told = tuple(one_line(name, limit=100) for name in names if name.strip())
    return Deed(event.data.incident_key or "", what, told, event.occurred_at)


def known_as(deed: Deed, accounts: Mapping[str, Mapping[str, str]]) -> str:
    """Our name for who did it: the person whose account there is one of these (e-mail or id), else
    the name as it stands there.
    """
    given = {name.casefold() for name in deed.names}
    for person, known in accounts.items():
        if known.get(_ACCOUNT, "").casefold() in given:
            return person
    return deed.names[-1] if deed.names else "somebody in PagerDuty"


def _signature(body: bytes, secret: str) -> bytes:
    return b"v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


class _Agent(BaseModel):
    """Who did it: `user_reference`, or an integration."""

    id: str = ""
    type: str = ""
    summary: str = ""
    email: str = ""


class _Data(BaseModel):
    incident_key: str | None = None


class _Event(BaseModel):
    event_type: str
    occurred_at: AwareDatetime
    agent: _Agent | None = None
    data: _Data = Field(default_factory=_Data)


class _Body(BaseModel):
    event: _Event
