"""blackbox_exporter and ourselves with the same blackbox.yml, as a fixture for the parity tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.real.exporters import BlackboxExporter, Exporter, Ours

MODULES = r"""
modules:
  http_2xx: {prober: http, timeout: 2s}
  http: {prober: http, timeout: 2s, http: {preferred_ip_protocol: ip4}}
  http_default: {prober: http, timeout: 2s}
  http_only4: {prober: http, timeout: 2s, http: {preferred_ip_protocol: ip4,
    ip_protocol_fallback: false}}
  http_only6: {prober: http, timeout: 2s, http: {preferred_ip_protocol: ip6,
    ip_protocol_fallback: false}}
  http_stay: {prober: http, timeout: 2s, http: {follow_redirects: false}}
  http_stay_old: {prober: http, timeout: 2s, http: {no_follow_redirects: true}}
  http_codes: {prober: http, timeout: 2s, http: {valid_status_codes: [404, 302]}}
  http_10: {prober: http, timeout: 2s, http: {valid_http_versions: [HTTP/1.0]}}
  http_head: {prober: http, timeout: 2s, http: {method: HEAD}}
  http_post: {prober: http, timeout: 2s, http: {method: POST, body: "a=b",
    headers: {Content-Type: text/x, Host: shop.example.com}}}
  http_body: {prober: http, timeout: 2s, http: {fail_if_body_not_matches_regexp: ["is well"]}}
  http_no_body: {prober: http, timeout: 2s, http: {fail_if_body_matches_regexp: ["(?i)IS WELL"]}}
  http_bytes: {prober: http, timeout: 2s, http: {fail_if_body_not_matches_regexp: ["caf\\xe9"]}}
  http_echo: {prober: http, timeout: 2s, http: {fail_if_body_not_matches_regexp: [
    "Host: shop.example.com"]}}
  http_header: {prober: http, timeout: 2s, http: {fail_if_header_matches: [
    {header: Set-Cookie, regexp: a=1, allow_missing: true}]}}
  http_header_needed: {prober: http, timeout: 2s, http: {fail_if_header_not_matches: [
    {header: set-cookie, regexp: a=1}]}}
  http_header_strict: {prober: http, timeout: 2s, http: {fail_if_header_matches: [
    {header: Set-Cookie, regexp: x=9}]}}
  http_limit: {prober: http, timeout: 2s, http: {body_size_limit: 1MB}}
  http_limit_body: {prober: http, timeout: 2s, http: {body_size_limit: 1MB,
    fail_if_body_matches_regexp: [y]}}
  http_gzip: {prober: http, timeout: 2s, http: {compression: gzip}}
  http_gzip_asked: {prober: http, timeout: 2s, http: {compression: gzip,
    headers: {Accept-Encoding: gzip}}}
  http_deflate: {prober: http, timeout: 2s, http: {compression: deflate}}
  http_identity: {prober: http, timeout: 2s, http: {compression: identity}}
  http_gzip_limit: {prober: http, timeout: 2s, http: {compression: gzip, body_size_limit: 100B}}
  http_not_tls: {prober: http, timeout: 2s, http: {fail_if_not_ssl: true}}
  http_login: {prober: http, timeout: 2s, http: {basic_auth: {username: u, password: p},
    fail_if_body_not_matches_regexp: ["Authorization: Basic dTpw"]}}
  http_bearer: {prober: http, timeout: 2s, http: {bearer_token: abc,
    fail_if_body_not_matches_regexp: ["Authorization: Bearer abc"]}}
  http_proxy: {prober: http, timeout: 2s, http: {proxy_url: "http://127.0.0.1:9/"}}
  https: {prober: http, timeout: 2s, http: {tls_config: {ca_file: CA}}}
  https_any: {prober: http, timeout: 2s, http: {tls_config: {insecure_skip_verify: true}}}
  https_never: {prober: http, timeout: 2s, http: {fail_if_ssl: true, tls_config: {ca_file: CA}}}
  https_named: {prober: http, timeout: 2s, http: {tls_config: {ca_file: CA,
    server_name: named.test}}}
  https_13: {prober: http, timeout: 2s, http: {tls_config: {ca_file: CA, min_version: TLS13}}}
  https_lost: {prober: http, timeout: 2s, http: {tls_config: {ca_file: /nowhere/ca.pem}}}
  tcp: {prober: tcp, timeout: 2s}
  tcp_patient: {prober: tcp, tcp: {query_response: [{expect: "^never"}]}}
  http_patient: {prober: http, http: {preferred_ip_protocol: ip4}}
  icmp_patient: {prober: icmp}
  tcp_only6: {prober: tcp, timeout: 2s, tcp: {ip_protocol_fallback: false}}
  tls: {prober: tcp, timeout: 2s, tcp: {tls: true, tls_config: {ca_file: CA}}}
  tls_any: {prober: tcp, timeout: 2s, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}
  tls_named: {prober: tcp, timeout: 2s, tcp: {tls: true, tls_config: {ca_file: CA,
    server_name: named.test}}}
  ssh: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: "^SSH-2.0-"},
    {send: "SSH-2.0-blackbox-ssh-check"}]}}
  pop3: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: '^\+OK'}]}}
  pop3_shipped: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: "^+OK"}]}}
  pop3s: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: '^\+OK'}], tls: true,
    tls_config: {insecure_skip_verify: true}}}
  imap_starttls: {prober: tcp, timeout: 2s, tcp: {tls_config: {insecure_skip_verify: true},
    query_response: [{expect: "OK.*STARTTLS"}, {send: ". STARTTLS"}, {expect: OK},
    {starttls: true}, {send: ". capability"}, {expect: "CAPABILITY IMAP4rev1"}]}}
  smtp: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: "^220 ([^ ]+) ESMTP(.*)$"},
    {send: "EHLO prober\r"}, {expect: "^250[- ]"}, {send: "QUIT\r"}]}}
  smtp_starttls: {prober: tcp, timeout: 2s, tcp: {tls_config: {insecure_skip_verify: true},
    query_response: [{expect: "^220 "}, {send: "EHLO prober\r"}, {expect: "^250-STARTTLS"},
    {send: "STARTTLS\r"}, {expect: "^220"}, {starttls: true}, {send: "EHLO prober\r"},
    {expect: "^250-"}, {send: "QUIT\r"}]}}
  ftp: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: "^220"}]}}
  mysql: {prober: tcp, timeout: 2s, tcp: {query_response: [{expect: "MariaDB"}]}}
  irc: {prober: tcp, timeout: 2s, tcp: {query_response: [{send: "NICK prober"},
    {send: "USER prober prober prober :prober"}, {expect: "PING :([^ ]+)", send: "PONG ${1}"},
    {expect: "^:[^ ]+ 001"}]}}
  never: {prober: tcp, timeout: 1s, tcp: {query_response: [{expect: "^never"}]}}
  binary: {prober: tcp, timeout: 1s, tcp: {query_response: [{send: !!binary AAEC/w==},
    {expect: "^000102ff0a$"}]}}
  icmp: {prober: icmp, timeout: 2s, icmp: {preferred_ip_protocol: ip4}}
  icmp_default: {prober: icmp, timeout: 2s}
  icmp_only6: {prober: icmp, timeout: 2s, icmp: {ip_protocol_fallback: false}}
  icmp_large: {prober: icmp, timeout: 2s, icmp: {payload_size: 1400, ttl: 0}}
  dns_a: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: A}}
  dns_soa: {prober: dns, timeout: 1s, dns: {query_name: example.org, query_type: SOA}}
  dns_soa_of_www: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: SOA}}
  dns_tcp: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: A,
    transport_protocol: tcp}}
  dns_any: {prober: dns, timeout: 1s, dns: {query_name: example.org}}
  dns_aaaa: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: AAAA}}
  dns_missing: {prober: dns, timeout: 1s, dns: {query_name: missing.example.org, query_type: A}}
  dns_missing_right: {prober: dns, timeout: 1s, dns: {query_name: missing.example.org,
    query_type: A, valid_rcodes: [NXDOMAIN]}}
  dns_refused: {prober: dns, timeout: 1s, dns: {query_name: example.net, query_type: A}}
  dns_right: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: A,
    validate_answer_rrs: {fail_if_not_matches_regexp: ["^www.example.org.\t300\tIN\tA\t192"]}}}
  dns_wrong: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: A,
    validate_answer_rrs: {fail_if_matches_regexp: ["192.0.2.1"]}}}
  dns_none: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: A,
    validate_answer_rrs: {fail_if_none_matches_regexp: ["192.0.2.9"]}}}
  dns_all: {prober: dns, timeout: 1s, dns: {query_name: www.example.org, query_type: A,
    validate_answer_rrs: {fail_if_all_match_regexp: ["192.0.2.1"]}}}
  dns_authority: {prober: dns, timeout: 1s, dns: {query_name: missing.example.org, query_type: A,
    valid_rcodes: [NXDOMAIN], validate_authority_rrs: {fail_if_not_matches_regexp: ["SOA\tns1"]}}}
  dns_bare: {prober: dns, timeout: 1s}
  dnsbl: {prober: dns, timeout: 1s, dns: {query_name: 2.0.0.127.bl.example.org, query_type: A,
    validate_answer_rrs: {fail_if_none_matches_regexp: ["127.0.0.2"]}}}
  dnsbl_clean: {prober: dns, timeout: 1s, dns: {query_name: 1.0.0.127.bl.example.org,
    query_type: A, valid_rcodes: [NXDOMAIN]}}
"""


@dataclass
class Pair:
    """The same file read by both; `authority` is whom its modules with `CA` trust."""

    folder: Path

    @cached_property
    def authority(self) -> Authority:
        return Authority.root(self.folder)

    @cached_property
    def both(self) -> tuple[Exporter, Exporter]:
        """Theirs and ours."""
        modules = MODULES.replace("ca_file: CA", f"ca_file: {self.authority.file}")
        return (
            BlackboxExporter(modules, folder=self.folder / "theirs"),
            Ours(modules, folder=self.folder / "ours"),
        )


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both, running."""
    pair = Pair(tmp_path_factory.mktemp("pair"))
    try:
        for one in pair.both:
            one.start_at_once()
        yield pair
    finally:
        for one in pair.both:
            one.end()
