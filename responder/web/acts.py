"""What one act on a ticket is over the API, and how its refusals are answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from responder import deskwork
from responder.deskwork import Acted, Conflict, Forbidden, Missing, NoSuchTicket
from responder.web.orders import Order
from responder.web.route import Refused


@dataclass(frozen=True, slots=True)
class Act:
    """One verb. `work` makes the transaction function from the body."""

    verb: str
    order: type[Order]
    work: Callable[[Any], Callable[..., Acted]]
    summary: str


@contextmanager
def refusals() -> Iterator[None]:
    """What the desk refuses becomes an answer: 404, 409, 403, 422 for missing words."""
    try:
        yield
    except NoSuchTicket as unknown:
        raise Refused(404, "not_found", str(unknown)) from None
    except Conflict as first:
        raise Refused(409, "conflict", str(first)) from None
    except Forbidden as not_you:
        raise Refused(403, "forbidden", str(not_you)) from None
    except Missing as lack:
        raise Refused(422, "incomplete", str(lack)) from None
    except deskwork.Refused as refusal:
        raise Refused(409, "conflict", str(refusal)) from None
