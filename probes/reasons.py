"""Any network error in one plain line."""

import asyncio
import errno
import os
import ssl

from probes.model import Finding, Phase, down, unknown


class Failed(Exception):
    """Ends a look early with a finding; caught in probes/look.py. Not for sick servers' fault only:
    `verdict_unknown` says that we could not tell.
    """

    def __init__(self, phase: Phase, reason: str, *, verdict_unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.finding: Finding = (unknown if verdict_unknown else down)(phase, reason)


_PLAIN = {
    errno.ECONNREFUSED: "connection refused: the machine answers, the service does not",
    errno.ECONNRESET: "connection reset by the other side",
    errno.EPIPE: "connection closed by the other side",
    errno.ENETUNREACH: "no route to that network",
    errno.EHOSTUNREACH: "no route to that host",
    errno.ETIMEDOUT: "no answer",
    errno.ECONNABORTED: "connection broken off",
}
# Our own machine is at fault: nothing is said about the target.
_OURS = {
    errno.EMFILE: "too many open files on our side (ulimit -n)",
    errno.ENFILE: "too many open files on this machine",
    errno.ENOBUFS: "no buffer space on our side",
    errno.ENOMEM: "no memory on our side",
    errno.EADDRNOTAVAIL: "no free local address or port on our side",
    errno.EACCES: "not allowed on our side",
    errno.EPERM: "not allowed on our side (a firewall, or a missing capability)",
}

# OpenSSL's names for what people meet.
_TLS = {
    "WRONG_VERSION_NUMBER": "the other side does not speak TLS",
    "UNSUPPORTED_PROTOCOL": "no TLS version in common",
    "TLSV1_ALERT_PROTOCOL_VERSION": "no TLS version in common",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the other side refused the handshake",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the other side wants a client certificate",
    "TLSV1_UNRECOGNIZED_NAME": "the other side does not know the name that was asked for",
    "UNEXPECTED_EOF_WHILE_READING": "the other side hung up",
}


def of_error(error: BaseException, phase: Phase) -> Finding:
    """What this error, met in this phase, says of the target."""
    match error:
        case Failed():
            return error.finding
        case ssl.SSLCertVerificationError():
            return down(Phase.TLS, f"certificate not trusted: {error.verify_message}")
        case ssl.SSLError():
            return down(Phase.TLS, f"TLS failed: {_of_tls(error)}")
        case asyncio.IncompleteReadError():
            return down(phase, "the other side hung up in the middle")
        case asyncio.LimitOverrunError():
            return down(phase, "the answer has an endless line")
        case OSError():
            return _of_system(error, phase)
        case _:
            return down(phase, f"{type(error).__name__}: {error}")


def late(phase: Phase, within: float, awaited: str = "") -> Finding:
    """The deadline came in this phase, while something (a noun, or nothing known) was awaited."""
    what = awaited or ("connection" if phase is Phase.CONNECT else f"end of phase {phase}")
    return down(phase, f"no {what} within {within:g} s")


def _of_system(error: OSError, phase: Phase) -> Finding:
    number = error.errno or 0
    if number in _OURS:
        return unknown(phase, _OURS[number])
    told = error.strerror or (os.strerror(number) if number > 0 else str(error))
    return down(phase, _PLAIN.get(number, (told or type(error).__name__).lower()))


def _of_tls(error: ssl.SSLError) -> str:
    name = error.reason or str(error)
    return _TLS.get(name) or name.replace("_", " ").lower()
