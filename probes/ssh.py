"""Does an SSH server show its banner, and the host key that we know?"""

from typing import Annotated, Literal

from pydantic import Field

from probes.lines import Call, LineSettings, converse
from probes.model import Finding, Issue, Phase, Severity, Target, up
from probes.net import bracketed
from probes.sight import Sight
from probes.ssh_key import shown_key
from probes.words import about_us, refusal

_MOST_LINES = 64  # RFC 4253 4.2 lets other lines come before the banner
_OURS = "SSH-2.0-RapidResponder"


class SshProbe(LineSettings):
    """`host_key` is the fingerprint that the server must show, as `ssh-keygen -l` writes it: of its
    Ed25519 key where it has one, else of its ECDSA key, else of its RSA key.
    """

    kind: Literal["ssh"] = "ssh"
    host_key: Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")] | None = None

    def aim(self, address: str) -> str:
        return f"{bracketed(address)}:22"

    async def look(self, target: Target, sight: Sight) -> Finding:
        return await converse(self, target, sight, port=22, talk=self._talk)

    async def _talk(self, call: Call) -> Finding:
        call.steps.enter(Phase.BANNER)
        await _banner(call)
        call.say(_OURS)  # OpenSSH logs whoever hangs up without a name
        if self.host_key is None:
            return up()
        call.steps.enter(Phase.COMMAND)
        shown = await shown_key(call)
        if shown == self.host_key:
            return up()
        text = f"the host key is {shown}, not {self.host_key}"
        return up(Issue("HOST_KEY_CHANGED", Severity.ERROR, text))


async def _banner(call: Call) -> None:
    """OpenSSH refuses in a line of its own, about us alone: `Exceeded MaxStartups`, or since 9.8
    `Not allowed at this time` (PerSourcePenalties).
    """
    line = ""
    for _ in range(_MOST_LINES):
        line = await call.hear("SSH banner")
        if line.startswith(("SSH-2.0-", "SSH-1.99-")):
            return
        if line.startswith("SSH-") or about_us(line):
            reason = f'SSH banner was {call.quoted(line)}, not "SSH-2.0-"'
            raise refusal(Phase.BANNER, reason, line)
    raise call.failed(f"{_MOST_LINES} lines held no SSH banner, the last was {call.quoted(line)}")
