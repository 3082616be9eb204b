"""Does the store know which way to a person was proved, and by which test?"""

from datetime import timedelta

from sqlalchemy import Connection

from responder.store import proofs
from responder.store.proofs import Proof
from tests.store.samples import MINUTE, NOW

NTFY = "ntfy:4fd0"


def test_a_test_that_was_sent_proves_nothing_yet(tx: Connection) -> None:
    proofs.sent(tx, "ana", NTFY, code="c1", now=NOW)
    assert proofs.known(tx) == {("ana", NTFY): Proof("ana", NTFY, NOW, None)}


def test_the_code_proves_it_once(tx: Connection) -> None:
    proofs.sent(tx, "ana", NTFY, code="c1", now=NOW)
    first = proofs.confirm(tx, "ana", "c1", now=NOW + MINUTE)
    assert first == Proof("ana", NTFY, NOW, NOW + MINUTE)
    assert proofs.confirm(tx, "ana", "c1", now=NOW + 5 * MINUTE) == first


def test_an_older_test_proves_nothing_any_more_and_an_old_yes_stays(tx: Connection) -> None:
    later = NOW + timedelta(days=9)
    proofs.sent(tx, "ana", NTFY, code="c1", now=NOW)
    proofs.confirm(tx, "ana", "c1", now=NOW + MINUTE)
    proofs.sent(tx, "ana", NTFY, code="c2", now=later)
    assert proofs.confirm(tx, "ana", "c1", now=later + MINUTE) is None
    assert proofs.known(tx)["ana", NTFY].confirmed_at == NOW + MINUTE
    again = proofs.confirm(tx, "ana", "c2", now=later + MINUTE)
    assert again == Proof("ana", NTFY, later, later + MINUTE)


def test_only_the_person_who_was_meant_can_say_so(tx: Connection) -> None:
    proofs.sent(tx, "ana", NTFY, code="c1", now=NOW)
    for person, code in (("ben", "c1"), ("ana", "c2"), ("ana", "")):
        assert proofs.confirm(tx, person, code, now=NOW) is None
    assert proofs.known(tx)["ana", NTFY].confirmed_at is None


def test_each_method_of_each_person_is_known_for_itself(tx: Connection) -> None:
    for person, method, code in (("ana", NTFY, "1"), ("ana", "email:1", "2"), ("ben", NTFY, "3")):
        proofs.sent(tx, person, method, code=code, now=NOW)
    proofs.confirm(tx, "ana", "2", now=NOW)
    told = {key: one.confirmed_at for key, one in proofs.known(tx).items()}
    assert told == {("ana", NTFY): None, ("ana", "email:1"): NOW, ("ben", NTFY): None}
