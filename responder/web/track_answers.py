"""What doors for customers share: plain refusals, private answers, pictures, the page."""

from collections.abc import Awaitable
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from aiohttp import web
from pydantic import ValidationError

from responder.customers.letters import told_time
from responder.desk.tracking import phrases
from responder.deskwork import NoSuchTicket
from responder.deskwork import Refused as Unfit
from responder.store.attachments import File
from responder.tracked import Track
from responder.trackwork import NoPicture, NotNow, TooMuch
from responder.web.orders import Order
from responder.web.route import Asked, Refused

FORM: Final = "application/x-www-form-urlencoded"
_UNKNOWN: Final = "there is no such request, or this is no link of ours"

R = TypeVar("R")
S = TypeVar("S", bound=Order)


def unknown() -> Refused:
    """The one answer for what is not there, what is another's, and what was never signed by us."""
    return Refused(404, "not_found", _UNKNOWN)


async def refused_plainly(work: Awaitable[R]) -> R:
    """What the work gives. Raises Refused in the place of what it raises."""
    try:
        return await work
    except NoSuchTicket:
        raise unknown() from None
    except (NotNow, Unfit) as refusal:
        raise Refused(409, "conflict", str(refusal)) from None
    except NoPicture as refusal:
        raise Refused(415, "no_picture", str(refusal)) from None
    except TooMuch as refusal:
        raise Refused(429, "too_much", str(refusal)) from None


def private(answer: web.Response) -> web.Response:
    """Nobody keeps a copy on the way, and no search engine knows it."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def kept_file(found: tuple[File, bytes]) -> web.Response:
    """A picture to be kept, never shown in place: nothing in it is run (R32)."""
    file, data = found
    answer = web.Response(body=data, content_type=file.kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.id[:8]}-{_ascii(file)}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return private(answer)


def ordered(asked: Asked, shape: type[S]) -> S:
    """What was sent, as JSON or by the form of the page. Raises Refused."""
    if asked.request.content_type != FORM or asked.body.lstrip().startswith(b"{"):
        return asked.take(shape)  # curl calls JSON a form, unless it is told better
    try:
        fields = parse_qs(asked.body.decode(), max_num_fields=20)
        return shape.model_validate({name: values[-1] for name, values in fields.items()})
    except (ValidationError, ValueError):
        raise Refused(400, "bad_request", "the form does not fit") from None


def page_facts(found: Track, *, token: str, voting: bool, zone: str) -> dict[str, Any]:
    """What the template needs; `zone` is in which times are told."""
    seen = found.seen
    return {
        "root": "../" if voting else "",
        "here": "" if voting else f"{token}/",
        "seen": seen,
        "files": {file.id: file for file in found.files},
        "words": phrases(seen.language),
        "next_update": told_time(seen.next_update, zone),
        "voting": voting,
        "at": lambda moment: told_time(moment, zone),
    }


def _ascii(file: File) -> str:
    return file.name.encode("ascii", "ignore").decode().replace('"', "") or "screenshot"
