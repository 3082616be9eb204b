"""Does a mail server greet, know its commands, offer TLS and refuse to relay for strangers?"""

import socket
from typing import Annotated, Literal

from pydantic import Field

from probes.lines import Call, SecureSettings, converse
from probes.model import Finding, Issue, Phase, Severity, Target, up
from probes.net import bracketed
from probes.replies import Reply, ask, reply
from probes.sight import Sight

_RELAYED = (250, 251, 252)
# Nothing that could end the line or leave the brackets (RFC 5321 4.1.2).
_Mailbox = Annotated[str, Field(pattern=r"^[!-;=?-~]+@[!-;=?-~]+$")]


class SmtpProbe(SecureSettings):
    """`helo` is the name that we give, that of this machine by default. Mail to `relay_to`, a
    mailbox that this server must not carry mail to for us, must be refused.
    """

    kind: Literal["smtp"] = "smtp"
    helo: Annotated[str, Field(pattern=r"^[!-~]*$")] = ""
    relay_from: _Mailbox | None = None
    relay_to: _Mailbox | None = None

    def aim(self, address: str) -> str:
        return f"{bracketed(address)}:{self._port}"

    async def look(self, target: Target, sight: Sight) -> Finding:
        return await converse(self, target, sight, port=self._port, talk=self._talk)

    @property
    def _port(self) -> int:
        return 465 if self.tls else 25

    async def _talk(self, call: Call) -> Finding:
        call.steps.enter(Phase.BANNER)
        await reply(call, "SMTP banner", 220)
        call.steps.enter(Phase.COMMAND)
        greeted = await self._greet(call)
        if not call.secured and self.starttls != "off":
            await self._secure(call, greeted)
        if self.relay_to:
            await self._try_to_relay(call)
        call.say("QUIT")
        return up()

    async def _greet(self, call: Call) -> Reply:
        return await ask(call, f"EHLO {self.helo or socket.gethostname()}", "EHLO", 250)

    async def _secure(self, call: Call, greeted: Reply) -> None:
        if "STARTTLS" not in {line.strip().upper() for line in greeted.lines}:
            if self.starttls == "require":
                raise call.failed("STARTTLS is not offered")
            return
        await ask(call, "STARTTLS", "STARTTLS", 220)
        await call.secure()
        call.steps.enter(Phase.COMMAND)
        await self._greet(call)

    async def _try_to_relay(self, call: Call) -> None:
        """No mail is sent: it ends at the recipient."""
        sender = await ask(call, f"MAIL FROM:<{self.relay_from or ''}>", "MAIL FROM")
        if sender.code in _RELAYED:
            answer = await ask(call, f"RCPT TO:<{self.relay_to}>", "RCPT TO")
            if answer.code in _RELAYED:
                said = call.quoted(answer.words)
                text = f"it would relay mail from us to {self.relay_to}: {said}"
                call.issues.append(Issue("OPEN_RELAY", Severity.ERROR, text))
        await ask(call, "RSET", "RSET")
