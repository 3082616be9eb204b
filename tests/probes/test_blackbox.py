"""A user's blackbox.yml is accepted as it is; what can't be done is refused by name."""

from datetime import timedelta
from pathlib import Path

import pytest

from probes.blackbox import Blackbox, Unusable, read_modules
from probes.debug import shown
from probes.dns import DnsProbe
from probes.http import HttpProbe
from probes.ping import PingProbe
from probes.tcp import TcpProbe
from tests.require import require

DEBIAN = Path("/etc/prometheus/blackbox.yml")

# One module for each way that the newest exporter knows.
NEWEST = r"""
modules:
  web: {prober: http, http: {preferred_ip_protocol: "ip4"}}
  post: {prober: http, timeout: 5s, http: {method: POST, headers: {Accept: a/b}, body: '{}'}}
  strict:
    prober: http
    timeout: 1m30s
    http:
      valid_http_versions: ["HTTP/1.1", "HTTP/2.0"]
      valid_status_codes: [200, 0313]
      headers: {Host: shop.example.com, X-Number: 5, X-Empty: }
      fail_if_ssl: no
      fail_if_not_ssl: "on"
      fail_if_body_matches_regexp: [no database]
      fail_if_body_not_matches_regexp: ["(?i)welcome"]
      fail_if_header_matches: [{header: Set-Cookie, allow_missing: true, regexp: '.*'}]
      fail_if_header_not_matches: [{header: X-Origin, regexp: '(\*|example\.com)'}]
      tls_config: {insecure_skip_verify: false, min_version: TLS12}
      ip_protocol_fallback: false
      body_size_limit: 10MB
      basic_auth: {username: watch, password: sesame}
  proxied: {prober: http, http: {proxy_url: "http://127.0.0.1:3128",
    skip_resolve_phase_with_proxy: yes, proxy_connect_header: {X-Proof: [Bearer token]}}}
  from_file: {prober: http, http: {method: POST, body_file: files/body.txt}}
  oauth: {prober: http, http: {oauth2: {client_id: me, client_secret: sesame,
    token_url: "https://api.example.com/token", endpoint_params: {grant_type: client_credentials}}}}
  packed: {prober: http, http: {compression: gzip, headers: {Accept-Encoding: gzip}}}
  port: {prober: tcp}
  tls: {prober: tcp, timeout: 5s, tcp: {tls: true}}
  imap: {prober: tcp, tcp: {query_response: [{expect: "OK.*STARTTLS"}, {send: ". STARTTLS"},
    {expect: OK}, {starttls: true}, {send: ". capability"}, {expect: CAPABILITY IMAP4rev1}]}}
  irc: {prober: tcp, tcp: {query_response: [{expect: "PING :([^ ]+)", send: "PONG ${1}"}]}}
  ssh: {prober: tcp, tcp: {query_response: [{expect: "^SSH-2.0-([^ -]+)(?: (.*))?$",
    labels: [{name: ssh_version, value: "${1}"}, {name: ssh_comments, value: "${2}"}]}]}}
  postgresql: {prober: tcp, tcp: {query_response: [{send: !!binary AAAACATSFi8=}, {expect_bytes: S},
    {starttls: true}]}}
  icmp: {prober: icmp}
  far: {prober: icmp, timeout: 5s, icmp: {ttl: 5, payload_size: 0x20, source_ip_address: 127.0.0.1}}
  soa: {prober: dns, dns: {query_name: example.org, query_type: SOA}}
  rules:
    prober: dns
    dns:
      transport_protocol: tcp
      preferred_ip_protocol: ip4
      query_name: www.example.org
      query_type: A
      valid_rcodes: [NOERROR]
      validate_answer_rrs:
        fail_if_matches_regexp: [".*127.0.0.1"]
        fail_if_not_matches_regexp: ["www.example.org.\t300\tIN\tA\t127.0.0.1"]
        fail_if_none_matches_regexp: [127.0.0.1]
      validate_authority_rrs: {fail_if_matches_regexp: [".*127.0.0.1"]}
      validate_additional_rrs: {fail_if_matches_regexp: [".*127.0.0.1"]}
  anything: {prober: dns}
  grpc: {prober: grpc, grpc: {tls: true, metadata: {a: [b]}}}
  socket: {prober: unix}
  chat: {prober: websocket, websocket: {headers: {X-A: {values: [b]}}}}
  third: {prober: http, http: {enable_http3: true, enable_http2: false,
    valid_http_versions: [HTTP/3.0]}}
  second: {prober: http, http: {valid_http_versions: ["HTTP/2.0"]}}
  cel: {prober: http, http: {fail_if_body_json_not_matches_cel: "body.foo == 'bar'"}}
  brotli: {prober: http, http: {compression: br}}
  vault: {prober: http, http: {basic_auth: {username: a, password_ref: b}}}
"""
REFUSED = {
    "grpc": "gRPC is not spoken here",
    "socket": "Unix sockets are not looked at",
    "chat": "WebSocket is not spoken here",
    "third": "HTTP/3 is not spoken here",
    "second": "HTTP/1.1 is what is spoken here, and valid_http_versions has only HTTP/2.0",
    "cel": "CEL expressions are not evaluated here (fail_if_body_json_not_matches_cel)",
    "brotli": "compression br is not unpacked here",
    "vault": '"password_ref" is not done here',
}


def read(folder: Path, text: str) -> Blackbox:
    (folder / "blackbox.yml").write_text(text)
    return read_modules(folder / "blackbox.yml")


def troubles(folder: Path, text: str) -> list[str]:
    with pytest.raises(Unusable) as unusable:
        read(folder, text)
    return [line.removeprefix(f"{folder}/") for line in str(unusable.value).splitlines()]


def advice(folder: Path, text: str) -> list[str]:
    return [line.removeprefix(f"{folder}/") for line in read(folder, text).findings]


def test_the_file_that_debian_installs_loads_and_names_what_it_refuses() -> None:
    require("prometheus-blackbox-exporter", present=DEBIAN.is_file())
    found = read_modules(DEBIAN)
    assert found.refused == dict.fromkeys(("grpc", "grpc_plain"), REFUSED["grpc"])
    assert set(found.modules) == {
        *("http_2xx", "http_post_2xx", "tcp_connect", "pop3s_banner", "ssh_banner", "irc_banner"),
        *("icmp", "icmp_ttl5"),
    }
    assert len(found.findings) == 3
    assert any("^+" in line and "did you mean" in line for line in found.findings)


def test_whatever_the_newest_exporter_knows_is_done_or_refused_by_name(tmp_path: Path) -> None:
    found = read(tmp_path, NEWEST)
    assert dict(found.refused) == REFUSED
    assert len(found.modules) == 18
    lines = NEWEST.splitlines()
    for name, reason in REFUSED.items():
        line = next(number for number, text in enumerate(lines, 1) if f"  {name}:" in text)
        assert f'{tmp_path}/blackbox.yml:{line}:3: module "{name}" is refused: {reason}' in (
            found.findings
        )


def test_every_word_becomes_what_its_field_wants(tmp_path: Path) -> None:
    modules = read(tmp_path, NEWEST).modules
    strict, far, proxied = modules["strict"], modules["far"], modules["proxied"]
    assert isinstance(strict, HttpProbe)
    assert strict.timeout == timedelta(seconds=90)
    assert strict.valid_status_codes == (200, 203)
    assert dict(strict.headers) == {"Host": "shop.example.com", "X-Number": "5", "X-Empty": ""}
    assert (strict.fail_if_ssl, strict.fail_if_not_ssl) == (False, True)
    assert strict.ip_protocol_fallback is False
    assert strict.body_size_limit == 10 << 20
    assert strict.basic_auth is not None
    assert strict.basic_auth.password is not None
    assert strict.basic_auth.password.reveal() == "sesame"
    assert isinstance(proxied, HttpProbe)
    assert proxied.skip_resolve_phase_with_proxy is True
    assert isinstance(far, PingProbe)
    assert (far.ttl, far.payload_size, far.source_ip_address) == (5, 32, "127.0.0.1")


def test_what_a_module_leaves_out_is_as_blackbox_exporter_has_it(tmp_path: Path) -> None:
    modules = read(tmp_path, NEWEST).modules
    port, icmp, anything, web = (modules[name] for name in ("port", "icmp", "anything", "web"))
    assert isinstance(port, TcpProbe)
    assert isinstance(icmp, PingProbe)
    assert isinstance(anything, DnsProbe)
    assert isinstance(web, HttpProbe)
    assert [one.preferred_ip_protocol for one in (port, icmp, anything)] == ["ip6"] * 3
    assert web.preferred_ip_protocol == "ip4"
    assert [one.timeout for one in (port, icmp, anything, web)] == [None] * 4
    assert (anything.query_name, anything.query_type) == (".", "ANY")


def test_a_relative_file_lies_beside_the_blackbox_yml(tmp_path: Path) -> None:
    found = read(tmp_path, NEWEST).modules["from_file"]
    assert isinstance(found, HttpProbe)
    assert found.body_file == tmp_path / "files" / "body.txt"


def test_binary_text_stays_binary(tmp_path: Path) -> None:
    found = read(tmp_path, NEWEST).modules["postgresql"]
    assert isinstance(found, TcpProbe)
    assert found.query_response[0].send == b"\0\0\0\x08\x04\xd2\x16/"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nope: 1", '1:1: unknown key "nope"'),
        ("modules: [a]", '1:1: must be a mapping ("key: value" lines)'),
        ("modules: {a: {probe: tcp}}", '1:15: unknown key "probe", did you mean "prober"?'),
        ("modules: {a: {prober: tcp, timeout: 1d}}", "1:28: timeout: must be a duration of Go"),
        ("modules: {a: {prober: tcp, timeout: 5}}", "1:28: timeout: must be a duration of Go"),
        (
            "modules: {a: {prober: tcp}, a: {prober: tcp}}",
            '1:29: "a" stands here twice, first in line 1',
        ),
        ("modules: {a: {prober: tcp, tcp: {nope: 1}}}", '1:34: unknown key "nope"'),
        ("modules: {a: {prober: tcp, tcp: {timeout: 5s}}}", '1:34: unknown key "timeout"'),
        ("modules: {a: {prober: tcp, tcp: {kind: tcp}}}", '1:34: unknown key "kind"'),
        ("modules: {a: {prober: tcp, http: {nope: 1}}}", '1:35: unknown key "nope"'),
        ("modules: {a: {prober: tcp, dns: {query_type: A}}}", "1:28: query name must be set"),
        ("modules: {a: {prober: tcp, tcp: {tls: maybe}}}", "1:34: tls: must be true or false"),
        ("modules: {a: {prober: icmp, icmp: {ttl: 256}}}", "1:36: ttl: "),
        ("modules: {a: {prober: icmp, icmp: {ttl: -1}}}", "1:36: ttl: "),
        (
            "modules: {a: {prober: tcp, tcp: {query_response: [{expect: '('}]}}}",
            '1:52: query_response[0].expect: "Could not compile regular expression"',
        ),
        (
            "modules: {a: {prober: http, http: {fail_if_body_matches_regexp: ['a{1001}']}}}",
            "1:66: fail_if_body_matches_regexp[0]: ",
        ),
        (
            "modules: {a: {prober: tcp, tcp: {query_response: [{expect: a, expect_bytes: b}]}}}",
            "1:51: query_response[0]: expect and expect_bytes are mutually exclusive",
        ),
        (
            "modules: {a: {prober: http, http: {body: a, body_file: b}}}",
            "1:29: setting body and body_file both are not allowed",
        ),
        (
            "modules: {a: {prober: http, http: {fail_if_header_matches: [{regexp: a}]}}}",
            "1:61: fail_if_header_matches[0]: header name must be set for HTTP header matchers",
        ),
        (
            "modules: {a: {prober: http, http: {fail_if_header_matches: [{header: a}]}}}",
            "1:61: fail_if_header_matches[0]: regexp must be set for HTTP header matchers",
        ),
        (
            "modules: {a: {prober: http, http: {compression: gzip,"
            " headers: {Accept-Encoding: br}}}}",
            '1:29: invalid configuration "Accept-Encoding: br", "compression: gzip"',
        ),
        (
            "modules: {a: {prober: http, http: {valid_http_versions: [HTTP/3.0]}}}",
            "1:36: valid_http_versions: HTTP/3 cannot be used as a valid HTTP version when "
            "enable_http3 is false",
        ),
        (
            "modules: {a: {prober: http, http: {enable_http3: true, enable_http2: false,"
            " valid_http_versions: [HTTP/1.1]}}}",
            "1:77: valid_http_versions: HTTP/3 and HTTP/2.0/1.1 cannot be used together - only"
            " HTTP/3.0 is allowed when enable_http3 is true",
        ),
        (
            "modules: {a: {prober: http, http: {enable_http3: yes}}}",
            "1:36: enable_http3: when enable_http3 is true, enable_http2 must be set to false",
        ),
        (
            "modules: {a: {prober: dns, dns: {query_name: a, query_class: X}}}",
            "1:28: query class 'X' is not valid",
        ),
        (
            "modules: {a: {prober: dns, dns: {query_name: a, query_type: X}}}",
            "1:28: query type 'X' is not valid",
        ),
        (
            "modules: {a: {prober: http, http: {bearer_token: a, basic_auth: {username: b}}}}",
            "1:29: at most one of basic_auth, oauth2, authorization, bearer_token &",
        ),
        (
            "modules: {a: {prober: http, http: {authorization: {type: Basic}}}}",
            '1:36: authorization: authorization type cannot be set to "basic", use "basic_auth"',
        ),
        (
            "modules: {a: {prober: http, http: {oauth2: {client_id: a}}}}",
            "1:36: oauth2: oauth2 token_url must be configured",
        ),
        (
            "modules: {a: {prober: http, http: {no_proxy: a}}}",
            "1:29: if no_proxy is configured, proxy_url must also be configured",
        ),
        (
            "modules: {a: {prober: http, http: {http_headers: {Host: {values: [a]}}}}}",
            '1:29: setting header "Host" is not allowed',
        ),
        (
            "modules: {a: {prober: tcp, tcp: {tls_config: {ca: a, ca_file: b}}}}",
            "1:34: tls_config: at most one of ca, ca_file & ca_ref must be configured",
        ),
        ("modules: {a: {prober: tcp, tcp: 5}}", "1:28: must be a mapping"),
        ("a: [", "1:5: "),
    ],
)
def test_what_blackbox_exporter_refuses_is_refused_at_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    found = troubles(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(f"blackbox.yml:{told}")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "modules:\n  a: {prober: tcp, nope: 1}\n  b: {prober: tcp, tcp: {x: 1, y: 2}}\n"
    assert troubles(tmp_path, text) == [
        'blackbox.yml:2:20: unknown key "nope"',
        'blackbox.yml:3:26: unknown key "x"',
        'blackbox.yml:3:32: unknown key "y"',
    ]


def test_no_error_shows_a_secret(tmp_path: Path) -> None:
    text = "modules: {a: {prober: http, http: {basic_auth: {username: [u], password: [sesame]}}}}"
    assert troubles(tmp_path, text)
    assert "sesame" not in str(troubles(tmp_path, text))


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("{prober: smtp}", 'Unknown prober "smtp"'),
        ("{timeout: 5s}", 'Unknown prober ""'),
        ("", 'Unknown prober ""'),
        ("{prober: tcp, tcp: {source_ip_address: here}}", "source_ip_address: "),
        (
            "{prober: tcp, tcp: {tls: y, query_response: [{starttls: y}]}}",
            "TLS can begin only once",
        ),
        (
            "{prober: tcp, tcp: {query_response: [{expect: a, labels: [{name: a, value: b}]},"
            " {expect: a, labels: [{name: a, value: b}]}]}}",
            "only one step of query_response may have labels",
        ),
        ("{prober: dns, dns: {query_name: a, valid_rcodes: [NONE]}}", "valid_rcodes[0]: "),
        ("{prober: dns, dns: {query_name: a, dns_over_tls: on}}", "dns_over_tls needs"),
        (
            "{prober: dns, dns: {query_name: a, validate_answer_rrs:"
            " {fail_if_matches_regexp: ['(']}}}",
            "validate_answer_rrs.fail_if_matches_regexp[0]: ",
        ),
    ],
)
def test_what_it_takes_and_stumbles_over_later_is_refused_by_name(
    tmp_path: Path, module: str, reason: str
) -> None:
    found = read(tmp_path, f"modules:\n  good: {{prober: tcp}}\n  bad: {module}\n")
    assert list(found.modules) == ["good"]
    assert found.refused["bad"].startswith(reason)


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (
            "{prober: tcp, tcp: {query_response: [{expect: '^+OK'}]}}",
            '3:46: query_response.0.expect: "^+" repeats an anchor; did you mean "^\\+"?',
        ),
        (
            "{prober: tcp, tcp: {preferred_ip_protocol: banana}}",
            '3:28: preferred_ip_protocol: "banana" is neither ip4 nor ip6: it counts as ip4',
        ),
        (
            "{prober: http, http: {no_follow_redirects: true}}",
            "3:30: no_follow_redirects: deprecated: write follow_redirects: false",
        ),
        (
            "{prober: dns, dns: {query_name: a, validate_answer_rrs:"
            " {fail_if_all_match_regexp: [a]}}}",
            "3:65: validate_answer_rrs.fail_if_all_match_regexp: fails when NOT all records match",
        ),
    ],
)
def test_what_is_hardly_meant_is_advised_against(tmp_path: Path, module: str, told: str) -> None:
    found = advice(tmp_path, f"modules:\n  fine: {{prober: icmp}}\n  odd: {module}\n")
    assert len(found) == 1
    assert found[0].startswith(f"blackbox.yml:{told}")


@pytest.mark.parametrize("expect", [r"^\\+OK", "a^b", "[^+]", "^OK+"])
def test_an_anchor_that_is_not_repeated_is_fine(tmp_path: Path, expect: str) -> None:
    assert not advice(
        tmp_path,
        f'modules: {{a: {{prober: tcp, tcp: {{query_response: [{{expect: "{expect}"}}]}}}}}}',
    )


def test_an_empty_list_of_modules_is_a_file_without_modules(tmp_path: Path) -> None:
    assert read(tmp_path, "modules:\n") == Blackbox({}, {}, ())


@pytest.mark.parametrize("content", [b"\xff\xfe", b"modules: {a: \xff}"])
def test_what_is_no_text_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "blackbox.yml").write_bytes(content)
    with pytest.raises(Unusable, match=r"blackbox.yml:1:1: not UTF-8 text"):
        read_modules(tmp_path / "blackbox.yml")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"blackbox.yml:1:1: can't be read: No such file"):
        read_modules(tmp_path / "blackbox.yml")


def test_a_module_is_shown_without_its_secrets(tmp_path: Path) -> None:
    modules = read(
        tmp_path,
        "modules: {a: {prober: http, timeout: 5s, http: {method: POST, ip_protocol_fallback: no,"
        " basic_auth: {username: watch, password: sesame}, headers: {X-A: b, Authorization:"
        " sesame}, proxy_url: 'http://me:sesame@proxy.example:1/', valid_status_codes: [200]}}}",
    ).modules
    assert shown(modules["a"]) == (
        "prober: http\n"
        "timeout: 5s\n"
        "http:\n"
        "  proxy_url: http://<secret>@proxy.example:1/\n"
        "  preferred_ip_protocol: ip6\n"
        "  ip_protocol_fallback: false\n"
        "  method: POST\n"
        "  headers:\n"
        "    X-A: b\n"
        "    Authorization: <secret>\n"
        "  basic_auth:\n"
        "    username: watch\n"
        "    password: <secret>\n"
        "  enable_http2: true\n"
        "  follow_redirects: true\n"
        "  valid_status_codes:\n"
        "  - 200\n"
    )
