"""Words of technicians, and what we dare to read out of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.datacentre.wording import Saying, said


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("Done.", Saying.DONE),
        ("Done at 03:31.", Saying.DONE),
        ("done, 03:31 CEST", Saying.UNCLEAR),
        ("Done by tomorrow.", Saying.UNCLEAR),
        ("Done at 5 tomorrow.", Saying.UNCLEAR),
        ("Hello Ana,\n\nthe server has been power cycled at 03:20.\n\nRegards", Saying.DONE),
        ("We have rebooted the machine, photo attached.", Saying.DONE),
        ("Power cycle completed 03:21 CEST. LEDs green.", Saying.DONE),
        ("Hallo, der Server wurde um 03:20 neu gestartet.", Saying.DONE),
        ("Erledigt.", Saying.DONE),
        ("I've power-cycled it.", Saying.DONE),
        ("A technician is on his way.", Saying.TAKEN),
        ("We will perform the power cycle within 10 minutes.", Saying.TAKEN),
        ("I'll check it shortly", Saying.TAKEN),
        ("We are on it.", Saying.TAKEN),
        ("The reboot will be done by our night shift.", Saying.TAKEN),
        ("Wir kümmern uns darum.", Saying.TAKEN),
        ("Der Techniker ist unterwegs.", Saying.TAKEN),
        ("Your request has been received. Ticket #12345 has been created.", Saying.RECEIVED),
        ("We cannot perform remote hands for this account.", Saying.REFUSED),
        ("The PIN you gave is wrong", Saying.REFUSED),
        ("Ana Ortiz is not authorised to order.", Saying.REFUSED),
        ("Your request was declined.", Saying.REFUSED),
        ("Which of the two machines is it?", Saying.QUESTION),
        ("Done. Shall we also change the disk?", Saying.QUESTION),
        # nobody may read a yes out of these
        ("It is not done yet.", Saying.UNCLEAR),
        ("Once the server has been power cycled we call you.", Saying.UNCLEAR),
        ("Please confirm that the server has been rebooted.", Saying.UNCLEAR),
        ("The server has been power cycled but does not start.", Saying.UNCLEAR),
        ("Done. It does not come up.", Saying.UNCLEAR),
        ("We have rebooted the machine. The screen shows nothing.", Saying.UNCLEAR),
        ("The power cycle has been done. We cannot do the photo.", Saying.UNCLEAR),
        ("A technician is not on his way.", Saying.UNCLEAR),
        ("Hello", Saying.UNCLEAR),
        ("", Saying.UNCLEAR),
    ],
)
def test_only_what_is_clearly_said_is_heard(text: str, saying: Saying) -> None:
    assert said(text) is saying


@given(st.text(max_size=2000))
def test_no_text_breaks_it(text: str) -> None:
    assert said(text) in Saying


def test_a_long_text_costs_little() -> None:
    assert said("we " * 5000 + "on it " * 5000) in Saying
