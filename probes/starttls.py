"""How four old protocols are asked for TLS before the handshake."""

import re
from dataclasses import dataclass
from typing import Literal

from probes.dialogue import quoted
from probes.model import Phase
from probes.reasons import Failed
from probes.sight import Sight
from probes.wire import Wire

Protocol = Literal["smtp", "imap", "pop3", "ftp"]

_LINES = 100  # of one answer
# The line that ends an answer: of SMTP and FTP, of IMAP (our tag, or the greeting), of POP3.
_LAST = re.compile(rb"\d{3}( |$)|a |\* (OK|BYE|PREAUTH)|\+OK|-ERR", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What we say (nothing: wait for the greeting), and how a good answer begins."""

    say: bytes
    good: bytes


_TALKS: dict[Protocol, tuple[_Exchange, ...]] = {
    "smtp": (  # RFC 3207
        _Exchange(b"", b"220"),
        _Exchange(b"EHLO responder.invalid", b"250"),
        _Exchange(b"STARTTLS", b"220"),
    ),
    "imap": (_Exchange(b"", b"* OK"), _Exchange(b"a STARTTLS", b"a OK")),  # RFC 2595
    "pop3": (_Exchange(b"", b"+OK"), _Exchange(b"STLS", b"+OK")),  # RFC 2595
    "ftp": (_Exchange(b"", b"220"), _Exchange(b"AUTH TLS", b"234")),  # RFC 4217
}
PORTS: dict[Protocol, int] = {"smtp": 25, "imap": 143, "pop3": 110, "ftp": 21}


async def ask_for_tls(protocol: Protocol, wire: Wire, sight: Sight) -> None:
    """Talk until the handshake may begin. Raises Failed with what came instead."""
    for exchange in _TALKS[protocol]:
        sight.phase = Phase.COMMAND if exchange.say else Phase.BANNER
        what = f"answer to {exchange.say.decode()}" if exchange.say else f"{protocol} greeting"
        sight.awaited = what
        if exchange.say:
            wire.send(exchange.say + b"\r\n")
        answer = await _answer(wire)
        sight.say("Read line", line=quoted(answer))
        if not answer.upper().startswith(exchange.good.upper()):
            raise Failed(sight.phase, f"{what} was {quoted(answer)}, not {exchange.good.decode()}")


async def _answer(wire: Wire) -> bytes:
    for _ in range(_LINES):
        line = await wire.line()
        if line is None:
            raise Failed(Phase.BANNER, "the other side hung up before TLS")
        if _LAST.match(line):
            return line
    raise Failed(Phase.BANNER, f"an answer of more than {_LINES} lines")
