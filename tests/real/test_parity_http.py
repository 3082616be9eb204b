"""The same web servers through blackbox_exporter and through our /probe."""

import pytest

from tests.raw import raw_server
from tests.real import odd_server
from tests.real.exporters import Case
from tests.real.pair import Pair
from tests.real.parity import assert_parity
from tests.require import free_port

pytestmark = pytest.mark.xdist_group("pair")

ODD = (*odd_server.ANSWERS, *odd_server.SCENES, "/down/9", "/down/10", "/down/11")
RULES = {
    "http_default": ("/", "/loop"),
    "http_stay": ("/", "/once", "/once-308", "/to-nowhere", "/missing"),
    "http_stay_old": ("/once",),
    "http_codes": ("/", "/missing", "/loop", "/once", "/to-nowhere"),
    "http_10": ("/", "/old"),
    "http_head": ("/", "/large", "/gzip", "/once", "/chunked", "/nothing-204"),
    "http_post": ("/echo", "/once", "/once-303", "/once-307", "/once-308", "/missing"),
    "http_body": ("/", "/missing", "/cut", "/loop", "/slow-body", "/reset-body", "/once", "/empty"),
    "http_no_body": ("/", "/empty", "/missing", "/cut", "/too-long", "/slow-head"),
    "http_bytes": ("/latin1", "/"),
    "http_echo": ("/echo",),
    "http_header": ("/", "/cookies", "/missing", "/once"),
    "http_header_needed": ("/", "/cookies", "/broken"),
    "http_header_strict": ("/", "/cookies"),
    "http_limit": ("/", "/large", "/endless-body", "/empty"),
    "http_limit_body": ("/", "/large"),
    "http_gzip": ("/", "/gzip", "/gzip-cut", "/gzip-tail", "/gzip-twice", "/not-gzip", "/empty"),
    "http_deflate": ("/", "/deflate", "/zlib", "/empty"),
    "http_identity": ("/", "/gzip"),
    "http_gzip_limit": ("/gzip",),
    "http_not_tls": ("/", "/missing"),
    "http_login": ("/echo", "/", "/to-other"),
    "http_bearer": ("/echo", "/to-other"),
    "http": ("/to-other",),
    "http_proxy": ("/",),
}


async def test_every_odd_answer_means_the_same_to_both(pair: Pair) -> None:
    async with raw_server(odd_server.converse) as port:
        cases = [
            Case(path, "http_limit" if "endless" in path else "http", f"127.0.0.1:{port}{path}")
            for path in ODD
        ]
        await assert_parity(pair, cases)


async def test_every_rule_on_answers_means_the_same_to_both(pair: Pair) -> None:
    async with raw_server(odd_server.converse) as port:
        cases = [
            Case(f"{module} {path}", module, f"http://127.0.0.1:{port}{path}")
            for module, paths in RULES.items()
            for path in paths
        ]
        await assert_parity(pair, cases)


@pytest.mark.parametrize("family", ["127.0.0.1", "::1"])
async def test_both_choose_the_same_address(pair: Pair, family: str) -> None:
    names = ("four.test", "six.test", "both.test", "many.test", "localhost", "[::1]", "127.0.0.1")
    modules = ("http", "http_default", "http_only4", "http_only6")
    async with raw_server(odd_server.converse, host=family) as port:
        cases = [
            Case(f"{module} {name}", module, f"http://{name}:{port}/")
            for name in names
            for module in modules
        ]
        await assert_parity(pair, cases)


async def test_both_understand_the_same_targets(pair: Pair) -> None:
    async with raw_server(odd_server.converse) as port:
        targets = [
            f"127.0.0.1:{port}",
            f"127.0.0.1:{port}/missing",
            f"HTTP://127.0.0.1:{port}/",
            f"http://127.0.0.1:{port}/?a=b&c=d#fragment",
            f"http://127.0.0.1:{port}/a%20b",
            f"http://127.0.0.1:{port}/a b",
            f"http://127.0.0.1:{port}",
            f"http://127.0.0.1:{port}/caf\u00e9",
            f"http://localhost.:{port}/",
            f"http://127.1:{port}/",
            f"http://0x7f.0.0.1:{port}/",
            f"http://nobody.test:{port}/",
            f"http://127.0.0.1:{free_port()}/",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:port/",
            "http://",
            "http:///path",
            "http://[::1",
            "ftp://127.0.0.1/",
            "https://127.0.0.1:9/",
            f"http://[::1%25lo]:{port}/",
            f"http://four.test:{port}/%zz",
            f"http://four.test:{port}//double",
            f"http://b\u00fccher.test:{port}/",
        ]
        cases = [Case(target.replace(f":{port}", ""), "http", target) for target in targets]
        await assert_parity(pair, cases)


async def test_both_take_a_host_name_for_a_target(pair: Pair) -> None:
    async with raw_server(odd_server.converse) as port:
        target = f"http://127.0.0.1:{port}/echo"
        cases = [
            Case("right name", "http_echo", target, hostname="shop.example.com"),
            Case("other name", "http_echo", target, hostname="other.example.com"),
            Case("same name", "http_post", target, hostname="shop.example.com"),
            Case("conflict", "http_post", target, hostname="other.example.com"),
        ]
        await assert_parity(pair, cases)
