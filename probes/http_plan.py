"""A module's settings as a look needs them: worked out once, used at every look."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from probes.credentials import Secret
from probes.handshake import TlsConfig
from probes.http_judge import MOST_KEPT, NONE, BodyMatch, HeaderMatch, Rules
from probes.http_proxy import Proxies
from probes.http_request import Request, common_and_private, header_lines
from probes.http_settings import BasicAuth, HeaderRule, OAuth2
from probes.http_url import Url
from probes.model import Phase
from probes.patterns import read_pattern
from probes.reasons import Failed

if TYPE_CHECKING:
    from probes.http import HttpProbe


@dataclass(frozen=True, slots=True)
class Plan:
    """`prefer` is 4 or 6; `head`, `keep` and `limit` say how much of a body is read and kept;
    `proves` is there when something must be read at each look to prove who we are.
    """

    settings: "HttpProbe"
    prefer: int
    fallback: bool
    follow: bool
    host: str
    common: str
    private: str = field(repr=False)
    authorized: bool
    proves: bool
    rules: Rules
    head: bool
    keep: bool
    limit: int
    tls: TlsConfig
    oauth2: OAuth2 | None
    proxies: Proxies | None

    def request(self, url: Url, hostname: str, token: str = "") -> Request:
        """The first request. Raises Failed (unknown) when our own secrets or files don't help."""
        private = self.private
        if not self.authorized:
            login = url.basic or token or (self.proves and _login(self.settings))
            private = f"{private}Authorization: {login}\r\n" if login else private
        if self.settings.http_headers:
            private += _extra(self.settings)
        body = _body(self.settings)
        host = self.host or hostname or url.authority
        return Request(url, self.settings.method, host, self.common, private, body)


def plan_of(settings: "HttpProbe") -> Plan:
    """What follows from the settings alone."""
    headers = dict(settings.headers)
    common, private = common_and_private(headers)
    names = {name.lower(): value for name, value in headers.items()}
    rules = _rules(settings)
    keep = rules.search or bool(rules.compression)
    limit = rules.limit
    if keep and (rules.compression or not limit):
        limit = max(limit, MOST_KEPT)
    return Plan(
        settings,
        prefer=6 if settings.preferred_ip_protocol in ("", "ip6") else 4,
        fallback=settings.ip_protocol_fallback,
        follow=_follows(settings),
        host=names.get("host", ""),
        common=common,
        private=private,
        authorized="authorization" in names,
        proves=any(_provers(settings)),
        rules=rules,
        head=settings.method == "HEAD",
        keep=keep,
        limit=limit,
        tls=settings.tls_config,
        oauth2=settings.oauth2,
        proxies=Proxies.of(settings),
    )


def _follows(settings: "HttpProbe") -> bool:
    if settings.no_follow_redirects is not None:
        return not settings.no_follow_redirects
    return settings.follow_redirects


def _rules(settings: "HttpProbe") -> Rules:
    compression = settings.compression.lower()
    rules = Rules(
        statuses=frozenset(settings.valid_status_codes),
        headers_never=_matches(settings.fail_if_header_matches),
        headers_always=_matches(settings.fail_if_header_not_matches),
        compression="" if compression == "identity" else compression,
        limit=settings.body_size_limit,
        body_never=_searches(settings.fail_if_body_matches_regexp),
        body_always=_searches(settings.fail_if_body_not_matches_regexp),
        versions=frozenset(settings.valid_http_versions),
        fail_if_ssl=settings.fail_if_ssl,
        fail_if_not_ssl=settings.fail_if_not_ssl,
    )
    return NONE if rules == NONE else rules


def _matches(rules: Iterable[HeaderRule]) -> tuple[HeaderMatch, ...]:
    return tuple(
        HeaderMatch(
            *(one.header.lower().encode(), read_pattern(one.regexp)),
            text=one.regexp,
            allow_missing=one.allow_missing,
        )
        for one in rules
    )


def _searches(texts: Iterable[str]) -> tuple[BodyMatch, ...]:
    return tuple(BodyMatch(read_pattern(text), text) for text in texts)


def _provers(settings: "HttpProbe") -> tuple[object, ...]:
    bearer = settings.bearer_token or settings.bearer_token_file
    return settings.basic_auth, settings.authorization, bearer


def _login(settings: "HttpProbe") -> str:
    """The value of the header Authorization, read now."""
    if settings.basic_auth is not None:
        return basic(settings.basic_auth)
    if (given := settings.authorization) is not None:
        return f"{given.type} {one_line(given.credentials or given.credentials_file)}"
    return f"Bearer {one_line(settings.bearer_token or settings.bearer_token_file)}"


def basic(given: BasicAuth) -> str:
    """The value of the header Authorization for this user."""
    user = given.username or one_line(given.username_file)
    login = f"{user}:{one_line(given.password or given.password_file)}"
    return f"Basic {b64encode(login.encode()).decode()}"


def one_line(secret: Secret | None) -> str:
    """What it says. Raises Failed (unknown) when it can't stand in a header."""
    text = secret.reveal() if secret is not None else ""
    if any(letter in text for letter in "\r\n\0"):
        told = "a secret of the module has several lines and can't be sent"
        raise Failed(Phase.AUTH, told, verdict_unknown=True)
    return text


def _extra(settings: "HttpProbe") -> str:
    return header_lines(
        (name, value)
        for name, given in settings.http_headers.items()
        for value in (*given.values, *map(one_line, (*given.secrets, *given.files)))
    )


def _body(settings: "HttpProbe") -> bytes:
    if settings.body_file is None:
        return settings.body.encode()
    try:
        with settings.body_file.open("rb") as file:
            return file.read(MOST_KEPT)
    except OSError as error:
        told = f"the body file {settings.body_file} can't be read: {error.strerror}"
        raise Failed(Phase.RESOLVE, told, verdict_unknown=True) from None
