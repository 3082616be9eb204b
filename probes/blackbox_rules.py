"""What a module of a blackbox.yml asks for: beyond us, against itself, or unlike what it seems."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

Section = Mapping[str, Any]
Way = tuple[int | str, ...]
Told = Iterator[tuple[Way, str]]

STRANGERS = {
    "grpc": "gRPC is not spoken here",
    "unix": "Unix sockets are not looked at",
    "websocket": "WebSocket is not spoken here",
}
_YES = ("true", "yes", "on", "y", "t", "1")
_SPOKEN = ("HTTP/1.0", "HTTP/1.1")
_CEL = ("fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel")
_UNPACKED = ("", "gzip", "deflate", "identity")
BEYOND: Mapping[str, tuple[str, ...]] = {
    "http": ("enable_http3", "valid_http_versions", "compression", *_CEL),
    "tcp": ("query_response",),
    "dns": ("dns_over_tls",),
}
"""Keys that may ask for what we can't do: a module that does is judged without them."""

# Of the newest exporter alone: a vault of secrets, a client that signs with its certificate ...
NEWER = frozenset(
    (
        *("ca_ref", "cert_ref", "key_ref", "username_ref", "password_ref", "credentials_ref"),
        *("client_secret_ref", "client_certificate_key", "client_certificate_key_file"),
        *("client_certificate_key_id", "client_certificate_key_ref", "signature_algorithm"),
        *("iss", "audience", "claims", "accept_any_response"),
    )
)

# What blackbox_exporter finds out only when it looks: each such look would fail, whatever the
# target does. Here the module is refused at once, and the rest of the file works.
LATE = (
    "source_ip_address",
    "compression",
    "transport_protocol",
    "dns_over_tls",
    "valid_rcodes",
    "validate_answer_rrs",
    "validate_authority_rrs",
    "validate_additional_rrs",
    "payload_size",
    "proxy_url",
)


def _on(section: Section, key: str) -> bool:
    return str(section.get(key, "")).lower() in _YES


def _items(section: Section, key: str) -> list[Any]:
    found = section.get(key)
    return found if isinstance(found, list) else []


def beyond_us(prober: str, section: Section) -> str:
    """Why this module can't be looked at from here; empty when it can."""
    if prober == "http":
        return _of_http(section)
    if prober == "tcp":
        return _of_tcp(section)
    if prober == "dns" and _on(section, "dns_over_tls"):
        tcp = section.get("transport_protocol") == "tcp"
        return "" if tcp else "dns_over_tls needs transport_protocol: tcp"
    return STRANGERS.get(prober, "")


def _of_tcp(section: Section) -> str:
    """What blackbox_exporter loads, and panics at when it looks."""
    steps = [step for step in _items(section, "query_response") if isinstance(step, dict)]
    if sum(bool(step.get("labels")) for step in steps) > 1:
        return "only one step of query_response may have labels"
    if _on(section, "tls") + sum(_on(step, "starttls") for step in steps) > 1:
        return "TLS can begin only once: either tls or one step with starttls"
    return ""


def _of_http(section: Section) -> str:
    if _on(section, "enable_http3"):
        return "HTTP/3 is not spoken here"
    versions = _items(section, "valid_http_versions")
    if versions and not set(versions) & set(_SPOKEN):
        return f"HTTP/1.1 is what is spoken here, and valid_http_versions has only {versions[0]}"
    if used := [key for key in _CEL if section.get(key)]:
        return f"CEL expressions are not evaluated here ({used[0]})"
    if str(section.get("compression", "")).lower() not in _UNPACKED:
        return f"compression {section['compression']} is not unpacked here"
    return ""


def crossed(prober: str, section: Section) -> Told:
    """What blackbox_exporter refuses at load, in its own words, and our kinds don't know."""
    if prober != "http":
        return
    versions, third = _items(section, "valid_http_versions"), _on(section, "enable_http3")
    if "HTTP/3.0" in versions and not third:
        yield (
            ("valid_http_versions",),
            "HTTP/3 cannot be used as a valid HTTP version when enable_http3 is false",
        )
    if third and {"HTTP/2.0", "HTTP/1.1"} & set(versions):
        yield (
            ("valid_http_versions",),
            "HTTP/3 and HTTP/2.0/1.1 cannot be used together - only HTTP/3.0 is allowed when "
            "enable_http3 is true",
        )
    if third and section.get("enable_http2", "true").lower() in _YES:
        yield ("enable_http3",), "when enable_http3 is true, enable_http2 must be set to false"


def advice(prober: str, section: Section) -> Told:
    """What is allowed, and hardly what was meant."""
    yield from chain.from_iterable(one(prober, section) for one in _ADVISERS)


def _repeated_anchors(_: str, section: Section) -> Told:
    for way, text in _texts(section, ()):
        if _is_expression(way) and _ANCHOR_REPEATED.search(text):
            sign = _ANCHOR_REPEATED.findall(text)[0]
            yield way, f'"^{sign}" repeats an anchor; did you mean "^\\{sign}"?'


_ANCHOR_REPEATED = re.compile(r"(?<![\\\[])\^([+*?])")


def _is_expression(way: Way) -> bool:
    return any("regexp" in str(step) or step == "expect" for step in way)


def _preferences(_: str, section: Section) -> Told:
    asked = section.get("preferred_ip_protocol")
    if asked not in (None, "", "ip4", "ip6"):
        yield ("preferred_ip_protocol",), f'"{asked}" is neither ip4 nor ip6: it counts as ip4'


def _inverted(prober: str, section: Section) -> Told:
    for key in section if prober == "dns" else ():
        if isinstance(section[key], dict) and section[key].get("fail_if_all_match_regexp"):
            yield (
                (key, "fail_if_all_match_regexp"),
                "fails when NOT all records match, as in blackbox_exporter, whatever its name says",
            )


def _deprecated(_: str, section: Section) -> Told:
    if "no_follow_redirects" in section:
        yield ("no_follow_redirects",), "deprecated: write follow_redirects: false"


_ADVISERS: tuple[Callable[[str, Section], Told], ...] = (
    _repeated_anchors,
    _preferences,
    _inverted,
    _deprecated,
)


def _texts(value: Any, way: Way) -> Iterator[tuple[Way, str]]:
    if isinstance(value, str):
        yield way, value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _texts(below, (*way, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _texts(below, (*way, number))
