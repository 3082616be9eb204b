"""Are the shipped playbooks useful as they come: the right alerts, and the right way through?"""

import re
from collections.abc import Mapping

import pytest

from alerts.model import Category
from playbooks import walk
from playbooks.actions.kinds import ACTIONS
from playbooks.conditions import holds
from playbooks.lookups import names
from playbooks.matching import Subject, chosen
from playbooks.playbook import Mode, Playbook
from playbooks.sense import doubts
from responder.books.shipped import FOLDER, shipped, shipped_names
from tests.rooms import HOUSE

every = pytest.mark.parametrize("name", shipped_names())
BOOKS = {name: shipped(name).playbook for name in shipped_names()}


def test_there_is_one_for_each_emergency_of_the_procedure() -> None:
    assert shipped_names() == (
        "certificate-near-end",
        "disk-full",
        "host-down",
        "panel-down",
        "reseller-down",
        "service-down",
        "site-storm",
    )


@every
def test_each_is_explained_in_its_first_lines_and_bears_the_name_of_its_file(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    explained = lines[: next(place for place, line in enumerate(lines) if line[:1] != "#")]
    assert len(" ".join(explained)) > 300
    assert (BOOKS[name].playbook, BOOKS[name].version) == (name, 1)
    assert BOOKS[name].about


@every
def test_none_acts_without_asking_and_none_is_doubtful(name: str) -> None:
    assert BOOKS[name].safety.mode is Mode.ASK
    assert list(doubts(BOOKS[name])) == []


@every
def test_a_label_that_is_looked_up_is_asked_for_before_it_begins(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    written = re.sub(r"(?m)#.*$", "", text)
    looked_up = set(re.findall(r"alert\.(\w+)", written))
    assert looked_up <= {"alertname", *BOOKS[name].when.labels}


@every
def test_what_customers_read_names_nothing_of_ours(name: str) -> None:
    told = [step.with_["text"] for step in BOOKS[name].steps if step.uses == "customers.tell"]
    assert [list(names(text)) for text in told] == [[] for _ in told]


@every
def test_customers_are_told_nothing_that_nobody_has_read(name: str) -> None:
    steps = BOOKS[name].steps
    for place, step in enumerate(steps):
        if step.uses == "customers.tell":
            (asked,) = [one for one in steps[:place] if one.uses == "approve"]
            assert step.if_ == f"steps.{asked.id}.outcome == ok"


@every
def test_codes_of_our_own_probes_are_spelled_as_they_are(name: str) -> None:
    sources = [*(HOUSE / "probes").glob("*.py"), *(HOUSE / "alerts").glob("*.py")]
    ours = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    for code in BOOKS[name].when.kind:
        if re.fullmatch(r"[A-Z_]+", code) or code in ("ServerDown", "ProbeFailed"):
            assert f'"{code}"' in ours, code


def alert(code: str, category: Category = Category.HOSTING, **labels: str) -> Subject:
    """The trouble that an alert of a server tells of."""
    labels = {"alertname": code, "severity": "error", **labels}
    return Subject(category, "server", code, labels)


BEGINS: Mapping[str, tuple[Subject, tuple[str, ...]]] = {
    "a dead server": (alert("ServerDown", Category.CRITICAL), ("host-down",)),
    "a dead server of Prometheus": (alert("HostDown", Category.CRITICAL), ("host-down",)),
    "a warning of that name": (alert("ServerDown"), ()),
    "a web server that fails": (alert("ProbeFailed", Category.CRITICAL, kind="http"), ()),
    "a panel that fails": (alert("ProbeFailed", Category.CRITICAL, kind="whm"), ("panel-down",)),
    "a stopped service": (alert("SERVICE_STOPPED", about="exim"), ("service-down",)),
    "a stopped service without a name": (alert("SERVICE_STOPPED"), ()),
    "a full disk": (alert("DISK_FULL", about="/home"), ("disk-full",)),
    "full inodes": (alert("INODES_FULL", about="/home"), ("disk-full",)),
    "an old certificate": (alert("CERTIFICATE_EXPIRES"), ("certificate-near-end",)),
    "a reseller without sites": (
        alert("RS_ALL_SITES_DOWN", Category.CRITICAL, severity="critical"),
        ("reseller-down",),
    ),
    "a reseller who did not pay": (alert("RS_SUSPENDED", severity="info"), ()),
    "a storm in a data centre": (Subject(Category.CRITICAL, "dc"), ("site-storm",)),
    "a storm in a rack": (Subject(Category.CRITICAL, "rack"), ("site-storm",)),
    "a storm of a brand": (Subject(Category.CRITICAL, "brand"), ("site-storm",)),
    "a sick site": (Subject(Category.HOSTING, "dc", "Humid"), ()),
    "a load that is high": (alert("LOAD_HIGH"), ()),
}


@pytest.mark.parametrize(("subject", "books"), BEGINS.values(), ids=BEGINS)
def test_trouble_begins_the_playbook_that_is_for_it(
    subject: Subject, books: tuple[str, ...]
) -> None:
    assert tuple(one.playbook for one in chosen(BOOKS.values(), subject)) == books


def way(book: Playbook, *failing: str, labels: Mapping[str, str]) -> list[str]:
    """The steps that are done when these fail."""
    known = {f"alert.{name}": value for name, value in labels.items()}
    known |= {f"steps.{step.id}.outcome": "" for step in book.steps}
    done: list[str] = []
    following: str | None = walk.first(book)
    while following is not None:
        step = walk.at(book, following)
        wanted, failed = holds(step.if_, known), step.id in failing
        done += [step.id] if wanted else []
        outcome = ("failed" if failed else "ok") if wanted else "skipped"
        known[f"steps.{step.id}.outcome"] = outcome
        following = walk.after(book, step.id, failed=wanted and failed)
    return done


ALL_SITES = {"alertname": "RS_ALL_SITES_DOWN", "severity": "critical"}
DISK = {"alertname": "DISK_FULL", "severity": "error"}
WAYS = {
    "it comes back": ("host-down", (), {}, "confirm evidence cycle back note"),
    "it is up, or nobody can tell": ("host-down", ("confirm",), {}, "confirm"),
    "no power driver, hands help": (
        "host-down", ("evidence", "cycle"), {}, "confirm evidence cycle hands reply up",
    ),
    "the cycle does not help, hands do": (
        "host-down", ("back",), {}, "confirm evidence cycle back hands reply up",
    ),
    "neither driver nor contact": (
        "host-down", ("evidence", "cycle", "hands"), {}, "confirm evidence cycle hands person",
    ),
    "hands that do not answer": (
        "host-down", ("cycle", "reply"), {}, "confirm evidence cycle hands reply person",
    ),
    "nothing helps": (
        "host-down", ("back", "up"), {},
        "confirm evidence cycle back hands reply up person",
    ),
    "the note fails, and it is well": (
        "host-down", ("note",), {}, "confirm evidence cycle back note",
    ),
    "a service runs again": ("service-down", (), {}, "restart note"),
    "a service does not run": ("service-down", ("restart",), {}, "restart person"),
    "a panel runs again": ("panel-down", (), {}, "reachable confirm restart back note"),
    "a panel without a command": (
        "panel-down", ("restart",), {}, "reachable confirm restart person",
    ),
    "a panel on a dead server": ("panel-down", ("reachable",), {}, "reachable"),
    "room is made": ("disk-full", (), DISK, "evidence room note"),
    "no room is made": ("disk-full", ("room",), DISK, "evidence room note person"),
    "no commands, and a warning": (
        "disk-full", ("evidence", "room"), {**DISK, "severity": "warning"}, "evidence room note",
    ),
    "a renewal that fails": ("certificate-near-end", ("renew",), {}, "renew note"),
    "all sites down": ("reseller-down", (), ALL_SITES, "note lead agreed customers"),
    "nobody wants customers to know": (
        "reseller-down", ("agreed",), ALL_SITES, "note lead agreed",
    ),
    "a locked account": (
        "reseller-down", (), {"alertname": "RS_LOCKED", "severity": "error"}, "note lead",
    ),
    "a storm": ("site-storm", (), {}, "note agreed customers patience person"),
    "a storm without words": ("site-storm", ("agreed",), {}, "note agreed patience person"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "failing", "labels", "steps"), WAYS.values(), ids=WAYS)
def test_the_way_through_it_fits_what_happens(
    name: str, failing: tuple[str, ...], labels: Mapping[str, str], steps: str
) -> None:
    assert way(BOOKS[name], *failing, labels=labels) == steps.split()


def test_nothing_switches_a_machine_in_a_storm() -> None:
    used = {step.uses for step in BOOKS["site-storm"].steps}
    assert not any(ACTIONS[action].irreversible for action in used)
