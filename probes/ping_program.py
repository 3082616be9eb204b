"""The `ping` program, where this process may open no ICMP socket itself."""

import asyncio
import contextlib
import math
import re

from probes.model import Phase
from probes.net import Address
from probes.ping_socket import Manner, Reply
from probes.ping_wire import TEXT
from probes.reasons import Failed

_REPLY = re.compile(rb"(?:ttl|hlim)=(\d+)(?: time[=<]([\d.]+) ms)?")
_TROUBLE = re.compile(rb"From (\S+) icmp_seq=\d+ (.+)")
_LONGEST = 4096  # bytes of its complaint


async def ask(
    program: str, address: Address, manner: Manner, *, size: int, packets: int, within: float
) -> Reply:
    """The first reply that the program sees. Raises Failed (unknown) when it can't ping either."""
    arguments = _arguments(manner, size=size, packets=packets, within=within)
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        address.text,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"LC_ALL": "C"},
    )
    try:
        return await _reply(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _arguments(manner: Manner, *, size: int, packets: int, within: float) -> list[str]:
    """Only what iputils and BusyBox both know, unless a key asks for more."""
    seconds = str(max(1, math.ceil(within)))
    arguments = [f"-{manner.family}", "-n", "-c", str(packets), "-W", seconds]
    arguments += ["-s", str(size or len(TEXT))]
    if manner.ttl:
        arguments += ["-t", str(manner.ttl)]
    if manner.source:
        arguments += ["-I", manner.source]
    if manner.dont_fragment and manner.family == 4:
        arguments += ["-M", "do"]
    return arguments


async def _reply(process: asyncio.subprocess.Process) -> Reply:
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("a ping without pipes")
    async for line in process.stdout:
        if found := _REPLY.search(line):
            # A payload too small for a time stamp has no time.
            return Reply(float(found[2] or 0) / 1000, int(found[1]))
        if found := _TROUBLE.search(line):
            return Reply(0.0, 0, found[2].decode("utf-8", "replace").strip().lower())
    told = (await process.stderr.read(_LONGEST)).decode("utf-8", "replace")
    if await process.wait() <= 1:
        return Reply(0.0, 0, "no reply")
    last = told.strip().rpartition("\n")[2] or f"exit code {process.returncode}"
    raise Failed(Phase.CONNECT, f"the ping program failed: {last}", verdict_unknown=True)
