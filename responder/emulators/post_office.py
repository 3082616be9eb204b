"""A mail server that takes every mail and lets it be read: of RFC 5321 what a sender needs."""

import asyncio
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser

_LONGEST = 10 << 20  # bytes of one mail
_READY, _DONE, _GO, _BYE = b"220 ready\r\n", b"250 ok\r\n", b"354 go on\r\n", b"221 bye\r\n"


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail, and who it is for as the sender's server said."""

    to: tuple[str, ...]
    mail: EmailMessage

    @property
    def text(self) -> str:
        """Its plain words; how they were wrapped for the way decides how their lines end."""
        body = self.mail.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


@dataclass
class PostOffice:
    """Mails in memory, the oldest first. Listens on loopback alone, at a port of its own."""

    taken: list[Taken] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_LONGEST)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def to(self, address: str) -> list[Taken]:
        """What this reader got."""
        return [one for one in self.taken if address in one.to]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_READY)
        to = list[str]()
        while line := await reader.readline():
            verb = line.decode("latin-1").strip()
            answer = _DONE
            if verb.upper().startswith("RCPT TO:"):
                to.append(verb[8:].split()[0].strip("<>"))
            elif verb.upper() == "DATA":
                writer.write(_GO)
                self.taken.append(Taken(tuple(to), _read(await reader.readuntil(b"\r\n.\r\n"))))
                to = []
            elif verb.upper() == "QUIT":
                answer = _BYE
            writer.write(answer)
            await writer.drain()
            if answer is _BYE:
                return


def _read(raw: bytes) -> EmailMessage:
    """The mail without the dots that keep its lines from ending it (RFC 5321, 4.5.2)."""
    lines = raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    return BytesParser(policy=email.policy.default).parsebytes(lines)
