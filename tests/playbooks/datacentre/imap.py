"""An IMAP server that says what a test wants it to say."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.raw import raw_server

POLITE = {
    "": b"* OK hello\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
    "EXAMINE": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 77] fine\r\n",
    "SEARCH": b"* SEARCH 5 6\r\n",
    "FETCH": b"* 1 FETCH (UID 5 BODY[]<0> {5}\r\nhello)\r\n",
    "LOGOUT": b"* BYE\r\n",
}


@asynccontextmanager
async def scripted(
    script: Mapping[str, bytes | list[bytes] | None],
) -> AsyncIterator[tuple[int, list[str]]]:
    """An IMAP server that answers by this script and politely otherwise; None hangs up, a line that
    begins with NO is the answer itself, and of a list one after the other is. Yields its port and
    what it heard.
    """
    heard: list[str] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting = script.get("", POLITE[""])
        writer.write(greeting if isinstance(greeting, bytes) else b"")
        while line := (await reader.readline()).decode().strip():
            heard.append(line)
            tag, *words = line.split()
            verb = words[1] if words[0] == "UID" else words[0]
            answer = script.get(verb, POLITE.get(verb, b""))
            answer = answer.pop(0) if isinstance(answer, list) else answer
            if answer is None:
                return
            if answer.startswith(b"NO"):
                writer.write(f"{tag} ".encode() + answer + b"\r\n")
            else:
                writer.write(answer + (b"" if answer == b"..." else f"{tag} OK fine\r\n".encode()))

    async with raw_server(converse) as port:
        yield port, heard
