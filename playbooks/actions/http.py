"""Calls a web address: for whatever has an API and no action of its own."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import override
from yarl import URL

from playbooks.actions.commands import Repeat
from playbooks.actions.model import Action, Case, Crew, Failed, Ok, Outcome
from playbooks.actions.once import once, within
from playbooks.actions.output import in_line, kept
from playbooks.client import Answer, HttpAddress, call, refusal
from playbooks.lookups import Unresolved, fill
from playbooks.outside import OutsideError
from probes.credentials import Secret
from probes.durations import Duration
from probes.reasons import Failed as Unreadable
from probes.settings import SecretFile

_SPARE = timedelta(seconds=15)
_LIMIT = 1 << 20


def _fixed_host(told: str) -> str:
    """Whoever wrote the playbook says with whom we speak; an alert never does."""
    origin = _origin(told)
    url = URL(origin)
    if "{{" in origin or url.user or url.password:
        raise ValueError("host and port are fixed: no lookup and no login may stand in them")
    if url.scheme != "https" and not _is_loopback(url.host or ""):
        raise ValueError("must begin with https://")
    if "#" in told:
        raise ValueError("what stands behind a # is never sent")
    return told


def _origin(told: str) -> str:
    """Scheme, host and port, as far as the first sign that ends them."""
    scheme, _, rest = told.partition("://")
    ends = min((at for sign in "/?#\\" if (at := rest.find(sign)) >= 0), default=len(rest))
    return f"{scheme}://{rest[:ends]}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _named_here(secret: Secret) -> Secret:
    if "{{" in str(getattr(secret, "path", "")):
        raise ValueError("which file holds the secret is fixed: no lookup may stand in its path")
    return secret


FixedFile = Annotated[SecretFile, AfterValidator(_named_here)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]


class HttpCall(Action):
    """One request, sent once; a redirect is an answer. Any status of `expect`, else any 2xx, is
    well.
    """

    uses: ClassVar[str] = "http.call"
    irreversible: ClassVar[bool] = True
    gives: ClassVar[tuple[str, ...]] = ("status", "body")
    raw: ClassVar[frozenset[str]] = frozenset({"url", "token_file", "secret_headers"})

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Annotated[HttpAddress, AfterValidator(_fixed_host)]
    headers: Mapping[HeaderName, str] = {}
    token_file: FixedFile | None = Field(None, description="For Authorization: Bearer")
    secret_headers: Mapping[HeaderName, FixedFile] = Field({}, description="Each from its file")
    body: Any = Field(None, alias="json")
    expect: tuple[Annotated[int, Field(ge=200, le=599)], ...] = ()
    timeout: Duration = timedelta(seconds=15)
    repeat: Repeat = Field(Repeat.NEVER, description="safe: it only reads, or may be done twice")

    @override
    def lasts(self, crew: Crew) -> timedelta:
        return self.timeout + _SPARE

    @override
    def gated(self, crew: Crew) -> bool:
        return self.repeat is Repeat.NEVER

    @override
    def would(self, case: Case) -> str:
        return f"send {self.method} to {URL(_origin(self.url)).authority}"

    @override
    async def do(self, case: Case, crew: Crew) -> Outcome:
        if case.dry:
            return Ok(f"it would {self.would(case)}")
        try:
            url, headers = fill(self.url, case.scope, _one_piece), self._headers()
        except (OutsideError, ValueError) as error:
            return Failed(f"nothing was sent: {error}")

        async def send() -> Outcome:
            answer = await call(
                crew.hands.session,
                self.method,
                url,
                what=URL(url).host or "the web address",
                headers=headers,
                json=self.body,
                within=within(case, crew, self.timeout.total_seconds()),
                limit=_LIMIT,
            )
            return self._judged(answer)

        return await once(case, crew, send, verb=self.uses, repeat=self.repeat, method=self.method)

    def _judged(self, answer: Answer) -> Outcome:
        """Raises OutsideError for a status that is no yes."""
        said = answer.body.decode(errors="replace")
        wanted = self.expect or range(200, 300)
        if answer.status not in wanted:
            raise refusal(answer, said=in_line(said))
        values = {"status": str(answer.status), "body": kept(said)}
        return Ok(f"{answer.what} answered {answer.status}", values)

    def _headers(self) -> dict[str, str]:
        """Raises OutsideError for a secret that can't be read."""
        secrets = {name: _revealed(secret) for name, secret in self.secret_headers.items()}
        if self.token_file is not None:
            secrets["Authorization"] = f"Bearer {_revealed(self.token_file)}"
        return {**self.headers, **secrets}


def _one_piece(value: str) -> str:
    """One piece of a path or of a query, whatever it holds; dots alone would climb up."""
    if not any(letter.isalnum() for letter in value):
        raise Unresolved("what was looked up for the address has neither a letter nor a digit")
    return quote(value, safe="")


def _revealed(secret: Secret) -> str:
    try:
        return secret.reveal()
    except Unreadable as error:
        raise OutsideError(error.reason, transient=False) from None
