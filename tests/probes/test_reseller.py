"""Does a look at a reseller see him as he is, and never blame him for his server?"""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import dns.rcode
import pytest
from aiohttp import web

from probes.handshake import TlsConfig
from probes.model import Finding, Severity, Verdict
from probes.net import Net
from probes.reseller import ResellerProbe
from responder.emulators.whm import WhmEmulator
from responder.emulators.whm_book import Certificate, Ip, WhmBook
from responder.emulators.whm_faults import WhmFault
from tests.certificates import Authority
from tests.probes.name_servers import NameServer
from tests.probes.panels import open_net, panel, running, seen

HOME, SECOND = "127.0.0.1", "127.0.0.2"
NOW = datetime.now(UTC)


@dataclass
class Web:
    """The sites of the server: `says` status, headers and body by host; 200 otherwise."""

    says: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    down: bool = False
    port: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        self.asked.append(f"{host}{request.path}")
        if self.down and request.transport is not None:
            request.transport.abort()
        status, headers, body = self.says.get(host, (200, {}, "<title>Shop</title>"))
        if request.path != "/":
            status, headers = 200, {}
        return web.Response(status=status, headers=headers, text=body, content_type="text/html")


@dataclass
class World:
    """A reseller `ana` with three sites, his name servers and whom the world asks."""

    net: Net
    whm: WhmEmulator
    web: Web
    resolver: NameServer
    parent: NameServer
    first: NameServer
    second: NameServer
    keys: dict[str, Any]

    async def look(self, **keys: object) -> Finding:
        probe = ResellerProbe.model_validate({**self.keys, **keys})
        observation = await seen(probe, panel(self.whm.url), self.net, within=9, reseller="ana")
        return observation.finding

    async def codes(self, **keys: object) -> list[tuple[str, Severity]]:
        finding = await self.look(**keys)
        assert finding.verdict is Verdict.UP, finding
        return [(one.code, one.severity) for one in finding.issues]


def zone() -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        ("ana.example", "SOA"): ("ns1.ana.example. root.ana.example. 7 3600 900 604800 300",),
        ("ana.example", "NS"): ("ns1.ana.example.", "ns2.ana.example."),
    }


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    book = WhmBook(ips=[Ip(HOME, main=True), Ip(SECOND)])
    book.add_reseller("ana", "ana.example", sites=3, now=NOW)
    async with AsyncExitStack() as stack:
        net = await stack.enter_async_context(open_net())
        whm = await stack.enter_async_context(running(book))
        site, resolver = Web(), NameServer(recursive=True)
        parent, first, second = NameServer(), NameServer(zone()), NameServer(zone())
        await serve(site, stack)
        await parent.start("127.0.0.3")
        for server, host in ((first, HOME), (second, SECOND)):
            await server.start(host, parent.port)
        await resolver.start("127.0.0.4")
        for server in (resolver, parent, first, second):
            stack.callback(server.stop)
        parent.referrals["ana.example"] = {"ns1.ana.example.": HOME, "ns2.ana.example.": SECOND}
        resolver.book[("example", "NS")] = ("a.nic.example.",)
        resolver.book[("a.nic.example", "A")] = ("127.0.0.3",)
        for name in ("ana.example", *(f"site{n}.ana.example" for n in (1, 2, 3))):
            resolver.book[(name, "A")] = (HOME,)
        keys: dict[str, Any] = {
            "site_port": site.port,
            "dns_port": parent.port,
            "resolver": f"127.0.0.4:{resolver.port}",
            "tls_port": 1,
        }
        yield World(net, whm, site, resolver, parent, first, second, keys)


async def serve(site: Web, stack: AsyncExitStack, *, tls: ssl.SSLContext | None = None) -> None:
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HOME, 0, ssl_context=tls).start()
    site.port = runner.addresses[0][1]
    stack.push_async_callback(runner.cleanup)


async def test_a_reseller_in_good_health_has_no_findings() -> None:
    async with world() as all_of_it:
        assert await all_of_it.codes() == []
        assert {"ana.example/", "site1.ana.example/"} <= set(all_of_it.web.asked)


def spelled(unlimited: object) -> Callable[[WhmBook, WhmEmulator], None]:
    def spell(_book: WhmBook, whm: WhmEmulator) -> None:
        whm.faults.unlimited = (unlimited,)

    return spell


@pytest.mark.parametrize("unlimited", ["unlimited", None, 0, "0.00", "", 999999999999990])
async def test_no_spelling_of_unlimited_makes_anything_full(unlimited: object) -> None:
    async with world() as all_of_it:
        spelled(unlimited)(all_of_it.whm.book, all_of_it.whm)
        for account in all_of_it.whm.book.accounts:
            account.disk_used = account.bandwidth_used = 10**9
        assert await all_of_it.codes() == []


async def test_unknown_figures_make_nothing_full() -> None:
    async with world() as all_of_it:
        all_of_it.whm.faults.unknown = True
        all_of_it.whm.book.reseller("ana").disk_limit = 1
        assert await all_of_it.codes() == []


# the books


async def test_what_the_books_say_becomes_findings() -> None:
    async with world() as all_of_it:
        book = all_of_it.whm.book
        reseller, own = book.reseller("ana"), book.account("ana")
        own.suspended, own.suspend_reason, own.locked = True, "spam", True
        reseller.disk_limit, reseller.bandwidth_limit, reseller.account_limit = 930, 3010, 3
        book.account("ana1").mail_held = True
        book.account("ana2").restore_points.clear()
        found = dict(await all_of_it.codes())
    assert found == {
        "RS_SUSPENDED": Severity.ERROR,
        "RS_LOCKED": Severity.ERROR,
        "RS_DISK": Severity.ERROR,
        "RS_BW": Severity.ERROR,
        "RS_ACCOUNTS": Severity.INFO,
        "RS_MAIL_HELD": Severity.WARNING,
        "RS_BACKUP": Severity.ERROR,
    }


async def test_deleted_accounts_and_those_of_others_do_not_count() -> None:
    async with world() as all_of_it:
        book = all_of_it.whm.book
        book.add_reseller("bob", "bob.example", sites=1, now=NOW)
        book.account("bob1").mail_held = True
        book.account("ana1").deleted = True
        book.account("ana1").mail_held = True
        assert await all_of_it.codes() == []
        assert "bob.example/" not in all_of_it.web.asked


async def test_a_mass_suspension_between_two_looks_is_found() -> None:
    async with world() as all_of_it:
        assert await all_of_it.codes() == []
        for user in ("ana1", "ana2", "ana3"):
            all_of_it.whm.book.suspend(user, "hacked", suspended=True)
        assert await all_of_it.codes() == [("RS_MANY_SUSPENDED", Severity.ERROR)]
        assert await all_of_it.codes() == [("RS_MANY_SUSPENDED", Severity.ERROR)]


async def test_backups_that_are_off_as_a_whole_are_the_servers_trouble() -> None:
    async with world() as all_of_it:
        all_of_it.whm.book.backups.enabled = False
        all_of_it.whm.book.account("ana2").restore_points.clear()
        assert await all_of_it.codes() == []


# a sick panel is not a sick reseller


@pytest.mark.parametrize("fault", sorted({*WhmFault} - {WhmFault.API_0}))
async def test_a_panel_that_does_not_answer_leaves_the_reseller_unknown(fault: WhmFault) -> None:
    async with world() as all_of_it:
        all_of_it.whm.faults.everywhere = fault
        all_of_it.whm.book.account("ana").locked = True
        probe = ResellerProbe.model_validate(all_of_it.keys)
        observation = await seen(
            probe, panel(all_of_it.whm.url), all_of_it.net, within=0.5, reseller="ana"
        )
    assert (observation.verdict, observation.finding.issues) == (Verdict.UNKNOWN, ())
    assert observation.finding.reason


async def test_a_reseller_that_the_panel_does_not_know_is_unknown() -> None:
    async with world() as all_of_it:
        all_of_it.whm.book.resellers.clear()
        finding = await all_of_it.look()
    assert finding.verdict is Verdict.UNKNOWN
    assert "ana" in finding.reason


async def test_a_target_without_the_label_says_so() -> None:
    async with open_net() as net, running() as whm:
        observation = await seen(ResellerProbe(), panel(whm.url), net)
    assert observation.verdict is Verdict.UNKNOWN
    assert "label" in observation.finding.reason


@pytest.mark.parametrize(
    "function",
    ["listips", "fetch_ssl_vhosts", "getresellerips", "backup_config_get", "servicestatus"],
)
async def test_what_the_token_may_not_see_is_left_out(function: str) -> None:
    async with world() as all_of_it:
        all_of_it.whm.faults.calls[function] = WhmFault.REFUSED
        all_of_it.whm.book.account("ana").locked = True
        assert ("RS_LOCKED", Severity.ERROR) in await all_of_it.codes()


async def test_shared_answers_are_asked_for_once_for_all_resellers() -> None:
    async with world() as all_of_it:
        for _ in range(3):
            await all_of_it.look()
        asked = list(all_of_it.whm.asked)
    assert asked.count("resellerstats") == 3
    assert asked.count("fetch_ssl_vhosts") == asked.count("backup_set_list_combined") == 1


# sites


async def test_one_failing_site_is_medium() -> None:
    async with world() as all_of_it:
        all_of_it.web.says["site1.ana.example"] = (503, {}, "")
        finding = await all_of_it.look()
    (found,) = finding.issues
    assert (found.code, found.severity) == ("RS_SITES_SOME", Severity.WARNING)
    assert "site1.ana.example (status 503)" in found.text


async def test_all_sites_failing_on_a_server_that_answers_is_critical() -> None:
    async with world() as all_of_it:
        for site in ("ana.example", *(f"site{n}.ana.example" for n in (1, 2, 3))):
            all_of_it.web.says[site] = (509, {}, "")
        finding = await all_of_it.look()
    (found,) = finding.issues
    assert (found.code, found.severity) == ("RS_ALL_SITES_DOWN", Severity.CRITICAL)
    assert "bandwidth limit exceeded" in found.text


async def test_a_web_server_that_is_down_for_all_is_not_the_resellers_trouble() -> None:
    async with world() as all_of_it:
        all_of_it.web.down = True
        assert await all_of_it.codes() == []


async def test_a_web_server_that_chkservd_misses_is_not_the_resellers_trouble() -> None:
    async with world() as all_of_it:
        all_of_it.whm.book.service("httpd").running = False
        all_of_it.web.says["site1.ana.example"] = (503, {}, "")
        assert await all_of_it.codes() == []


@pytest.mark.parametrize("status", [200, 204, 301, 401, 403, 404])
async def test_a_site_that_answers_in_its_own_way_is_fine(status: int) -> None:
    async with world() as all_of_it:
        headers = {"Location": "https://shop.elsewhere.example/"} if status == 301 else {}
        all_of_it.web.says["site1.ana.example"] = (status, headers, "")
        assert await all_of_it.codes() == []


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (302, {"Location": "http://site1.ana.example/cgi-sys/suspendedpage.cgi"}, ""),
        (302, {"Location": "/cgi-sys/defaultwebpage.cgi"}, ""),
        (302, {"Location": "http://web1.example.net/cgi-sys/suspendedpage.cgi?x=1"}, ""),
        (200, {}, "<html><head><title>Account Suspended</title></head></html>"),
        (200, {}, "<TITLE>Index of /</TITLE>"),
        (200, {}, "<title>Default Web Site Page</title>"),
    ],
)
async def test_a_page_of_the_panel_is_seen_behind_a_status_of_200(
    status: int, headers: dict[str, str], body: str
) -> None:
    async with world() as all_of_it:
        all_of_it.web.says["site1.ana.example"] = (status, headers, body)
        assert await all_of_it.codes() == [("RS_SUSPEND_PAGE", Severity.WARNING)]


async def test_a_shop_that_writes_of_suspended_accounts_is_a_shop() -> None:
    async with world() as all_of_it:
        body = "<title>How to park at our shop</title> account suspended? index of /"
        all_of_it.web.says["site1.ana.example"] = (200, {}, body)
        assert await all_of_it.codes() == []


async def test_redirects_in_a_circle_end() -> None:
    async with world() as all_of_it:
        headers = {"Location": "http://site1.ana.example/"}
        all_of_it.web.says["site1.ana.example"] = (301, headers, "")
        assert await all_of_it.codes() == [("RS_SITES_SOME", Severity.WARNING)]
        assert all_of_it.web.asked.count("site1.ana.example/") == 4


async def test_suspended_sites_are_not_looked_at() -> None:
    async with world() as all_of_it:
        all_of_it.whm.book.suspend("ana1", "abuse", suspended=True)
        all_of_it.web.says["site1.ana.example"] = (503, {}, "")
        assert await all_of_it.codes() == []
        assert "site1.ana.example/" not in all_of_it.web.asked


async def test_no_more_than_the_sample_is_looked_at() -> None:
    async with world() as all_of_it:
        await all_of_it.look(sites=2)
        sites = {one for one in all_of_it.web.asked if "ana.example" in one}
    assert len(sites) == 2


async def test_sites_behind_a_nat_are_asked_at_their_public_address() -> None:
    async with world() as all_of_it:
        all_of_it.whm.book.ips = [Ip("10.9.9.9", public=HOME, main=True), Ip(SECOND)]
        for account in all_of_it.whm.book.accounts:
            account.ip = "10.9.9.9"
        assert await all_of_it.codes() == []
        assert "site1.ana.example/" in all_of_it.web.asked


# names


@pytest.mark.parametrize("how", ["silent", "recursive", "refused", "unknown"])
async def test_a_dead_name_server_is_high(how: str) -> None:
    async with world() as all_of_it:
        server = all_of_it.second
        if how == "refused":
            server.rcode = dns.rcode.REFUSED
        elif how == "unknown":
            server.book = {("ana.example", "A"): (HOME,)}
        else:
            setattr(server, how, True)
        finding = await all_of_it.look()
    (found,) = finding.issues
    assert (found.code, found.severity) == ("RS_NS_DEAD", Severity.ERROR)
    assert "ns2.ana.example" in found.text


async def test_all_name_servers_dead_is_critical() -> None:
    async with world() as all_of_it:
        all_of_it.first.stop()
        all_of_it.second.stop()
        assert await all_of_it.codes() == [("RS_NS_DEAD", Severity.CRITICAL)]


async def test_a_named_that_chkservd_misses_is_the_servers_trouble() -> None:
    async with world() as all_of_it:
        all_of_it.first.silent = all_of_it.second.silent = True
        all_of_it.whm.book.service("named").running = False
        assert await all_of_it.codes() == []


async def test_name_servers_of_the_brand_are_not_the_resellers() -> None:
    async with world() as all_of_it:
        all_of_it.parent.referrals["ana.example"] = {"ns1.brand.example.": HOME}
        all_of_it.first.stop()
        assert await all_of_it.codes() == []


async def test_a_parent_that_disagrees_is_a_drift() -> None:
    async with world() as all_of_it:
        for server in (all_of_it.first, all_of_it.second):
            server.book[("ana.example", "NS")] = ("ns1.ana.example.",)
        assert await all_of_it.codes() == [("RS_NS_DRIFT", Severity.WARNING)]


async def test_serials_that_differ_for_long_are_a_drift() -> None:
    async with world() as all_of_it:
        soa = "ns1.ana.example. root.ana.example. 8 3600 900 604800 300"
        all_of_it.second.book[("ana.example", "SOA")] = (soa,)
        seen_so_far = [await all_of_it.codes(converge="0s") for _ in range(3)]
    assert seen_so_far == [[], [], [("RS_NS_DRIFT", Severity.WARNING)]]


async def test_glue_that_is_not_ours_is_a_drift() -> None:
    async with world() as all_of_it:
        all_of_it.whm.book.ips = [Ip(HOME, main=True)]
        finding = await all_of_it.look()
    (found,) = finding.issues
    assert found.code == "RS_NS_DRIFT"
    assert SECOND in found.text


@pytest.mark.parametrize("how", ["silent", "servfail"])
async def test_a_resolver_in_trouble_says_nothing_of_the_reseller(how: str) -> None:
    async with world() as all_of_it:
        all_of_it.resolver.silent = how == "silent"
        all_of_it.resolver.rcode = dns.rcode.SERVFAIL
        assert await all_of_it.codes(sites=1) == []


async def test_a_domain_that_moved_away_is_information_and_its_site_is_not_looked_at() -> None:
    async with world() as all_of_it:
        all_of_it.resolver.book[("site1.ana.example", "A")] = ("198.51.100.7",)
        all_of_it.web.says["site1.ana.example"] = (503, {}, "")
        assert await all_of_it.codes() == [("RS_DNS_AWAY", Severity.INFO)]
        assert "site1.ana.example/" not in all_of_it.web.asked


async def test_a_domain_that_is_gone_is_away_too() -> None:
    async with world() as all_of_it:
        del all_of_it.resolver.book[("site1.ana.example", "A")]
        finding = await all_of_it.look()
    assert [one.code for one in finding.issues] == ["RS_DNS_AWAY"]
    assert "no address" in finding.issues[0].text


async def test_delivery_networks_and_known_domains_are_not_away() -> None:
    async with world() as all_of_it:
        all_of_it.resolver.book[("site1.ana.example", "A")] = ("104.16.1.1",)
        all_of_it.resolver.book[("site2.ana.example", "A")] = ("198.51.100.7",)
        all_of_it.resolver.book[("site3.ana.example", "A")] = ("203.0.113.7",)
        keys = {"elsewhere": ["Site2.ana.example."], "sites": 4}
        assert await all_of_it.codes(**keys) == [("RS_DNS_AWAY", Severity.INFO)]
        networks = [str(ip_network("203.0.113.0/24")), "104.16.0.0/13"]
        assert await all_of_it.codes(**keys, cdn=networks) == []


# certificates and lists


async def test_certificates_are_read_from_the_books() -> None:
    async with world() as all_of_it:
        soon = datetime.now(UTC) + timedelta(hours=20)
        all_of_it.whm.book.account("ana1").certificate = Certificate(soon)
        all_of_it.whm.book.account("ana2").certificate = Certificate(
            soon + timedelta(days=60), names=("other.example",)
        )
        finding = await all_of_it.look()
    (found,) = finding.issues
    assert (found.code, found.severity) == ("RS_TLS", Severity.ERROR)
    assert "site2.ana.example has one for another name" in found.text


async def test_a_star_covers_one_label() -> None:
    async with world() as all_of_it:
        later = datetime.now(UTC) + timedelta(days=60)
        for user in ("ana1", "ana2"):
            certificate = Certificate(later, names=("*.ana.example",))
            all_of_it.whm.book.account(user).certificate = certificate
        assert await all_of_it.codes() == []


async def test_a_chain_that_nobody_trusts_is_seen_in_the_handshake(tmp_path: Path) -> None:
    root = Authority.root(tmp_path, "Root")
    trusted = TlsConfig(ca_file=root.file)
    names = ["ana.example", *(f"site{n}.ana.example" for n in (1, 2, 3))]
    async with world() as all_of_it, AsyncExitStack() as stack:
        runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        context = root.leaf(*names).server()
        await web.TCPSite(runner, HOME, 0, ssl_context=context).start()
        port = runner.addresses[0][1]
        strangers = await all_of_it.codes(tls_port=port)
        ours = await all_of_it.codes(tls_port=port, tls_config=trusted)
    assert strangers == [("RS_TLS", Severity.WARNING)]
    assert ours == []


async def test_only_his_own_addresses_are_looked_up_on_lists() -> None:
    async with world() as all_of_it:
        book = all_of_it.resolver.book
        book[("2.0.0.127.bl.example", "A")] = ("127.0.0.2",)
        book[("2.0.0.127.bl.example", "TXT")] = ('"a bad sender"',)
        lists = {
            "resolver": all_of_it.keys["resolver"],
            "lists": [{"zone": "bl.example", "listed": {"127.0.0.2": "spam"}}],
        }
        assert await all_of_it.codes(dnsbl=lists) == []
        all_of_it.whm.book.reseller("ana").ips = (HOME, SECOND)
        finding = await all_of_it.look(dnsbl=lists)
    (found,) = finding.issues
    assert (found.code, found.severity, found.about) == ("RS_DNSBL", Severity.ERROR, SECOND)
    assert "a bad sender" in found.text


@pytest.mark.parametrize(("status", "expected"), [(200, []), (503, ["RS_SITES_SOME"])])
async def test_a_site_that_goes_on_over_tls_is_judged_there(
    tmp_path: Path, status: int, expected: list[str]
) -> None:
    leaf = Authority.root(tmp_path, "Root").leaf("site1.ana.example")
    async with world() as all_of_it, AsyncExitStack() as stack:
        secure = Web(says={"site1.ana.example": (status, {}, "<title>Shop</title>")})
        await serve(secure, stack, tls=leaf.server())
        headers = {"Location": "https://site1.ana.example/"}
        all_of_it.web.says["site1.ana.example"] = (301, headers, "")
        all_of_it.whm.book.account("ana1").certificate = None  # its trust is judged apart
        found = await all_of_it.codes(tls_port=secure.port)
    assert [code for code, _ in found if code != "RS_TLS"] == expected
    assert "site1.ana.example/" in secure.asked


async def test_a_page_without_end_is_a_page() -> None:
    async with world() as all_of_it:
        all_of_it.web.says["site1.ana.example"] = (200, {}, "x" * 20_000_000)
        assert await all_of_it.codes() == []


async def test_strange_domains_and_addresses_of_a_panel_are_not_asked() -> None:
    async with world() as all_of_it:
        book = all_of_it.whm.book
        book.account("ana1").domain = "evil.example/\r\nX-Injected: 1"
        book.account("ana2").ip = "metadata.internal.example"
        book.account("ana3").ip = ""
        assert await all_of_it.codes() == []
        sites = {one for one in all_of_it.web.asked if "ana.example" in one}
    assert sites == {"ana.example/"}
