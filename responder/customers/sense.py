"""What makes no sense of what a configuration says about customers, each with its place."""

from collections.abc import Iterator, Mapping

from responder.company import ResellerPart, ServerPart
from responder.customers.brands import Brand, Way
from responder.customers.discretion import Discretion
from responder.customers.promises import promises
from responder.customers.replies import sources_of
from responder.customers.wording import sources
from responder.problems import Loc

Finding = tuple[Loc, str]


def faults(brands: Mapping[str, Brand], *, relay: bool) -> Iterator[Finding]:
    """What can't be done as it is said. `relay`: is there a mail server for all brands?"""
    for name, brand in brands.items():
        loc: Loc = ("brands", name)
        if brand.tell and Way.MAIL in brand.tell.ways and not _can_write(brand, relay):
            told = "mail needs from (or mail), and smtp or paging.email; else tell.ways: [ticket]"
            yield (*loc, "tell"), told
        yield from _others_named(name, brands)


def doubts(
    brands: Mapping[str, Brand],
    resellers: Mapping[str, ResellerPart],
    servers: Mapping[str, ServerPart],
) -> Iterator[Finding]:
    """What is unwise."""
    for name, brand in brands.items():
        for loc, text in _own_texts(name, brand):
            if found := promises(text):
                yield loc, f'"{found[0]}" promises a time that nobody has set'
    for name, one in resellers.items():
        server = servers.get(one.server or "")
        if one.mail and one.brand is None and (server is None or server.brand is None):
            yield ("resellers", name, "mail"), "no brand: in nobody's name can this one be told"


def _can_write(brand: Brand, relay: bool) -> bool:
    return brand.sender is not None and (relay or brand.smtp is not None)


def _others_named(name: str, brands: Mapping[str, Brand]) -> Iterator[Finding]:
    """Its own texts name another brand: each of its messages would be held back."""
    discretion = Discretion(brands)
    for loc, text in _own_texts(name, brands[name]):
        for leak in discretion.leaks(text, brand=name):
            yield loc, f"its customers must not read this: {leak}"


def _own_texts(name: str, brand: Brand) -> Iterator[tuple[Loc, str]]:
    if brand.signature:
        yield ("brands", name, "signature"), brand.signature
    for way, text in sources(brand.texts):
        yield ("brands", name, "texts", *way), text
    for way, text in sources_of(brand.replies):
        yield ("brands", name, "replies", *way), text
    for _, text in sources(brand.texts_file):
        yield ("brands", name, "texts_file"), text
