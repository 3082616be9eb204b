"""Over which methods does a page go on when one of them fails, and does it end?"""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Connection, select

from responder.paging.attempts import try_next
from responder.store.tables import outbox
from responder.values import Effect
from tests.store.samples import NOW, page, stored


@dataclass(frozen=True)
class Method:
    """One way of a person."""

    kind: str


SMS, VOICE, MAIL = Method("sms"), Method("voice"), Method("email")


def begun(place: int) -> Effect:
    """A round that began with the method at this place of the person's list."""
    one = page("ana")
    first = {"first": place} if place else {}
    key = one.key.rsplit("/", 1)[0] + f"/{place}"
    return replace(one, key=key, payload={**one.payload, "place": place, **first})


@pytest.mark.parametrize(
    ("methods", "place", "order"),
    [
        ((SMS, VOICE, MAIL), 0, ["voice", "email"]),
        ((SMS, VOICE, MAIL), 1, ["email", "sms"]),
        ((SMS, VOICE, MAIL), 2, ["sms", "voice"]),
        ((SMS,), 0, []),
        ((SMS,), 1, ["sms"]),  # a reload has taken the method away with which it began
        ((), 1, []),
    ],
)
def test_each_other_method_is_tried_once_in_turn(
    tx: Connection, methods: tuple[Method, ...], place: int, order: list[str]
) -> None:
    stored(tx, 1)
    effect, tried = begun(place), list[str]()
    for _ in range(5):
        try_next(tx, effect, methods, now=NOW)
        rows = tx.execute(select(outbox.c.key, outbox.c.payload).order_by(outbox.c.id)).all()
        if len(rows) == len(tried):
            break
        tried.append(rows[-1].payload["method"])
        effect = replace(effect, key=rows[-1].key, payload=rows[-1].payload)
    assert tried == order
