"""Which level gets the ticket of an alert: hardware, blacklists, load (R75, R76, R77)."""

from collections.abc import Mapping

import pytest

from responder.desk.alert_tasks import errand, task_of, wished
from responder.desk.section import Desk, Scope


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("NodeRAIDDegraded", "level-3"),
        ("NodeRAIDDiskFailure", "level-3"),
        ("HostRaidArrayGotInactive", "level-3"),
        ("SmartMediaErrors", "level-3"),
        ("SMARTDeviceTemperature", "level-3"),
        ("HostEdacUncorrectableErrorsDetected", "level-3"),
        ("ECCErrors", "level-3"),
        ("md_raid_failed", "level-3"),
        ("MailServerBlacklisted", "level-3"),
        ("HighLoad", "level-2"),
        ("NodeSystemSaturation", "level-2"),
        ("UploadFailed", ""),
        ("HostDown", ""),
        ("Smartphone", ""),
    ],
)
def test_r75_r76_r77_the_name_of_an_alert_tells_its_task(name: str, queue: str) -> None:
    assert wished([{"alertname": name}], Desk()) == queue


@pytest.mark.parametrize(
    ("labels", "queue"),
    [
        ([{"alertname": "HighLoad", "queue": "level-1"}], "level-1"),
        ([{"alertname": "HighLoad"}, {"alertname": "HostDown"}], ""),
        ([{"alertname": "HighLoad"}, {"alertname": "HighLoad", "queue": "nowhere"}], ""),
        ([{"alertname": "Odd", "task": "hardware"}], "level-3"),
        ([{"alertname": "Odd", "task": "dance"}], ""),
        ([], ""),
    ],
)
def test_the_alerts_own_word_counts_more_and_all_must_agree(
    labels: list[Mapping[str, str]], queue: str
) -> None:
    assert wished(labels, Desk()) == queue


def test_r77_the_desk_may_want_it_otherwise() -> None:
    own = Desk(scope={"server-load": Scope(level="level-1")})
    assert wished([{"alertname": "HighLoad"}], own) == "level-1"


def test_r75_a_draft_for_the_data_centre_comes_with_faulty_hardware_alone() -> None:
    assert "look at web1 (fra1, r7)" in errand(
        [{"alertname": "NodeRAIDDegraded"}], machine="web1 (fra1, r7)"
    )
    assert errand([{"alertname": "HighLoad"}], machine="web1") == ""
    assert task_of({}) == ""
