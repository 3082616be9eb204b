"""What a handshake showed: certificates as series, and the one that is near its end."""

import ssl
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import Any

from probes.distinguished import in_go_words
from probes.labels import written
from probes.model import Issue, Sample, Severity

NEVER = -62135596800.0  # Go's zero time: what blackbox_exporter says when nothing was verified
_DAY = 86400.0
_VERSIONS = {
    "TLSv1": "TLS 1.0",
    "TLSv1.1": "TLS 1.1",
    "TLSv1.2": "TLS 1.2",
    "TLSv1.3": "TLS 1.3",
}
# Go speaks in the names of the registry (www.iana.org/assignments/tls-parameters).
_CIPHERS = {
    f"{kind}-{short}": f"TLS_{kind.replace('-', '_')}_WITH_{long}"
    for kind in ("ECDHE-ECDSA", "ECDHE-RSA")
    for short, long in (
        ("AES128-GCM-SHA256", "AES_128_GCM_SHA256"),
        ("AES256-GCM-SHA384", "AES_256_GCM_SHA384"),
        ("CHACHA20-POLY1305", "CHACHA20_POLY1305_SHA256"),
        ("AES128-SHA", "AES_128_CBC_SHA"),
        ("AES256-SHA", "AES_256_CBC_SHA"),
    )
} | {
    "AES128-GCM-SHA256": "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "AES256-GCM-SHA384": "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "AES128-SHA": "TLS_RSA_WITH_AES_128_CBC_SHA",
    "AES256-SHA": "TLS_RSA_WITH_AES_256_CBC_SHA",
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one certificate says of itself. `begins` and `ends` are unix times; `names` are the DNS
    names and `addresses` the IP addresses that it is for; subject and issuer are in Go's words.
    """

    subject: str
    issuer: str
    common_name: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    begins: float
    ends: float
    serial: str
    fingerprint: str

    @property
    def title(self) -> str:
        """What people call it."""
        return self.common_name or (self.names + self.addresses + (self.subject or "no name",))[0]


@dataclass(frozen=True, slots=True)
class Shown:
    """The certificates of one handshake, already written as series. `sent` are those that can be
    read, the leaf first; `ends_first` is the first to end of those that count: the verified chain,
    or the leaf alone where nothing was verified.
    """

    samples: tuple[Sample, ...]
    sent: tuple[Certificate, ...]
    ends_first: Certificate | None

    @property
    def leaf(self) -> Certificate | None:
        return self.sent[0] if self.sent else None


@dataclass(frozen=True, slots=True)
class Notice:
    """How many days before a certificate's end it is told, warned of and an error."""

    info: float = 21
    warning: float = 7
    error: float = 1


USUAL_NOTICE = Notice()


def tls_samples(
    connection: ssl.SSLObject, *, cipher: bool, seen: Shown | None = None
) -> list[Sample]:
    """The series of blackbox_exporter about this connection; `cipher` only where it has it.

    `seen` is what `shown` said of it, where that was asked already.
    """
    seen = shown(connection) if seen is None else seen
    version = connection.version()
    if version is None:  # the handshake was broken off
        return list(seen.samples)
    samples = [*seen.samples, _version_sample(version)]
    if cipher and (used := connection.cipher()):
        samples.append(_cipher_sample(used[0]))
    return samples


def shown(connection: ssl.SSLObject, *, trusted: bool = True) -> Shown:
    """What the other side showed; parsed once for all handshakes that show the same.

    `trusted` is False after a handshake that failed because of the certificate: OpenSSL still knows
    what was sent, so that the end of a bad certificate shows as well.
    """
    sent, verified = _chains(connection, trusted=trusted)
    key = sha256(b"".join([*sent, b"verified", *verified])).digest()
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            del _known[next(iter(_known))]
        found = _known[key] = _read(sent, verified)
    return found


def expiry_issue(
    connection: ssl.SSLObject, now: float, *, notice: Notice = USUAL_NOTICE
) -> Issue | None:
    """The issue CERTIFICATE_EXPIRES when this connection's certificates end soon (unix `now`)."""
    first = shown(connection).ends_first
    return None if first is None else issue_of(first, now, notice=notice)


def issue_of(
    certificate: Certificate, now: float, *, notice: Notice = USUAL_NOTICE
) -> Issue | None:
    """The same for one certificate."""
    days = (certificate.ends - now) / _DAY
    if days > max(notice.info, notice.warning, notice.error):
        return None
    severity = Severity.INFO
    if days <= notice.warning:
        severity = Severity.WARNING
    if days <= notice.error or days <= 0:
        severity = Severity.ERROR
    text = f"the certificate of {certificate.title} {_when(certificate.ends, days)}"
    return Issue("CERTIFICATE_EXPIRES", severity, text)


def day_of(seconds: float) -> str:
    """A unix time as people write a day."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _when(ends: float, days: float) -> str:
    if days <= 0:
        return f"ended on {day_of(ends)}"
    left = f"{days * 24:.0f} hours" if days < 2 else f"{days:.0f} days"
    return f"ends in {left}, on {day_of(ends)}"


_MOST_KNOWN = 16384  # 2.3 kB each, with one certificate
_known: dict[bytes, Shown] = {}


# Public in Python from 3.13 on; before, the object inside has them, and they give other objects.
_PUBLIC = hasattr(ssl.SSLObject, "get_unverified_chain")
_DER_ENCODING = 2  # _ssl.ENCODING_DER


def _chains(connection: Any, *, trusted: bool) -> tuple[list[bytes], list[bytes]]:
    """The chain as it was sent and as it was verified, as DER."""
    inner = connection if _PUBLIC else connection._sslobj
    sent: list[Any] = inner.get_unverified_chain() or []
    verified: list[Any] = []
    if trusted and connection.context.verify_mode is not ssl.CERT_NONE:
        verified = inner.get_verified_chain() or []
    if _PUBLIC:
        return sent, verified
    return (
        [one.public_bytes(_DER_ENCODING) for one in sent],
        [one.public_bytes(_DER_ENCODING) for one in verified],
    )


def _read(sent: Sequence[bytes], verified: Sequence[bytes]) -> Shown:
    certificates = [one for one in map(read_certificate, sent) if one is not None]
    chain = [one for one in map(read_certificate, verified) if one is not None]
    if not certificates:
        return Shown((), (), None)
    leaf = certificates[0]
    labels = written(
        {
            "fingerprint_sha256": leaf.fingerprint,
            "issuer": leaf.issuer,
            "serialnumber": leaf.serial,
            "subject": leaf.subject,
            "subjectalternative": ",".join(leaf.names),
        }
    )
    ends_first = min(chain or [leaf], key=lambda one: one.ends)
    samples = (
        ("probe_ssl_earliest_cert_expiry", "", min(one.ends for one in certificates)),
        (
            "probe_ssl_last_chain_expiry_timestamp_seconds",
            "",
            ends_first.ends if chain else NEVER,
        ),
        ("probe_ssl_last_chain_info", labels, 1.0),
    )
    return Shown(samples, tuple(certificates), ends_first)


def read_certificate(der: bytes) -> Certificate | None:
    """One certificate from its DER; None when it is none. Dear (0.1 ms): see `shown`."""
    x509 = import_module("cryptography.x509")  # 10 MB, for those who meet TLS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a strange certificate is the other side's matter
        try:
            parsed = x509.load_der_x509_certificate(der)
            return Certificate(
                *(in_go_words(parsed.subject), in_go_words(parsed.issuer), _common_name(parsed)),
                *_alternatives(parsed, x509),
                begins=parsed.not_valid_before_utc.timestamp(),
                ends=parsed.not_valid_after_utc.timestamp(),
                serial=_serial(parsed.serial_number),
                fingerprint=sha256(der).hexdigest(),
            )
        except ValueError:
            return None


def _common_name(parsed: Any) -> str:
    found = [str(one.value) for one in parsed.subject if one.oid.dotted_string == "2.5.4.3"]
    return found[-1] if found else ""


def _alternatives(parsed: Any, x509: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        value = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    addresses = value.get_values_for_type(x509.IPAddress)
    return tuple(value.get_values_for_type(x509.DNSName)), tuple(map(str, addresses))


def _serial(number: int) -> str:
    number = abs(number)
    return number.to_bytes((number.bit_length() + 7) // 8, "big").hex()


@lru_cache(maxsize=16)
def _version_sample(version: str) -> Sample:
    labels = written({"version": _VERSIONS.get(version, "unknown")})
    return "probe_tls_version_info", labels, 1.0


@lru_cache(maxsize=64)
def _cipher_sample(name: str) -> Sample:
    return "probe_tls_cipher_info", written({"cipher": _CIPHERS.get(name, name)}), 1.0
