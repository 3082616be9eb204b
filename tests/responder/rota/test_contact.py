"""Does a customer's own person get the ticket, and nothing that can't wait?"""

import pytest

from responder.rota.contact import OwnPerson, assignee

PAL = OwnPerson("ana", deputy="boris")


@pytest.mark.parametrize(
    ("on_call", "who"),
    [
        (("ana", "boris"), "ana"),
        (("boris", "clara"), "boris"),
        (("clara",), None),
        ((), None),
    ],
)
def test_the_person_else_the_deputy_else_whoever_takes_it(
    on_call: tuple[str, ...], who: str | None
) -> None:
    assert assignee(PAL, on_call=on_call) == who


def test_what_is_critical_waits_for_nobody() -> None:
    assert assignee(PAL, on_call=("ana",), critical=True) is None


def test_not_everybody_has_a_person_of_their_own_or_a_deputy() -> None:
    assert assignee(None, on_call=("ana",)) is None
    assert assignee(OwnPerson("ana"), on_call=("ana",)) == "ana"
    assert assignee(OwnPerson("ana"), on_call=("boris",)) is None
