"""Servers that speak TLS, rightly or wrongly, for the tests of looks."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probes.look import look
from probes.model import Observation, Probe, Sample, Target
from probes.net import Net
from tests.raw import Conversation, raw_server


async def linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side leaves."""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await reader.read()


@asynccontextmanager
async def served(
    context: ssl.SSLContext | None, converse: Conversation = linger
) -> AsyncIterator[Target]:
    """A target that holds this conversation, over TLS where a context is given."""
    async with raw_server(converse, context=context) as port:
        yield Target(f"127.0.0.1:{port}", hostname="localhost")


async def looked(probe: Probe, target: Target, *, within: float = 30.0) -> Observation:
    net = Net()
    try:
        return await look(probe, target, net, within=within, debug=True)
    finally:
        await net.close()


def values(samples: tuple[Sample, ...], name: str) -> dict[str, float]:
    """Labels to values of one family."""
    return {labels: value for family, labels, value in samples if family == name}


def families(samples: tuple[Sample, ...]) -> set[str]:
    return {family for family, _, _ in samples}
