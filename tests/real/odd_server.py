"""A web server whose answers are odd: slow, cut off, of the wrong length, going in circles."""

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import Awaitable, Callable, Mapping

Writer = asyncio.StreamWriter
Scene = Callable[[Writer], Awaitable[None]]

LATE = 4.0  # seconds; longer than any module of the parity tests waits
BODY = b"All is well here.\n"
_GZIP = gzip.compress(BODY * 100)


def _answer(head: str, body: bytes = b"") -> bytes:
    lines = head.replace("\n", "\r\n")
    return f"HTTP/1.1 {lines}\r\n\r\n".encode() + body


def _with_length(head: str, body: bytes = BODY) -> bytes:
    return _answer(f"{head}\nContent-Length: {len(body)}", body)


def _deflated(body: bytes) -> bytes:
    raw = zlib.compressobj(wbits=-15)
    return raw.compress(body) + raw.flush()


ANSWERS: Mapping[str, bytes] = {
    "/": _with_length("200 OK\nContent-Type: text/plain"),
    "/empty": _with_length("200 OK", b""),
    "/old": b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
    "/future": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "/chunked": _answer(
        "200 OK\nTransfer-Encoding: chunked", b"5\r\nAll i\r\n3;x=y\r\ns w\r\n0\r\n\r\n"
    ),
    "/chunked-trailer": _answer(
        "200 OK\nTransfer-Encoding: chunked", b"2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"
    ),
    "/chunked-cut": _answer("200 OK\nTransfer-Encoding: chunked", b"5\r\nAll"),
    "/chunked-garbage": _answer("200 OK\nTransfer-Encoding: chunked", b"zz\r\nAll"),
    "/until-end": _answer("200 OK\nConnection: close", BODY),
    "/nothing-204": _answer("204 No Content"),
    "/unchanged-304": _answer("304 Not Modified"),
    "/missing": _with_length("404 Not Found"),
    "/broken": _with_length("500 Internal Server Error"),
    "/teapot": _with_length("418 I'm a teapot"),
    "/no-reason": _with_length("200"),
    "/strange-status": _with_length("799 Whatever"),
    "/status-99": _with_length("99 Too Little"),
    "/cut": _answer("200 OK\nContent-Length: 100", BODY),
    "/too-long": _answer("200 OK\nContent-Length: 5", BODY),
    "/length-twice": _answer("200 OK\nContent-Length: 18\nContent-Length: 18", BODY),
    "/length-list": _answer("200 OK\nContent-Length: 18, 18", BODY),
    "/length-differs": _answer("200 OK\nContent-Length: 18\nContent-Length: 17", BODY),
    "/length-plus": _answer("200 OK\nContent-Length: +18", BODY),
    "/length-minus": _answer("200 OK\nContent-Length: -1", BODY),
    "/length-word": _answer("200 OK\nContent-Length: many", BODY),
    "/length-empty": _answer("200 OK\nContent-Length: \nConnection: close", BODY),
    "/early-hints": _answer("103 Early Hints\nLink: </a>") + _with_length("200 OK"),
    "/many-hints": _answer("103 Early Hints") * 6 + _with_length("200 OK"),
    "/garbage": b"\x00\xff\x13no http\r\n\r\n",
    "/banner": b"SSH-2.0-OpenSSH_9.2\r\n",
    "/no-colon": b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n",
    "/space-name": b"HTTP/1.1 200 OK\r\nA B: c\r\nContent-Length: 0\r\n\r\n",
    "/bare-newlines": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "/folded": b"HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "/large-headers": _with_length("200 OK\nX-Large: " + "x" * 300_000),
    "/many-headers": _with_length("200 OK\n" + "\n".join(f"X-{n}: {n}" for n in range(2000))),
    "/huge-headers": _with_length("200 OK\nX-Huge: " + "x" * 11_000_000),
    "/loop": _with_length("302 Found\nLocation: /loop"),
    "/once": _with_length("302 Found\nLocation: /"),
    "/once-301": _with_length("301 Moved\nLocation: /"),
    "/once-303": _with_length("303 See Other\nLocation: /"),
    "/once-307": _with_length("307 Temporary\nLocation: /"),
    "/once-308": _with_length("308 Permanent\nLocation: /"),
    "/dots": _with_length("302 Found\nLocation: ./a/../missing"),
    "/to-query": _with_length("302 Found\nLocation: ?once"),
    "/to-nowhere": _with_length("302 Found"),
    "/to-empty": _with_length("302 Found\nLocation: "),
    "/to-garbage": _with_length("302 Found\nLocation: http://[::1"),
    "/to-ftp": _with_length("302 Found\nLocation: ftp://127.0.0.1/"),
    "/to-closed": _with_length("302 Found\nLocation: http://127.0.0.1:9/"),
    "/to-unknown": _with_length("302 Found\nLocation: http://nobody.test/"),
    "/to-four": _with_length("302 Found\nLocation: //four.test:9/"),
    "/modified": _with_length("200 OK\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT"),
    "/modified-oddly": _with_length("200 OK\nLast-Modified: yesterday"),
    "/modified-old": _with_length("200 OK\nLast-Modified: Sunday, 06-Nov-94 08:49:37 GMT"),
    "/cookies": _with_length("200 OK\nSet-Cookie: a=1\nSet-Cookie: b=2"),
    "/gzip": _with_length("200 OK\nContent-Encoding: gzip", _GZIP),
    "/gzip-cut": _with_length("200 OK\nContent-Encoding: gzip", _GZIP[:-12]),
    "/gzip-tail": _with_length("200 OK\nContent-Encoding: gzip", _GZIP + b"rubbish"),
    "/gzip-twice": _with_length("200 OK\nContent-Encoding: gzip", _GZIP + _GZIP),
    "/not-gzip": _with_length("200 OK\nContent-Encoding: gzip", BODY),
    "/deflate": _with_length("200 OK\nContent-Encoding: deflate", _deflated(BODY)),
    "/zlib": _with_length("200 OK\nContent-Encoding: deflate", zlib.compress(BODY)),
    "/latin1": _with_length("200 OK", b"caf\xe9 \xff\n"),
    "/large": _with_length("200 OK", b"x" * 3_000_000),
    "/close-at-once": b"",
}


async def _slow_head(_: Writer) -> None:
    await asyncio.sleep(LATE)


async def _slow_body(writer: Writer) -> None:
    writer.write(_answer("200 OK\nContent-Length: 100"))
    for _ in range(10):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)
    await asyncio.sleep(LATE)


async def _pause(writer: Writer) -> None:
    whole = ANSWERS["/"]
    for part in (whole[:5], whole[5:25], whole[25:60], whole[60:]):
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless_headers(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"y" * 8000 + b"\r\n")
        await writer.drain()


async def _endless_line(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-More: ")
    while True:
        writer.write(b"y" * 8000)
        await writer.drain()


async def _endless_body(writer: Writer) -> None:
    writer.write(_answer("200 OK\nConnection: close"))
    while True:
        writer.write(b"z" * 65536)
        await writer.drain()


async def _reset(writer: Writer) -> None:
    writer.transport.abort()


async def _reset_body(writer: Writer) -> None:
    writer.write(_answer("200 OK\nContent-Length: 100", BODY))
    await writer.drain()
    writer.transport.abort()


SCENES: Mapping[str, Scene] = {
    "/slow-head": _slow_head,
    "/slow-body": _slow_body,
    "/piecemeal": _pause,
    "/endless-headers": _endless_headers,
    "/endless-line": _endless_line,
    "/endless-body": _endless_body,
    "/reset": _reset,
    "/reset-body": _reset_body,
}


async def converse(reader: asyncio.StreamReader, writer: Writer) -> None:
    """One request, one odd answer; `/down/N` leads to `/down/N-1` and so on to `/`, `/to-other`
    to another host, and `/echo` says what it was asked.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    path = head.split(b" ", 2)[1].decode().partition("?")[0]
    if path in SCENES:
        await SCENES[path](writer)
    elif path.startswith("/down/"):
        left = int(path.rpartition("/")[2])
        where = f"/down/{left - 1}" if left > 1 else "/"
        writer.write(_with_length(f"302 Found\nLocation: {where}"))
    elif path == "/to-other":
        port = writer.get_extra_info("sockname")[1]
        writer.write(_with_length(f"302 Found\nLocation: http://four.test:{port}/echo"))
    elif path == "/echo":
        writer.write(_with_length("200 OK", _without_name(head)))
    else:
        writer.write(ANSWERS.get(path, ANSWERS["/missing"]))
    await writer.drain()
    await _settle(reader, writer)


def _without_name(head: bytes) -> bytes:
    """Each exporter says who it is."""
    lines = head.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(b"user-agent:"))


async def _settle(reader: asyncio.StreamReader, writer: Writer) -> None:
    """Closing with unread bytes would reset the connection, and the answer with it."""
    with contextlib.suppress(OSError):  # it may be gone already
        if writer.can_write_eof():
            writer.write_eof()
        while await reader.read(65536):
            pass
