"""One look for whoever asks, as blackbox_exporter's /probe gives it."""

import math
import re
from collections.abc import Mapping

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from probes.addresses import unfit
from probes.debug import debug_text
from probes.exposition import CONTENT_TYPE, exposition
from probes.look import look
from probes.model import Probe, Target, Verdict
from probes.net import is_forbidden
from responder.web.connections import given_up_with_client
from responder.web.route import Access, Asked, Route
from responder.world import World

MOST = 512  # looks at a time; a scrape more is told to come again
USUAL_MODULE = "http_2xx"
_TIMEOUT_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"
_USUAL_SECONDS = 120.0
_OFFSET = 0.5  # seconds that are left for the way back
_FLOAT = re.compile(r"[-+]?([0-9](_?[0-9])*(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")


class ProbeQuery(BaseModel):
    """What /probe can be asked."""

    model_config = ConfigDict(frozen=True)

    target: str
    module: str = USUAL_MODULE
    hostname: str = ""
    debug: str = ""


class NoLook(Exception):
    """A request without a look: the status and the text that blackbox_exporter answers."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ProbeDoor:
    """Looks with any module in force: those of the user's blackbox.yml, and our own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._looks = 0

    def routes(self) -> list[Route]:
        """A failed look is a 200 with `probe_success 0`; what is no look at all is 400."""
        summary = "One look, in blackbox_exporter's words"
        gives = {
            200: "the series of the look, or with debug=true its story",
            400: "no such module, no target, or none that may be named here",
            403: "the target is in a network that probes.forbid names",
            503: "we could not tell, for a reason that is ours: too many looks at a time, say",
        }
        return [
            Route(
                "GET", "/probe", self.probe, Access.LOOPBACK, summary, asks=ProbeQuery, gives=gives
            )
        ]

    async def probe(self, asked: Asked) -> web.Response:
        try:
            return await self._probe(asked.request)
        except NoLook as told:
            return web.Response(status=told.status, text=f"{told}\n")

    async def _probe(self, request: web.Request) -> web.Response:
        """The order of the checks decides which error a bad request gets: it is theirs."""
        given = request.query
        probe, refusal = self._module(given.get("module") or USUAL_MODULE)
        within = seconds(probe, request.headers.get(_TIMEOUT_HEADER, ""))
        address, hostname = given.get("target", ""), given.get("hostname", "")
        if not address:
            raise NoLook(400, "Target parameter is missing")
        if probe is None:
            raise NoLook(400, refusal)
        _check_hostname(probe, hostname)
        if told := unfit(address):
            raise NoLook(400, told)
        return await self._look(
            request, probe, Target(address, hostname), within, debug=given.get("debug") == "true"
        )

    def _module(self, name: str) -> tuple[Probe | None, str]:
        """The probe, or why this module can't be used. Raises NoLook when nobody knows it."""
        live = self._world.live
        if refusal := live.refused.get(name):
            whole = refusal.startswith("Unknown prober")  # blackbox_exporter's own answer
            return None, refusal if whole else f'Module "{name}" can\'t be used: {refusal}'
        if name not in live.modules:
            self._world.metrics.probes.module_unknown.inc()
            raise NoLook(400, f"Unknown module {_in_quotes(name)}")
        return live.modules[name], ""

    async def _look(
        self, request: web.Request, probe: Probe, target: Target, within: float, *, debug: bool
    ) -> web.Response:
        if self._looks >= MOST:
            raise NoLook(503, f"{MOST} looks are under way already: come again")
        self._looks += 1
        try:
            with given_up_with_client(request):
                found = await look(probe, target, self._world.net, within=within, debug=debug)
        finally:
            self._looks -= 1
        if debug:
            return _page(debug_text(found, probe), "text/plain")
        if found.verdict is Verdict.UNKNOWN:
            # No outage: for Prometheus a failed scrape, and no rule sees a `probe_success 0`.
            raise NoLook(403 if is_forbidden(found.finding) else 503, found.finding.reason)
        return _page(exposition(found.samples), CONTENT_TYPE)


def _page(text: str, kind: str) -> web.Response:
    return web.Response(body=text.encode(), headers={"Content-Type": kind})


def seconds(probe: Probe | None, header: str) -> float:
    """How long a look may take: the module's time-out, but less than what the scrape has left.

    Raises NoLook (500) with Go's words when the header is no number.
    """
    if header and not (_FLOAT.fullmatch(header) and math.isfinite(float(header))):
        told = f"strconv.ParseFloat: parsing {_in_quotes(header)}: invalid syntax"
        raise NoLook(500, f"Failed to parse timeout from Prometheus header: {told}")
    ceiling = (float(header or 0) or _USUAL_SECONDS) - _OFFSET
    own = probe.timeout.total_seconds() if probe and probe.timeout else 0.0
    return own if 0 < own < ceiling or ceiling < 0 else ceiling


def _check_hostname(probe: Probe, hostname: str) -> None:
    headers: Mapping[str, str] = getattr(probe, "headers", {}) if probe.kind == "http" else {}
    for name, value in headers.items():
        if hostname and name.lower() == "host" and value != hostname:
            told = "host header defined both in module configuration"
            raise NoLook(400, f"{told} ({value}) and with URL-parameter 'hostname' ({hostname})")


def _in_quotes(text: str) -> str:
    """As Go's %q, for what people really write."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain.encode("unicode_escape").decode() if not plain.isprintable() else plain}"'
