"""One question goes to one DNS server, and its answer comes back: over UDP, TCP or TLS."""

import asyncio
import os
import time
from dataclasses import dataclass

from probes.dns_socket import ports_of
from probes.dns_wire import Answer, Garbled, Question, is_answer, read
from probes.handshake import TlsConfig, context, server_name
from probes.model import Phase
from probes.net import Address
from probes.reasons import Failed
from probes.sight import Sight


@dataclass(slots=True)
class Exchange:
    """Who is asked what, and how long it took so far (seconds), even when the deadline cut it."""

    address: Address
    port: int
    question: Question
    source: str = ""
    connect: float = 0.0
    request: float = 0.0


async def over_udp(exchange: Exchange, sight: Sight) -> Answer:
    """Ask, and once more when half of the time is gone."""
    began = time.monotonic()
    ports = ports_of(sight.net)
    sent = time.monotonic()
    exchange.connect = sent - began
    try:
        asked, wire = await ports.ask(
            exchange.address,
            exchange.port,
            exchange.question.tail,
            source=exchange.source,
            again=(sight.until - sent) / 2,
        )
    finally:
        exchange.request = time.monotonic() - sent
    return _read(wire, asked)


async def over_tcp(
    exchange: Exchange, sight: Sight, tls: TlsConfig | None = None, *, host: str = ""
) -> Answer:
    """One connection for one question; over TLS where its settings are given (RFC 7858), to a
    server that proves to be `host`.
    """
    asked = os.urandom(2) + exchange.question.tail
    began = time.monotonic()
    try:
        reader, writer = await _connected(exchange, sight, tls, host or exchange.address.text)
    finally:
        sent = time.monotonic()
        exchange.connect = sent - began
    sight.phase, sight.awaited = Phase.COMMAND, f"answer to {exchange.question.text}"
    try:
        writer.write(len(asked).to_bytes(2, "big") + asked)
        wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
    finally:
        exchange.request = time.monotonic() - sent
        writer.transport.abort()
    if not is_answer(wire, asked):
        raise Failed(Phase.CONTENT, "the answer is to another question, or none")
    return _read(wire, asked)


async def _connected(
    exchange: Exchange, sight: Sight, tls: TlsConfig | None, host: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    sight.phase, sight.awaited = Phase.CONNECT, ""
    local = (exchange.source, 0) if exchange.source else None
    reader, writer = await asyncio.open_connection(
        exchange.address.text, exchange.port, local_addr=local
    )
    if tls is None:
        return reader, writer
    sight.phase = Phase.TLS
    secure = False
    try:
        await writer.start_tls(context(tls), server_hostname=server_name(tls, "", host))
        secure = True
    finally:
        if not secure:
            writer.transport.abort()
    return reader, writer


def _read(wire: bytes, asked: bytes) -> Answer:
    try:
        return read(wire, asked)
    except Garbled as garbled:
        raise Failed(Phase.CONTENT, f"the answer is garbled: {garbled}") from None
