"""What a handshake showed becomes blackbox_exporter's series, and an issue in good time."""

import contextlib
import ssl
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from probes import certificates
from probes.certificates import (
    NEVER,
    Certificate,
    Notice,
    expiry_issue,
    issue_of,
    read_certificate,
    shown,
    tls_samples,
)
from probes.handshake import TlsConfig, context
from probes.model import Severity
from tests.certificates import Authority, Kind, Leaf, self_signed_leaf
from tests.probes.tls_scenes import families, values

DAY = 86400.0


def shaken(leaf: Leaf, config: TlsConfig, *, cipher: str = "") -> ssl.SSLObject:
    """Our end of a handshake in memory, done or broken off."""
    server = leaf.server()
    if cipher:
        server.set_ciphers(f"{cipher}:@SECLEVEL=0")
        server.maximum_version = ssl.TLSVersion.TLSv1_2
    to_us, from_us, to_them, from_them = (ssl.MemoryBIO() for _ in range(4))
    ours = context(config).wrap_bio(to_us, from_us, server_hostname="localhost")
    theirs = server.wrap_bio(to_them, from_them, server_side=True)
    for one, source, sink in 3 * ((ours, from_us, to_them), (theirs, from_them, to_us)):
        with contextlib.suppress(ssl.SSLError):
            one.do_handshake()
        sink.write(source.read())
    return ours


def trusting(root: Authority) -> TlsConfig:
    return TlsConfig(ca_file=root.file)


def certificate(days: float, now: float = 0.0) -> Certificate:
    return Certificate("CN=a", "CN=b", "a", (), (), 0.0, now + days * DAY, "", "")


def test_the_earliest_end_counts_every_certificate_that_was_sent(tmp_path: Path) -> None:
    middle = Authority.root(tmp_path).intermediate(days=10)
    leaf = middle.leaf(days=90)
    sent = shown(shaken(leaf, TlsConfig(insecure_skip_verify=True)))
    earliest = values(sent.samples, "probe_ssl_earliest_cert_expiry")
    assert earliest == {"": middle.certificate.not_valid_after_utc.timestamp()}


def test_the_verified_chain_has_its_own_end(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    leaf = root.intermediate(days=10).leaf(days=5)
    name = "probe_ssl_last_chain_expiry_timestamp_seconds"
    verified = shown(shaken(leaf, trusting(root))).samples
    assert values(verified, name) == {"": leaf.certificate.not_valid_after_utc.timestamp()}
    unverified = shown(shaken(leaf, TlsConfig(insecure_skip_verify=True))).samples
    assert values(unverified, name) == {"": NEVER}


def test_the_leaf_is_described_as_go_describes_it(tmp_path: Path) -> None:
    root = Authority.root(tmp_path, 'Root "one"')
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "GB"),
            x509.NameAttribute(NameOID.COMMON_NAME, "localhost"),
        ]
    )
    leaf = root.leaf("localhost", "*.example.org", "192.0.2.1", subject=subject)
    labels = values(shown(shaken(leaf, trusting(root))).samples, "probe_ssl_last_chain_info")
    number = leaf.certificate.serial_number
    serial = f"{number:x}".zfill(2 * ((number.bit_length() + 7) // 8))
    wanted = (
        f'fingerprint_sha256="{sha256(leaf.der).hexdigest()}",issuer="CN=Root '
        r"\\\"one\\\"" + f'",serialnumber="{serial}",subject="CN=localhost,C=GB",'
        'subjectalternative="localhost,*.example.org"'
    )
    assert labels == {wanted: 1.0}


@pytest.mark.parametrize(
    ("cipher", "kind", "wanted"),
    [
        ("ECDHE-RSA-AES128-GCM-SHA256", "rsa", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("AES256-SHA", "rsa", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        (
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ec",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
    ],
)
def test_ciphers_have_gos_names(tmp_path: Path, cipher: str, kind: Kind, wanted: str) -> None:
    root = Authority.root(tmp_path)
    leaf = root.leaf(kind=kind)
    samples = tuple(tls_samples(shaken(leaf, trusting(root), cipher=cipher), cipher=True))
    assert values(samples, "probe_tls_cipher_info") == {f'cipher="{wanted}"': 1.0}
    assert values(samples, "probe_tls_version_info") == {'version="TLS 1.2"': 1.0}


def test_the_version_is_told_and_the_cipher_only_where_it_is_wanted(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    connection = shaken(root.leaf(), trusting(root))
    samples = tuple(tls_samples(connection, cipher=False))
    assert values(samples, "probe_tls_version_info") == {'version="TLS 1.3"': 1.0}
    assert families(tuple(tls_samples(connection, cipher=True))) - families(samples) == {
        "probe_tls_cipher_info"
    }


def test_a_certificate_that_was_refused_is_known_all_the_same(tmp_path: Path) -> None:
    leaf = self_signed_leaf(tmp_path, days=-2)
    connection = shaken(leaf, trusting(Authority.root(tmp_path)))
    seen = shown(connection, trusted=False)
    assert seen.leaf is not None
    assert seen.leaf.issuer == seen.leaf.subject
    assert seen.leaf.ends == leaf.certificate.not_valid_after_utc.timestamp()
    name = "probe_ssl_last_chain_expiry_timestamp_seconds"
    assert values(seen.samples, name) == {"": NEVER}


def test_a_certificate_is_parsed_once(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    leaf = root.leaf()
    assert shown(shaken(leaf, trusting(root))) is shown(shaken(leaf, trusting(root)))


def test_what_is_remembered_of_certificates_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Authority.root(tmp_path)
    monkeypatch.setattr(certificates, "_known", {})
    monkeypatch.setattr(certificates, "_MOST_KNOWN", 3)
    for _ in range(5):
        shown(shaken(root.leaf(), trusting(root)))
    assert len(certificates._known) == 3


def test_rubbish_is_no_certificate() -> None:
    assert read_certificate(b"") is None
    assert read_certificate(b"\x30\x03\x02\x01\x01") is None


@pytest.mark.parametrize(
    ("days", "severity", "told"),
    [
        (21.1, None, ""),
        (21, Severity.INFO, "the certificate of a ends in 21 days, on 1970-01-22"),
        (7, Severity.WARNING, "the certificate of a ends in 7 days, on 1970-01-08"),
        (1, Severity.ERROR, "the certificate of a ends in 24 hours, on 1970-01-02"),
        (-3, Severity.ERROR, "the certificate of a ended on 1969-12-29"),
    ],
)
def test_an_end_is_told_in_good_time(days: float, severity: Severity | None, told: str) -> None:
    issue = issue_of(certificate(days), 0.0)
    assert (issue.severity if issue else None) is severity
    assert issue is None or (issue.code, issue.text) == ("CERTIFICATE_EXPIRES", told)


def test_the_days_can_be_chosen() -> None:
    notice = Notice(info=0, warning=60, error=30)
    found = [issue_of(certificate(days), 0.0, notice=notice) for days in (61, 59, 29)]
    assert [issue and issue.severity for issue in found] == [
        None,
        Severity.WARNING,
        Severity.ERROR,
    ]


def test_the_issue_is_about_the_first_of_the_verified_chain_to_end(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    leaf = root.intermediate("Middle", days=5).leaf(days=90)
    connection = shaken(leaf, trusting(root))
    now = leaf.certificate.not_valid_after_utc.timestamp() - 90 * DAY
    issue = expiry_issue(connection, now)
    assert issue is not None
    assert issue.text.startswith("the certificate of Middle ends in 5 days")
    assert expiry_issue(connection, now - 80 * DAY) is None
