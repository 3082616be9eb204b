"""Every wire that leads out of the house at night: telephones, pushes, pagers and mail."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from typing_extensions import override

from responder.emulators.ntfy import NtfyEmulator
from responder.emulators.pager import PagerEmulator
from responder.emulators.telephone import ACCOUNT, Taken, TelephoneEmulator
from tests.real.smtp import Mailbox

TOKEN = "the-token-of-our-account"
ROUTING_KEY = "e" * 32
HOOK_SECRET = "the-secret-of-pagerduty"
WORDS = {"Calls": "call", "Messages": "sms"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out, by the clock of the story."""

    at: datetime
    way: str
    person: str

    @override
    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.way} {self.person}"


@dataclass
class Wires:
    """Nothing leaves the house past these. `sent` is all that did, in order, once `look` was taken.

    What is asked for over a wire that is cut (`telephone.mode` and so on) has not gone out.
    """

    telephone: TelephoneEmulator
    ntfy: NtfyEmulator
    pager: PagerEmulator
    mailbox: Mailbox
    phones: Mapping[str, str]  # number -> person
    sent: list[Sent] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def look(self, now: datetime) -> None:
        """Write down what has gone out since the last look."""
        for way, all_of_it in (
            ("telephone", list(self._telephoned())),
            ("ntfy", [("ntfy", one["topic"]) for one in self.ntfy.taken]),
            ("pager", [_rung(one.json) for one in self.pager.taken]),
            ("mail", [_mailed(one) for one in self.mailbox.messages]),
        ):
            fresh = all_of_it[self._seen.get(way, 0) :]
            self._seen[way] = len(all_of_it)
            self.sent += [Sent(now, *one) for one in fresh]

    def calls(self, person: str) -> list[Taken]:
        """The calls that rang this person's telephone."""
        return [one for one in self.telephone.of("Calls") if self.phones[one.to] == person]

    def texts(self, person: str) -> list[Taken]:
        """The SMS to this person's telephone."""
        return [one for one in self.telephone.of("Messages") if self.phones[one.to] == person]

    def number(self, person: str) -> str:
        [number] = [number for number, name in self.phones.items() if name == person]
        return number

    def _telephoned(self) -> Iterator[tuple[str, str]]:
        for one in self.telephone.taken:
            yield WORDS[one.what], self.phones[one.to]


@asynccontextmanager
async def wires(
    folder: Path, mailbox: Mailbox, *, phones: Mapping[str, str]
) -> AsyncIterator[Wires]:
    """All of them, and the secrets that they ask for."""
    for name, told in {"twilio": TOKEN, "pagerduty": ROUTING_KEY, "hook": HOOK_SECRET}.items():
        secret = folder / "secrets" / name
        secret.parent.mkdir(exist_ok=True)
        secret.write_text(told)
        secret.chmod(0o600)
    out = Wires(TelephoneEmulator(token=TOKEN), NtfyEmulator(), PagerEmulator(), mailbox, phones)
    servers = (out.telephone, out.ntfy, out.pager)
    for server in servers:
        await server.start()
    try:
        yield out
    finally:
        for server in servers:
            await server.stop()


PAGING = """\
paging:
  email: {host: 127.0.0.1, port: SMTP, from: responder@example.net}
  twilio: {account_sid: ACCOUNT, token_file: secrets/twilio, from: "+15005550006", url: "TWILIO"}
  pagerduty: {url: "PAGERDUTY", webhook_secret_file: secrets/hook}
"""


def wired(company: str, out: Wires) -> str:
    """A company of the file whose ways lead over these wires."""
    places = {
        "SMTP": str(out.mailbox.port),
        "ACCOUNT": ACCOUNT,
        "TWILIO": out.telephone.url,
        "PAGERDUTY": out.pager.events_url,
        "NTFY": out.ntfy.url,
    }
    text = company + PAGING
    for word, told in places.items():
        text = text.replace(word, told)
    return text


def _rung(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["event_action"], "eve"


def _mailed(mail: Any) -> tuple[str, str]:
    return "mail", mail["To"].split("@")[0]
