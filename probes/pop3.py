"""Does a POP3 server greet, answer, offer TLS and let its watcher in?"""

import re
from typing import Literal

from probes.lines import Call, converse
from probes.logins import Credential, LoginSettings
from probes.model import Finding, Phase, Target, up
from probes.net import bracketed
from probes.sight import Sight
from probes.words import about_us, refusal

# RFC 3206 and 2449: the server's own trouble, whoever logs in, and a mailbox in somebody's hands.
_SICK = re.compile(r"\[SYS/(?:TEMP|PERM)\]", re.IGNORECASE)
_BUSY = re.compile(r"\[(?:IN-USE|LOGIN-DELAY)\]", re.IGNORECASE)


class Pop3Probe(LoginSettings):
    """Keys: those of every kind that speaks TLS and may log in."""

    kind: Literal["pop3"] = "pop3"

    def aim(self, address: str) -> str:
        return f"{bracketed(address)}:{self._port}"

    async def look(self, target: Target, sight: Sight) -> Finding:
        return await converse(self, target, sight, port=self._port, talk=self._talk)

    @property
    def _port(self) -> int:
        return 995 if self.tls else 110

    async def _talk(self, call: Call) -> Finding:
        call.steps.enter(Phase.BANNER)
        await _good(call, "POP3 banner")
        call.steps.enter(Phase.COMMAND)
        if not call.secured and self.starttls != "off":
            await self._secure(call)
        if credential := self.credential(call.target):
            await self._login(call, credential)
        call.say("QUIT")
        return up()

    async def _secure(self, call: Call) -> None:
        if "STLS" in await _abilities(call):
            call.say("STLS")
            await _good(call, "answer to STLS")
            await call.secure()
        elif self.starttls == "require":
            raise call.failed("STLS is not offered")

    async def _login(self, call: Call, credential: Credential) -> None:
        secret = credential.reveal(call)
        call.say(f"USER {self.user}")
        said = await call.hear("answer to USER")
        if said.startswith("+OK"):
            call.say(f"PASS {secret}")
            said = await call.hear("answer to PASS")
        if said.startswith("+OK"):
            return
        if _SICK.search(said) or about_us(said):
            raise refusal(Phase.AUTH, f"the login was answered {call.quoted(said)}", said)
        if _BUSY.search(said):
            reason = f"the mailbox {self.user} is in use: {call.quoted(said)}"
            raise call.failed(reason, verdict_unknown=True)
        raise credential.refused(call, said)


async def _good(call: Call, what: str) -> None:
    said = await call.hear(what)
    if not said.startswith("+OK"):
        raise refusal(call.sight.phase, f"{what} was {call.quoted(said)}, not +OK", said)


async def _abilities(call: Call) -> set[str]:
    """What CAPA names; nothing from a server that does not know it (RFC 2449)."""
    call.say("CAPA")
    said = await call.hear("answer to CAPA")
    found: set[str] = set()
    while said.startswith("+OK") and (line := await call.hear("answer to CAPA")) != ".":
        found.add(line.split(" ")[0].upper())
    return found
