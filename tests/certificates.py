"""Certificates for tests: our own authority, and leaves that are right or wrong in one way."""

import itertools
import shutil
import ssl
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.require import require

Kind = Literal["ec", "rsa", "rsa1024"]
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Names = tuple[str, ...]
LOCAL: Names = ("localhost", "127.0.0.1")
_files = itertools.count()


@dataclass(frozen=True)
class Leaf:
    """A server's certificate with its key and whatever else the server sends."""

    folder: Path
    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @cached_property
    def certificate_file(self) -> Path:
        """The leaf and the rest of the chain, as PEM."""
        return _written(self.folder, b"".join(_pem(one) for one in (self.certificate, *self.chain)))

    @cached_property
    def key_file(self) -> Path:
        return _written(self.folder, _pem_of_key(self.key))

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def server(self) -> ssl.SSLContext:
        """The server's side of TLS; it takes weak keys and old digests: it is here to be bad."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context


@dataclass(frozen=True)
class Authority:
    """Who signs. `chain` is what its leaves send along: nothing for a root, itself and those above
    (without the root) for an intermediate.
    """

    folder: Path
    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @classmethod
    def root(cls, folder: Path, name: str = "Test Root", *, kind: Kind = "ec") -> "Authority":
        key = _key(kind, name)
        return cls(folder, _sign(_Wish(name, authority=True), key, key, _name(name)), key)

    @cached_property
    def file(self) -> Path:
        """Its own certificate as PEM: the `ca_file` of whoever trusts it."""
        return _written(self.folder, _pem(self.certificate))

    def intermediate(self, name: str = "Test Intermediate", *, days: float = 90) -> "Authority":
        """An authority below this one; negative `days`: it is over."""
        key = _key("ec", name)
        signed = self._signed(_Wish(name, authority=True, days=days), key)
        return Authority(self.folder, signed, key, (signed, *self.chain))

    def cross_signed(self, other: "Authority") -> "Authority":
        """The same name and key as this authority's, but vouched for by the other one."""
        name = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        signed = other._signed(_Wish(str(name), authority=True), self.key)
        return Authority(self.folder, signed, self.key, (signed, *other.chain))

    def leaf(
        self,
        *names: str,
        days: float = 90,
        since: float = -100,
        kind: Kind = "ec",
        common_name: str | None = None,
        without_names: bool = False,
        subject: x509.Name | None = None,
    ) -> Leaf:
        """A leaf for these DNS names and IP addresses (localhost and 127.0.0.1 without any).

        `days` from now it ends (negative: it has ended), `since` days from now it begins.
        """
        alternatives = () if without_names else (names or LOCAL)
        title = common_name if common_name is not None else (names or LOCAL)[0]
        key = _key(kind, "leaf")
        wish = _Wish(title, alternatives, days=days, since=since, subject=subject)
        return Leaf(self.folder, self._signed(wish, key), key, self.chain)

    def sha1_leaf(self) -> Leaf:
        """A leaf for localhost signed with SHA-1, which `cryptography` refuses to do."""
        key, out = _key("ec", "leaf"), self.folder / "sha1.pem"
        _openssl(
            *("req", "-x509", "-new", "-sha1", "-days", "90", "-subj", "/CN=localhost"),
            *("-key", str(_written(self.folder, _pem_of_key(key))), "-CA", str(self.file)),
            *("-CAkey", str(_written(self.folder, _pem_of_key(self.key)))),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", str(out)),
        )
        return Leaf(self.folder, x509.load_pem_x509_certificate(out.read_bytes()), key, self.chain)

    def _signed(self, wish: "_Wish", key: Key) -> x509.Certificate:
        return _sign(wish, key, self.key, self.certificate.subject)


def self_signed_leaf(folder: Path, *names: str, days: float = 90, kind: Kind = "ec") -> Leaf:
    """A leaf that vouches for itself."""
    key = _key(kind, "alone")
    title = (names or LOCAL)[0]
    return Leaf(folder, _sign(_Wish(title, names or LOCAL, days=days), key, key, _name(title)), key)


def without_chain(leaf: Leaf) -> Leaf:
    """The same leaf from a server whose owner forgot the intermediate."""
    return Leaf(leaf.folder, leaf.certificate, leaf.key)


def self_signed(folder: Path) -> ssl.SSLContext:
    """The server's side of TLS with a new self-signed certificate for `localhost`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "1", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _openssl(*arguments: str) -> None:
    program = shutil.which("openssl")
    require("openssl", present=program is not None)
    subprocess.run([str(program), *arguments], check=True, capture_output=True)


@dataclass(frozen=True)
class _Wish:
    title: str
    names: Names = ()
    days: float = 3650
    since: float = -100
    authority: bool = False
    subject: x509.Name | None = field(default=None)


@lru_cache(maxsize=64)
def _key(kind: Kind, _owner: str) -> Key:
    """Keys are dear to make (RSA: 0.1 s), so each owner has one for the whole run."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(
        public_exponent=65537, key_size=1024 if kind == "rsa1024" else 2048
    )


def _name(title: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)] if title else [])


def _sign(wish: _Wish, key: Key, signer: Key, issuer: x509.Name) -> x509.Certificate:
    now = datetime.now(UTC)
    ends = now + timedelta(days=wish.days)
    begins = min(now + timedelta(days=wish.since), ends - timedelta(days=1))
    builder = (
        x509.CertificateBuilder()
        .subject_name(wish.subject or _name(wish.title))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=wish.authority, path_length=None), critical=True)
    )
    if wish.authority:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    if wish.names:
        alternatives = x509.SubjectAlternativeName([_general(one) for one in wish.names])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_of_key(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _written(folder: Path, content: bytes) -> Path:
    path = folder / f"{next(_files)}.pem"
    path.write_bytes(content)
    return path
