"""Does a link open exactly what it was made for, to nobody who made his own?"""

import base64
import json
import os
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.links import (
    AnswerGrant,
    BadLink,
    Grant,
    Links,
    OldLink,
    PinGrant,
    ProofGrant,
    StepGrant,
    TrackGrant,
    key_at,
)

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
LINKS = Links(b"k" * 64, url="https://responder.example.net/")
GRANT = Grant(41, 2, "ana", NOW + timedelta(hours=24))


def token(grant: Grant = GRANT, links: Links = LINKS) -> str:
    return links.acknowledge(grant).rsplit("/", 1)[1]


def forged(*told: object, signature: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    return f"{body}.{signature}"


def test_a_link_is_short_and_begins_with_our_address() -> None:
    link = LINKS.acknowledge(GRANT)
    assert link.startswith("https://responder.example.net/a/")
    assert len(link) < 120


@given(st.integers(1, 2**40), st.integers(1, 10**6), st.text(max_size=20).filter(str.isprintable))
def test_a_link_grants_what_it_was_made_for(incident: int, episode: int, who: str) -> None:
    grant = Grant(incident, episode, who, NOW + timedelta(hours=1))
    assert LINKS.read(token(grant), now=NOW) == grant


def test_a_link_of_another_key_is_forged() -> None:
    other = Links(b"x" * 64, url="https://responder.example.net")
    with pytest.raises(BadLink, match="not made here, or it was altered"):
        LINKS.read(token(links=other), now=NOW)


@pytest.mark.parametrize("place", range(0, 70, 7))
def test_a_link_with_one_altered_letter_is_refused(place: int) -> None:
    told = token()
    place %= len(told)
    letter = "A" if told[place] != "A" else "B"
    with pytest.raises(BadLink):
        LINKS.read(told[:place] + letter + told[place + 1 :], now=NOW)


def test_the_signature_of_one_incident_opens_no_other() -> None:
    _, _, signature = token().partition(".")
    until = int(GRANT.expires_at.timestamp())
    for told in [(42, 2, "ana", until), (41, 3, "ana", until), (41, 2, "bob", until),
                 (41, 2, "ana", until + 1)]:  # fmt: skip
        with pytest.raises(BadLink):
            LINKS.read(forged(*told, signature=signature), now=NOW)


def test_a_link_is_good_until_it_expires() -> None:
    LINKS.read(token(), now=GRANT.expires_at - timedelta(seconds=1))
    for late in (timedelta(0), timedelta(days=1)):
        with pytest.raises(BadLink, match="too old"):
            LINKS.read(token(), now=GRANT.expires_at + late)


@given(st.text())
def test_no_text_however_odd_is_a_link_or_a_crash(text: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(text, now=NOW)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b", "\ud800.\ud800", "=" * 9, token()[:-1], token() + "A"]
)
def test_what_is_cut_or_lengthened_is_refused(text: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(text, now=NOW)


ANSWER = AnswerGrant("INC-7/1/0/ana/0", "opened", 41, 2, "ana", NOW + timedelta(hours=1))


def test_an_answer_is_about_the_page_that_its_address_was_made_for() -> None:
    address = LINKS.answer(ANSWER)
    assert address.startswith("https://responder.example.net/callbacks/")
    told = address.rsplit("/", 1)[1]
    assert LINKS.read_answer(told, now=NOW) == ANSWER
    with pytest.raises(BadLink, match="too old"):
        LINKS.read_answer(told, now=ANSWER.expires_at)


def test_no_link_of_one_use_is_good_for_another() -> None:
    answer = LINKS.answer(ANSWER).rsplit("/", 1)[1]
    for read, told in [
        (LINKS.read_answer, token()), (LINKS.read, answer), (LINKS.read_step, answer),
    ]:  # fmt: skip
        with pytest.raises(BadLink):
            read(told, now=NOW)


def test_where_nobody_can_reach_us_there_is_no_address_for_answers() -> None:
    assert Links(b"k" * 64, url="http://127.0.0.1:9095", public=False).answer(ANSWER) == ""


def test_the_key_is_made_once_for_our_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / "responder.key"
    key = key_at(path)
    assert len(key) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key_at(path) == key
    assert list(tmp_path.iterdir()) == [path]


def test_two_instances_that_begin_together_have_one_key(tmp_path: Path) -> None:
    path, keys = tmp_path / "responder.key", []
    begin = threading.Barrier(8)

    def start() -> None:
        begin.wait()
        keys.append(key_at(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(keys), len(set(keys))) == (8, 1)


@pytest.mark.parametrize("content", ["", "\n", "short"])
def test_a_key_that_anybody_could_guess_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "responder.key"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"responder\.key holds no key"):
        key_at(path)


def test_a_key_of_ones_own_is_used_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "responder.key"
    path.write_text("k" * 40 + "\n")
    assert key_at(path) == b"k" * 40


def test_a_key_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(2)):
        key_at(tmp_path / "nowhere" / "responder.key")


def test_a_link_of_a_test_opens_no_incident_and_the_other_way_round() -> None:
    later = NOW + timedelta(hours=24)
    url = LINKS.prove(ProofGrant("c1", "ana", later))
    sealed = url.rpartition("/")[2]
    assert LINKS.read_proof(sealed, now=NOW) == ProofGrant("c1", "ana", later)
    for read in (LINKS.read, LINKS.read_step, LINKS.read_answer):
        with pytest.raises(BadLink):
            read(sealed, now=NOW)
    other = LINKS.acknowledge(Grant(1, 1, "ana", later)).rpartition("/")[2]
    with pytest.raises(BadLink):
        LINKS.read_proof(other, now=NOW)
    with pytest.raises(OldLink):
        LINKS.read_proof(sealed, now=later)


TRACK = TrackGrant(7, "acme", NOW + timedelta(days=90))
PIN = PinGrant("c-17", "acme", NOW + timedelta(minutes=15))


@given(st.integers(1, 2**31), st.text(max_size=20).filter(str.isprintable))
def test_a_customers_link_grants_its_ticket_until_it_is_old(ticket: int, brand: str) -> None:
    """R30."""
    grant = TrackGrant(ticket, brand, NOW + timedelta(days=90))
    told = LINKS.track(grant, base="https://status.acme.example/").rpartition("/s/")[2]
    assert LINKS.read_track(told, now=NOW) == grant
    with pytest.raises(OldLink):
        LINKS.read_track(told, now=NOW + timedelta(days=90))


STEP = StepGrant(7, "0f" * 8, "ana", NOW + timedelta(minutes=15))


def test_a_link_to_a_question_is_one_persons_until_the_question_is_old() -> None:
    told = LINKS.decide(STEP).rpartition("/r/")[2]
    assert LINKS.read_step(told, now=NOW) == STEP
    with pytest.raises(OldLink):
        LINKS.read_step(told, now=STEP.expires_at)
    for read in (LINKS.read, LINKS.read_proof, LINKS.read_answer, LINKS.read_pin):
        with pytest.raises(BadLink, match="not made here"):
            read(told, now=NOW)


def test_a_calendars_link_is_whose_it_was_made_for_and_no_other_link_opens_one() -> None:
    told = LINKS.calendar("team:desk").rpartition("/")[2].removesuffix(".ics")
    assert LINKS.read_calendar(told) == "team:desk"
    for other in (token(), LINKS.pin(PIN), LINKS.decide(STEP).rpartition("/")[2]):
        with pytest.raises(BadLink):
            LINKS.read_calendar(other)


def test_a_customers_link_begins_with_his_brands_own_address() -> None:
    """R10."""
    link = LINKS.track(TRACK, base="https://status.acme.example")
    assert link.startswith("https://status.acme.example/s/")
    assert len(link) < 120
    assert LINKS.track(TRACK).startswith("https://responder.example.net/s/")


def test_no_token_of_one_use_opens_another() -> None:
    """R12, R30: what is signed for a ticket opens no incident, and so on in every direction."""
    told = (
        LINKS.track(TRACK).rpartition("/")[2],
        LINKS.pin(PIN),
        LINKS.acknowledge(GRANT).rpartition("/")[2],
        LINKS.calendar("person:ana").rpartition("/")[2].removesuffix(".ics"),
    )
    readers = (LINKS.read_track, LINKS.read_pin, LINKS.read)
    opened = {
        (at, reader.__name__)
        for at, one in enumerate(told)
        for reader in readers
        if _opens(lambda one=one, reader=reader: reader(one, now=NOW))  # type: ignore[misc]
    }
    assert opened == {(0, "read_track"), (1, "read_pin"), (2, "read")}


def _opens(read: Callable[[], object]) -> bool:
    try:
        read()
    except BadLink:
        return False
    return True


def test_keys_for_other_uses_tell_nothing_of_each_other() -> None:
    made = {LINKS.derived("pin"), LINKS.derived("track"), b"k" * 64}
    assert len(made) == 3
    assert Links(b"x" * 64, url="https://x.example").derived("pin") not in made
