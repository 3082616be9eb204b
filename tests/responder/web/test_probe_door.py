"""/probe answers as blackbox_exporter does, to the letter where something is wrong."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from probes.tcp import TcpProbe
from responder.clock import HandClock
from responder.web import probe_door
from responder.web.probe_door import seconds
from tests.require import free_port
from tests.stories.stage import Stage, begin, write_config

MODULES = """
modules:
  port: {prober: tcp}
  patient: {prober: tcp, timeout: 3s}
  greeting: {prober: tcp, timeout: 90s, tcp: {query_response: [{expect: "^never"}]}}
  hosted: {prober: http, timeout: 2s, http: {headers: {host: shop.example.com}}}
  grpc: {prober: grpc}
  strange: {prober: strange}
"""
TEXT = "text/plain; charset=utf-8"


class Silent:
    """A server that takes connections, says nothing, and knows who is there."""

    def __init__(self) -> None:
        self.here = 0
        self.came, self.left = asyncio.Semaphore(0), asyncio.Event()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.here += 1
        self.came.release()
        try:
            await reader.read()
        except ConnectionError:
            pass
        finally:
            self.here -= 1
            self.left.set()
            writer.close()

    def stop(self) -> None:
        self._server.close()


@pytest.fixture
async def silent() -> AsyncIterator[Silent]:
    server = Silent()
    await server.start()
    yield server
    server.stop()


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A daemon with a user's blackbox.yml; 127.6.0.0/16 is forbidden."""
    (tmp_path / "blackbox.yml").write_text(MODULES)
    more = "probes: {modules_file: blackbox.yml, forbid: [127.6.0.0/16]}"
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=more), clock=clock)
    yield stage
    await stage.daemon.end()


async def ask(
    stage: Stage, query: str, *, scrape: str | None = None, token: str = ""
) -> tuple[int, str, str]:
    """Status, type and text of the answer."""
    headers = {} if scrape is None else {"X-Prometheus-Scrape-Timeout-Seconds": scrape}
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{stage.url}/probe{query}", headers=headers)
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_a_look_is_answered_with_its_series(stage: Stage, silent: Silent) -> None:
    status, kind, page = await ask(stage, f"?module=port&target=127.0.0.1:{silent.port}")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "\nprobe_success 1\n" in page
    assert "probe_ip_addr_hash 3.668918509e+09\n" in page
    families = re.findall(r"^# TYPE (\S+) gauge$", page, re.MULTILINE)
    assert families == sorted(families)


async def test_a_failed_look_is_a_good_answer(stage: Stage) -> None:
    status, kind, page = await ask(stage, f"?module=port&target=127.0.0.1:{free_port()}")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "\nprobe_success 0\n" in page


@pytest.mark.parametrize(
    ("query", "scrape", "status", "text"),
    [
        ("?module=x", None, 400, 'Unknown module "x"'),
        ("?module=x", "abc", 400, 'Unknown module "x"'),
        (
            "?module=port",
            "abc",
            500,
            "Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing"
            ' "abc": invalid syntax',
        ),
        ("?module=port", None, 400, "Target parameter is missing"),
        ("?module=port&target=", "10", 400, "Target parameter is missing"),
        ("", None, 400, "Target parameter is missing"),
        ("?module=strange", None, 400, "Target parameter is missing"),
        ("?module=strange&target=a", None, 400, 'Unknown prober "strange"'),
        (
            "?module=grpc&target=a",
            None,
            400,
            'Module "grpc" can\'t be used: gRPC is not spoken here',
        ),
        (
            "?module=hosted&target=127.0.0.1&hostname=other.example.com",
            None,
            400,
            "host header defined both in module configuration (shop.example.com) and with"
            " URL-parameter 'hostname' (other.example.com)",
        ),
        (
            "?module=port&target=-oProxyCommand=x",
            None,
            400,
            "a target does not begin with a dash: that would be an option",
        ),
        (
            "?module=port&target=http://me:sesame@127.0.0.1/",
            None,
            400,
            "no credentials in a target: use basic_auth of a module",
        ),
        (
            "?module=port&target=me:sesame@127.0.0.1:1",
            None,
            400,
            "no credentials in a target: use basic_auth of a module",
        ),
        (
            "?module=port&target=127.0.0.1%0a:1",
            None,
            400,
            "a target is one line of at most 4096 characters",
        ),
        (
            f"?module=port&target={'x' * 4097}",
            None,
            400,
            "a target is one line of at most 4096 characters",
        ),
        (
            "?module=port&target=127.6.0.1:25",
            None,
            403,
            "127.6.0.1 is in 127.6.0.0/16, which probes.forbid names",
        ),
    ],
)
async def test_what_is_no_look_is_told_in_the_order_and_words_of_blackbox_exporter(
    stage: Stage, query: str, scrape: str | None, status: int, text: str
) -> None:
    assert await ask(stage, query, scrape=scrape) == (status, TEXT, text + "\n")


async def test_an_at_sign_later_in_a_url_is_no_credential(stage: Stage) -> None:
    status, _, page = await ask(
        stage, f"?module=http_2xx&target=http://127.0.0.1:{free_port()}/@me/%23a@b"
    )
    assert (status, "probe_success 0" in page) == (200, True)


async def test_the_same_host_name_twice_is_no_conflict(stage: Stage) -> None:
    query = f"?module=hosted&target=127.0.0.1:{free_port()}&hostname=shop.example.com"
    assert (await ask(stage, query))[0] == 200


@pytest.mark.parametrize(
    ("own", "header", "within"),
    [
        ("", "", 119.5),
        ("", "0", 119.5),
        ("5s", "10", 5),
        ("", "10", 9.5),
        ("10s", "10", 9.5),
        ("3s", "0.2", 3),
        ("", "0.2", 0),
        ("5s", "", 5),
        ("200s", "", 119.5),
        ("5s", "1e1", 5),
        ("", "1_0.5", 10),
        ("5s", "-1", 5),
    ],
)
def test_a_look_ends_before_the_scrape_does(own: str, header: str, within: float) -> None:
    assert seconds(TcpProbe.model_validate({"timeout": own or None}), header) == within


@pytest.mark.parametrize("header", ["nan", "inf", "1_", " 1", "0x1", "1s", "\u0661"])
def test_a_time_that_is_no_number_is_refused(header: str) -> None:
    with pytest.raises(probe_door.NoLook, match="invalid syntax"):
        seconds(None, header)


async def test_a_scrape_that_leaves_no_time_has_no_look(stage: Stage, silent: Silent) -> None:
    query = f"?module=port&target=127.0.0.1:{silent.port}"
    status, _, page = await ask(stage, query, scrape="0.5")
    assert (status, "\nprobe_success 0\n" in page) == (200, True)
    _, _, story = await ask(stage, f"{query}&debug=true", scrape="0.5")
    assert "reason='no end of phase resolve within 0 s'" in story


async def test_the_story_of_a_look_is_told_in_three_parts(stage: Stage, silent: Silent) -> None:
    query = f"?module=patient&target=127.0.0.1:{silent.port}&debug=true"
    status, kind, page = await ask(stage, query)
    assert (status, kind) == (200, "text/plain")
    logs, metrics, module = re.split(r"\n\n\n\n(?=M)", page)
    assert logs.startswith("Logs for the probe:\n")
    assert 'msg="Beginning probe"' in logs
    assert "timeout_seconds=3" in logs
    assert 'msg="Probe succeeded"' in logs.splitlines()[-1]
    assert metrics.startswith("Metrics that would have been returned:\n# HELP probe_")
    assert module == (
        "Module configuration:\nprober: tcp\ntimeout: 3s\ntcp:\n"
        "  preferred_ip_protocol: ip6\n  ip_protocol_fallback: true\n"
    )


async def test_the_story_of_a_forbidden_look_says_why(stage: Stage) -> None:
    status, _, page = await ask(stage, "?module=port&target=127.6.0.1:25&debug=true")
    assert status == 200
    assert "127.6.0.1 is in 127.6.0.0/16, which probes.forbid names" in page


async def test_our_own_kinds_are_modules_too(stage: Stage, silent: Silent) -> None:
    status, _, page = await ask(stage, f"?module=imap&target=127.0.0.1:{silent.port}", scrape="0.8")
    assert status == 200
    assert "probe_success 0" in page


async def test_a_look_ends_when_the_scraper_hangs_up(stage: Stage, silent: Silent) -> None:
    query = f"/probe?module=greeting&target=127.0.0.1:{silent.port}"
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.daemon.port)
    writer.write(f"GET {query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    async with asyncio.timeout(45):  # long before the end of the module's time
        await silent.came.acquire()
        writer.close()
        await silent.left.wait()
    assert silent.here == 0
    assert await reader.read() == b""


async def test_too_many_looks_at_a_time_are_told_to_come_again(
    stage: Stage, silent: Silent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_door, "MOST", 2)
    query = f"?module=greeting&target=127.0.0.1:{silent.port}"
    first = asyncio.gather(*(ask(stage, query, scrape="1") for _ in range(2)))
    async with asyncio.timeout(45):
        for _ in range(2):
            await silent.came.acquire()
    told = (503, TEXT, "2 looks are under way already: come again\n")
    assert await ask(stage, query) == told
    assert [status for status, _, _ in await first] == [200, 200]
    assert (await ask(stage, query, scrape="0.6"))[0] == 200


async def test_unknown_modules_are_counted_and_rules_about_the_exporter_work(
    stage: Stage,
) -> None:
    for _ in range(2):
        await ask(stage, "?module=nobody&target=a")
    _, page = await stage.ask("GET", "/metrics")
    assert "\nblackbox_module_unknown_total 2.0\n" in page
    assert "\nblackbox_exporter_config_last_reload_successful 1.0\n" in page
    assert '\nblackbox_exporter_build_info{version="test"} 1.0\n' in page
    (stage.folder / "blackbox.yml").write_text("modules: {a: {nope: 1}}")
    assert (await stage.ask("POST", "/-/reload"))[0] == 500
    _, page = await stage.ask("GET", "/metrics")
    assert "\nblackbox_exporter_config_last_reload_successful 0.0\n" in page
    assert (await ask(stage, f"?module=port&target=127.0.0.1:{free_port()}"))[0] == 200


async def test_a_reload_brings_new_modules(stage: Stage, silent: Silent) -> None:
    query = f"?module=fresh&target=127.0.0.1:{silent.port}"
    assert (await ask(stage, query))[0] == 400
    (stage.folder / "blackbox.yml").write_text("modules: {fresh: {prober: tcp}}")
    assert (await stage.ask("POST", "/-/reload"))[0] == 200
    assert (await ask(stage, query))[0] == 200
