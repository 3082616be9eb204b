"""The parts of an http module, and which of them do not go together (in the exporter's words)."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from probes.handshake import TlsConfig
from probes.http_url import read_url
from probes.reasons import Failed
from probes.settings import InlineSecret, Piece, Regexp, SecretFile

_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40, "P": 50, "E": 60}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGTPE]?)(?:i?B)?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RESERVED = re.compile(
    "authorization|connection|content-encoding|content-length|content-type|host|keep-alive|"
    "proxy-authenticate|proxy-authorization|te|trailer|transfer-encoding|upgrade|user-agent|"
    "www-authenticate|accept-encoding|x-prometheus-scrape-timeout-seconds",
    re.IGNORECASE,
)


def _read_size(value: object) -> object:
    """`10MB` and `10MiB` are both 10 << 20, as in Prometheus."""
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return value
    return int(float(found[1]) * (1 << _UNITS[found[2]]))


def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a header")
    return name


def _header_value(value: str) -> str:
    if any(letter in value for letter in "\r\n\0"):
        raise ValueError("the value of a header is one line")
    return value


def _method(name: str) -> str:
    if name and not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no HTTP method")
    return name or "GET"


def _proxy(text: str) -> str:
    if not text:
        return text
    if not text.startswith("http://"):
        raise ValueError("only a proxy with http:// can be used")
    try:
        read_url(text)
    except Failed as failed:
        raise ValueError(failed.reason) from None
    return text


def _without_login(text: str) -> str:
    return re.sub(r"//.*@", "//<secret>@", text)


Size = Annotated[
    int,
    BeforeValidator(_read_size),
    Field(ge=0),
    WithJsonSchema({"anyOf": [{"type": "string", "examples": ["10MB"]}, {"type": "integer"}]}),
]
"""Bytes: a number, or 10MB, 1KiB; every unit is a power of 1024."""

HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
Method = Annotated[str, AfterValidator(_method)]
ProxyUrl = Annotated[
    str,
    AfterValidator(_proxy),
    PlainSerializer(_without_login, return_type=str),
    Field(repr=False),
]


class BasicAuth(Piece):
    """A user and a password, which may stand in files that are read at each look."""

    username: str = ""
    username_file: SecretFile | None = None
    password: InlineSecret | None = None
    password_file: SecretFile | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        _at_most_one("basic_auth username & username_file", self.username, self.username_file)
        _at_most_one("basic_auth password & password_file", self.password, self.password_file)
        return self


class Authorization(Piece):
    """The header Authorization: a type and what proves us."""

    type: str = "Bearer"
    credentials: InlineSecret | None = None
    credentials_file: SecretFile | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _at_most_one(
            "authorization credentials & credentials_file", self.credentials, self.credentials_file
        )
        if self.type.strip().lower() == "basic":
            raise ValueError(
                'authorization type cannot be set to "basic", use "basic_auth" instead'
            )
        return self


class Proxying(Piece):
    """Through which proxy, and what it is told."""

    proxy_url: ProxyUrl = ""
    no_proxy: str = ""
    proxy_from_environment: bool = False
    proxy_connect_header: Mapping[HeaderName, tuple[InlineSecret, ...]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _proxy_fits_together(self) -> Self:
        if self.proxy_from_environment and self.proxy_url:
            raise ValueError(
                "if proxy_from_environment is configured, proxy_url must not be configured"
            )
        if self.proxy_from_environment and self.no_proxy:
            raise ValueError(
                "if proxy_from_environment is configured, no_proxy must not be configured"
            )
        if self.no_proxy and not self.proxy_url:
            raise ValueError("if no_proxy is configured, proxy_url must also be configured")
        if self.proxy_connect_header and not (self.proxy_url or self.proxy_from_environment):
            raise ValueError(
                "if proxy_connect_header is configured, proxy_url or proxy_from_environment must "
                "also be configured"
            )
        return self


class OAuth2(Proxying):
    """The client credentials of RFC 6749, section 4.4."""

    client_id: str = ""
    client_secret: InlineSecret | None = None
    client_secret_file: SecretFile | None = None
    scopes: tuple[str, ...] = ()
    token_url: str = ""
    endpoint_params: Mapping[str, str] = Field(default_factory=dict)
    grant_type: Literal["", "client_credentials"] = ""
    tls_config: TlsConfig = TlsConfig()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        _at_most_one(
            "oauth2 client_secret & client_secret_file", self.client_secret, self.client_secret_file
        )
        if not self.client_id:
            raise ValueError("oauth2 client_id must be configured")
        if not self.token_url:
            raise ValueError("oauth2 token_url must be configured")
        return self


class HeaderValues(Piece):
    """One header of `http_headers`: its values, in the open, secret, or in files."""

    values: tuple[HeaderValue, ...] = ()
    secrets: tuple[InlineSecret, ...] = ()
    files: tuple[SecretFile, ...] = ()


class HeaderRule(Piece):
    """What a header of the answer must or must not say."""

    header: str = ""
    regexp: Regexp = ""
    allow_missing: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.header:
            raise ValueError("header name must be set for HTTP header matchers")
        if not self.regexp:
            raise ValueError("regexp must be set for HTTP header matchers")
        return self


def check_extra_headers(headers: Mapping[str, HeaderValues]) -> None:
    """ValueError for headers that other keys set."""
    for name in headers:
        if _RESERVED.fullmatch(name):
            raise ValueError(f'setting header "{name}" is not allowed')


def check_compression(compression: str, headers: Mapping[str, str]) -> None:
    """ValueError when the module asks for another compression than it expects, or one that we
    don't know.
    """
    if not compression:
        return
    if compression.lower() not in ("gzip", "deflate", "identity"):
        raise ValueError(f'compression "{compression}" is not known here (gzip, deflate, identity)')
    for name, value in headers.items():
        if name.lower() == "accept-encoding" and not _accepts(value, compression):
            told = f'"{name}: {value}", "compression: {compression}"'
            raise ValueError(f"invalid configuration {told}")


def _accepts(header: str, compression: str) -> bool:
    entries = [_weighed(entry) for entry in header.split(",")]
    for coding, weight in sorted(entries, key=lambda entry: -entry[1]):
        if coding in ("*", compression.lower()):
            return weight > 0
    return False


def _weighed(entry: str) -> tuple[str, float]:
    coding, _, parameter = entry.strip().lower().partition(";")
    _, _, weight = parameter.strip().partition("q=")
    try:
        return coding.strip(), float(weight or 1)
    except ValueError:
        return coding.strip(), 0.0


def _at_most_one(names: str, first: object, second: object) -> None:
    if first and second:
        raise ValueError(f"at most one of {names} must be configured")
