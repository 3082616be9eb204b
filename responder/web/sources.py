"""Where a request really comes from, when a proxy of ours stands in front (status.proxies)."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web


def source_of(request: web.Request, proxies: Iterable[str]) -> str:
    """The address that limits are counted by: the peer's own, or what a proxy that we believe has
    written last into X-Forwarded-For. Whoever is no proxy of ours may write there what he likes.
    """
    hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    told = [hop.strip() for hop in hops if hop.strip()]
    source = request.remote or ""
    known = [ip_network(one, strict=False) for one in proxies]
    while told and any(_is_in(source, network) for network in known):
        source = told.pop()
    return _counted_as(source)[:100]


def _counted_as(source: str) -> str:
    """Whoever has an IPv6 address has the 2^64 of his network (RFC 6177): they count as one."""
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address.packed[:8] + bytes(8), 64)))
    return source


def _is_in(address: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(address) in network
    except ValueError:
        return False
