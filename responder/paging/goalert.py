"""A page by GoAlert's generic API: an alert of one of its services, opened and closed by a key."""

from collections.abc import Mapping
from typing import Any, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from playbooks.client import Answer, HttpAddress, call, refusal
from playbooks.plain import many_lines, one_line, short_key
from playbooks.ports import Page, PageEvent, Receipt
from responder.paging.alarms import alarm_of
from responder.secrets import SecretFile

_WHAT = "GoAlert"
# Longer ones are cut there in the midst of a word (GoAlert 0.34; 6 KiB of details, 512 of a key).
_SUMMARY_LENGTH, _DETAILS_LENGTH, _KEY_LENGTH = 1024, 6000, 500
# The generic API knows no acknowledgement: to be silent there, the alert must be closed.
_CLOSING = frozenset({PageEvent.ACKNOWLEDGED, PageEvent.RECOVERED})


class GoAlertMethod(BaseModel):
    """A service of a GoAlert by the key of its generic integration; `url` is where GoAlert lives.

    Whom that service's escalation policy calls, and again, is GoAlert's own business.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["goalert"]
    url: HttpAddress
    token_file: SecretFile


class GoAlert:
    """Keyed: while an alert is open, another of the same key joins it and calls nobody."""

    keyed = True

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def page(self, page: Page, method: GoAlertMethod) -> Receipt:
        """The receipt has the dedup key, and the number of the alert as GoAlert tells it.

        Raises OutsideError: 4xx are permanent (a wrong key is 401), 429 and 503 wait, other 5xx and
        a lost answer are ambiguous, which the key makes harmless.
        """
        token = method.token_file.reveal()
        told = alert(page)
        # Without this Accept, word for word, the answer is an empty 204.
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        url = f"{method.url.rstrip('/')}/api/v2/generic/incoming"
        answer = await call(self._session, "POST", url, what=_WHAT, headers=headers, json=told)
        if not 200 <= answer.status < 300:
            raise refusal(answer, said=_complaint(answer).replace(token, "..."))
        return Receipt(reference=told["dedup"], detail=_said(answer))


def alert(page: Page) -> Mapping[str, Any]:
    """The request as goalert.me's /api/v2/generic/incoming takes it, within its limits."""
    return {
        "summary": one_line(page.title, limit=_SUMMARY_LENGTH) or "without a title",
        "details": many_lines(page.text, limit=_DETAILS_LENGTH),
        "action": "close" if page.event in _CLOSING else "",
        "dedup": short_key(alarm_of(page), limit=_KEY_LENGTH),
        "meta": {
            "incident": one_line(page.incident),
            "event": str(page.event),
            "priority": str(page.priority),
            "server": one_line(page.server or ""),
            "link": one_line(page.link, limit=2000),
        },
    }


class _Said(BaseModel):
    """What GoAlert made of it; older ones answer with the whole alert, or nothing."""

    number: int | None = Field(None, alias="AlertID")
    new: bool | None = Field(None, alias="IsNew")


def _said(answer: Answer) -> str:
    try:
        told = _Said.model_validate_json(answer.body)
    except ValidationError:
        return str(answer.status)
    if told.number is None:
        return str(answer.status)
    return f"alert {told.number}" + (", known there already" if told.new is False else "")


def _complaint(answer: Answer) -> str:
    """GoAlert complains in one plain line."""
    return one_line(answer.body[:2000].decode("utf-8", "replace"))
