"""An HTTP answer as it comes in, kept as far as it is needed."""

import time

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from probes.model import Phase
from probes.reasons import Failed

MOST_LOOSE = 2 << 20  # bytes of headers, or of anything else that is no body
MOST_HEADERS = 10_000
_MOST_FRAMES = 64 << 10  # bytes around the chunks of a body, beyond as many as it has itself
_MOST_EARLY = 5  # answers of 1xx before the real one
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_NO_BODY = frozenset((204, 304))


class Answer:
    """Fed with bytes; readable at any time, so that a deadline finds what has come so far.

    `complete`: there is a status and all headers. `over`: nothing more is wanted. `trouble` says
    why the body is not whole, `failed` why there is no answer at all. Times are on
    `time.monotonic`'s scale, 0.0 until then; names of headers are in lower case.
    """

    # fmt: off
    __slots__ = (
        "_early", "_first", "_head", "_keep", "_limit", "_loose", "_more", "_parser", "complete",
        "ended", "failed", "first", "headers", "length", "over", "status", "trouble", "version",
    )
    # fmt: on

    def __init__(self, head: bool = False, keep: bool = False, limit: int = 0) -> None:
        """`head`: only the headers are wanted. `keep`: the body is wanted, not only its length.
        `limit`: a longer body ends the reading; 0 = none.
        """
        self._head = head
        self._keep = keep
        self._limit = limit
        self._parser = _parser(self)
        self._first = b""  # piece of the body: mostly the only one
        self._more: bytearray | None = None  # the whole body, where it came in several
        self._early = self._loose = 0
        self.complete = self.over = False
        self.first = self.ended = 0.0
        self.status = self.length = 0
        self.version = ""
        self.headers: list[tuple[bytes, bytes]] = []
        self.trouble = ""
        self.failed: Failed | None = None

    def header(self, name: bytes) -> bytes | None:
        """The first header of this name."""
        for one, value in self.headers:
            if one == name:
                return value
        return None

    @property
    def location(self) -> bytes | None:
        """Where to go instead, when the answer is a redirect."""
        return (self.header(b"location") or None) if self.status in _REDIRECTS else None

    @property
    def body(self) -> bytes:
        """What was kept of it."""
        return self._first if self._more is None else bytes(self._more)

    @property
    def announced(self) -> int:
        """The length that the headers tell; -1 when they don't."""
        if self.status in _NO_BODY and not self._head:
            return 0
        length = self.header(b"content-length")
        if length is None or not length.isdigit() or self.header(b"transfer-encoding"):
            return -1
        return int(length)

    def feed(self, data: bytes) -> bool:
        """Some more bytes came; True when no more are wanted."""
        if not self.first:
            self.first = time.monotonic()
            if not data.startswith(b"HTTP/"[: len(data)]):
                self._not_http(data)
        self._loose += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._end()
        except HttpParserError as error:
            if self.complete or self._loose > len(data) or not self._mended(data):
                self._not_http(data, str(error).lower())
        if self._loose > (self.length + _MOST_FRAMES if self.length else MOST_LOOSE):
            self._too_much()
        return self.over

    def hung_up(self, told: str = "") -> None:
        """The other side sends no more (`told`: in what way it broke off)."""
        if self.over:
            return
        if self.complete:
            self._end(told or self._cut_off())
        elif self.first:
            self._fail(told or "the other side hung up in the middle of the headers")
        else:
            self._fail(told or "the other side hung up without an answer")

    def let_go(self) -> None:
        """The parser knows us and we know it: a circle that only the collector would find."""
        del self._parser

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: one header, or one trailer after the body."""
        headers = self.headers
        if self.complete:
            return
        if len(headers) < MOST_HEADERS:
            headers.append((name.lower(), value))
        else:
            self._fail(f"the answer has more than {MOST_HEADERS} headers")

    def on_headers_complete(self) -> None:
        """httptools: the headers are whole, of an answer or of one that only comes before it."""
        if self.over:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._begin_again()
            return
        self.complete = True
        self._loose = 0
        self.status = status
        self.version = self._parser.get_http_version()
        if self._head or (status in _REDIRECTS and self.location is not None):
            self._end()

    def on_body(self, piece: bytes) -> None:
        """httptools: a piece of the body, without the frames of its chunks."""
        if self.over:
            return
        self._loose -= len(piece)
        self.length += len(piece)
        if self._limit and self.length > self._limit:
            piece = piece[: self._limit - self.length]
            self.length = self._limit
            self._end(f"the body is longer than {self._limit} bytes")
        if self._keep:
            self._put(piece)

    def _put(self, piece: bytes) -> None:
        """Bytes in a row: ten million pieces of one byte would be a gigabyte and more."""
        if self._more is not None:
            self._more += piece
        elif self._first:
            self._more = bytearray(self._first + piece)
        else:
            self._first = piece

    def on_message_complete(self) -> None:
        """httptools: the answer is whole."""
        if self.complete:
            self._end()

    def _begin_again(self) -> None:
        self.headers.clear()
        self._early += 1
        if self._early > _MOST_EARLY:
            self._fail(f"more than {_MOST_EARLY} answers of 1xx came before the real one")

    def _end(self, trouble: str = "") -> None:
        if not self.over:
            self.over = True
            self.trouble = trouble
            self.ended = time.monotonic()

    def _fail(self, reason: str) -> None:
        if not self.over:
            self.over = True
            self.failed = Failed(Phase.COMMAND, reason)

    def _mended(self, data: bytes) -> bool:
        """Read once more what Go and browsers understand and the parser does not. True when it is
        an answer so.
        """
        mended = mend(data)
        if mended == data:
            return False
        self._parser = _parser(self)
        self.headers.clear()
        try:
            self._parser.feed_data(mended)
        except HttpParserError:
            return False
        return True

    def _not_http(self, data: bytes, why: str = "") -> None:
        if self.complete:
            self._end(f"the body is not well-formed: {why}")
            return
        start = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data[:60])
        told = f" ({why})" if why else ""
        if data.startswith(b"\x15\x03"):
            self._fail("the port speaks TLS: ask for https://")
        else:
            self._fail(f'the answer is not HTTP{told}: "{start}"')

    def _too_much(self) -> None:
        if self.length:
            self._end("the chunks of the body are smaller than what is around them")
        elif self.complete:
            self._end(f"more than {MOST_LOOSE >> 20} MiB came that are no body")
        else:
            self._fail(f"the headers are longer than {MOST_LOOSE >> 20} MiB")

    def _cut_off(self) -> str:
        if self.announced >= 0:
            return f"the body was cut off: {self.length} of {self.announced} bytes came"
        if self.header(b"transfer-encoding"):
            return f"the body was cut off after {self.length} bytes, before its last chunk"
        return ""  # the end of the connection is the end of the body


def mend(data: bytes) -> bytes:
    """The start of an answer without its harmless faults: a length told twice or not at all, folded
    lines, names with a space.
    """
    head, blank, rest = data.partition(b"\r\n\r\n")
    first, *others = head.split(b"\r\n")
    lines, lengths = [first], [b""]
    for line in others:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and len(lines) > 1:
            lines[-1] += b" " + line.strip()
        elif name.lower() == b"content-length":
            if value.strip() not in lengths:
                lines.append(line)
                lengths.append(value.strip())
        elif not (colon and b" " in name):
            lines.append(line)
    return b"\r\n".join(lines) + blank + rest


def _parser(answer: Answer) -> HttpResponseParser:
    """As forgiving as Go where nobody is misled: bare line feeds, bytes after the end."""
    parser = HttpResponseParser(answer)
    parser.set_dangerous_leniencies(
        lenient_chunked_length=True,
        lenient_data_after_close=True,
        lenient_optional_cr_before_lf=True,
    )
    return parser
