"""Does an IMAP server greet, answer, offer TLS and let its watcher in?"""

import re
from typing import Literal

from probes.lines import Call, converse
from probes.logins import Credential, LoginSettings
from probes.model import Finding, Phase, Target, up
from probes.net import bracketed
from probes.reasons import Failed
from probes.sight import Sight
from probes.words import about_us, refusal

# RFC 5530: the server's own trouble, whoever logs in.
_SICK = re.compile(r"\[(?:UNAVAILABLE|SERVERBUG|CORRUPTION)\b", re.IGNORECASE)


class ImapProbe(LoginSettings):
    """Keys: those of every kind that speaks TLS and may log in."""

    kind: Literal["imap"] = "imap"

    def aim(self, address: str) -> str:
        return f"{bracketed(address)}:{self._port}"

    async def look(self, target: Target, sight: Sight) -> Finding:
        return await converse(self, target, sight, port=self._port, talk=self._talk)

    @property
    def _port(self) -> int:
        return 993 if self.tls else 143

    async def _talk(self, call: Call) -> Finding:
        call.steps.enter(Phase.BANNER)
        banner = await call.hear("IMAP banner")
        if not banner.upper().startswith(("* OK", "* PREAUTH")):
            reason = f'IMAP banner was {call.quoted(banner)}, not "* OK"'
            raise refusal(Phase.BANNER, reason, banner)
        call.steps.enter(Phase.COMMAND)
        able = (await _ask(call, "CAPABILITY", "CAPABILITY")).upper().split()
        if not call.secured and self.starttls != "off":
            await self._secure(call, able)
        if credential := self.credential(call.target):
            await self._login(call, credential)
        call.say("a LOGOUT")
        return up()

    async def _secure(self, call: Call, able: list[str]) -> None:
        if "STARTTLS" in able:
            await _ask(call, "STARTTLS", "STARTTLS")
            await call.secure()
        elif self.starttls == "require":
            raise call.failed("STARTTLS is not offered")

    async def _login(self, call: Call, credential: Credential) -> None:
        secret = credential.reveal(call)
        call.secrets = (_quoted(secret), secret)
        said = await _answer(call, f"LOGIN {_quoted(self.user)} {_quoted(secret)}", "LOGIN")
        word = said.split(" ", 1)[0].upper()
        if word == "OK":
            return
        if word == "NO" and not _SICK.search(said) and not about_us(said):
            raise credential.refused(call, said)
        raise _not_ok(call, "LOGIN", said)


async def _ask(call: Call, command: str, what: str) -> str:
    """The untagged lines that came before the OK."""
    untagged: list[str] = []
    said = await _answer(call, command, what, untagged=untagged)
    if not re.match(r"OK\b", said, re.IGNORECASE):
        raise _not_ok(call, what, said)
    return "\n".join(untagged)


async def _answer(call: Call, command: str, what: str, *, untagged: list[str] | None = None) -> str:
    """The tagged answer without its tag."""
    call.say(f"a {command}")
    while True:
        line = await call.hear(f"answer to {what}")
        if line.startswith("a "):
            return line.removeprefix("a ")
        if line.upper().startswith("* BYE"):
            reason = f"the server said good-bye to {what}: {call.quoted(line)}"
            raise refusal(call.sight.phase, reason, line)
        if not line.startswith(("* ", "+")):
            raise call.failed(f"answer to {what} was {call.quoted(line)}")
        if untagged is not None:
            untagged.append(line)


def _not_ok(call: Call, what: str, said: str) -> Failed:
    return refusal(call.sight.phase, f"answer to {what} was {call.quoted(said)}, not OK", said)


def _quoted(text: str) -> str:
    """A quoted string (RFC 3501 4.3)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
