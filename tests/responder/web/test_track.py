"""R30-R32, R85: does a customer see and do everything about his own ticket, and nothing else?"""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from responder.clock import HandClock
from tests.require import free_port
from tests.responder.web.tracking import BRANDS, PNG, TICKETS, act, link, opened, send
from tests.stories.stage import VIEWER, Stage, begin, write_config

HTML = {"Accept": "text/html,application/xhtml+xml"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def stage(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A daemon with two brands."""
    stage = await begin(write_config(tmp_path, smtp=free_port(), more=BRANDS), clock=clock)
    yield stage
    await stage.daemon.end()


async def test_the_customer_sees_states_and_public_words_alone(stage: Stage) -> None:
    """No note, no owner, no queue, no level; what was typed in by us is ours (R30)."""
    ticket = await opened(stage)
    path = link(stage, ticket)
    _, told = await stage.ask("GET", path, token="")
    assert (told["state"], told["words"]) == ("received", "We have received it")
    await act(stage, ticket, "take")
    await act(stage, ticket, "note", text="the mailer of bob is full")
    await act(stage, ticket, "move", queue="accounts", text="needs root")
    await act(stage, ticket, "reply", text="We have made room.")
    status, told = await stage.ask("GET", path, token="")
    assert (status, told["state"], told["brand"]) == (200, "working", "Acme Hosting")
    assert [(one["by"], one["text"]) for one in told["messages"]] == [("us", "We have made room.")]
    for inner in ("angry", "mailer of bob", "needs root", "accounts", "agent", "c-17"):
        assert inner not in json.dumps(told), inner


async def test_a_german_brand_speaks_german(stage: Stage) -> None:
    path = link(stage, await opened(stage, brand="blau"), brand="blau")
    _, told = await stage.ask("GET", path, token="")
    assert (told["words"], told["language"]) == ("Wir haben sie erhalten", "de")


async def test_no_name_of_ours_and_of_another_brand_reaches_a_customer(stage: Stage) -> None:
    """Whatever was written into a reply, or stands in the subject (R10, R30)."""
    ticket = await opened(stage, subject="web1 is down")
    await act(stage, ticket, "reply", text="web1 of Blau und Weiss was restarted by ana")
    await act(stage, ticket, "reply", text="it was \uff57\uff45\uff42\uff11")
    path = link(stage, ticket)
    _, told = await stage.ask("GET", path, token="")
    _, page, _ = await send(stage, path, method="GET", headers=HTML)
    for text in (json.dumps(told), page.decode()):
        for name in ("web1", "Blau", "ana ", "\uff57\uff45\uff42\uff11"):
            assert name not in text, name
    assert told["subject"] == "… is down"
    assert told["messages"][0]["text"].startswith("… of …")
    assert told["messages"][1]["text"] == "…"


async def test_his_words_reach_the_desk_and_wake_the_ticket(stage: Stage) -> None:
    """R31."""
    ticket = await opened(stage)
    path = link(stage, ticket)
    await act(stage, ticket, "state", state="waiting-customer")
    body = {"text": "It is the <b>second</b> time.", "key": "k1"}
    for _ in range(2):
        status, told = await stage.ask("POST", f"{path}/comments", token="", body=body)
        assert status == 200
    assert [(one["by"], one["text"]) for one in told["messages"]] == [("you", body["text"])]
    _, there = await stage.ask("GET", f"{TICKETS}/{ticket}", token=VIEWER)
    assert there["state"] == "open"
    _, events = await stage.ask("GET", f"{TICKETS}/{ticket}/events", token=VIEWER)
    said = [one for one in events["events"] if one["kind"] == "customer"]
    assert [one["actor"] for one in said] == [{"kind": "customer", "name": "customer"}]


async def test_a_customer_who_never_stops_is_asked_to_wait(stage: Stage, clock: HandClock) -> None:
    """R31."""
    path = link(stage, await opened(stage)) + "/comments"
    statuses = [
        (await stage.ask("POST", path, token="", body={"text": f"hello {at}"}))[0]
        for at in range(12)
    ]
    assert statuses == [200] * 10 + [429] * 2
    clock.move(minutes=10)
    assert (await stage.ask("POST", path, token="", body={"text": "again"}))[0] == 200


@pytest.mark.parametrize("body", [{}, {"text": "  "}, {"text": "x", "files": ["nothing"]}])
async def test_empty_words_and_foreign_pictures_are_refused(
    stage: Stage, body: dict[str, object]
) -> None:
    path = link(stage, await opened(stage))
    status, _ = await stage.ask("POST", f"{path}/comments", token="", body=body)
    assert status in (400, 409)


async def test_a_link_is_not_forged_not_used_when_old_and_opens_no_other_ticket(
    stage: Stage, clock: HandClock
) -> None:
    """R30; the answer about a ticket of another brand is that about none."""
    one, other = await opened(stage), await opened(stage, brand="blau", subject="secret")
    token = link(stage, one).rpartition("/")[2]
    body, _, signature = token.partition(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    told[0] = other
    swapped = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    strangers = [
        f"/s/{swapped}.{signature}",
        f"/s/{body}.{'A' * len(signature)}",
        link(stage, other, brand="acme"),
        link(stage, 4711),
        "/s/x",
        stage.daemon.world.links.calendar("person:ana").replace("/calendar/", "/s/"),
    ]
    answers = {
        str(await stage.ask("GET", path[path.index("/s/") :], token="")) for path in strangers
    }
    assert len(answers) == 1
    assert answers.pop().startswith("(404")
    old = link(stage, one, days=1)
    clock.move(days=1)
    for path, wanted in ((strangers[0], 404), (old, 410), (f"{old}/vote", 410)):
        status, page, _ = await send(stage, path, method="GET", headers=HTML)
        assert (status, b"This link opens nothing" in page) == (wanted, True)
    for method, more in (("GET", ""), ("POST", "/comments"), ("POST", "/vote"), ("GET", "/events")):
        status, _ = await stage.ask(method, old + more, token="", body={"text": "x"})
        assert status == 410, more


async def test_pictures_are_taken_by_their_first_bytes_and_given_back_to_be_kept(
    stage: Stage,
) -> None:
    """R32."""
    ticket = await opened(stage)
    path = link(stage, ticket)
    kinds = {"png": PNG, "jpg": b"\xff\xd8\xff\xe1 Exif", "webp": b"RIFF0000WEBPVP8 "}
    ids = []
    for ending, data in kinds.items():
        status, told, _ = await send(stage, f'{path}/files?name=../../etc/"x.svg', data=data)
        assert (status, told["name"]) == (200, f"x.{ending}")
        ids.append(told["id"])
    again = await send(stage, f"{path}/files", data=PNG)
    assert again[1]["id"] == ids[0]
    _, told = await stage.ask("POST", f"{path}/comments", token="", body={"files": ids})
    assert [one["id"] for one in told["messages"][0]["files"]] == ids
    status, data, headers = await send(stage, f"{path}/files/{ids[0]}", method="GET")
    assert (status, data) == (200, PNG)
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("image/png", "no-store")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        b"<html><script>",
        b"GIF89a",
        b"%PDF",
    ],
)
async def test_what_is_no_picture_is_refused_whatever_it_calls_itself(
    stage: Stage, data: bytes
) -> None:
    """R32."""
    path = link(stage, await opened(stage)) + "/files?name=a.png"
    assert (await send(stage, path, data=data, headers={"Content-Type": "image/png"}))[0] == 415


async def test_a_picture_that_is_too_large_is_refused(stage: Stage) -> None:
    """R32: 5 MB, and 5 with one comment."""
    path = link(stage, await opened(stage))
    status, told, _ = await send(stage, f"{path}/files", data=PNG + b"\0" * (5 << 20))
    assert (status, "Alertmanager" in told["error"]["message"]) == (413, False)
    ids = ["0" * 32] * 6
    status, _ = await stage.ask("POST", f"{path}/comments", token="", body={"files": ids})
    assert status == 400


async def test_a_picture_of_another_ticket_is_none(stage: Stage) -> None:
    one, other = link(stage, await opened(stage)), link(stage, await opened(stage))
    _, told, _ = await send(stage, f"{one}/files", data=PNG)
    foreign = await send(stage, f"{other}/files/{told['id']}", method="GET")
    missing = await send(stage, f"{other}/files/{'0' * 32}", method="GET")
    assert foreign[:2] == missing[:2]
    assert foreign[0] == 404


async def test_one_vote_counts_the_last_one_within_its_time_also_when_it_was_reopened(
    stage: Stage, clock: HandClock
) -> None:
    """R85."""
    ticket = await opened(stage)
    path = link(stage, ticket)
    assert (await stage.ask("POST", f"{path}/vote", token="", body={"score": 5}))[0] == 409
    await act(stage, ticket, "solve", text="made room", article="none")
    for score in (2, 4):
        status, told = await stage.ask("POST", f"{path}/vote", token="", body={"score": score})
        assert status == 200
    assert told["can_vote_until"] == "2026-12-06T03:10:00.000Z"
    _, metrics = await stage.ask("GET", "/metrics")
    assert 'responder_csat_answers_total{brand="acme",score="4"} 1.0' in metrics
    await stage.ask("POST", f"{path}/comments", token="", body={"text": "it is back"})
    _, there = await stage.ask("GET", f"{TICKETS}/{ticket}", token=VIEWER)
    assert there["state"] == "open"
    assert (await stage.ask("POST", f"{path}/vote", token="", body={"score": 1}))[0] == 200
    clock.move(days=14)
    assert (await stage.ask("POST", f"{path}/vote", token="", body={"score": 5}))[0] == 409


async def test_whoever_is_not_satisfied_comes_to_the_supervisor(stage: Stage) -> None:
    """R86."""
    ticket = await opened(stage)
    await act(stage, ticket, "take")
    body = {"text": "nobody listens", "complaint": True}
    status, _ = await stage.ask("POST", f"{link(stage, ticket)}/comments", token="", body=body)
    assert status == 200
    _, there = await stage.ask("GET", f"{TICKETS}/{ticket}", token=VIEWER)
    assert there["queue"] == "supervisor"


async def test_a_browser_gets_a_page_that_works_without_scripts(stage: Stage) -> None:
    """R30: state in plain words, and forms; what strangers wrote stands there as text."""
    ticket = await opened(stage, subject="<script>alert(1)</script>")
    path = link(stage, ticket)
    await stage.ask("POST", f"{path}/comments", token="", body={"text": '"><img src=x onerror=y>'})
    status, page, headers = await send(stage, path, method="GET", headers=HTML)
    assert status == 200
    assert b"<script" not in page
    assert b"<img" not in page
    assert b"Acme Hosting" in page
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    data = b"text=from+the+form&complaint=true"
    status, _, headers = await send(stage, f"{path}/comments", data=data, headers=FORM)
    assert (status, headers["Location"]) == (303, f"../{path.rpartition('/')[2]}")
    await act(stage, ticket, "solve", text="done", article="none")
    status, page, _ = await send(stage, f"{path}/vote", method="GET", headers=HTML)
    assert page.count(b'type="radio"') == 5
    assert (await send(stage, f"{path}/vote", data=b"score=5&comment=", headers=FORM))[0] == 303
    assert (await send(stage, f"{path}/vote", data=b"score=9", headers=FORM))[0] == 400
    json_of_curl = await send(stage, f"{path}/vote", data=b'{"score": 4}', headers=FORM)
    assert json_of_curl[0] == 303


async def test_the_style_of_the_page_is_where_the_page_is(stage: Stage) -> None:
    status, _, headers = await send(stage, "/s/static/page.css", method="GET")
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "text/css")
