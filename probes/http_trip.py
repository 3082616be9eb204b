"""The way of one look: to the address, through its redirects, to the answer that is judged."""

import asyncio
import ssl
import time

from probes.certificates import issue_of
from probes.certificates import shown as certificates_shown
from probes.handshake import context, server_name
from probes.http_answer import Answer
from probes.http_cookies import Jar
from probes.http_exchange import Exchange, Seal, carry
from probes.http_judge import Judgement, judge
from probes.http_plan import Plan
from probes.http_request import Request, name_of
from probes.http_series import Seen
from probes.http_tokens import token
from probes.http_url import Url, follow, read_url, shown
from probes.http_way import way
from probes.model import Finding, Issue, Phase, Target, Verdict, up
from probes.net import literal
from probes.reasons import Failed, of_error
from probes.sight import Sight
from probes.trust import refused

MOST_REDIRECTS = 10
_MUCH = 256 << 10  # bytes of a body that is searched beside the loop


class Trip:
    """One look of an http module; `seen` is what it has found so far."""

    __slots__ = ("_jar", "_plan", "_sight", "seen")

    def __init__(self, plan: Plan, sight: Sight) -> None:
        self._plan = plan
        self._sight = sight
        self._jar: Jar | None = None
        self.seen = Seen()

    async def go(self, target: Target) -> Finding:
        """Ask, follow, judge. Raises what `probes.look` turns into a finding."""
        url = read_url(target.address)
        host = await self._resolve(url)
        request = await self._first(url, target.hostname)
        while True:
            try:
                exchange = await self._hop(request, host)
            except (Failed, OSError, ssl.SSLError) as error:
                raise self._after_redirects(error, request) from None
            location = exchange.answer.location
            if location is None or not self._may_follow(location):
                return await self._judged(exchange, request.url)
            self.seen.final = None
            request, host = await self._next(request, host, exchange, location.decode("latin-1"))

    async def _resolve(self, url: Url) -> str:
        """The address to connect to; the name itself where a proxy resolves it."""
        plan = self._plan
        if plan.settings.skip_resolve_phase_with_proxy and self._proxied(url):
            return url.host if literal(url.host) is None else await self._found(url)
        began = time.monotonic()
        self.seen.resolves = True
        try:
            address = await self._sight.net.resolve(
                url.host, self._sight, prefer=plan.prefer, fallback=plan.fallback
            )
        finally:
            self.seen.resolving += time.monotonic() - began
        return address.text

    async def _first(self, url: Url, hostname: str) -> Request:
        plan = self._plan
        if hostname and (told := plan.settings.conflict(hostname)):
            raise Failed(Phase.RESOLVE, told, verdict_unknown=True)
        bearer = await token(plan.oauth2, self._sight) if plan.oauth2 is not None else ""
        return plan.request(url, hostname, bearer)

    def _proxied(self, url: Url) -> bool:
        proxies = self._plan.proxies
        return proxies is not None and proxies.of_url(url) is not None

    async def _hop(self, request: Request, host: str) -> Exchange:
        """One request and its answer, on a connection of its own."""
        url, plan, sight = request.url, self._plan, self._sight
        if sight.lines is not None:
            sight.say("Making HTTP request", url=url.text, host=request.host)
        sight.phase = Phase.CONNECT
        sight.awaited = f"connection to {url.authority}" if self.seen.redirects else "connection"
        seal = self._seal(request) if url.secure else None
        answer = Answer(plan.head, plan.keep, plan.limit)
        more = self._jar.line(url) if self._jar is not None else ""
        if plan.proxies is None:
            exchange = Exchange(request.written(more=more), answer, sight, seal)
            door, port = host, url.port
        else:
            exchange, door, port = way(request, host, answer, sight, seal, plan.proxies, more)
        self.seen.hops.append((time.monotonic(), exchange))
        try:
            await carry(exchange, door, port)
        except ssl.SSLCertVerificationError as error:
            if exchange.tls is None or seal is None:
                raise
            raise refused(error, exchange.tls, sight, name=seal.server_name, cipher=True) from None
        finally:
            if answer.complete:
                self.seen.final = exchange
        if sight.lines is not None:
            sight.say("Received HTTP response", status_code=answer.status)
        return exchange

    def _seal(self, request: Request) -> Seal:
        """How to speak TLS: the module's server_name is that of the first host alone."""
        config, url = self._plan.tls, request.url
        if request.ours:
            return Seal(context(config), server_name(config, name_of(request.host), url.host))
        return Seal(context(config), server_name(None, "", url.host))

    def _may_follow(self, location: bytes) -> bool:
        self.seen.redirects += 1
        self._sight.say("Received redirect", location=shown(location.decode("latin-1")))
        if self._plan.follow and self.seen.redirects <= MOST_REDIRECTS:
            return True
        self._sight.say("Not following redirect")
        return False

    async def _next(
        self, request: Request, host: str, exchange: Exchange, location: str
    ) -> tuple[Request, str]:
        """Where the redirect leads. The host that we ask already keeps its address."""
        jar = self._jar = self._jar or Jar()
        jar.take(request.url, exchange.answer.headers)
        try:
            url = follow(request.url, location)
        except Failed as failed:
            if failed.finding.phase is Phase.RESOLVE:  # blackbox_exporter counts what it can read
                self.seen.redirects -= 1
            raise
        following = request.redirected(exchange.answer.status, url)
        if request.stays(url):
            return following, host
        if self._proxied(url) and literal(url.host) is None:
            return following, url.host
        began = time.monotonic()
        self._sight.phase, self._sight.awaited = Phase.RESOLVE, "address of the redirect's host"
        self.seen.resolves = True
        try:
            return following, await self._found(url)
        finally:
            self.seen.resolving += time.monotonic() - began

    async def _found(self, url: Url) -> str:
        """An address that may be asked, without a series of its own."""
        plan, net = self._plan, self._sight.net
        address = await net.find(url.host, prefer=plan.prefer, fallback=plan.fallback)
        return address.text

    def _after_redirects(self, error: Exception, request: Request) -> Exception:
        """The same trouble, with the place where it was met when that is not the target itself."""
        if not self.seen.redirects:
            return error
        found = of_error(error, self._sight.phase)
        is_ours = found.verdict is Verdict.UNKNOWN
        where = self._where(request.url)
        return Failed(found.phase or Phase.CONNECT, found.reason + where, verdict_unknown=is_ours)

    def _where(self, url: Url) -> str:
        count = self.seen.redirects
        times = "a redirect" if count == 1 else f"{count} redirects"
        return f" (at {shown(url.text)}, after {times})" if count else ""

    async def _judged(self, exchange: Exchange, url: Url) -> Finding:
        answer, rules, secure = exchange.answer, self._plan.rules, exchange.tls is not None
        if answer.length > _MUCH and self._plan.keep:
            found = await asyncio.to_thread(judge, rules, answer, secure=secure)
        else:
            found = judge(rules, answer, secure=secure)
        self.seen.judgement = found
        issues = self._issues(exchange.tls) if exchange.tls is not None else ()
        if not found.reason:
            return up(*issues)
        self._sight.say(found.said, reason=found.reason)
        return Finding(Verdict.DOWN, Phase.CONTENT, found.reason + self._where(url), issues)

    def _issues(self, tls: ssl.SSLObject) -> tuple[Issue, ...]:
        certificates = self.seen.certificates = certificates_shown(tls)
        first = certificates.ends_first
        issue = issue_of(first, time.time()) if first is not None else None
        return () if issue is None else (issue,)

    def tell(self) -> None:
        """Write the series, however far the look came."""
        if self.seen.judgement is None and self.seen.final is not None:
            self.seen.judgement = self._cut_off(self.seen.final)
        self.seen.tell(self._sight)

    def _cut_off(self, exchange: Exchange) -> Judgement:
        """What can be said of a body whose end, or whose search, did not come in time."""
        rules, answer = self._plan.rules, exchange.answer
        answer.hung_up("the end of the body did not come in time")
        if not answer.trouble:
            return Judgement(by_pattern=rules.search, length=answer.length)
        return judge(rules, answer, secure=exchange.tls is not None)
