"""Asks for the code of a person's telephone, where the configuration wants a second factor."""

from datetime import datetime

from playbooks.outside import OutsideError
from responder.acts import Refusal
from responder.config import Config
from responder.store import Tx, cursors, records
from responder.totp import BadSeed, Judged, Tried, judged, seed_of

_ELSE = "agree with `responder playbook approve`, or let somebody else do it"


def seed_for(config: Config, person: str) -> bytes | None:
    """What this person's codes are made of; None where none is asked for. Raises Refusal where one
    is and can't be read: then nobody agrees over a link.
    """
    if not config.playbooks.second_factor:
        return None
    file = config.people[person].totp_file
    if file is None:
        raise Refusal(f"{person} has no second factor here (totp_file): {_ELSE}")
    try:
        return seed_of(file.reveal())
    except (OutsideError, BadSeed) as trouble:
        raise Refusal(f"no code can be checked ({trouble}): {_ELSE}") from None


def taken(tx: Tx, person: str, given: str, *, seed: bytes, now: datetime) -> Judged:
    """Is this code taken? Its step is used then, and a wrong one is counted: for all instances, and
    only once this transaction is committed.
    """
    name = f"totp/{person}"
    records.one_at_a_time(tx)
    before = Tried.read(cursors.read(tx, name))
    found = judged(before, given, seed, now=now)
    if found.tried != before:
        cursors.move(tx, name, found.tried.text(), now=now)
    return found
