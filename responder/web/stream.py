"""A long page, sent as it is made: the loop stays free, and it never stands in memory whole."""

import asyncio
from collections.abc import Iterable, Iterator

from aiohttp import web

PIECE = 64 << 10  # characters; made in well under a millisecond
END = b"# EOF\n"  # of a page in OpenMetrics' format


async def streamed(
    request: web.Request, head: bytes, rest: Iterable[str], *, kind: str
) -> web.StreamResponse:
    """The head, then the rest piece by piece, with the loop free between any two of them."""
    answer = web.StreamResponse(headers={"Content-Type": kind})
    await answer.prepare(request)
    if request.method == "HEAD":
        return answer
    await answer.write(head.removesuffix(END))
    for piece in gathered(rest):
        await asyncio.sleep(0)
        await answer.write(piece)
    if head.endswith(END):
        await answer.write(END)
    await answer.write_eof()
    return answer


def gathered(pieces: Iterable[str], *, least: int = PIECE) -> Iterator[bytes]:
    """The same in larger pieces; an empty one ends a piece at once."""
    parts: list[str] = []
    size = 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size >= least or not piece:
            yield "".join(parts).encode()
            parts, size = [], 0
    yield "".join(parts).encode()
