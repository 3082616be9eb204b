"""A server below every protocol, for answers that no honest server gives."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(
    converse: Conversation, *, host: str = "127.0.0.1", context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """The loopback port of a server that holds this conversation on each connection, over TLS where
    a context is given.

    At the end every conversation is broken off, so that none outlives its test.
    """
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        talks.add(talk)
        try:
            await converse(reader, writer)
            writer.close()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()  # the client left first, or the test is over
        talks.discard(talk)

    async with await asyncio.start_server(serve, host, 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
    for talk in tuple(talks):
        talk.cancel()
    await asyncio.gather(*talks)
    await asyncio.sleep(0)  # lets aborted transports close their sockets
