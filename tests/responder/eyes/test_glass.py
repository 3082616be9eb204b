"""Is what was last seen told as Prometheus reads it, without holding anybody up?"""

import shutil
import subprocess
import time
from dataclasses import replace
from types import MappingProxyType

import pytest
from prometheus_client.parser import text_string_to_metric_families

from probes.model import (
    UP,
    Finding,
    Look,
    Observation,
    Phase,
    Sample,
    Target,
    Verdict,
    down,
    unknown,
)  # fmt: skip
from responder.eyes.glass import Glass
from tests.probes.rounds_room import Answering
from tests.require import require

Told = dict[str, list[tuple[dict[str, str], float]]]
BUSY: tuple[Sample, ...] = (
    ("probe_http_duration_seconds", 'phase="connect"', 0.25),
    ("probe_http_duration_seconds", 'phase="tls"', 0.5),
    ("probe_http_status_code", "", 200),
)


def look(key: str = "web1/http", address: str = "http://web1/", **labels: str) -> Look:
    target = Target(address, "", MappingProxyType(labels))
    return Look(key, "http_2xx", Answering(), target, key)


def seen(finding: Finding = UP, *more: Sample) -> Observation:
    success = ("probe_success", "", float(finding.verdict is Verdict.UP))
    return Observation(finding, 0.1, 5.0, (*more, success, ("probe_duration_seconds", "", 0.1)))


def told(glass: Glass) -> Told:
    """Every sample by its name, as Prometheus' own parser reads the page."""
    found: Told = {}
    for family in text_string_to_metric_families("".join(glass.page())):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_a_look_is_told_with_the_labels_of_its_target() -> None:
    glass = Glass()
    glass.show(look(server="web1", brand="acme", datacentre="dc1"), seen(UP, *BUSY))
    whose = {"instance": "http://web1/", "module": "http_2xx", "server": "web1", "brand": "acme",
             "datacentre": "dc1"}  # fmt: skip
    assert told(glass) == {
        "probe_http_duration_seconds": [
            ({**whose, "phase": "connect"}, 0.25),
            ({**whose, "phase": "tls"}, 0.5),
        ],
        "probe_http_status_code": [(whose, 200)],
        "probe_success": [(whose, 1)],
        "probe_duration_seconds": [(whose, 0.1)],
    }


def test_only_the_last_one_counts() -> None:
    glass, one = Glass(), look()
    glass.show(one, seen(UP, *BUSY))
    glass.show(one, seen(down(Phase.CONNECT, "connection refused")))
    assert {name: [value for _, value in rows] for name, rows in told(glass).items()} == {
        "probe_success": [0],
        "probe_duration_seconds": [0.1],
    }


def test_families_stand_together_whatever_the_looks_have() -> None:
    glass = Glass()
    for number in range(6):
        busy = BUSY[: number % 3]
        glass.show(look(f"w{number}", f"http://w{number}/"), seen(UP, *busy))
    lines = "".join(glass.page()).splitlines()
    names = [line.split()[2] if line.startswith("#") else line.split("{")[0] for line in lines]
    order = [name for place, name in enumerate(names) if not place or names[place - 1] != name]
    assert len(order) == len(set(order)) == 3
    assert len(told(glass)["probe_success"]) == 6


def test_what_could_not_be_told_has_no_series_and_is_counted() -> None:
    glass = Glass()
    glass.show(look("a", "a"), seen(unknown(Phase.AUTH, "a bad token")))
    glass.show(look("b", "b"), seen())
    glass.show(look("c", "c"), seen(down(Phase.CONNECT, "no answer")))
    assert [labels["instance"] for labels, _ in told(glass)["probe_success"]] == ["b", "c"]
    assert glass.verdicts() == {Verdict.UP: 1, Verdict.DOWN: 1, Verdict.UNKNOWN: 1}


def test_an_answer_without_a_series_is_counted_all_the_same() -> None:
    glass = Glass()
    glass.show(look(), Observation(UP, 0.1, 5.0))
    assert list(filter(None, glass.page())) == []
    assert glass.verdicts()[Verdict.UP] == 1


def test_looks_with_the_same_labels_are_told_apart_by_their_keys() -> None:
    glass = Glass()
    for key in ("a", "b", "c"):
        glass.show(look(key), seen())
    apart = [labels.get("look") for labels, _ in told(glass)["probe_success"]]
    assert apart == [None, "b", "c"]
    glass.forget(["a"])
    glass.show(look("b"), seen())
    assert sorted(labels.get("look", "") for labels, _ in told(glass)["probe_success"]) == ["", "c"]


def test_a_label_that_prometheus_would_not_take_is_left_out() -> None:
    glass = Glass()
    odd = {"phase": "x", "bad-name": "x", "__meta": "x", "empty": "", "good": 'a"b\\c\nd'}
    glass.show(look(**odd), seen(UP, *BUSY))
    labels = told(glass)["probe_success"][0][0]
    assert labels == {"instance": "http://web1/", "module": "http_2xx", "good": 'a"b\\c\nd'}


def test_a_changed_target_is_told_with_its_new_labels() -> None:
    glass, one = Glass(), look(brand="acme")
    glass.show(one, seen())
    glass.show(replace(one, target=Target("http://web2/")), seen())
    assert told(glass)["probe_success"] == [({"instance": "http://web2/", "module": "http_2xx"}, 1)]


def test_what_is_looked_at_no_longer_is_told_no_longer() -> None:
    glass = Glass()
    for key in ("a", "b", "c"):
        glass.show(look(key, key), seen())
    glass.keep({"b"})
    assert [labels["instance"] for labels, _ in told(glass)["probe_success"]] == ["b"]
    glass.forget(["b", "nobody"])
    assert list(filter(None, glass.page())) == []


def test_what_is_seen_while_the_page_is_told_is_on_the_next() -> None:
    glass = Glass()
    for number in range(5000):
        glass.show(look(f"w{number}", f"w{number}"), seen())
    page = glass.page()
    first = next(page)
    glass.keep(())
    glass.show(look("new", "new"), seen())
    rest = first + "".join(page)
    assert rest.count("probe_success{") == 5000
    assert "".join(glass.page()).count("probe_success{") == 1


@pytest.mark.usefixtures("no_collector")
def test_no_piece_takes_long() -> None:
    glass = Glass()
    for number in range(10_000):
        own = f'subject="CN=w{number}"'
        more = (*BUSY, ("probe_ssl_last_chain_info", own, 1.0))
        glass.show(look(f"w{number}", f"https://w{number}/"), seen(UP, *more))
    longest, page = 0.0, glass.page()
    while True:
        begun = time.thread_time()
        piece = next(page, None)
        longest = max(longest, time.thread_time() - begun)
        if piece is None:
            break
        assert piece.count("\n") <= 200
    assert longest < 0.01


@pytest.mark.parametrize("count", [1, 300])
def test_promtool_finds_no_fault_with_it(count: int) -> None:
    program = shutil.which("promtool")
    require("promtool", present=program is not None)
    glass = Glass()
    for number in range(count):
        glass.show(look(f"w{number}", f"http://w{number}/"), seen(UP, *BUSY))
    answer = subprocess.run(
        [str(program), "check", "metrics"],
        input="".join(glass.page()), capture_output=True, text=True,
    )  # fmt: skip
    assert (answer.stdout, answer.stderr, answer.returncode) == ("", "", 0)
