"""A page by ntfy: a push message with a button that acknowledges without opening anything."""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.model import Priority
from playbooks.client import Answer, HttpAddress, call, refusal
from playbooks.plain import many_lines, one_line
from playbooks.ports import Page, PageEvent, Receipt
from responder.links import pressed
from responder.secrets import SecretFile

_WHAT = "ntfy"
_TITLE_LENGTH = 250
_MESSAGE_BYTES = 4000  # ntfy makes a file of what is longer than 4,096 bytes
_LINK_LENGTH = 2000

# 5 rings through, 4 sounds long, 3 once, 2 and 1 are silent.
_PRIORITIES = {Priority.CRITICAL: 5, Priority.HIGH: 4, Priority.MEDIUM: 3, Priority.LOW: 2}
_QUIET = {PageEvent.RECOVERED: 2, PageEvent.ACKNOWLEDGED: 2, PageEvent.TEST: 4}
_SIGNS = {
    PageEvent.RECOVERED: "white_check_mark",
    PageEvent.ACKNOWLEDGED: "raised_hand",
    PageEvent.TEST: "bell",
    PageEvent.APPROVAL: "question",
    PageEvent.NEEDED: "wave",
    PageEvent.LEAD: "mega",
    PageEvent.DEAD_LETTER: "warning",
}
_BUTTONS = {
    PageEvent.OPENED: "Acknowledge",
    PageEvent.REPEATED: "Acknowledge",
    PageEvent.ESCALATED: "Acknowledge",
    PageEvent.LAPSED: "Acknowledge",
    PageEvent.TEST: "It came",
}


class NtfyMethod(BaseModel):
    """A topic of an ntfy server. Who may read the topic may acknowledge: protect it there, and give
    the access token (`tk_...`) that may write to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["ntfy"]
    url: HttpAddress = "https://ntfy.sh"
    topic: str = Field(pattern=r"^[-_A-Za-z0-9]{1,64}$")
    token_file: SecretFile | None = None


class Ntfy:
    """Not keyed: an ntfy of 2.16 or later replaces a repeat on the phone, older ones show both."""

    keyed = False

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def page(self, page: Page, method: NtfyMethod) -> Receipt:
        """The receipt has our name for the message; 200 means that the server has it.

        Raises OutsideError: 401, 403 and other 4xx are permanent, 429 and 503 wait, other 5xx and a
        lost answer are ambiguous.
        """
        token = method.token_file.reveal() if method.token_file else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        told = message(page, topic=method.topic)
        url = f"{method.url.rstrip('/')}/"
        answer = await call(self._session, "POST", url, what=_WHAT, headers=headers, json=told)
        if not 200 <= answer.status < 300:
            said = _complaint(answer)
            raise refusal(answer, said=said.replace(token, "...") if token else said)
        return Receipt(reference=told["sequence_id"], detail=_said(answer))


def message(page: Page, *, topic: str) -> Mapping[str, Any]:
    """The message as docs.ntfy.sh/publish/#publish-as-json wants it, within its limits."""
    link = one_line(page.link, limit=_LINK_LENGTH)
    body = {
        "topic": topic,
        "sequence_id": hashlib.blake2b(
            page.key.encode("utf-8", "replace"), digest_size=16
        ).hexdigest(),
        "title": one_line(page.title, limit=_TITLE_LENGTH) or "without a title",
        "message": _short(many_lines(page.text)) or "without words",
        "priority": _QUIET.get(page.event, _PRIORITIES[page.priority]),
        "tags": [_sign(page)],
    }
    if not link:
        return body
    return {**body, "click": link, "actions": _buttons(page.event, link)}


def _buttons(event: PageEvent, link: str) -> list[Mapping[str, Any]]:
    """The phone itself sends the POST; the message goes away when we said yes."""
    if event not in _BUTTONS:
        return []
    press = {"action": "http", "label": _BUTTONS[event], "url": pressed(link), "method": "POST"}
    return [{**press, "clear": True}]


def _sign(page: Page) -> str:
    urgent = "rotating_light" if page.priority is Priority.CRITICAL else "warning"
    return _SIGNS.get(page.event, urgent)


def _short(text: str) -> str:
    """Cut between two letters, so that it ends within the bytes."""
    data = text.encode("utf-8", "replace")
    return text if len(data) <= _MESSAGE_BYTES else _head(data) + "..."


def _head(data: bytes) -> str:
    return data[: _MESSAGE_BYTES - 3].decode("utf-8", "ignore").rstrip()


class _Said(BaseModel):
    """ntfy's words: the message's id in a yes, code and error in a no (docs, "Error codes")."""

    id: str = ""
    code: int = 0
    error: str = ""


def _said(answer: Answer) -> str:
    told = _read(answer)
    return one_line(told.id, limit=50) if told.id else str(answer.status)


def _complaint(answer: Answer) -> str:
    told = _read(answer)
    return one_line(f"{told.error} ({told.code})") if told.error else ""


def _read(answer: Answer) -> _Said:
    try:
        return _Said.model_validate_json(answer.body)
    except ValidationError:
        return _Said()
