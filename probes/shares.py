"""Whose look it is where several daemons share them: the highest random weight wins (pure)."""

from collections.abc import Collection
from hashlib import blake2b


def mine(key: str, me: str, members: Collection[str]) -> bool:
    """Is this look mine? Exactly one of the living members says so, the same whoever asks.

    When one leaves, only its own looks move, evenly to all others; when one comes, it takes an even
    share of everybody's (Thaler and Ravishankar, 1998: rendezvous hashing).
    """
    if me not in members:
        return False
    data = key.encode()
    own = _weight(data, me)
    return all(own >= _weight(data, one) for one in members if one != me)


def _weight(data: bytes, member: str) -> tuple[bytes, str]:
    return blake2b(data, digest_size=8, person=_person(member)).digest(), member


def _person(member: str) -> bytes:
    """16 bytes that set the members apart; longer names are made shorter."""
    name = member.encode()
    return name if len(name) <= 16 else blake2b(name, digest_size=16).digest()
