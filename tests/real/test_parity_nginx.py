"""The same nginx through blackbox_exporter and through our /probe."""

from collections.abc import Iterator

import pytest

from tests.real.exporters import Case
from tests.real.nginx import Nginx
from tests.real.pair import Pair
from tests.real.parity import assert_parity
from tests.real.targets import ready, running

pytestmark = pytest.mark.xdist_group("pair")

PATHS = (
    *("/", "/well", "/page.txt", "/packed.txt", "/old", "/secure", "/private", "/hang-up"),
    *("/gone", "/dead", "/nothing", "/%2e%2e/x", "/page.txt?a=b"),
)


@pytest.fixture(scope="module")
def nginx_of_this_file(pair: Pair) -> Iterator[Nginx]:
    good, expired = pair.authority.leaf(), pair.authority.leaf("four.test", days=-1)
    with running(Nginx(good, expired)) as server:
        yield server


@pytest.fixture
def nginx(nginx_of_this_file: Nginx) -> Nginx:
    """nginx with a good certificate, and one that is over; a test may stop or pause it."""
    return ready(nginx_of_this_file)


async def test_every_page_means_the_same_to_both(pair: Pair, nginx: Nginx) -> None:
    modules = ("http_2xx", "http_stay", "http_body", "http_head", "http_login", "http_codes")
    cases = [
        Case(f"{module} {path}", module, f"http://localhost:{nginx.port}{path}")
        for module in modules
        for path in PATHS
    ]
    cases += [
        Case("gzip", "http_gzip", f"http://localhost:{nginx.port}/packed.txt"),
        Case("gzip asked for", "http_gzip_asked", f"http://localhost:{nginx.port}/packed.txt"),
        Case("post", "http_post", f"http://localhost:{nginx.port}/well"),
        Case("virtual host", "http", f"http://localhost:{nginx.port}/", "shop.example.com"),
        Case("six", "http", f"http://[::1]:{nginx.port}/well"),
        Case("plain on the port of TLS", "http", f"http://localhost:{nginx.tls}/"),
        Case("TLS on the plain port", "https", f"https://localhost:{nginx.port}/"),
    ]
    await assert_parity(pair, cases)


async def test_every_virtual_host_over_tls_means_the_same_to_both(pair: Pair, nginx: Nginx) -> None:
    cases = [
        Case(f"{module} {host}", module, f"https://{host}:{nginx.tls}/")
        for module in ("https", "https_any", "https_13", "https_never")
        for host in ("localhost", "four.test", "127.0.0.1", "both.test")
    ]
    cases += [
        Case("http2", "https", f"https://localhost:{nginx.http2}/"),
        Case("tls", "tls", f"localhost:{nginx.tls}"),
        Case("expired", "tls", f"four.test:{nginx.tls}"),
        Case("through a redirect", "https", f"http://localhost:{nginx.port}/secure"),
    ]
    await assert_parity(pair, cases)


async def test_a_frozen_and_a_stopped_nginx_mean_the_same_to_both(pair: Pair, nginx: Nginx) -> None:
    targets = [
        Case("http", "http", f"http://localhost:{nginx.port}/"),
        Case("https", "https", f"https://localhost:{nginx.tls}/"),
        Case("tcp", "tcp", f"localhost:{nginx.port}"),
        Case("tls", "tls", f"localhost:{nginx.tls}"),
    ]
    nginx.pause()
    await assert_parity(pair, targets)
    nginx.resume()
    nginx.stop()
    await assert_parity(pair, targets)
    nginx.start()
    await assert_parity(pair, targets)
