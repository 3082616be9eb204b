"""Is what our own machine's slowness made fail thrown away, and only that?"""

import pytest

from alerts.late import ours
from probes.model import Verdict


@pytest.mark.parametrize(
    ("lag", "delay", "thrown"),
    [
        (0.0, 0.0, False),
        (1.0, 0.0, False),
        (1.01, 0.0, True),
        (0.0, 2.5, False),
        (0.0, 2.6, True),
        (3.0, 3.0, True),
    ],
)
def test_a_failing_look_counts_only_when_we_were_in_time(
    lag: float, delay: float, thrown: bool
) -> None:
    assert ours(Verdict.DOWN, lag=lag, delay=delay, within=5) is thrown


@pytest.mark.parametrize("verdict", [Verdict.UP, Verdict.UNKNOWN])
def test_what_did_not_fail_always_counts(verdict: Verdict) -> None:
    assert not ours(verdict, lag=60, delay=60, within=5)
