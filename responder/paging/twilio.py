"""SMS and calls through Twilio's REST API: what they need, and what its answers mean."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from yarl import URL

from playbooks.client import Answer, HttpAddress, call, refusal
from playbooks.outside import OutsideError
from playbooks.plain import many_lines, one_line
from playbooks.ports import Fate, News, Page, Receipt
from responder.paging import twiml
from responder.secrets import SecretFile

_WHAT = "Twilio"
_LONGEST_BODY = 1000  # characters; Twilio refuses 1600
_VALID_SECONDS = 300  # an SMS that waits for longer in Twilio's queue has missed its hour

# https://www.twilio.com/docs/voice/api/call-resource#call-status-values: a voicemail that picked up
# is "completed" as well, so only a pressed key is an answer.
# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
_FATES = {
    "completed": Fate.REACHED,
    "busy": Fate.MISSED,
    "no-answer": Fate.MISSED,
    "failed": Fate.MISSED,
    "canceled": Fate.MISSED,
    "delivered": Fate.REACHED,
    "read": Fate.REACHED,
    "undelivered": Fate.MISSED,
}


def _e164(told: object) -> object:
    if isinstance(told, int):
        raise ValueError('YAML takes it for a number: quote it, as in "+359888123456"')
    if not isinstance(told, str) or not re.fullmatch(r"\+[1-9][0-9]{6,14}", told):
        raise ValueError('is not a telephone number such as "+359888123456" (E.164, no spaces)')
    return told


Phone = Annotated[str, BeforeValidator(_e164)]


class TwilioPaging(BaseModel):
    """`paging.twilio`: the account that sends SMS and calls. `from` is a number of that account.

    `ring_seconds`: how long a telephone rings before the person's next method is tried.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    account_sid: str = Field(pattern=r"^AC[0-9a-f]{32}$")
    token_file: SecretFile
    sender: Phone = Field(alias="from")
    url: HttpAddress = "https://api.twilio.com"
    ring_seconds: int = Field(30, ge=5, le=120)


class SmsMethod(BaseModel):
    """A telephone that takes SMS."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["sms"]
    to: Phone


class VoiceMethod(BaseModel):
    """A telephone that rings."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["voice"]
    to: Phone


class Sms:
    """Not keyed: Twilio sends the same words twice when it is asked twice."""

    keyed = False

    def __init__(self, settings: TwilioPaging, session: aiohttp.ClientSession) -> None:
        self._account = Account(settings, session)

    async def page(self, page: Page, method: SmsMethod) -> Receipt:
        """The receipt has Twilio's SID. Raises OutsideError as `Account.send` does."""
        told = page.short or f"{one_line(page.title)} {one_line(page.link, limit=500)}"
        form = {
            "To": method.to,
            "Body": many_lines(told, limit=_LONGEST_BODY).strip() or "A page without words",
            "ValidityPeriod": str(_VALID_SECONDS),
        }
        if door := self._account.door(page):
            form["StatusCallback"] = f"{door}/state"
        return await self._account.send("Messages", form)

    async def follow(self, reference: str) -> News:
        """Delivered is what the telephone company says. Raises OutsideError."""
        return await self._account.news("Messages", reference)


class Voice:
    """Not keyed: asked twice, Twilio rings twice."""

    keyed = False

    def __init__(self, settings: TwilioPaging, session: aiohttp.ClientSession) -> None:
        self._account = Account(settings, session)
        self._ring_seconds = settings.ring_seconds

    async def page(self, page: Page, method: VoiceMethod) -> Receipt:
        """The receipt has Twilio's SID. Raises OutsideError as `Account.send` does.

        What is said is asked of our own door when somebody picks up; where Twilio can't reach it,
        the words go along, and no key can be pressed.
        """
        form = {"To": method.to, "Timeout": str(self._ring_seconds)}
        if door := self._account.door(page):
            form |= {"Url": f"{door}/call", "FallbackUrl": f"{door}/call"}
            form["StatusCallback"] = f"{door}/state"
        else:
            form["Twiml"] = twiml.telling(page.title)
        return await self._account.send("Calls", form)

    async def follow(self, reference: str) -> News:
        """Somebody or something picked up: no more can be known. Raises OutsideError."""
        return await self._account.news("Calls", reference)


class _Said(BaseModel):
    """Twilio's words: of a call or a message, or why there is none."""

    sid: str = ""
    status: str | int = ""  # the state of a call; in a refusal the status of HTTP
    error_code: int | None = None
    error_message: str | None = None
    code: int | None = None
    message: str | None = None

    @property
    def trouble(self) -> str:
        """What went wrong, with Twilio's number of it; "" when nothing did."""
        number = self.error_code or self.code
        words = self.error_message or self.message or ""
        return one_line(f"{number} {words}" if number else words)


class Account:
    """Two requests: one that asks for a call or a message, one that asks what became of it."""

    def __init__(self, settings: TwilioPaging, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._session = session

    def door(self, page: Page) -> str:
        """What begins our addresses for this page; "" where Twilio can't reach them. An address of
        this machine is known only to whoever is on it, as our emulator is.
        """
        here = _on_this_machine(page.answer) and not _on_this_machine(self._settings.url)
        return f"{page.answer}/twilio" if page.answer and not here else ""

    async def send(self, what: str, form: Mapping[str, str]) -> Receipt:
        """Raises OutsideError: 4xx is permanent but for 429; 5xx and a lost answer are ambiguous; a
        201 that brings an error is permanent, for nothing will be sent.
        """
        told = {"From": self._settings.sender, **form}
        answer, said = await self._call("POST", f"{what}.json", told)
        if answer.status != 201:
            raise refusal(answer, said=said.trouble)
        if said.error_code:
            message = f"{_WHAT} took it and could not send it: {said.trouble}"
            raise OutsideError(message, transient=False)
        if not said.sid:
            message = f"{_WHAT} answered 201 without a SID"
            raise OutsideError(message, transient=True, ambiguous=True)
        return Receipt(reference=said.sid, detail=f"{said.status} {said.sid}", follow=True)

    async def news(self, what: str, sid: str) -> News:
        """Raises OutsideError."""
        answer, said = await self._call("GET", f"{what}/{quote(sid, safe='')}.json")
        if answer.status != 200:
            raise refusal(answer, said=said.trouble)
        fate = _FATES.get(str(said.status), Fate.UNDER_WAY)
        return News(fate, one_line(f"{said.status} {said.trouble}"))

    async def _call(
        self, method: str, path: str, form: Mapping[str, str] | None = None
    ) -> tuple[Answer, _Said]:
        account, token = self._settings.account_sid, self._settings.token_file.reveal()
        url = f"{self._settings.url.rstrip('/')}/2010-04-01/Accounts/{account}/{path}"
        login = b64encode(f"{account}:{token}".encode()).decode()
        headers = {"Authorization": f"Basic {login}"}
        answer = await call(self._session, method, url, what=_WHAT, headers=headers, data=form)
        return answer, _said(answer, token)


def _on_this_machine(url: str) -> bool:
    host = URL(url).host or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _said(answer: Answer, token: str) -> _Said:
    try:
        return _Said.model_validate_json(answer.body.replace(token.encode(), b"..."))
    except ValidationError:
        return _Said()
