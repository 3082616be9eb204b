"""Does the web server answer, and is it the right answer?"""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from probes.handshake import TlsConfig
from probes.http_plan import Plan, plan_of
from probes.http_settings import (
    Authorization,
    BasicAuth,
    HeaderName,
    HeaderRule,
    HeaderValue,
    HeaderValues,
    Method,
    OAuth2,
    Proxying,
    Size,
    check_compression,
    check_extra_headers,
)
from probes.http_trip import Trip
from probes.model import Finding, Target
from probes.net import bracketed
from probes.settings import FilePath, InlineSecret, Regexp, SecretFile, Settings
from probes.sight import Sight


class HttpProbe(Settings, Proxying):
    """All keys of blackbox_exporter's http prober, with its defaults; but IPv4 comes first."""

    kind: Literal["http"] = "http"
    preferred_ip_protocol: str = "ip4"
    ip_protocol_fallback: bool = True
    skip_resolve_phase_with_proxy: bool = False

    method: Method = "GET"
    headers: Mapping[HeaderName, HeaderValue] = Field(default_factory=dict)
    http_headers: Mapping[HeaderName, HeaderValues] = Field(default_factory=dict)
    body: str = ""
    body_file: FilePath | None = None
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    bearer_token: InlineSecret | None = None
    bearer_token_file: SecretFile | None = None
    oauth2: OAuth2 | None = None
    tls_config: TlsConfig = TlsConfig()
    enable_http2: bool = True
    enable_http3: bool = False

    follow_redirects: bool = True
    no_follow_redirects: bool | None = None
    valid_status_codes: tuple[int, ...] = ()
    valid_http_versions: tuple[str, ...] = ()
    fail_if_ssl: bool = False
    fail_if_not_ssl: bool = False
    fail_if_header_matches: tuple[HeaderRule, ...] = ()
    fail_if_header_not_matches: tuple[HeaderRule, ...] = ()
    fail_if_body_matches_regexp: tuple[Regexp, ...] = ()
    fail_if_body_not_matches_regexp: tuple[Regexp, ...] = ()
    fail_if_body_json_matches_cel: str = ""
    fail_if_body_json_not_matches_cel: str = ""
    compression: str = ""
    body_size_limit: Size = 0

    @model_validator(mode="after")
    def _can_be_done(self) -> Self:
        """What can't be done is said when the module is read, never as an outage."""
        if self.fail_if_body_json_matches_cel or self.fail_if_body_json_not_matches_cel:
            raise ValueError("CEL is not spoken here: use fail_if_body_matches_regexp")
        if self.enable_http3:
            raise ValueError("HTTP/3 is not spoken here, only HTTP/1.1")
        versions = self.valid_http_versions
        if "HTTP/3.0" in versions:
            told = "HTTP/3 cannot be used as a valid HTTP version when enable_http3 is false"
            raise ValueError(told)
        if versions and not {"HTTP/1.0", "HTTP/1.1"} & set(versions):
            raise ValueError(f"only HTTP/1.1 is spoken here: {', '.join(versions)} can never come")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.body and self.body_file:
            raise ValueError("setting body and body_file both are not allowed")
        check_compression(self.compression, self.headers)
        check_extra_headers(self.http_headers)
        if self.bearer_token and self.bearer_token_file:
            told = "at most one of bearer_token & bearer_token_file must be configured"
            raise ValueError(told)
        bearer = self.bearer_token or self.bearer_token_file
        if self.authorization and bearer:
            raise ValueError(
                "at most one of authorization, bearer_token & bearer_token_file must be configured"
            )
        if sum(map(bool, (self.basic_auth, self.oauth2, self.authorization or bearer))) > 1:
            raise ValueError(
                "at most one of basic_auth, oauth2, authorization, bearer_token & "
                "bearer_token_file must be configured"
            )
        return self

    @override
    def __copy__(self) -> Self:
        """A copy may be changed, so it makes a plan of its own."""
        made = super().__copy__()
        made.__dict__.pop("plan", None)
        return made

    @cached_property
    def plan(self) -> Plan:
        """These settings as a look needs them."""
        return plan_of(self)

    def aim(self, address: str) -> str:
        scheme = "https" if self.fail_if_not_ssl else "http"
        return f"{scheme}://{bracketed(address)}/"

    def conflict(self, hostname: str) -> str:
        """What is wrong when a look is to ask for this name; empty when nothing is."""
        own = self.plan.host
        if not hostname or not own or own == hostname:
            return ""
        return (
            f"host header defined both in module configuration ({own}) and with URL-parameter "
            f"'hostname' ({hostname})"
        )

    async def look(self, target: Target, sight: Sight) -> Finding:
        trip = Trip(self.plan, sight)
        try:
            return await trip.go(target)
        finally:
            trip.tell()  # also when the deadline cuts it off
