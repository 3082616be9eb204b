"""`responder probe`: one look at a target, as a timed waterfall with every reason."""

import asyncio
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from responder.cli.configuration import PLACES, config_option, loaded
from responder.cli.estate import estate
from responder.cli.exits import Exit, Failed, end
from responder.cli.say import clean, json_option, log_aside, say, say_json

if TYPE_CHECKING:
    from probes.model import Look, Observation
    from responder.config import Config
    from responder.probing.targets import Estate

WIDTH = 40  # columns of the waterfall
MOST = 200  # looks of one server


class _Seconds(click.FloatRange):
    """A span of time: neither nan nor endless."""

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


SECONDS = _Seconds(min=0, min_open=True)


@click.command(short_help="Look at a target once, and show what was seen when.")
@click.argument("target")
@click.option("-m", "--module", help="A kind or a module; by default what the target looks like.")
@click.option("--hostname", default="", help="The name to ask for: Host header, TLS name.")
@click.option("--within", type=SECONDS, help="Seconds that the look may take.")
@click.option("--debug", is_flag=True, help="Show every step, and the series too.")
@config_option
@json_option
def probe(
    target: str, *, module: str | None, hostname: str, within: float | None, debug: bool,
    file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Look at TARGET once: a URL, HOST, HOST:PORT, or a server, look (web1/http) or reseller of the
    configuration. No daemon need run, and nothing is remembered.

    Exit 0 when all is well, 1 when something is down, 3 when it answers with findings, or when we
    could not tell.
    """
    log_aside()
    config = _config(file)
    chosen = _chosen(config, estate(file, config), target, module, hostname)
    seen = asyncio.run(_look(config, chosen, within=within, debug=debug))
    for number, (one, observation) in enumerate(seen):
        if as_json:
            say_json(told(one, observation))
        else:
            say(("\n" if number else "") + "\n".join(_lines(one, observation, debug=debug)))
    raise end(_outcome([observation for _, observation in seen]))


def _config(file: Path | None) -> "Config":
    """Without any file the kinds are there all the same."""
    from responder.config import Config

    if file is None and not any(place.exists() for place in PLACES):
        return Config()
    return loaded(file).value


def _chosen(
    config: "Config", estate: "Estate", target: str, module: str | None, hostname: str
) -> "list[Look]":
    from responder.probing.targets import looks

    known = [
        one
        for one in looks(config.probes, estate)
        if target in (one.key, one.host, one.target.labels.get("reseller"))
        and module in (None, one.module)
    ]
    return known[:MOST] or [_made_up(config, target, module, hostname)]


def _made_up(config: "Config", target: str, module: str | None, hostname: str) -> "Look":
    from probes.addresses import unfit
    from probes.model import Look, Target

    if why := unfit(target):
        raise Failed(why)
    named = config.probes.named()
    name = module or _likely(target)
    if name not in named:
        refused = config.probes.modules_file.refused if config.probes.modules_file else {}
        why = refused.get(name, f"known are {', '.join(sorted(named))}")
        raise Failed(f'there is no module "{name}": {why}')
    server = config.servers.get(target)
    address = target
    if server is not None:
        try:
            address = named[name].aim(server.address or target)
        except ValueError as error:
            raise Failed(f'"{name}" does not know where to look: {error}') from None
    panel = server.panel.panel(server.address or target) if server and server.panel else None
    return Look(f"{target}/{name}", name, named[name], Target(address, hostname, {}, panel), target)


def _likely(target: str) -> str:
    if target.lower().startswith(("http://", "https://")):
        return "http"
    host, colon, port = target.rpartition(":")
    return "tcp" if colon and port.isdigit() and (":" not in host or "]" in host) else "ping"


async def _look(
    config: "Config", chosen: "list[Look]", *, within: float | None, debug: bool
) -> "list[tuple[Look, Observation]]":
    from probes.look import look
    from probes.net import Net

    net = Net(forbidden=config.probes.forbid)
    try:
        return [
            (one, await look(one.probe, one.target, net, within=within, debug=debug))
            for one in chosen
        ]
    finally:
        await net.close()


def _outcome(seen: "list[Observation]") -> Exit:
    from probes.model import Verdict

    if any(one.verdict is Verdict.DOWN for one in seen):
        return Exit.FAILED
    doubtful = any(one.verdict is Verdict.UNKNOWN or one.finding.issues for one in seen)
    return Exit.FINDINGS if doubtful else Exit.FINE


def told(one: "Look", observation: "Observation") -> dict[str, Any]:
    """The whole of it for programs."""
    finding = observation.finding
    return {
        "look": one.key,
        "module": one.module,
        "target": one.target.address,
        "verdict": finding.verdict,
        "phase": finding.phase,
        "reason": finding.reason,
        "seconds": round(observation.seconds, 6),
        "within": observation.within,
        "issues": [
            {"code": it.code, "severity": it.severity, "about": it.about, "text": it.text}
            for it in finding.issues
        ],
        "spans": [
            {"what": what, "from": round(began, 6), "to": round(ended, 6)}
            for what, began, ended in observation.spans
        ],
        "series": [
            {"name": name, "labels": labels, "value": value}
            for name, labels, value in observation.samples
        ],
    }


def _lines(one: "Look", observation: "Observation", *, debug: bool) -> Iterator[str]:
    finding = observation.finding
    took = f"{observation.seconds * 1000:.1f} ms of {observation.within:g} s"
    yield f"{clean(one.key)}  {clean(one.target.address)}  {finding.verdict} after {took}"
    for what, began, ended in observation.spans:
        bar = _bar(began, ended, max(observation.seconds, 1e-9))
        yield f"  {what:12} {(ended - began) * 1000:9.2f} ms |{bar}|"
    if finding.reason:
        yield f"  {finding.verdict} in phase {finding.phase}: {clean(finding.reason)}"
    for it in finding.issues:
        yield f"  {it.severity}: {it.code}: {clean(it.text)}"
    if debug:
        yield from (f"  {clean(line)}" for line in observation.lines)
        for name, labels, value in observation.samples:
            yield f"  {name}{{{labels}}} {json.dumps(value)}" if labels else f"  {name} {value:g}"


def _bar(began: float, ended: float, whole: float) -> str:
    first = min(int(began / whole * WIDTH), WIDTH - 1)
    last = min(max(int(ended / whole * WIDTH), first + 1), WIDTH)
    return " " * first + "\u2588" * (last - first) + " " * (WIDTH - last)
