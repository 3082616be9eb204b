"""A page by Apprise: chat and all else that it knows. It tells people; it can't ask them."""

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from alerts.model import Priority
from playbooks.outside import OutsideError
from playbooks.plain import many_lines, one_line
from playbooks.ports import Page, PageEvent, Receipt
from responder.secrets import Secret, SecretFile, SecretText

# Its log names hosts and channels; what matters of it we say ourselves.
logging.getLogger("apprise").propagate = False

_ABSENT = "kind apprise needs the extra: pip install 'rapid-responder[apprise]'"
_SENDERS = 4  # Apprise sleeps in the thread that sends, so that it gets threads of its own
_SEND_SECONDS, _ALL_SECONDS = 15.0, 25.0  # of one service; and with the wait for a thread

_TITLE_LENGTH, _TEXT_LENGTH = 250, 4000
_KINDS = {Priority.CRITICAL: "failure", Priority.HIGH: "failure", Priority.MEDIUM: "warning"}
_GOOD = {PageEvent.RECOVERED: "success", PageEvent.TEST: "info", PageEvent.ACKNOWLEDGED: "info"}
_REFUSED_FOR_NOW = frozenset({408, 425, 429, 503})
# What would call everybody in a chat, if a label said so.
_CALLS = re.compile(r"@(?=(everyone|here|channel|all)\b)|<(?=!)", re.IGNORECASE)


class AppriseMethod(BaseModel):
    """A service by its Apprise address (appriseit.com/services), which holds its secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["apprise"]
    url: SecretText | None = None
    url_file: SecretFile | None = None

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        """Tried while loading: Apprise says nothing at all when it can't read an address."""
        if (self.url is None) == (self.url_file is None):
            raise ValueError("give either url_file or url")
        if fault := fault_of(self.address.reveal()):
            raise ValueError(fault)
        return self

    @property
    def address(self) -> Secret:
        """The address, from wherever it stands."""
        told = self.url or self.url_file
        assert told is not None  # noqa: S101  _can_be_used
        return told


class Apprise:
    """Not keyed, and nothing comes back: no acknowledgement, no word whether it was delivered."""

    keyed = False

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_SENDERS, thread_name_prefix="apprise")

    async def page(self, page: Page, method: AppriseMethod) -> Receipt:
        """The receipt has our key, as Apprise tells of no other.

        Raises OutsideError: an address that Apprise can't use and a 4xx are permanent, 429 and 503
        wait; every other failure may have gone out, for Apprise does not say.
        """
        address = method.address.reveal()
        loop = asyncio.get_running_loop()
        sending = loop.run_in_executor(self._threads, _send, address, _words(page))
        try:
            async with asyncio.timeout(_ALL_SECONDS):
                outcome = await sending
        except TimeoutError:
            outcome = _Outcome("TIMEOUT")
        if outcome.status != "SUCCESS":
            raise _refused(outcome, _scheme(address))
        return Receipt(reference=page.key, detail=f"{_scheme(address)} took it")


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    body: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A name of AppriseResultStatus, and the HTTP status of the service where it has told one."""

    status: str
    http: int | None = None


def fault_of(address: str) -> str:
    """Why Apprise could not use this address, without a word of it; "" when it could."""
    try:
        from apprise import Apprise as Sender
    except ImportError:
        return _ABSENT
    known = Sender().add(address)
    return "" if known else f"Apprise can't use this address of {_scheme(address)}"


def _send(address: str, words: _Words) -> _Outcome:
    """In a thread: one service, once."""
    from apprise import Apprise as Sender
    from apprise import AppriseAsset, AppriseResultStatus, NotifyFormat, NotifyType

    asset = AppriseAsset(app_id="Rapid Responder", async_mode=False, storage_mode="memory")
    sender = Sender(asset=asset)
    if not sender.add(address):
        return _Outcome(AppriseResultStatus.NOMATCH.name)
    result = sender.notify(
        title=words.title,
        body=words.body,
        notify_type=NotifyType(words.kind),
        body_format=NotifyFormat.TEXT,
        timeout=_SEND_SECONDS,
        log_level=logging.WARNING,
    )
    said = " ".join(str(line) for one in result.results for try_ in one.attempts for line in try_)
    told = re.search(r"\berror=(\d{3})\b", said)
    return _Outcome(result.status.name, int(told[1]) if told else None)


def _words(page: Page) -> _Words:
    title = one_line(page.title, limit=_TITLE_LENGTH) or "without a title"
    body = many_lines(page.text, limit=_TEXT_LENGTH) or title
    kind = _GOOD.get(page.event, _KINDS.get(page.priority, "info"))
    return _Words(_calm(title), _calm(body), kind)


def _calm(text: str) -> str:
    return _CALLS.sub(lambda call: f"{call[0]} ", text)


def _refused(outcome: _Outcome, scheme: str) -> OutsideError:
    """The scheme alone names the service: the rest of the address is secret."""
    where, http = f"Apprise ({scheme})", outcome.http
    if outcome.status == "NOMATCH":
        return OutsideError(f"{where} can't use this address: nothing was sent", transient=False)
    if http is not None and (http < 500 or http in _REFUSED_FOR_NOW):
        return OutsideError(f"{where} answered {http}", transient=http in _REFUSED_FOR_NOW)
    told = {"TIMEOUT": "gave no answer in time", "PARTIAL": "reached only some of them"}
    what = f"answered {http}" if http else told.get(outcome.status, "could not deliver")
    return OutsideError(f"{where} {what}", transient=True, ambiguous=True)


def _scheme(address: str) -> str:
    return one_line(address.partition("://")[0], limit=20) if "://" in address else "no service"
