"""Where our /probe differs from blackbox_exporter 0.23, and why it may."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tests.real.exporters import Case, Labels, Page
from tests.real.pair import Pair


class Difference(NamedTuple):
    """`where` finds the deviations (`case: what`) that `reason` allows."""

    where: str
    reason: str


# docs/guide/blackbox.md tells the same in the user's words.
ALLOWED: tuple[Difference, ...] = (
    Difference(
        ".*: label probe_ssl_last_chain_info serialnumber",
        "blackbox_exporter has this label since 0.26",
    ),
    Difference(
        ".*: more probe_tls_cipher_info",
        "blackbox_exporter has this family since 0.26",
    ),
    Difference(
        "tcp by name: .*",
        "blackbox_exporter takes a `hostname` for TCP as well since 0.24",
    ),
    Difference(
        ".*: more probe_(ssl_earliest_cert_expiry|ssl_last_chain_.*|tls_version_info)",
        "a certificate that is not trusted has an end too: rules on expired certificates see it",
    ),
    Difference(
        r".*(127\.0\.0\.1|):(|x|-1|port|http|80|99999)/?: less"
        " probe_(dns_lookup_time_seconds|ip_.*|http_duration_seconds)",
        "a port that is none is said at once; nothing is resolved first. Names of ports are none",
    ),
    Difference(
        "(http://|http:///path|ftp://127.0.0.1/): less"
        " probe_(dns_lookup_time_seconds|ip_.*|http_duration_seconds)",
        "a target that is no URL is said at once; nothing is resolved first",
    ),
    Difference(
        "HTTP://127.0.0.1/: .*",
        "schemes have no case, as in the newest blackbox_exporter",
    ),
    Difference(
        r"icmp\w* \[::1\]: .*",
        "brackets around an IPv6 address are understood",
    ),
    Difference(
        ".*, wide wildcard: .*",
        "OpenSSL takes no wildcard for a whole top-level domain (*.test)",
    ),
    Difference(
        "http2: value probe_http_version 2 1.1",
        "HTTP/1.1 is spoken over TLS as well, where blackbox_exporter speaks HTTP/2",
    ),
    Difference(
        ".*, (no answer bit|another question): .*",
        "answers of name servers that do not fit the question are passed over",
    ),
    Difference(
        ".*, long: .*",
        "answers of name servers over UDP may have more than 512 bytes",
    ),
    Difference(
        "http_(login|bearer) /to-other: .*",
        "credentials of a module are not sent to another host that a redirect names",
    ),
    Difference(
        "http /to-other: value probe_http_(content|uncompressed_body)_length .*",
        "no Referer tells the host that a redirect names where it comes from",
    ),
    Difference(
        ".* within (0.5|0.2|-1): less .*",
        "where a scrape leaves no time, nothing is looked at",
    ),
    Difference(
        "https_lost, .*: answer 200 503 .*",
        "a file of ours that can't be read is a failed scrape, no outage of the target",
    ),
    Difference(
        r"http_only4 six\.test: .*",
        "the C library takes ::1 in /etc/hosts for 127.0.0.1 when it is asked for IPv4",
    ),
)

_NEVER_THE_SAME = re.compile(r".*_duration_seconds|probe_dns_lookup_time_seconds")


async def assert_parity(pair: Pair, cases: Iterable[Case], *, at_once: int = 8) -> None:
    """Both say the same of each of these, but for what is allowed. What differs is asked up to
    three times: a machine that stands still makes the one late and not the other.
    """
    turn = asyncio.Semaphore(at_once)

    async def one(case: Case) -> list[str]:
        rest: list[str] = []
        for _ in range(3):
            async with turn:
                pages = await asyncio.gather(*(side.ask(case) for side in pair.both))
            if not (rest := list(_beyond(case, *pages))):
                break
        return rest

    rest = [what for found in await asyncio.gather(*map(one, cases)) for what in found]
    assert not rest, "\n".join(["", *rest])


def _beyond(case: Case, theirs: Page, ours: Page) -> Iterator[str]:
    """The deviations that nothing allows."""
    for told in _between(theirs, ours):
        what = f"{case.name}: {told}"
        if not any(re.fullmatch(one.where, what) for one in ALLOWED):
            yield what


def _between(theirs: Page, ours: Page) -> Iterator[str]:
    if theirs.status != ours.status or (not theirs.series and theirs.text != ours.text):
        yield f"answer {theirs.status} {ours.status} {ours.text.strip()[:200]}"
        return
    for family in sorted(theirs.series.keys() | ours.series.keys()):
        if family not in ours.series:
            yield f"less {family}"
        elif family not in theirs.series:
            yield f"more {family}"
        else:
            yield from _within(family, theirs.series[family], ours.series[family])


def _within(
    family: str, theirs: Mapping[Labels, float], ours: Mapping[Labels, float]
) -> Iterator[str]:
    names, known = _names(ours), _names(theirs)
    for name in sorted(names ^ known):
        yield f"label {family} {name}"
    common = names & known
    left, right = _only(theirs, common), _only(ours, common)
    if left.keys() != right.keys():
        yield f"labels {family} {sorted(left.keys() ^ right.keys())}"
    elif not _NEVER_THE_SAME.fullmatch(family):
        for labels, value in left.items():
            if value != right[labels]:
                yield f"value {family} {value:.10g} {right[labels]:.10g}"


def _names(series: Mapping[Labels, float]) -> set[str]:
    return {name for labels in series for name, _ in labels}


def _only(series: Mapping[Labels, float], names: set[str]) -> dict[Labels, float]:
    return {
        tuple(pair for pair in labels if pair[0] in names): value
        for labels, value in series.items()
    }
