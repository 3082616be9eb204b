"""A data centre as it stands in the file: what is taken, what is refused, who is rung first."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from playbooks.datacentre.channel import Channel
from playbooks.datacentre.desk import call_sheet
from playbooks.datacentre.hardware import Hardware
from playbooks.datacentre.message import PIN_MARK
from playbooks.datacentre.order import PERSONAL, Want
from playbooks.datacentre.site import Site
from tests.playbooks.datacentre.scene import CALL, MAIL, PIN, a_site, an_order, site_written


def test_channels_stand_in_their_order_and_a_call_is_for_a_person(tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[MAIL, {"kind": "robot"}, CALL])
    assert isinstance(site.carrier(0), Channel)
    assert site.carrier(1) is site.channels[1]
    assert site.carrier(2) is None
    assert site.carrier(3) is None


def test_only_words_that_travel_alone_must_be_whole(tmp_path: Path) -> None:
    assert a_site(tmp_path).strict
    assert not a_site(tmp_path, channels=[{"kind": "robot"}, CALL]).strict
    assert not a_site(tmp_path, channels=[CALL]).strict


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"zone": "Europe/Nowhere"}, "no time zone"),
        ({"channels": []}, "at least 1 item"),
        ({"channels": [CALL, MAIL]}, "comes after all other channels"),
        ({"channels": [{"kind": "fax"}]}, "'mail', 'portal', 'robot', 'call'"),
        ({"channels": [{"kind": "mail", "to": "noc"}]}, "not a plain mail address"),
        ({"channels": [{"kind": "call", "number": "tel:1"}]}, "pattern"),
        ({"account": "ACC\n1"}, "one line"),
        ({"sla": {"ack_within": "soon"}}, "duration"),
        ({"pin": "4711"}, "Extra inputs"),
    ],
)
def test_a_slip_is_found_while_the_file_is_read(
    told: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError, match=words):
        Site.model_validate(site_written(tmp_path, **told))


def test_numbers_of_units_may_be_written_as_numbers() -> None:
    assert Hardware.model_validate({"unit": 12, "room": 2}).unit == "12"


def test_the_pin_is_in_neither_a_dump_nor_a_repr(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    assert PIN not in repr(site)
    assert PIN not in site.model_dump_json()
    assert PIN not in str(site.model_dump())


@pytest.mark.parametrize("want", PERSONAL)
def test_a_call_sheet_says_whom_why_and_what_but_not_the_pin(want: Want, tmp_path: Path) -> None:
    site = a_site(tmp_path)
    order = an_order(site, ticket="DC-7", why="they have not answered in time")
    sheet = call_sheet(order, site, want)
    text = sheet.text()
    number = "+49 69 7654321" if want is Want.SUPERVISOR else "+49 69 1234567"
    assert f"Ring: {number}" in text
    assert order.letter.reference in text
    assert "DC-7" in text
    assert "they have not answered in time" in text
    assert "- touch U13" in text
    assert (PIN in text, PIN_MARK in text) == (False, True)


def test_without_any_number_the_sheet_says_so(tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[MAIL], supervisor=None)
    sheet = call_sheet(an_order(site), site, Want.CALL)
    assert "(no number is configured)" in sheet.text()
