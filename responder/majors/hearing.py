"""Have the customers of every brand heard? Words may go out to one brand at a time (pure)."""

from collections.abc import Collection, Iterable
from typing import Final

from responder.customers.wording import Change
from responder.store.logs import Line

_ANEW: Final = ("major_declared", "major_said")


def all_heard(
    lines: Iterable[Line], *, concerned: Collection[str], brands: Collection[str]
) -> bool:
    """`lines` are the incident's log before these words, which go to customers of `brands`. Each
    time that all `concerned` have heard, they wait to hear again.
    """
    everybody, heard = set(concerned), set[str]()
    for line in lines:
        if line.kind in _ANEW:
            heard.clear()
        elif line.kind == "customers_told" and line.data.get("change") == Change.UPDATE:
            heard |= set(line.data.get("brands") or ())
        if everybody <= heard:
            heard.clear()
    return everybody <= heard | set(brands)
