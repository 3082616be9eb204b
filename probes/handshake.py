"""How to shake hands over TLS: the keys of `tls_config`, and what OpenSSL makes of them."""

import os
import ssl
import time
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from probes.model import Phase
from probes.reasons import Failed
from probes.settings import FilePath, InlineSecret, Piece

Version = Literal["TLS10", "TLS11", "TLS12", "TLS13"]
OptionalPath = Annotated[FilePath | None, BeforeValidator(lambda path: path or None)]

_VERSIONS: dict[str, ssl.TLSVersion] = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
# What Go offers for TLS 1.2, in its order: RSA key exchange yes, DHE and CBC with SHA-2 no.
_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA"
)
_LEGACY_SERVER = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT; Python names it since 3.12


class TlsConfig(Piece):
    """blackbox_exporter's `tls_config`; the texts of its refusals are Prometheus' own."""

    insecure_skip_verify: bool = False
    ca: str = ""
    ca_file: OptionalPath = None
    cert: str = ""
    cert_file: OptionalPath = None
    key: InlineSecret | None = None
    key_file: OptionalPath = None
    server_name: str = ""
    min_version: Version | None = None
    max_version: Version | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name, text, file in (
            ("ca", bool(self.ca), self.ca_file),
            ("cert", bool(self.cert), self.cert_file),
            ("key", bool(self.key), self.key_file),
        ):
            if text and file:
                raise ValueError(
                    f"at most one of {name}, {name}_file & {name}_ref must be configured"
                )
        certificate, key = bool(self.cert or self.cert_file), bool(self.key or self.key_file)
        if certificate and not key:
            raise ValueError(
                "exactly one of key or key_file must be configured when a client certificate is "
                "configured"
            )
        if key and not certificate:
            raise ValueError(
                "exactly one of cert or cert_file must be configured when a client key is "
                "configured"
            )
        if self.min_version and self.max_version and self.max_version < self.min_version:
            raise ValueError(
                "tls_config.max_version must be greater than or equal to tls_config.min_version if "
                "both are specified"
            )
        return self


@dataclass(frozen=True, slots=True)
class _Ready:
    config: TlsConfig
    context: ssl.SSLContext
    until: float


_FRESH = 1.0  # seconds for which files are taken to be as they were
_MOST_READY = 1024
_PLAIN = TlsConfig()
_ready: dict[int, _Ready] = {}


def context(config: TlsConfig | None = None) -> ssl.SSLContext:
    """The client's side of TLS, made once per config and state of its files.

    Raises Failed (unknown): a file of ours that can't be read says nothing of the target.
    """
    config, now = config or _PLAIN, time.monotonic()
    ready = _ready.get(id(config))  # much cheaper than a hash of all fields
    if ready is not None and ready.config is config and now < ready.until:
        return ready.context
    if len(_ready) >= _MOST_READY:
        _ready.clear()
    stamps = tuple(map(_stamp, (config.ca_file, config.cert_file, config.key_file)))
    made = _made(config, stamps)
    _ready[id(config)] = _Ready(config, made, now + _FRESH)
    return made


def server_name(config: TlsConfig | None, hostname: str, host: str) -> str:
    """The name to ask for and to verify: the config's, else the target's hostname, else its host.

    Raises Failed when TLS can't carry that name.
    """
    name = (config.server_name if config else "") or hostname or host
    return _carried(name)


@lru_cache(maxsize=4096)
def _carried(name: str) -> str:
    plain = name.split("%")[0].rstrip(".")  # neither a zone nor the root's dot goes on the wire
    try:
        fits = bool(plain) and not plain.startswith(".") and bool(plain.encode("idna"))
    except UnicodeError:
        fits = False
    if not fits or "\0" in plain:
        raise Failed(Phase.TLS, f'"{name}" is no name that TLS can ask for')
    return plain


Stamp = tuple[int, int, int] | None


def _stamp(path: Path | None) -> Stamp:
    if path is None:
        return None
    try:
        told = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    return told.st_mtime_ns, told.st_size, told.st_ino


@lru_cache(maxsize=256)
def _made(config: TlsConfig, _stamps: tuple[Stamp, ...]) -> ssl.SSLContext:
    """Level 1 is what Go asks of a chain: RSA from 1024 bits on, and no SHA-1 signature.

    TLS 1.0 and 1.1 sign with SHA-1 themselves, so they need level 0; so does a look that trusts
    nothing and wants to see everything.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old = config.min_version in ("TLS10", "TLS11") or config.max_version in ("TLS10", "TLS11")
    made.set_ciphers(f"{_CIPHERS}:@SECLEVEL={int(not (old or config.insecure_skip_verify))}")
    made.options |= ssl.OP_IGNORE_UNEXPECTED_EOF | _LEGACY_SERVER
    _bound(made, config)
    _trust(made, config)
    if config.cert or config.cert_file:
        _identify(made, config)
    return made


def _bound(made: ssl.SSLContext, config: TlsConfig) -> None:
    highest = _VERSIONS[config.max_version or "TLS13"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # who asks for TLS 1.0 knows its age
        made.minimum_version = min(_VERSIONS[config.min_version or "TLS12"], highest)
        made.maximum_version = highest


def _trust(made: ssl.SSLContext, config: TlsConfig) -> None:
    made.hostname_checks_common_name = False
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # Go trusts whatever stands in the CA file
    if config.insecure_skip_verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    try:
        if config.ca:
            made.load_verify_locations(cadata=config.ca)
        elif config.ca_file:
            made.load_verify_locations(cafile=config.ca_file)
        elif not config.insecure_skip_verify:
            made.load_default_certs()
    except (OSError, ValueError) as error:
        raise _unreadable(config.ca_file or "ca", error) from None


def _identify(made: ssl.SSLContext, config: TlsConfig) -> None:
    """Show our own certificate. What stands in the configuration itself never touches a disk."""
    sources = (
        config.cert_file or _kept("certificate", config.cert),
        config.key_file or _kept("key", config.key.reveal() if config.key else ""),
    )
    certificate, key = (f"/dev/fd/{one}" if isinstance(one, int) else one for one in sources)
    try:
        made.load_cert_chain(certificate, key, password="")  # never asks at a terminal
    except (OSError, ValueError) as error:
        raise _unreadable(config.cert_file or "cert", error) from None
    finally:
        for one in sources:
            if isinstance(one, int):
                os.close(one)


def _kept(name: str, text: str) -> int:
    descriptor = os.memfd_create(name)
    os.write(descriptor, text.encode())
    return descriptor


def _unreadable(what: Path | str, error: OSError | ValueError) -> Failed:
    told = error.reason if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None)
    words = (told or "not PEM").replace("_", " ").lower()
    return Failed(Phase.TLS, f"tls_config: {what} can't be used: {words}", verdict_unknown=True)
