"""The `ping` program, where this process may open no ICMP socket itself."""

import math
import re
import time

from probes.command_run import run
from probes.model import Phase
from probes.net import Address
from probes.ping_socket import Manner, Reply
from probes.ping_wire import TEXT
from probes.reasons import Failed
from probes.words import clean

_REPLY = re.compile(r"(?:ttl|hlim)=(\d+)(?: time[=<]([\d.]+) ms)?")
_TROUBLE = re.compile(r"From \S+ icmp_seq=\d+ (.+)")
_APART = "0.2"  # seconds; the least that everybody may ask for


async def ask(
    program: str, address: Address, manner: Manner, *, size: int, packets: int, until: float
) -> Reply:
    """The first reply that the program sees. Raises Failed (unknown) when it can't ping either."""
    within = until - time.monotonic()
    arguments = _arguments(manner, size=size, packets=packets, within=within)
    outcome = await run([program, *arguments, address.text])
    if found := _REPLY.search(outcome.output):
        # A payload too small for a time stamp has no time.
        return Reply(float(found[2] or 0) / 1000, int(found[1]))
    if found := _TROUBLE.search(outcome.output):
        return Reply(0.0, 0, clean(found[1]).lower())
    if outcome.code == 1:
        return Reply(0.0, 0, "no reply")
    told = clean(outcome.complaint.strip().rpartition("\n")[2]) or "without a word"
    reason = f"the ping program ended with {outcome.code}: {told}"
    raise Failed(Phase.CONNECT, reason, verdict_unknown=True)


def _arguments(manner: Manner, *, size: int, packets: int, within: float) -> list[str]:
    """Only what iputils and BusyBox both know, unless a key asks for more."""
    seconds = str(max(1, math.ceil(within)))
    arguments = [f"-{manner.family}", "-n", "-c", str(packets), "-W", seconds]
    arguments += ["-s", str(size or len(TEXT))]
    if packets > 1:
        arguments += ["-i", _APART]
    if manner.ttl:
        arguments += ["-t", str(manner.ttl)]
    if manner.source:
        arguments += ["-I", manner.source]
    if manner.dont_fragment and manner.family == 4:
        arguments += ["-M", "do"]
    return arguments
