"""A telephone company like Twilio: takes calls and SMS, rings, and brings signed answers back."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

import aiohttp
from aiohttp import web
from typing_extensions import override

from responder.emulators.misbehaving import Misbehaving
from responder.paging.twilio_signature import signature

ACCOUNT = f"AC{'0' * 32}"
_PREFIX = {"Calls": "CA", "Messages": "SM"}
_STATE_FIELD = {"Calls": ("CallSid", "CallStatus"), "Messages": ("MessageSid", "MessageStatus")}


@dataclass
class Taken:
    """A call or a message. `heard` is the TwiML of a call so far, the newest last."""

    sid: str
    what: str
    form: Mapping[str, str]
    status: str = "queued"
    error_code: int | None = None
    heard: list[str] = field(default_factory=list)

    @property
    def to(self) -> str:
        return self.form["To"]

    @property
    def words(self) -> str:
        """What the person last heard or read."""
        said = self.heard[-1] if self.heard else self.form.get("Twiml", self.form.get("Body", ""))
        return unescape(re.sub(r"<[^>]*>", " ", said)).strip()


class TelephoneEmulator(Misbehaving):
    """`taken`: every call and message that it took, in order. Nothing happens to them until the
    methods below say so; Twilio's own words (`busy`, `undelivered`) are the states. `fails_at_once`
    takes what it is given with a 201 that brings an error.
    """

    def __init__(self, *, token: str = "a-token-of-this-emulator") -> None:  # noqa: S107
        super().__init__()
        self.fails_at_once = False
        self.token = token
        self.taken: list[Taken] = []
        self.asked = 0  # how often somebody asked for the state of one
        self._texts = 0  # that people wrote
        self._arrived = asyncio.Condition()
        base = "/2010-04-01/Accounts/{account}/{what:Calls|Messages}"
        self.router.add_post(f"{base}.json", self._create)
        self.router.add_get(f"{base}/{{sid}}.json", self._state)

    @override
    def refusal(self) -> web.Response:
        return _refused(400, 21211, "The 'To' number is not a valid phone number.")

    async def wait_for(self, count: int, *, within: float = 45.0) -> list[Taken]:
        """What was taken, as soon as there are `count`; TimeoutError when there are not."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: len(self.taken) >= count)
        return self.taken

    def of(self, what: str) -> list[Taken]:
        """The `Calls`, or the `Messages`."""
        return [one for one in self.taken if one.what == what]

    async def pick_up(self, call: Taken) -> str:
        """Somebody or a voicemail answers: what is said to it, as TwiML."""
        call.status = "in-progress"
        if "Url" not in call.form:
            call.heard.append(call.form["Twiml"])
            return call.heard[-1]
        return await self._ask(call, call.form["Url"])

    async def press(self, call: Taken, key: str) -> str:
        """A key while a menu is read: what is said to it, as TwiML."""
        return await self._ask(call, _found(r'<Gather[^>]* action="([^"]+)"', call), Digits=key)

    async def wait(self, call: Taken) -> str:
        """The line was to be held: what is said afterwards."""
        return await self._ask(call, _found(r"<Redirect[^>]*>([^<]+)<", call))

    async def becomes(self, one: Taken, status: str, *, error_code: int | None = None) -> None:
        """Its last state (completed, busy, no-answer, delivered, undelivered ...) and the news."""
        one.status, one.error_code = status, error_code
        if address := one.form.get("StatusCallback"):
            await self.callback(address, self._fields(one))

    async def text(self, door: str, *, sender: str, body: str, sid: str = "") -> tuple[int, str]:
        """A person writes an SMS: status and TwiML of the door's answer."""
        self._texts += 1
        told = {"MessageSid": sid or f"SM{self._texts:032x}", "AccountSid": ACCOUNT}
        return await self.callback(door, {**told, "From": sender, "Body": body})

    async def callback(
        self, url: str, form: Mapping[str, str], *, signed: str | None = None
    ) -> tuple[int, str]:
        """One request to somebody's door, signed as Twilio does unless told otherwise."""
        told = signature(self.token, url, list(form.items())) if signed is None else signed
        async with aiohttp.ClientSession() as session:
            headers = {"X-Twilio-Signature": told}
            answer = await session.post(url, data=form, headers=headers)
            return answer.status, await answer.text()

    async def _ask(self, call: Taken, url: str, **more: str) -> str:
        status, told = await self.callback(url, {**self._fields(call), **more})
        if status != 200:
            told = "<Response><Say>An application error has occurred. Goodbye.</Say></Response>"
        call.heard.append(told)
        return told

    def _fields(self, one: Taken) -> Mapping[str, str]:
        sid, status = _STATE_FIELD[one.what]
        told = {"AccountSid": ACCOUNT, "To": one.to, "From": one.form["From"]}
        return {**told, sid: one.sid, status: one.status}

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        what = request.match_info["what"]
        if not self._is_ours(request):
            return _refused(401, 20003, "Authenticate")
        if wrong := _wrong(what, form):
            return _refused(400, *wrong)
        one = Taken(f"{_PREFIX[what]}{len(self.taken) + 1:032x}", what, form)
        if self.fails_at_once:
            one.status, one.error_code = "failed", 30008
        async with self._arrived:
            self.taken.append(one)
            self._arrived.notify_all()
        return _shown(one, status=201)

    async def _state(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if not self._is_ours(request):
            return _refused(401, 20003, "Authenticate")
        for one in self.taken:
            if one.sid == request.match_info["sid"]:
                return _shown(one, status=200)
        return _refused(404, 20404, "The requested resource was not found")

    def _is_ours(self, request: web.Request) -> bool:
        login = b64encode(f"{ACCOUNT}:{self.token}".encode()).decode()
        right = request.headers.get("Authorization") == f"Basic {login}"
        return right and request.match_info["account"] == ACCOUNT


def _wrong(what: str, form: Mapping[str, str]) -> tuple[int, str] | None:
    """What Twilio would complain about."""
    for name in ("To", "From"):
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", form.get(name, "")):
            return 21211, f"The '{name}' number is not a valid phone number."
    if what == "Messages":
        long = len(form.get("Body", "")) > 1600
        empty = not form.get("Body", "").strip()
        return (21617, "Body too long") if long else (21602, "Body is required") if empty else None
    if not ("Url" in form) ^ ("Twiml" in form):
        return 21205, "Url parameter is required."
    return None


def _found(pattern: str, call: Taken) -> str:
    """An address in what was last said. LookupError when there is none: no key can be pressed."""
    found = re.search(pattern, call.heard[-1])
    if found is None:
        raise LookupError(f"nothing of that kind was said: {call.heard[-1]}")
    return unescape(found[1])


def _shown(one: Taken, *, status: int) -> web.Response:
    failed = "Unknown error" if one.error_code else None
    told = {"sid": one.sid, "status": one.status, "to": one.to, "error_code": one.error_code}
    return web.json_response({**told, "error_message": failed}, status=status)


def _refused(status: int, code: int, message: str) -> web.Response:
    told = {"status": status, "code": code, "message": message}
    return web.json_response(
        {**told, "more_info": f"https://www.twilio.com/docs/errors/{code}"}, status=status
    )
