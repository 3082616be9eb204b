"""Orders by a portal's API: one HTTP call with JSON, whose answer names their ticket."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import AfterValidator, Field, model_validator
from yarl import URL

from playbooks.client import Answer, HttpAddress, call, refusal
from playbooks.datacentre.channel import Means
from playbooks.datacentre.message import Letter
from playbooks.outside import OutsideError
from playbooks.plain import one_line
from playbooks.ports import Receipt
from probes.reasons import Failed
from probes.settings import Piece, SecretFile

_LOOKUP = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LOCAL = ("127.0.0.1", "::1", "localhost")
_FIELDS = {"account", "contract", "site", "room", "rack", "unit", "label", "approval"}
NAMES = frozenset({"key", "reference", "task", "subject", "body", "ticket", *_FIELDS})
"""What a template may look up; there is nothing else in it."""


def _known(text: str) -> str:
    for name in _LOOKUP.findall(text):
        if name not in NAMES:
            raise ValueError(f'there is no "{name}"; known are {", ".join(sorted(NAMES))}')
    return text


def _all_known(value: Any) -> Any:
    match value:
        case str():
            _known(value)
        case Mapping():
            for one in value.values():
                _all_known(one)
        case list() | tuple():
            for one in value:
                _all_known(one)
    return value


def _private(text: str) -> str:
    url = URL(text)
    if url.scheme != "https" and url.host not in _LOCAL:
        raise ValueError("must begin with https://: the PIN travels along this line")
    return text


Template = Annotated[str, AfterValidator(_known)]
JsonTemplate = Annotated[Mapping[str, Any], AfterValidator(_all_known)]
PrivateAddress = Annotated[HttpAddress, AfterValidator(_private), AfterValidator(_known)]


class Request(Piece):
    """One call of the portal."""

    url: PrivateAddress
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    headers: Mapping[str, Template] = {}
    body: JsonTemplate


class PortalChannel(Request):
    """A portal with an API of its own; `ticket` is the way to their number in its answer."""

    kind: Literal["portal"] = "portal"
    ticket: str = Field(
        "id", pattern=r"^[\w-]+(\.[\w-]+)*$", description="Where their number stands: data.0.id"
    )
    token_file: SecretFile | None = None
    token_header: str = Field("Authorization", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    token_prefix: str = "Bearer "  # noqa: S105
    stop: Request | None = Field(None, description='How "please stop" is added to their ticket')

    @property
    def wordy(self) -> bool:
        return True

    @model_validator(mode="after")
    def _token_is_in_one_place(self) -> Self:
        if self.token_file and self.token_header.lower() in map(str.lower, self.headers):
            raise ValueError(f"{self.token_header} stands in headers and in token_header")
        return self

    async def send(self, letter: Letter, means: Means, *, ticket: str = "") -> Receipt:
        """Raises OutsideError; a yes without a ticket number is ambiguous."""
        request: Request = self
        if letter.answers:
            if self.stop is None or not ticket:
                told = 'the portal has no way to say "please stop" for this order'
                raise OutsideError(told, transient=False)
            request = self.stop
        values = {**_values(letter, means.pin()), "ticket": ticket}
        answer = await call(
            means.hands.session,
            request.method,
            URL(_filled(request.url, {name: quote(one) for name, one in values.items()})),
            what="the data centre's portal",
            headers={**self._login(), **_headers(request, values)},
            json=_filled(request.body, values),
            within=20.0,
        )
        if not 200 <= answer.status < 300:
            raise refusal(answer)
        return Receipt(ticket or self._ticket(answer), f"the portal answered {answer.status}")

    def _login(self) -> dict[str, str]:
        if self.token_file is None:
            return {}
        try:
            return {self.token_header: f"{self.token_prefix}{self.token_file.reveal()}"}
        except Failed as error:
            raise OutsideError(error.reason, transient=False) from None

    def _ticket(self, answer: Answer) -> str:
        found: Any = answer.json()
        for name in self.ticket.split("."):
            found = _inner(found, name)
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            told = f"the portal answered {answer.status} without a ticket at {self.ticket}"
            raise OutsideError(told, transient=False, ambiguous=True)
        return one_line(str(found), limit=100)


def _inner(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None


def _values(letter: Letter, pin: str) -> dict[str, str]:
    fields = {name: letter.fields.get(name, "") for name in _FIELDS}
    own = {"key": letter.key, "reference": letter.reference, "task": str(letter.task)}
    return {**fields, **own, "subject": letter.subject, "body": letter.with_pin(pin)}


def _headers(request: Request, values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: one_line(_filled(text, values), limit=1000) for name, text in request.headers.items()
    }


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The same with its lookups answered, in one pass: what is filled in is not read again."""
    match template:
        case str():
            return _LOOKUP.sub(lambda found: values[found[1]], template)
        case Mapping():
            return {name: _filled(one, values) for name, one in template.items()}
        case list() | tuple():
            return [_filled(one, values) for one in template]
    return template
