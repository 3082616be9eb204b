"""A real SMTP server on loopback that keeps what it is sent, and fails as mail servers fail."""

import asyncio
import time
from asyncio import BaseTransport, Transport
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

from tests.require import free_port


class Trouble(StrEnum):
    """What happens to a mail once all of it was sent."""

    NONE = "none"
    REFUSE_451 = "451 4.3.0 Try again later"
    REFUSE_550 = "550 5.1.1 No such mailbox"
    HANG = "hang"
    DROP_AFTER_DATA = "drop after the data was accepted"


class Mailbox:
    """The server, and every mail that it took.

    `messages` carry `X-MailFrom` and `X-RcptTo` from the envelope beside their own headers, and
    `X-ArrivedAt` (monotonic seconds). With HANG nothing is kept and nothing is answered. With
    DROP_AFTER_DATA the mail is kept and the connection dies before the 250: the sender cannot know.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.trouble = Trouble.NONE
        self.attempts = 0
        self.host = "127.0.0.1"
        self.port = free_port()
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._arrived = asyncio.Condition()

    async def start(self) -> None:
        """Listen, after a stop() on the same port as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self, loop), self.host, self.port
        )

    async def stop(self) -> None:
        """Drop every connection and listen no more: who calls now is refused."""
        if self._server is not None:
            self._server.close()
        self._server = None
        while self.connections:
            for connection in self.connections:
                connection.cut()
            await asyncio.sleep(0)

    async def wait_for_event(self, event: str, *, within: float = 45.0) -> EmailMessage:
        """The latest mail of this event (X-Responder-Event), as soon as there is one; TimeoutError
        when none comes.
        """

        def found() -> EmailMessage | None:
            fitting = [one for one in self.messages if one["X-Responder-Event"] == event]
            return fitting[-1] if fitting else None

        async with asyncio.timeout(within), self._arrived:
            mail = await self._arrived.wait_for(found)
        assert mail is not None
        return mail

    async def wait_for(self, count: int, *, within: float = 45.0) -> list[EmailMessage]:
        """The mails, as soon as `count` have arrived; TimeoutError when they do not."""
        try:
            async with asyncio.timeout(within), self._arrived:
                await self._arrived.wait_for(lambda: len(self.messages) >= count)
        except TimeoutError:
            raise TimeoutError(f"{len(self.messages)} of {count} mails in {within} s") from None
        return self.messages

    async def handle_DATA(self, server: "Connection", session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook: a whole mail was sent; the answer is what the sender hears."""
        self.attempts += 1
        if self.trouble in {Trouble.REFUSE_451, Trouble.REFUSE_550}:
            return self.trouble
        if self.trouble is not Trouble.HANG:
            await self._keep(envelope)
        if self.trouble is Trouble.DROP_AFTER_DATA:
            server.cut()
        if self.trouble is not Trouble.NONE:
            await asyncio.Event().wait()  # until the connection is lost, which cancels this
        return "250 2.0.0 Kept"

    async def _keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content.replace(b"\r\n", b"\n"), policy=policy.default)
        message["X-MailFrom"] = envelope.mail_from
        message["X-RcptTo"] = ", ".join(envelope.rcpt_tos)
        message["X-ArrivedAt"] = str(time.monotonic())
        async with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()


class Connection(SMTP):
    """One sender's connection, which the mailbox can cut."""

    def __init__(self, mailbox: Mailbox, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(mailbox, hostname="mail.hosting.test", loop=loop)
        self._mailbox = mailbox
        self._wire: Transport | None = None

    @override
    def connection_made(self, transport: BaseTransport) -> None:
        self._wire = cast(Transport, transport)
        self._mailbox.connections.add(self)
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._mailbox.connections.discard(self)

    def cut(self) -> None:
        """End the connection without a word (RST)."""
        if self._wire is not None:
            self._wire.abort()
