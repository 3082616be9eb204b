"""Who offers the load: wrk for CPU per alert, and an even pace for latency."""

import asyncio
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.setting import TOKEN

_LUA = """
local i = %(first)d
function init(args) wrk.method = "POST"; wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer %(token)s" end
function request() i = i + 1; local n = %(number)s
  return wrk.format(nil, nil, nil, (string.gsub(%(body)s, "NNNNN", string.format("%%05d", n)))) end
"""
_LABELS = (
    '"alertname":"ProbeDown","instance":"srvNNNNN","job":"blackbox","severity":"critical",'
    '"brand":"acme","tier":"reseller","dc":"dc1","site":"bench"'
)
_NOTES = (
    '"summary":"Probe of srvNNNNN failed","description":"The HTTPS probe has failed for more than '
    'one minute; value=0","runbook_url":"http://127.0.0.1/runbooks/probe-down"'
)
API = (
    f'[{{"labels":{{{_LABELS}}},"annotations":{{{_NOTES}}},"startsAt":"2026-11-21T18:00:00Z",'
    '"endsAt":"2099-01-01T00:00:00Z","generatorURL":"http://127.0.0.1:19090/graph"}]'
)
WEBHOOK = (
    f'{{"receiver":"single","status":"firing","alerts":[{{"status":"firing","labels":{{{_LABELS}}},'
    f'"annotations":{{{_NOTES}}},"startsAt":"2026-11-21T18:00:00.123Z",'
    '"endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://127.0.0.1:19090/graph",'
    '"fingerprint":"4e2abc73959NNNNN"}],"groupLabels":{"alertname":"ProbeDown"},"commonLabels":'
    '{"alertname":"ProbeDown"},"commonAnnotations":{},"externalURL":"http://127.0.0.1:19093",'
    '"version":"4","groupKey":"{}:{alertname=\\"ProbeDown\\"}","truncatedAlerts":0}'
)
POOL = 2000


def wrk(url: str, body: str, *, seconds: float, folder: Path, first: int | None = None) -> int:
    """Post single alerts as fast as 32 connections can; how many were answered.

    `first` None: the same 2,000 alerts again and again; else new ones from that number on.
    """
    number = f"(i % {POOL})" if first is None else "i"
    quoted = "[==[" + body + "]==]"
    script = folder / "post.lua"
    told = {"first": first or 0, "token": TOKEN, "number": number, "body": quoted}
    script.write_text(_LUA % told)
    argv = ["wrk", "-t1", "-c32", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(script), url]
    out = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise RuntimeError(f"refused under load: {out}")
    found = re.search(r"(\d+) requests in", out)
    return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    p50: float
    p99: float


async def paced(url: str, body: str, *, rate: float, seconds: float) -> Latency:
    """Single alerts at an even pace; how long each took from its planned moment."""
    took: list[float] = []
    begun = time.monotonic()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def send(number: int, planned: float) -> None:
            text = body.replace("NNNNN", f"{number % POOL:05d}")
            async with session.post(url, data=text) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"answered {answer.status}")
            took.append(time.monotonic() - planned)

        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                planned = begun + number / rate
                await asyncio.sleep(max(0.0, planned - time.monotonic()))
                group.create_task(send(number, planned))
    took.sort()
    return Latency(1000 * took[len(took) // 2], 1000 * took[int(len(took) * 0.99)])
