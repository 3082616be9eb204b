"""Does an FTP server greet, offer TLS and let its watcher in?"""

from typing import Literal

from probes.lines import Call, converse
from probes.logins import Credential, LoginSettings
from probes.model import Finding, Phase, Target, up
from probes.net import bracketed
from probes.replies import ask, reply
from probes.sight import Sight

_NOT_OFFERED = range(500, 600)


class FtpProbe(LoginSettings):
    """Keys: those of every kind that speaks TLS and may log in."""

    kind: Literal["ftp"] = "ftp"

    def aim(self, address: str) -> str:
        return f"{bracketed(address)}:{self._port}"

    async def look(self, target: Target, sight: Sight) -> Finding:
        return await converse(self, target, sight, port=self._port, talk=self._talk)

    @property
    def _port(self) -> int:
        return 990 if self.tls else 21

    async def _talk(self, call: Call) -> Finding:
        call.steps.enter(Phase.BANNER)
        await reply(call, "FTP banner", 220)
        call.steps.enter(Phase.COMMAND)
        if not call.secured and self.starttls != "off":
            await self._secure(call)
        if credential := self.credential(call.target):
            await self._login(call, credential)
        call.say("QUIT")
        return up()

    async def _secure(self, call: Call) -> None:
        """RFC 4217: there is no list of abilities to trust, so it is asked for."""
        optional = () if self.starttls == "require" else _NOT_OFFERED
        answer = await ask(call, "AUTH TLS", "AUTH TLS", 234, *optional)
        if answer.code == 234:
            await call.secure()

    async def _login(self, call: Call, credential: Credential) -> None:
        secret = credential.reveal(call)
        answer = await ask(call, f"USER {self.user}", "USER", 230, 331, 530)
        if answer.code == 331:
            answer = await ask(call, f"PASS {secret}", "PASS", 202, 230, 530)
        if answer.code == 530:
            raise credential.refused(call, answer.words)
        call.steps.enter(Phase.COMMAND)
        await ask(call, "PWD", "PWD", 257)
