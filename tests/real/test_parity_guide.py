"""Does the guide tell every difference from blackbox_exporter, and every module that is refused?"""

from pathlib import Path

from probes.blackbox_rules import BEYOND, STRANGERS
from tests.real.parity import ALLOWED

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "blackbox.md"


def test_every_allowed_difference_stands_in_the_guide() -> None:
    told = " ".join(GUIDE.read_text(encoding="utf-8").split())
    assert [one.reason for one in ALLOWED if one.reason not in told] == []


def test_whatever_is_refused_stands_in_the_guide() -> None:
    told = GUIDE.read_text(encoding="utf-8")
    words = (*STRANGERS, *BEYOND["http"], *BEYOND["dns"], *BEYOND["tcp"])
    assert [word for word in words if word not in told] == []
