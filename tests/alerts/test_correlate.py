"""Does trouble of a part join the incident of the whole that is broken?"""

import pytest

from alerts.correlate import candidates, join, key_of
from alerts.inventory import NOWHERE, Place

VM = Place(("dc:fra1", "rack:fra1/r9", "server:hv1", "server:vm1"), "vm1")


def test_an_alert_about_nothing_that_we_know_stands_for_itself() -> None:
    assert key_of(NOWHERE, "4711") == "alert:4711"
    assert join(NOWHERE, "4711", broken={"dc:fra1"}) == "alert:4711"
    assert candidates(NOWHERE, "4711") == ("alert:4711",)


@pytest.mark.parametrize(
    ("broken", "key"),
    [
        (set(), "server:vm1"),
        ({"server:hv1"}, "server:hv1"),
        ({"server:hv1", "dc:fra1"}, "dc:fra1"),
        ({"rack:fra1/r9", "server:hv1"}, "rack:fra1/r9"),
        ({"server:vm1"}, "server:vm1"),
        ({"server:web1", "dc:ams1"}, "server:vm1"),
    ],
)
def test_the_widest_broken_whole_takes_it(broken: set[str], key: str) -> None:
    assert join(VM, "4711", broken=broken) == key


def test_every_key_that_could_take_it_is_known_beforehand() -> None:
    assert candidates(VM, "4711") == VM.keys
    for broken in VM.keys:
        assert join(VM, "4711", broken={broken}) in candidates(VM, "4711")
