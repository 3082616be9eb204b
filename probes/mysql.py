"""Does MySQL or MariaDB greet, and let its watcher in?"""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from probes import mysql_packets as packets
from probes.lines import Call, converse
from probes.logins import Credential, LoginSettings
from probes.model import Finding, Phase, Target, up
from probes.mysql_packets import CACHING, ERROR, MORE, NATIVE, SSL, SWITCH, Greeting, receive, send
from probes.net import bracketed
from probes.sight import Sight

# The account is wrong, locked or its password has expired.
_CREDENTIAL = {1044, 1045, 1698, 1820, 1862, 3118, 4151}
_QUIT, _QUERY = b"\x01", b"\x03"


class MysqlProbe(LoginSettings):
    """Keys: those of the kinds that may log in, but `tls`: this protocol always begins in plain."""

    secret_travels: ClassVar[bool] = False
    kind: Literal["mysql"] = "mysql"

    @model_validator(mode="after")
    def _begins_in_plain(self) -> Self:
        if self.tls:
            raise ValueError("MySQL begins in plain text: write starttls: require")
        return self

    def aim(self, address: str) -> str:
        return f"{bracketed(address)}:3306"

    async def look(self, target: Target, sight: Sight) -> Finding:
        return await converse(self, target, sight, port=3306, talk=self._talk)

    async def _talk(self, call: Call) -> Finding:
        call.steps.enter(Phase.BANNER)
        greeting = await _greeting(call)
        call.steps.enter(Phase.COMMAND)
        credential = self.credential(call.target)
        if credential or self.starttls == "require":
            await self._secure(call, greeting)
        if credential:
            await _login(call, greeting, credential)
            call.steps.enter(Phase.COMMAND)
            await _ask(call)
        return up()

    async def _secure(self, call: Call, greeting: Greeting) -> None:
        if greeting.able & SSL and self.starttls != "off":
            send(call, 1, packets.hello(greeting, secure=True))
            await call.secure()
        elif self.starttls == "require":
            raise call.failed("TLS is not offered")


async def _greeting(call: Call) -> Greeting:
    _, content = await receive(call, "MySQL handshake")
    if content[0] == ERROR:
        raise packets.refused(call, "MySQL handshake", content)
    greeting = packets.read_greeting(content)
    if greeting is None:
        words = content[:100].decode(errors="replace")
        raise call.failed(f"MySQL handshake was {call.quoted(words)}, not of protocol 10")
    return greeting


async def _login(call: Call, greeting: Greeting, credential: Credential) -> None:
    secret = credential.reveal(call)
    content = packets.login(greeting, credential.user, secret, secure=call.secured)
    send(call, 2 if call.secured else 1, content)
    number, answer = await receive(call, "answer to the login")
    if answer[0] == SWITCH:
        number, answer = await _switch(call, number, answer, secret)
    if answer[0] == MORE:
        number, answer = await _say_more(call, number, answer, secret)
    if answer[0] == ERROR:
        code, words = packets.error_of(answer)
        if code in _CREDENTIAL:
            raise credential.refused(call, words)
        raise packets.refused(call, "answer to the login", answer)


async def _switch(call: Call, number: int, answer: bytes, secret: str) -> tuple[int, bytes]:
    """The account wants another way to prove the secret than the server's usual one."""
    name, _, dice = answer[1:].partition(b"\0")
    plugin = name.decode(errors="replace")
    if plugin not in (NATIVE, CACHING):
        reason = f"the account logs in by {call.quoted(plugin)}, which is not known here"
        raise call.failed(reason, verdict_unknown=True)
    send(call, number + 1, packets.scramble(plugin, secret, dice[:20]))
    return await receive(call, "answer to the login")


async def _say_more(call: Call, number: int, answer: bytes, secret: str) -> tuple[int, bytes]:
    """caching_sha2_password: 3 = known already, 4 = wants the secret itself, over TLS alone."""
    if answer[1:2] != b"\x03":
        if not call.trusted:
            reason = "the account wants its password over TLS: set starttls: require"
            raise call.failed(reason, verdict_unknown=True)
        send(call, number + 1, secret.encode() + b"\0")
    return await receive(call, "answer to the login")


async def _ask(call: Call) -> None:
    send(call, 0, _QUERY + b"select 1")
    _, answer = await receive(call, "answer to select 1")
    if answer[0] == ERROR:
        raise packets.refused(call, "answer to select 1", answer)
    send(call, 0, _QUIT)
