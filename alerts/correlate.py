"""One dead server is one trouble, not two hundred: which incident an alert belongs to."""

from collections.abc import Collection

from alerts.inventory import Place


def key_of(place: Place, identity: str) -> str:
    """The key of the thing itself: an alert about nothing that we know stands for itself."""
    return place.own or f"alert:{identity}"


def candidates(place: Place, identity: str) -> tuple[str, ...]:
    """Every key whose open incident could take this alert in, the widest whole first."""
    return (*place.wholes, key_of(place, identity))


def join(place: Place, identity: str, *, broken: Collection[str]) -> str:
    """The key of the incident that takes the alert: the widest broken whole, else the thing itself.

    `broken` are the keys that have an open critical incident now. A whole with a mere warning takes
    nobody in.
    """
    for whole in place.wholes:
        if whole in broken:
            return whole
    return key_of(place, identity)
