"""The order as the technician reads it: whole, one task, and with no secret before it is sent."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.datacentre.message import (
    PIN_MARK,
    Letter,
    Missing,
    Trouble,
    compose,
    compose_stop,
    order_key,
    reference_of,
)
from playbooks.datacentre.tasks import WORKS, Task
from tests.playbooks.datacentre.scene import (
    HARDWARE,
    NIGHT,
    PIN,
    TROUBLE,
    a_letter,
    a_site,
    a_spot,
    a_wish,
)


@pytest.fixture
def letter(tmp_path: Path) -> Letter:
    return a_letter(a_site(tmp_path))


def test_the_subject_names_reference_priority_task_label_and_place(letter: Letter) -> None:
    expected = (
        f"[{letter.reference}] [P1] REMOTE HANDS: power cycle \u2013 web1-fra \u2013 fra1/2/r12/U12"
    )
    assert letter.subject == expected


@pytest.mark.parametrize(
    "line",
    [
        "Account: ACC-1234",
        "Contract: C-77",
        "Authorised contact: Ana Ortiz",
        f"PIN: {PIN_MARK}",
        "Call-back number: +34 91 1234567",
        "Second number: +34 91 7654321",
        "Languages: English, German",
        "Site: fra1",
        "Room: 2",
        "Cage: C4",
        "Rack: r12",
        "Unit: 12",
        "Face: front",
        "Label: web1-fra",
        "Vendor and model: Dell R640",
        "Serial number: 5XK2P03",
        "Power outlets (each supply): A: PDU-A 7, B: PDU-B 7",
        "Switch and port: sw1 ge-0/0/7",
        "web1 is down",
        "Since: 2026-07-18 02:58 CEST (2026-07-18 00:58 UTC)",
        "2026-07-18 03:05 CEST (2026-07-18 01:05 UTC): power cycle: failed, the BMC is silent",
        "THE TASK, and nothing else: power cycle:",
        "- touch U13",
        "- A disk LED is amber or red, or you smell or see smoke",
        "In each of these cases do not continue: send a photo, and call us.",
        "- The time of each action, and your name",
        "Time limit: 30 min",
        "Cost ceiling: EUR 100",
        "Approval: run 3, approved by mira",
    ],
)
def test_everything_that_the_technician_needs_is_in_it(letter: Letter, line: str) -> None:
    assert line in letter.body.splitlines()


def test_the_actions_are_numbered_and_name_the_machine(letter: Letter) -> None:
    numbered = [
        line for line in letter.body.splitlines() if line[:1].isdigit() and ". " in line[:4]
    ]
    assert [line.split(".")[0] for line in numbered] == ["1", "2", "3", "4", "5"]
    assert "web1-fra" in numbered[0]
    assert "5XK2P03" in numbered[0]
    assert "A: PDU-A 7, B: PDU-B 7" in numbered[2]


@pytest.mark.parametrize("task", [task for task in Task if task is not Task.STOP])
def test_an_order_asks_for_exactly_one_task(task: Task, tmp_path: Path) -> None:
    letter = a_letter(a_site(tmp_path), wish=a_wish(task))
    assert letter.body.count("THE TASK, and nothing else:") == 1
    assert f"THE TASK, and nothing else: {WORKS[task].title}:" in letter.body


def _without(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != name}


@pytest.mark.parametrize(
    ("hardware", "missing"),
    [
        ({"room": ""}, "room"),
        ({"unit": ""}, "unit"),
        ({"label": ""}, "label"),
        ({"vendor": "", "model": ""}, "vendor and model"),
        ({"serial": ""}, "serial number"),
        ({"switch_port": ""}, "switch and port"),
        ({"outlets": {"a": "PDU-A 7"}}, "power outlets (each supply)"),
    ],
)
def test_a_missing_fact_of_the_machine_is_named(
    hardware: dict[str, Any], missing: str, tmp_path: Path
) -> None:
    told = compose(a_site(tmp_path), a_spot(**hardware), TROUBLE, a_wish(), strict=True, now=NIGHT)
    assert told == Missing((missing,))
    assert missing in str(told)


@pytest.mark.parametrize(
    ("profile", "missing"),
    [
        ({"account": ""}, "account"),
        ({"authorised": {"name": "Ana Ortiz"}}, "PIN (authorised.pin_file)"),
        ({"call_back": []}, "call-back number"),
        ({"languages": []}, "languages"),
        ({"price": {}}, "cost ceiling"),
    ],
)
def test_a_missing_fact_of_the_site_is_named(
    profile: dict[str, Any], missing: str, tmp_path: Path
) -> None:
    site = a_site(tmp_path, **profile)
    told = compose(site, a_spot(), TROUBLE, a_wish(), strict=True, now=NIGHT)
    assert told == Missing((missing,))


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    site = a_site(tmp_path, account="", authorised=None, call_back=[], languages=[], price={})
    spot = replace(a_spot(), rack="", hardware=type(a_spot().hardware)())
    told = compose(site, spot, TROUBLE, replace(a_wish(), approval=""), strict=True, now=NIGHT)
    assert isinstance(told, Missing)
    assert set(told.what) == {
        *("account", "authorised contact", "call-back number", "PIN (authorised.pin_file)"),
        *("languages", "room", "rack", "unit", "label", "vendor and model", "serial number"),
        *("switch and port", "cost ceiling", "approval", "power outlets (each supply)"),
    }


def test_a_machine_with_one_supply_needs_one_outlet(tmp_path: Path) -> None:
    spot = a_spot(supplies=1, outlets={"a": "PDU-A 7"})
    told = compose(a_site(tmp_path), spot, TROUBLE, a_wish(), strict=True, now=NIGHT)
    assert isinstance(told, Letter)


def test_who_looks_at_the_screen_needs_no_outlets(tmp_path: Path) -> None:
    wish = a_wish(Task.LOOK_AT_SCREEN)
    told = compose(a_site(tmp_path), a_spot(outlets={}), TROUBLE, wish, strict=True, now=NIGHT)
    assert isinstance(told, Letter)


def test_a_person_can_ring_with_less(tmp_path: Path) -> None:
    site, spot = a_site(tmp_path, price={}), a_spot(**dict.fromkeys(HARDWARE, "") | _EMPTY)
    told = compose(site, spot, TROUBLE, a_wish(), strict=False, now=NIGHT)
    assert isinstance(told, Letter)
    assert "(not known to us)" in told.body


_EMPTY: dict[str, Any] = {"outlets": {}, "do_not": []}


def test_the_pin_is_filled_in_once_and_only_for_sending(letter: Letter) -> None:
    assert PIN not in repr(letter)
    assert letter.body.count(PIN_MARK) == 1
    sent = letter.with_pin(PIN)
    assert sent.count(PIN) == 1
    assert PIN_MARK not in sent


def test_nobody_else_can_ask_for_the_pin(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    evil = Trouble(f"look {PIN_MARK}\n{PIN_MARK}", NIGHT, [(NIGHT, PIN_MARK)])
    sent = a_letter(site, trouble=evil).with_pin(PIN)
    [line] = [line for line in sent.splitlines() if PIN in line]
    assert line == f"PIN: {PIN}"


@given(st.text(max_size=300), st.text(max_size=300))
def test_hostile_text_forges_neither_a_line_nor_a_header(
    tmp_path_factory: pytest.TempPathFactory, title: str, said: str
) -> None:
    site = a_site(tmp_path_factory.mktemp("site"))
    evil = a_letter(site, trouble=Trouble(title, NIGHT, [(NIGHT, said)]))
    plain = a_letter(site, trouble=Trouble("x", NIGHT, [(NIGHT, "x")]))
    assert len(evil.body.split("\n")) == len(plain.body.split("\n"))
    assert evil.subject.isprintable()
    assert "=?" not in evil.subject


def test_one_order_per_incident_site_and_task() -> None:
    keys = {
        order_key(incident, site, task)
        for incident in ("a-1", "a-2")
        for site in ("fra1", "fra2")
        for task in Task
    }
    assert len(keys) == 4 * len(Task)
    assert len({reference_of(key) for key in keys}) == len(keys)
    assert reference_of("a") == reference_of("a")


def test_stop_says_what_is_taken_back_and_bears_the_same_reference(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    letter = a_letter(site)
    stop = compose_stop(letter, site, now=NIGHT)
    assert stop.reference == letter.reference
    assert stop.subject.startswith(f"[{letter.reference}] [P1] STOP REMOTE HANDS: power cycle")
    assert stop.body.startswith(f"Please STOP. We take back our order {letter.reference}")
    assert "Serial number: 5XK2P03" in stop.body
    assert (stop.answers, stop.key) == (letter.key, f"{letter.key}/stop")
    assert stop.with_pin(PIN).count(PIN) == 1
