"""The doors of the telephone company: what a call says, its keys, its end, and SMS that come in."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from responder.links import AnswerGrant, BadLink, OldLink
from responder.paging import twiml
from responder.paging.twilio_signature import genuine
from responder.phone_answers import Said, picked_up, pressed, texted
from responder.secrets import SecretUnreadable
from responder.store import StoreUnavailable, follows
from responder.web.reply_guard import ReplyGuard
from responder.web.route import Access, Asked, Refused, Route
from responder.world import World

LIMIT = 64 << 10
_FORM = "application/x-www-form-urlencoded"
_FIELDS = 200
_NOT_STORED = "It could not be stored. Please use the link in your messages."
_AGAIN = 3  # times we ask a caller to hold the line
_GIVES = {
    200: "TwiML",
    400: "no form",
    403: "not signed by Twilio, or no address of ours",
    410: "an address of long ago",
    415: "no form",
    503: "come again later",
}

log = structlog.get_logger(__name__)


class Calls:
    """Nobody logs in here. Twilio's signature over the public address and the form is one proof,
    our own in the address the other: for one page and one person.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._guard = ReplyGuard()

    def routes(self) -> list[Route]:
        """What Twilio is given as `Url`, `action` and `StatusCallback`, and the number's own."""
        path = "/callbacks/{token}/twilio"
        told = {204: "taken", **_GIVES}
        return [
            _route(f"{path}/call", self.call, "What is said to whoever picks up"),
            _route(f"{path}/key", self.key, "A key was pressed: 4, 5 or *"),
            _route(f"{path}/state", self.state, "There is news of a call or an SMS", told),
            _route("/callbacks/twilio/sms", self.sms, "An SMS to our number"),
        ]

    async def call(self, asked: Asked) -> web.StreamResponse:
        """Somebody, or something, has picked up."""
        self._form(asked)
        grant = self._grant(asked)
        try:
            said = await self._world.store.read(picked_up, grant)
        except StoreUnavailable:
            return self._later(asked, "call")
        return self._spoken(asked, said)

    async def key(self, asked: Asked) -> web.StreamResponse:
        """Pressed again, or brought again, it changes nothing."""
        form = self._form(asked)
        grant = self._grant(asked)
        key = form.get("Digits") or asked.request.query.get("key", "")
        world = self._world
        try:
            said = await world.store.write(
                pressed,
                grant,
                key=key,
                call=form.get("CallSid", ""),
                plan=world.live.plan,
                now=world.clock.now(),
            )
        except StoreUnavailable:
            return self._later(asked, "key", key=key)
        self._follow(said, person=grant.person, via="phone")
        return self._spoken(asked, said)

    async def state(self, asked: Asked) -> web.StreamResponse:
        """Not believed, only a reason to ask Twilio at once."""
        self._form(asked)
        grant = self._grant(asked)
        if await self._world.store.write(follows.hasten, grant.page, now=self._world.clock.now()):
            self._world.hasten("following")
        return web.Response(status=204)

    async def sms(self, asked: Asked) -> web.StreamResponse:
        """Strangers get no answer."""
        form = self._form(asked)
        number, world = form.get("From", ""), self._world
        people = list(dict.fromkeys(who for who, own in self._telephones() if own == number))
        if not people:
            world.metrics.callback_refused("number")
            log.warning("sms_of_a_stranger_dropped")
            return _twiml(twiml.writing(""))
        said = await self._texted(people, form)
        self._follow(said, person=", ".join(people), via="sms")
        quiet = not said.acted and not self._guard.allows(number, now=world.clock.now())
        return _twiml(twiml.writing("" if quiet else said.words))

    async def _texted(self, people: list[str], form: Mapping[str, str]) -> Said:
        world = self._world
        try:
            return await world.store.write(
                texted,
                people=people,
                body=form.get("Body", ""),
                message=form.get("MessageSid", ""),
                plan=world.live.plan,
                now=world.clock.now(),
            )
        except StoreUnavailable:
            return Said(_NOT_STORED)

    def _follow(self, said: Said, **facts: str) -> None:
        if said.acted:
            log.info("page_answered", **facts)
        for saved in said.saved:
            self._world.follow(saved)

    def _spoken(self, asked: Asked, said: Said) -> web.Response:
        if not said.keys:
            return _twiml(twiml.saying(said.words))
        action = self._address(asked, "key")
        return _twiml(twiml.asking(said.words, keys=said.keys, action=action))

    def _later(self, asked: Asked, door: str, *, key: str = "") -> web.Response:
        """The store is away: hold the line, but not for ever."""
        count = asked.request.query.get("again", "0")
        if count not in map(str, range(_AGAIN)):
            return _twiml(twiml.saying(_NOT_STORED))
        more = f"&key={'*' if key not in (twiml.ACKNOWLEDGE, twiml.ESCALATE) else key}"
        again = f"?again={int(count) + 1}{more if key else ''}"
        return _twiml(twiml.later(self._address(asked, door) + again))

    def _address(self, asked: Asked, door: str) -> str:
        return f"{self._world.links.url}/callbacks/{asked.part('token')}/twilio/{door}"

    def _telephones(self) -> Iterator[tuple[str, str]]:
        for name, person in self._world.live.config.people.items():
            for method in person.methods:
                if method.kind in ("sms", "voice"):
                    yield name, method.to

    def _grant(self, asked: Asked) -> AnswerGrant:
        """Raises Refused."""
        world = self._world
        try:
            grant = world.links.read_answer(asked.part("token"), now=world.clock.now())
        except OldLink:
            raise self._refused(410, "old", "this address is too old") from None
        except BadLink:
            raise self._refused(403, "link", "this is no address of ours") from None
        if grant.person not in world.live.config.people:
            raise self._refused(403, "link", "this person is not on the team any more")
        return grant

    def _form(self, asked: Asked) -> Mapping[str, str]:
        """What Twilio sent. The address that it signed is the one by which the world knows us, so
        no `Host` that somebody made up counts. Raises Refused.
        """
        form = self._fields(asked)
        given = asked.request.headers.get("X-Twilio-Signature", "")
        address = f"{self._world.links.url}{asked.request.raw_path}"
        if not genuine(given, tokens=self._tokens(), url=address, form=form):
            raise self._refused(403, "signature", "not signed by the account of paging.twilio")
        return dict(form)

    def _fields(self, asked: Asked) -> list[tuple[str, str]]:
        if asked.request.content_type != _FORM:
            raise self._refused(415, "form", f"send {_FORM}")
        try:
            text = asked.body.decode()
            return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
        except ValueError:
            raise self._refused(400, "form", "the body is no form") from None

    def _tokens(self) -> tuple[str, ...]:
        settings = self._world.live.config.paging.twilio
        try:
            return settings.token_file.each() if settings else ()
        except SecretUnreadable as trouble:
            log.error("token_unreadable", reason=str(trouble))
            raise self._refused(503, "token", "come again later") from None

    def _refused(self, status: int, reason: str, words: str) -> Refused:
        self._world.metrics.callback_refused(reason)
        return Refused(status, reason, words)


def _route(path: str, handler: Any, summary: str, gives: Mapping[int, str] = _GIVES) -> Route:
    return Route("POST", path, handler, Access.OPEN, summary, gives=gives, limit=LIMIT)


def _twiml(told: str) -> web.Response:
    return web.Response(text=told, content_type="text/xml")
