"""The same certificates through blackbox_exporter and through our /probe."""

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import Mapping
from contextlib import AsyncExitStack

import pytest

from tests.certificates import Authority, Leaf, self_signed_leaf, without_chain
from tests.raw import raw_server
from tests.real import odd_server
from tests.real.exporters import Case
from tests.real.pair import Pair
from tests.real.parity import assert_parity

pytestmark = pytest.mark.xdist_group("pair")

MODULES = ("https", "https_any", "https_never", "https_named", "https_13", "https_lost")
PORTS = ("tls", "tls_any", "tls_named")
HOSTS = {"wildcard": "a.shop.test", "wide wildcard": "four.test", "other name": "four.test"}


def servers(pair: Pair) -> Mapping[str, ssl.SSLContext]:
    """Certificates that are right, or wrong in one way."""
    root, stranger = pair.authority, Authority.root(pair.folder, "Stranger")
    between = root.intermediate()
    good = root.leaf()
    contexts = {
        "good": good,
        "named": root.leaf("named.test"),
        "rsa": root.leaf(kind="rsa"),
        "intermediate": between.leaf(),
        "expired": root.leaf(days=-1),
        "not yet": root.leaf(since=1),
        "other name": root.leaf("other.test"),
        "self-signed": self_signed_leaf(pair.folder),
        "stranger": stranger.leaf(),
        "common name only": root.leaf(common_name="localhost", without_names=True),
        "no intermediate": without_chain(between.leaf()),
        "expired intermediate": root.intermediate(days=-1).leaf(),
        "sha1": root.sha1_leaf(),
        "rsa1024": root.leaf(kind="rsa1024"),
        "wildcard": root.leaf("*.shop.test"),
        "wide wildcard": root.leaf("*.test"),
    }
    made = {name: leaf.server() for name, leaf in contexts.items()}
    return {**made, **_old(good)}


def _old(good: Leaf) -> Mapping[str, ssl.SSLContext]:
    newest, older, oldest = good.server(), good.server(), good.server()
    newest.minimum_version = ssl.TLSVersion.TLSv1_3
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with warnings.catch_warnings(action="ignore"):  # Python would rather not speak it any more
        oldest.minimum_version = ssl.TLSVersion.TLSv1
        oldest.maximum_version = ssl.TLSVersion.TLSv1_1
    return {"TLS 1.3": newest, "TLS 1.2": older, "TLS 1.1": oldest}


async def test_every_certificate_means_the_same_to_both(pair: Pair) -> None:
    async with AsyncExitStack() as open_servers:
        cases = []
        for name, context in servers(pair).items():
            server = raw_server(odd_server.converse, context=context)
            port = await open_servers.enter_async_context(server)
            host = HOSTS.get(name, "localhost")
            cases += [
                Case(f"{module}, {name}", module, f"https://{host}:{port}/") for module in MODULES
            ]
            cases += [Case(f"{module}, {name}", module, f"{host}:{port}") for module in PORTS]
        await assert_parity(pair, cases)


async def test_a_name_for_the_certificate_means_the_same_to_both(pair: Pair) -> None:
    context = pair.authority.leaf("named.test").server()
    async with raw_server(odd_server.converse, context=context) as port:
        target = f"https://127.0.0.1:{port}/"
        await assert_parity(
            pair,
            [
                Case("right", "https", target, hostname="named.test"),
                Case("wrong", "https", target, hostname="other.test"),
                Case("none", "https", target),
                Case("tcp by name", "tls", f"127.0.0.1:{port}", hostname="named.test"),
            ],
        )


async def test_what_is_no_tls_means_the_same_to_both(pair: Pair) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(b"220 hello\r\n")
            await reader.read()

    async with (
        raw_server(odd_server.converse) as plain,
        raw_server(silent) as quiet,
        raw_server(hang_up) as gone,
        raw_server(babble) as loud,
    ):
        ports = {"plain": plain, "quiet": quiet, "gone": gone, "loud": loud}
        cases = [
            Case(f"{module}, {name}", module, f"{scheme}127.0.0.1:{port}")
            for name, port in ports.items()
            for module, scheme in (("https", "https://"), ("https_any", "https://"), ("tls", ""))
        ]
        await assert_parity(pair, cases)
