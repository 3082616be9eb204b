"""Is a source counted as whoever it is, behind our proxies and with addresses without end?"""

import pytest
from aiohttp.test_utils import make_mocked_request

from responder.web.sources import source_of


class _Line:
    """A connection from this address."""

    def __init__(self, peer: str) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._peer, 40000) if name == "peername" else default


def counted(peer: str, told: str = "", *proxies: str) -> str:
    headers = {"X-Forwarded-For": told} if told else {}
    request = make_mocked_request("POST", "/forms/acme", headers=headers, transport=_Line(peer))
    return source_of(request, proxies)


@pytest.mark.parametrize(
    ("peer", "told", "source"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # no proxy of ours: he writes what he likes
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        ("::ffff:192.0.2.7", "", "192.0.2.7"),
        ("127.0.0.1", "anything", "anything"),
    ],
)
def test_the_source_is_the_last_that_is_believed(peer: str, told: str, source: str) -> None:
    assert counted(peer, told, "127.0.0.0/8") == source


def test_r5_a_network_of_ipv6_is_one_source() -> None:
    """Else one customer line had 2^64 forms to fill in."""
    assert counted("2001:db8:1:2::1") == counted("2001:db8:1:2:ffff::9")
    assert counted("2001:db8:1:2::1") != counted("2001:db8:1:3::1")
