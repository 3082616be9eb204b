"""Why a certificate is not trusted, in words that its owner understands."""

import ssl
import time

from probes.certificates import Certificate, Shown, day_of, shown, tls_samples
from probes.model import Phase
from probes.reasons import Failed
from probes.sight import Sight

# Numbers of X.509 trouble: www.openssl.org/docs/man3.0/man3/X509_STORE_CTX_get_error.html
_NOT_YET, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_ABOVE, _NO_ISSUER, _NO_LEAF_ISSUER = 18, 19, 20, 21
_PURPOSE = 26
_NAME, _ADDRESS = 62, 64
_SHORT_KEYS, _OLD_DIGEST = (66, 67), 68


def refused(
    error: ssl.SSLCertVerificationError,
    connection: ssl.SSLObject,
    sight: Sight,
    *,
    name: str,
    cipher: bool,
) -> Failed:
    """The end of a look whose handshake failed for the certificate; its series are written, so that
    the rules on a certificate's end see a bad one too (blackbox_exporter says nothing then).
    """
    seen = shown(connection, trusted=False)
    sight.samples += tls_samples(connection, cipher=cipher, seen=seen)
    return Failed(Phase.TLS, why_untrusted(error, seen, name=name, now=time.time()))


def why_untrusted(
    error: ssl.SSLCertVerificationError, shown: Shown, *, name: str, now: float
) -> str:
    """One plain line. `shown` is what the other side sent, `name` what we asked for."""
    leaf = shown.leaf
    if leaf is None:
        return f"certificate not trusted: {error.verify_message}"
    code = error.verify_code
    if code in (_NAME, _ADDRESS):
        return _another_name(leaf, name)
    if code in (_NOT_YET, _EXPIRED):
        return _not_now(code, shown.sent, now)
    reason = _chain_trouble(code, shown.sent) or f"certificate not trusted: {error.verify_message}"
    return f"{reason}; it ended on {day_of(leaf.ends)} besides" if leaf.ends < now else reason


def _another_name(leaf: Certificate, name: str) -> str:
    known = leaf.names + leaf.addresses
    if not known:
        return (
            f"certificate is not for {name}: it has no alternative names, only the common name "
            f"{leaf.common_name or 'nothing'}, which no longer counts"
        )
    rest = f" and {len(known) - 3} more" if len(known) > 3 else ""
    return f"certificate is for {', '.join(known[:3])}{rest}, not for {name}"


def _not_now(code: int, sent: tuple[Certificate, ...], now: float) -> str:
    early = code == _NOT_YET
    for place, one in enumerate(sent):
        if (one.begins > now) if early else (one.ends < now):
            what = "certificate" if place == 0 else f"certificate of the issuer {one.title}"
            if early:
                return f"{what} is not valid before {day_of(one.begins)}"
            return f"{what} expired on {day_of(one.ends)}"
    return f"a certificate above {sent[0].title} is {'not valid yet' if early else 'expired'}"


def _chain_trouble(code: int, sent: tuple[Certificate, ...]) -> str:
    leaf, top = sent[0], sent[-1]
    if code == _SELF_SIGNED:
        return "certificate is self-signed"
    if code == _SELF_SIGNED_ABOVE:
        return f"certificate is from the unknown authority {top.issuer}"
    if code in (_NO_ISSUER, _NO_LEAF_ISSUER) and len(sent) == 1:
        return (
            f"certificate is from {leaf.issuer}, which is not known here: an unknown authority, or "
            "the server does not send its intermediate certificate"
        )
    if code in (_NO_ISSUER, _NO_LEAF_ISSUER):
        return f"certificate is from the unknown authority {top.issuer}"
    if code in _SHORT_KEYS:
        return "certificate has a key that is too short"
    if code == _OLD_DIGEST:
        return "certificate is signed with a digest that is too old (SHA-1 or MD5)"
    return "certificate is not made for servers" if code == _PURPOSE else ""
