"""A page by PagerDuty's Events API v2: triggered, acknowledged and resolved under one key."""

from collections.abc import Mapping
from typing import Any, Literal, Self

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from alerts.model import Priority
from playbooks.client import Answer, HttpAddress, call, refusal
from playbooks.outside import OutsideError
from playbooks.plain import many_lines, one_line, short_key
from playbooks.ports import Page, PageEvent, Receipt
from responder.paging.alarms import alarm_of
from responder.secrets import Secret, SecretFile, SecretText

_WHAT = "PagerDuty"
_THROTTLED_SECONDS = 120.0  # "a few minutes"; PagerDuty's 429 names no time
_SUMMARY_LENGTH, _TEXT_LENGTH = 1024, 20_000

_SEVERITIES = {
    Priority.CRITICAL: "critical",
    Priority.HIGH: "error",
    Priority.MEDIUM: "warning",
    Priority.LOW: "info",
}
_ACTIONS = {PageEvent.ACKNOWLEDGED: "acknowledge", PageEvent.RECOVERED: "resolve"}


class PagerDutyPaging(BaseModel):
    """`paging.pagerduty`: where events go; in the EU https://events.eu.pagerduty.com/v2/enqueue.

    `webhook_secret_file` proves PagerDuty's webhooks: an answer there stops our pages, too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: HttpAddress = "https://events.pagerduty.com/v2/enqueue"
    webhook_secret_file: SecretFile | None = None


class PagerDutyMethod(BaseModel):
    """A PagerDuty service by its integration key (32 characters).

    An alarm must be acknowledged and resolved by the key that triggered it: PagerDuty drops others
    without a word. While it is open, PagerDuty's own escalation repeats it, not our rounds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["pagerduty"]
    routing_key: SecretText | None = None
    routing_key_file: SecretFile | None = None

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if (self.routing_key is None) == (self.routing_key_file is None):
            raise ValueError("give either routing_key_file or routing_key")
        return self

    @property
    def secret(self) -> Secret:
        """The integration key, from wherever it stands."""
        told = self.routing_key or self.routing_key_file
        assert told is not None  # noqa: S101  _has_one_key
        return told


class PagerDuty:
    """Keyed: a repeat of the same key joins the alarm that is there, and rings no second time."""

    keyed = True

    def __init__(self, settings: PagerDutyPaging, session: aiohttp.ClientSession) -> None:
        self._url = settings.url
        self._session = session

    async def page(self, page: Page, method: PagerDutyMethod) -> Receipt:
        """The receipt has the dedup key. 202 means taken, not that anybody was called. What was
        acknowledged there and has lapsed here is resolved first: a new trigger rings again then.

        Raises OutsideError: 400 and other 4xx are permanent, 429 waits two minutes, 5xx and a lost
        answer are ambiguous, which a keyed provider makes harmless.
        """
        routing_key = method.secret.reveal()
        told = event(page, routing_key=routing_key)
        if page.event is PageEvent.LAPSED:
            ending = {name: told[name] for name in ("routing_key", "dedup_key")}
            await self._send({**ending, "event_action": "resolve"}, routing_key)
        said = await self._send(told, routing_key)
        return Receipt(reference=told["dedup_key"], detail=said)

    async def _send(self, told: Mapping[str, Any], routing_key: str) -> str:
        answer = await call(self._session, "POST", self._url, what=_WHAT, json=told)
        said = _said(answer).replace(routing_key, "...")
        if answer.status != 202:
            raise _refused(answer, said)
        return said


def event(page: Page, *, routing_key: str) -> Mapping[str, Any]:
    """The event as developer.pagerduty.com/docs/events-api-v2 wants it, within its limits."""
    action = _ACTIONS.get(page.event, "trigger")
    head = {
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": short_key(alarm_of(page)),
    }
    if action != "trigger":
        return head
    link = one_line(page.link, limit=2000)
    links = {"links": [{"href": link, "text": "Acknowledge"}]} if link else {}
    return {**head, "payload": _payload(page), "client": "Rapid Responder", **links}


def _payload(page: Page) -> Mapping[str, Any]:
    when = {"timestamp": page.at.isoformat()} if page.at else {}
    return {
        "summary": one_line(page.title, limit=_SUMMARY_LENGTH) or "without a title",
        "source": one_line(page.server or "") or "rapid-responder",
        "severity": _SEVERITIES[page.priority],
        "custom_details": {
            "incident": one_line(page.incident),
            "event": page.event,
            "person": one_line(page.person),
            "step": page.step,
            "text": many_lines(page.text, limit=_TEXT_LENGTH),
        },
        **when,
    }


class _Said(BaseModel):
    """PagerDuty's words, in a yes as in a no."""

    message: str = ""
    errors: tuple[str, ...] = ()


def _said(answer: Answer) -> str:
    try:
        told = _Said.model_validate_json(answer.body)
    except ValidationError:
        return ""
    return one_line(": ".join((told.message, *told.errors)))


def _refused(answer: Answer, said: str) -> OutsideError:
    error = refusal(answer, said=said)
    if answer.status == 429 and error.retry_after is None:
        error.retry_after = _THROTTLED_SECONDS
    return error
