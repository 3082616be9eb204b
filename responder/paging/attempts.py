"""What an attempt to page somebody leaves behind: a line of the ledger, a question for later."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from playbooks.outside import OutsideError
from playbooks.ports import Receipt
from responder.store import Tx, follows, pages, tries
from responder.store import outbox as outbox_rows
from responder.values import Effect, EffectKind

FIRST_ASKED = timedelta(seconds=5)
FOLLOWED_FOR = timedelta(minutes=10)


def receipted(receipt: Receipt, *, repeats: int) -> Mapping[str, Any]:
    """What the outbox keeps of a page that was taken. `repeats` counts those that may have gone out
    before it, unseen.
    """
    return {
        "reference": receipt.reference,
        "repeats": repeats,
        "detail": receipt.detail,
        "follow": receipt.follow,
    }


def taken(tx: Tx, key: str, result: Mapping[str, Any], *, now: datetime) -> None:
    """The provider has it; what becomes of it there may have to be asked."""
    reference, repeats = result["reference"], result["repeats"]
    pages.end(tx, key, state="delivered", reference=reference, repeats=repeats, now=now)
    tries.add(tx, key, outcome="accepted", detail=result["detail"], now=now)
    if result["follow"]:
        first, last = now + FIRST_ASKED, now + FOLLOWED_FOR
        follows.begin(tx, key, reference=reference, due_at=first, until_at=last)


def refused(tx: Tx, key: str, error: OutsideError, *, now: datetime) -> None:
    """It was not taken, or nobody knows whether it was."""
    outcome = "unsure" if error.ambiguous else "failed"
    tries.add(tx, key, outcome=outcome, detail=str(error), now=now)


def try_next(tx: Tx, page: Effect, methods: Sequence[Any], *, now: datetime) -> None:
    """Queue it over the method that stands after its own, if there is one; a round that did not
    begin with the first goes on with that after the last. Asked again, nothing more is queued: the
    key of that page is always the same.
    """
    first = page.payload.get("first", 0)
    place = page.payload["place"] + 1
    if first:
        place %= len(methods) or 1
    if place >= len(methods) or place == first:
        return
    stem = page.key.rsplit("/", 1)[0]
    told = {**page.payload, "place": place, "method": methods[place].kind}
    effect = Effect(f"{stem}/{place}", EffectKind.PAGE, page.incident, told)
    outbox_rows.add(tx, [effect], now=now)
    pages.queue(tx, [effect], now=now)
