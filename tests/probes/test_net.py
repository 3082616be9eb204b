"""Names become addresses as blackbox_exporter chooses them."""

from ipaddress import ip_network

import pytest

from probes.model import Verdict
from probes.net import Net, fnv1a, is_forbidden, split
from probes.reasons import Failed
from probes.sight import Sight


async def chosen(host: str, *, prefer: int = 4, fallback: bool = True) -> str:
    net = Net()
    address = await net.resolve(host, Sight(net, within=30), prefer=prefer, fallback=fallback)
    return address.text


async def refusal(net: Net, host: str, *, prefer: int = 4, fallback: bool = True) -> Failed:
    with pytest.raises(Failed) as failed:
        await net.resolve(host, Sight(net, within=30), prefer=prefer, fallback=fallback)
    return failed.value


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%lo"])
@pytest.mark.parametrize("prefer", [4, 6])
async def test_an_address_is_itself_whatever_is_preferred(host: str, prefer: int) -> None:
    assert await chosen(host, prefer=prefer) == host


@pytest.mark.parametrize(("host", "prefer"), [("127.0.0.1", 6), ("::1", 4)])
async def test_without_a_fallback_an_address_of_the_other_family_is_none(
    host: str, prefer: int
) -> None:
    failed = await refusal(Net(), host, prefer=prefer, fallback=False)
    assert failed.reason == f"{host} is no IPv{prefer} address"


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f.0.0.1", "2130706433", "0x7f000001", "127.0.0.01", "1.2.3.4.5", "127.1."]
)
async def test_spellings_that_only_the_c_library_knows_are_no_addresses(host: str) -> None:
    failed = await refusal(Net(), host)
    assert failed.reason == f"{host} is neither an address nor a name"


async def test_a_resolution_writes_three_series_also_when_it_fails() -> None:
    net = Net()
    sight = Sight(net, within=30)
    await net.resolve("127.0.0.1", sight)
    assert [(name, value) for name, _, value in sight.samples[1:]] == [
        ("probe_ip_protocol", 4),
        ("probe_ip_addr_hash", 3668918509),
    ]
    sight = Sight(net, within=30)
    with pytest.raises(Failed):
        await net.resolve("127.1", sight)
    assert [(name, value) for name, _, value in sight.samples[1:]] == [
        ("probe_ip_protocol", 0),
        ("probe_ip_addr_hash", 0),
    ]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0", "::", "::ffff:0.0.0.0"),  # noqa: S104
    ],
)
async def test_what_is_forbidden_is_not_looked_at_and_says_nothing_of_the_target(host: str) -> None:
    failed = await refusal(Net(forbidden=(ip_network("127.0.0.0/8"),)), host)
    assert failed.reason == f"{host} is in 127.0.0.0/8, which probes.forbid names"
    assert failed.finding.verdict is Verdict.UNKNOWN
    assert is_forbidden(failed.finding)
    assert not is_forbidden((await refusal(Net(), "127.1")).finding)


def test_the_hash_of_an_address_is_blackbox_exporter_s() -> None:
    assert fnv1a(b"\x7f\x00\x00\x01") == 3668918509


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("web1:25", "web1", 25),
        ("[::1]:25", "::1", 25),
        ("web1", "web1", 99),
        ("[::1]", "::1", 99),
        ("::1", "::1", 99),
    ],
)
def test_a_target_is_a_host_and_a_port(address: str, host: str, port: int) -> None:
    assert split(address, port=99) == (host, port)


@pytest.mark.parametrize(
    "address", ["web1:", ":25", "web1:x", "web1:0", "web1:65536", "", "[::1]x"]
)
def test_what_is_none_is_said_so(address: str) -> None:
    with pytest.raises(Failed, match="is not HOST:PORT"):
        split(address, port=None)
