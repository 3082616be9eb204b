"""Is what is unwise in a rota a finding of `check`, before the night in which it matters?"""

from datetime import datetime
from pathlib import Path

import pytest

from responder.configfile import load
from responder.findings import Examined
from responder.rota.doubts import doubts
from responder.rota.section import RotaPart
from tests.responder.rota.roster import at, layer

MONDAY = at("2026-01-05 12:00")
FRIDAY = at("2026-01-09 12:00")
FILE = """\
daemon: {url: "https://responder.example.net"}
people:
  ana: {methods: [{kind: email, to: ana@example.net}]}
  boris: {methods: [{kind: email, to: boris@example.net}]}
teams: {rapid-response: {members: [ana, boris]}}
rotas:
  night:
    zone: Europe/Sofia
    layers: [{people: [ana, boris], begins: 2026-01-05}]
escalations:
  all: {steps: [{notify: [night]}, {notify: [everyone]}]}
paging: {email: {host: 127.0.0.1, from: responder@example.net}}
probes: {looks: [{kind: ping, targets: [127.0.0.2]}]}
"""


def part(*layers: dict[str, object], **more: object) -> RotaPart:
    return RotaPart.model_validate({"zone": "Europe/Sofia", "layers": list(layers), **more})


def told(
    one: RotaPart, now: datetime = MONDAY, *, reachable: str = "ana boris", critical: bool = True
) -> list[str]:
    """Each doubt as `way.to.it: message`."""
    names = {"night"} if critical else set[str]()
    found = doubts({"night": one}, now, reachable=reachable.split(), critical=names)
    return [f"{'.'.join(map(str, loc))}: {message}" for loc, message in found]


def checked(folder: Path, text: str) -> list[str]:
    """All findings of this file."""
    (folder / "responder.yaml").write_text(text)
    found = load(folder / "responder.yaml", Examined).findings
    return [str(one).split("responder.yaml:", 1)[1] for one in found]


def test_a_good_rota_leaves_no_doubt() -> None:
    assert told(part(layer("ana boris"))) == []


def test_the_first_gap_of_the_fortnight_is_named() -> None:
    one = part(layer("ana boris", "00:00-00:00 mon tue wed thu fri"))
    assert told(one) == [
        "rotas.night: nobody is on call from Sat 2026-01-10 00:00 to Mon 2026-01-12 00:00 and once"
        " more in the next 14 days"
    ]
    assert told(part(layer("ana boris"), layer("ana", "07:00-19:00"))) == []


def test_a_gap_that_an_absence_of_the_file_makes_is_named(tmp_path: Path) -> None:
    from datetime import UTC, timedelta

    today = datetime.now(UTC).date()
    days = f"{{from: {today + timedelta(days=2)}, to: {today + timedelta(days=4)}}}"
    text = FILE.replace(
        "methods: [{kind: email, to: ana@", f"away: [{days}], methods: [{{kind: email, to: ana@"
    )
    text = text.replace("to: boris@example.net}]", f"to: boris@example.net}}], away: [{days}]")
    assert [one for one in checked(tmp_path, text) if "nobody is on call from" in one]
    assert checked(tmp_path, FILE) == []


def test_a_calendar_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = FILE.replace(
        "to: boris@example.net}]", "to: boris@example.net}], absences: {file: no.ics}"
    )
    assert checked(tmp_path, text) == [
        "4:77: people.boris.absences.file: can't be read: nobody knows when boris is away"
    ]


def test_a_gap_that_begins_later_is_tomorrows_finding() -> None:
    one = part(layer("ana boris"), overrides=[])
    assert told(one) == []
    late = part(layer("ana boris", begins="2026-01-23"))
    [found] = told(late, FRIDAY)
    assert "from Fri 2026-01-09 12:00 to Fri 2026-01-23 00:00 in the next 14 days" in found


def test_where_only_shifts_are_promised_there_is_no_gap() -> None:
    one = part(layer("ana boris", "07:00-19:00"), promise="layers")
    assert told(one) == []


def test_who_has_no_methods_can_not_be_on_call() -> None:
    own = {"from": "2026-01-05 19:00", "to": "2026-01-06 07:00", "person": "clara"}
    one = part(layer("ana boris"), overrides=[own])
    words = "comes on call without methods: a page cannot reach this person"
    assert told(one, reachable="ana") == [
        f"rotas.night.layers.0.people.1.0: boris {words}",
        f"rotas.night.overrides.0.person: clara {words}",
    ]


def test_one_person_alone_is_too_few_for_what_is_critical() -> None:
    """R18."""
    one = part(layer("ana"))
    words = "ana alone is on call for critical incidents: name a second person"
    assert told(one) == [f"rotas.night: {words}"]
    assert told(one, critical=False) == []


def test_a_rota_without_a_zone_goes_by_no_clock_of_people() -> None:
    one = RotaPart.model_validate({"layers": [layer("ana boris")]})
    assert told(one) == [
        "rotas.night: no zone: its shifts begin and end by UTC, on no clock that people look at"
    ]


def test_who_is_never_on_call_can_not_be_replaced() -> None:
    own = {"from": "2026-01-05 19:00", "to": "2026-01-06 07:00", "person": "ana"}
    one = part(layer("ana boris"), overrides=[{**own, "instead_of": "clara"}])
    assert told(one) == [
        "rotas.night.overrides.0.instead_of: clara has no turn in this rota: nobody is replaced"
    ]


def test_a_file_with_a_rota_may_be_without_findings(tmp_path: Path) -> None:
    assert checked(tmp_path, FILE) == []


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("[ana, boris], begins", "[ana, boris], shifts: [{from: 07:00, to: 19:00}], begins",
         "7:3: rotas.night: nobody is on call from "),
        ("[ana, boris], begins", "[ana], begins", "7:3: rotas.night: ana alone is on call for"),
        ("    zone: Europe/Sofia\n", "", "7:3: rotas.night: no zone: its shifts begin and end"),
        ("[everyone]", "[manager]",
         "11:46: escalations.all.steps[1].notify[0]: nobody is one: mark a person with manager"),
    ],
)  # fmt: skip
def test_a_finding_has_its_place_in_the_file(
    tmp_path: Path, before: str, after: str, finding: str
) -> None:
    [found] = checked(tmp_path, FILE.replace(before, after))
    assert finding in found


def test_a_manager_of_whom_there_is_one_is_no_finding(tmp_path: Path) -> None:
    text = FILE.replace("[everyone]", "[manager]").replace("ana: {", "ana: {manager: true, ")
    assert checked(tmp_path, text) == []
