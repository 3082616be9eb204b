"""R30, S26: what strangers write stands on a customer's page as text, whatever it is."""

from datetime import timedelta

import pytest

from responder.customers.wording import Language
from responder.desk.tracking import Said, Seen
from responder.store.attachments import File
from responder.tracked import Track
from responder.web.pages import Pages
from responder.web.track_answers import page_facts
from tests.responder.web.conftest import START
from tests.responder.web.hostile import CORPUS
from tests.responder.web.reading import Read, read

PAGES = Pages()


def page(text: str, *, voting: bool = False, language: Language = Language.EN) -> Read:
    """The page with this text wherever somebody can write one."""
    file = File("ab12", 1, text, "image/png", 9, "d", "customer", START)
    seen = Seen(
        reference=text,
        brand=text,
        language=language,
        subject=text,
        state="working",
        words="We are working on it",
        opened_at=START,
        understood_at=START,
        solved_at=None,
        next_update=START,
        until=START + timedelta(days=1),
        said=(Said(START, True, text, ("ab12",)), Said(START, False, text)),
    )
    facts = page_facts(Track(seen, [file], 1), token="tok.en", voting=voting, zone="UTC")
    return read(PAGES.page("track.html", **facts).text or "")


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    plain = "\n".join("plain" for _ in text.splitlines())
    for voting in (False, True):
        assert page(text, voting=voting).skeleton == page(plain, voting=voting).skeleton


@pytest.mark.parametrize("voting", [False, True])
def test_the_page_is_whole_and_its_forms_lead_to_its_own_ticket(voting: bool) -> None:
    told = page("plain", voting=voting, language=Language.BG)
    assert told.values("html", "lang") == ["bg"]
    assert told.tags.count("title") == told.tags.count("main") == told.tags.count("h1") == 1
    assert not {"script", "style", "iframe", "img"} & set(told.tags)
    assert told.values("form", "action") == (
        ["vote"] if voting else ["tok.en/vote", "tok.en/comments"]
    )
    assert told.values("input", "value")[:5] == ["1", "2", "3", "4", "5"]
    assert set(told.values("textarea", "dir")) == {"auto"}  # Arabic is written from the right
    (sheet,) = [href for href in told.values("link", "href") if href != "data:,"]
    assert sheet.startswith("../static/page.css?v=" if voting else "static/page.css?v=")
