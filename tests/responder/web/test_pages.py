"""Do pages show what strangers wrote as text, and nothing else?"""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.model import Category, Priority
from alerts.quiet import Maintenance
from responder.run_values import Run, RunState
from responder.values import Episode, Incident, IncidentState
from responder.web import pages
from responder.web.board_page import doing
from responder.web.pages import Pages, link
from tests.responder.web.conftest import START
from tests.responder.web.hostile import CORPUS
from tests.responder.web.reading import Read, read

HERE = Path(pages.__file__).parent
PAGES = Pages()
INCIDENT = Incident(
    id=1,
    ref="x-1",
    key="server:web1",
    title="",
    category=Category.CRITICAL,
    priority=Priority.CRITICAL,
    state=IncidentState.OPEN,
    rule="",
    opened_at=START,
    changed_at=START,
)
RUN = Run(
    id=1, key="x-1/1/book", playbook="", version=1, hash="h", incident=1, incident_ref="x-1",
    target="", state=RunState.WAITING, mode="ask", step="off", began_at=START, changed_at=START,
    drill=True,
)  # fmt: skip


def incident(text: str, *, state: IncidentState = IncidentState.OPEN) -> Incident:
    """An incident in which everything that somebody else chose is this text."""
    return replace(
        INCIDENT, title=text, server=text, brand=text, acknowledged_by=text, state=state,
        acknowledged_at=START, recovered_at=START, muted_by=(text, text), drill=True,
    )  # fmt: skip


def link_page(text: str, *, state: IncidentState = IncidentState.OPEN, mine: bool = False) -> Read:
    told = {"summary": text, "runbook_url": f"https://runbooks.example/{text}"}
    alert = Episode(
        1, text, "", (), {"alertname": text, text: text}, told, START, START, 1, server=text
    )
    answer = PAGES.page(
        "link.html",
        root="../",
        incident=incident(text, state=state),
        person=text,
        mine=mine,
        place=text,
        brands=text,
        alerts=[alert],
        firing=2,
        since=START,
        ticket=text,
        story=[(START, text)],
        now=START + timedelta(minutes=4),
    )
    return read(str(answer.text))


def board(text: str) -> Read:
    answer = PAGES.page(
        "board.html",
        root="",
        headline=text,
        unanswered=1,
        looks=text,
        incidents=[incident(text)],
        more=3,
        doing={1: text},
        majors=[(1, text)],
        alarms=[text],
        runs=[(replace(RUN, playbook=text, target=text), ("ok", "x"), text)],
        rungs=[text],
        unproved=2,
        rotas=True,
        works=[Maintenance(1, text, START, START, text, text)],
        outbox=[],
        senders=[(text, None), (text, START)],
        version=text,
        now=START,
    )
    return read(str(answer.text))


def proof(text: str) -> Read:
    answer = PAGES.page(
        "proof.html", root="../", person=text, method=text, sent_at=START, confirmed_at=None
    )
    return read(str(answer.text))


def refused(text: str) -> Read:
    return read(str(PAGES.page("refused.html", root="../", title=text, words=text).text))


def without_runbook(page: Read) -> list[tuple[str, tuple[str, ...]]]:
    """A runbook is a link only where its address is a clean one."""
    return [one for one in page.skeleton if one[0] != "a"]


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    for state in IncidentState:
        for mine in (False, True):
            hostile, plain = (link_page(one, state=state, mine=mine) for one in (text, "plain"))
            assert without_runbook(hostile) == without_runbook(plain)
    assert board(text).skeleton == board("plain").skeleton
    assert proof(text).skeleton == proof("plain").skeleton
    assert refused(text).skeleton == refused("plain").skeleton


def test_the_corpus_bites_where_nothing_is_escaped() -> None:
    bitten = 0
    for text in CORPUS:
        try:
            bitten += bool(read(f"<p title='{text}'>{text}</p>").skeleton[1:])
        except (AssertionError, IndexError):
            bitten += 1
    assert bitten > len(CORPUS) / 2
    assert len(CORPUS) > 100


@pytest.mark.parametrize("page", [link_page("plain"), board("plain"), refused("plain")])
def test_a_page_is_whole_readable_without_script_and_asks_nobody_else(page: Read) -> None:
    assert page.values("html", "lang") == ["en"]
    assert page.tags.count("title") == page.tags.count("main") == page.tags.count("h1") == 1
    assert page.values("meta", "name")[0] == "viewport"
    assert not {"script", "style", "iframe", "img"} & set(page.tags)
    assert "style" not in [name for _, names in page.skeleton for name in names]
    assert not [name for _, names in page.skeleton for name in names if name.startswith("on")]
    sheets = [href for href in page.values("link", "href") if href != "data:,"]
    assert [re.sub(r"\?v=\w+$", "", href.removeprefix("../")) for href in sheets] == [
        "static/page.css"
    ]


def test_a_page_behind_a_link_has_one_button_while_nobody_has_it() -> None:
    for state in IncidentState:
        page = link_page("plain", state=state)
        buttons = 1 if state is IncidentState.OPEN else 0
        assert (page.tags.count("button"), page.tags.count("form")) == (buttons, buttons)


def test_a_state_is_a_word_and_a_shape_and_not_a_colour_alone() -> None:
    shapes = set()
    for state in IncidentState:
        text = link_page("plain", state=state).text
        found = re.search(rf"(\S) {state} critical drill", text)
        assert found, text
        shapes.add(found[1])
    assert len(shapes) == len(IncidentState)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("https://runbooks.example/host-down?x=1#a", True),
        ("http://10.0.0.1:3000/d/1", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        ("java\tscript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("//evil.example", False),
        ("/local", False),
        ("https:", False),
        ("https://[::1", False),
        ("https://a\nb.example", False),
        ("https://a b.example", False),
        ("https://a\u202eb.example", False),
        ("", False),
    ],
)
def test_only_plain_web_addresses_become_links(text: str, safe: bool) -> None:
    assert link(text) == (text if safe else "")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_can_be_read_by_day_and_by_night() -> None:
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1 for text, and the button's text is paper on red."""
    style = (HERE / "static" / "page.css").read_text()
    found = re.findall(r"--(\w+): (#[0-9a-f]{6});", style)
    schemes = [dict(found[: len(found) // 2]), dict(found[len(found) // 2 :])]
    for colours in schemes:
        assert {"paper", "ink", "soft", "red", "amber", "blue", "green"} <= set(colours)
        paper = luminance(colours["paper"])
        for name in set(colours) - {"paper", "line"}:
            light, dark = sorted((luminance(colours[name]), paper), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def test_no_template_and_no_code_of_the_web_trusts_a_text() -> None:
    texts = [file.read_text() for file in HERE.rglob("*.html")]
    texts += [file.read_text() for file in HERE.rglob("*.py")]
    assert len(texts) > 10
    for text in texts:
        assert not re.search(r"\|\s*safe|Markup\(|autoescape=False|autoescape false", text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": IncidentState.ACKNOWLEDGED, "acknowledged_by": "ana"}, "ana has it"),
        ({"state": IncidentState.MITIGATED}, "its alerts have ended; watched until it is sure"),
        ({"muted_by": ("maintenance:1",)}, "muted by maintenance:1"),
        ({}, "in its queue; nobody is paged"),
        ({"page_at": START}, "paged now"),
        (
            {"page_at": START + timedelta(seconds=100), "step": 1},
            "1 round of pages, next in 1 min",
        ),
        ({"page_at": START - timedelta(seconds=1), "step": 2}, "2 rounds of pages, next now"),
    ],
)
def test_the_board_says_what_happens_just_now(change: dict[str, object], words: str) -> None:
    assert doing(replace(INCIDENT, **change), START) == words  # type: ignore[arg-type]
