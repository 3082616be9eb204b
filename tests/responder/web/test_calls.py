"""Does a key of the telephone take an incident, and does nobody else's word do so?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from responder.clock import HandClock
from responder.emulators.telephone import Taken
from responder.links import AnswerGrant, Grant
from responder.paging.proving import key_of_test
from responder.paging.twilio_signature import signature
from responder.store import StoreUnavailable, proofs
from tests.responder.web.calling import ANA, TOKEN, Line, line
from tests.stories.stage import firing

KEYS = "Press 4 to acknowledge. Press 5 to escalate. Press star to hear it again."


@pytest.fixture
async def phone(tmp_path: Path, clock: HandClock) -> AsyncIterator[Line]:
    async with line(tmp_path, clock) as built:
        yield built


async def test_a_call_says_what_is_broken_and_4_takes_it(phone: Line) -> None:
    call = await phone.rings()
    await phone.company.pick_up(call)
    assert "CRITICAL: web1 does not answer." in call.words
    assert KEYS in call.words
    await phone.company.press(call, "4")
    assert call.words == "Acknowledged. It is yours. Thank you. Goodbye."
    assert (await phone.texts())[-1] == "acknowledged by ana (phone)"
    taken = await phone.incident()
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "ana")
    await phone.company.becomes(call, "completed")
    await phone.works(minutes=30)
    assert len(phone.company.taken) == 1


async def test_5_calls_more_people_at_once(phone: Line) -> None:
    call = await phone.rings()
    await phone.company.pick_up(call)
    await phone.company.press(call, "5")
    assert call.words == "More people are called. Goodbye."
    await phone.works()
    assert [one.what for one in phone.company.taken] == ["Calls", "Messages"]
    assert (await phone.incident())["state"] == "open"


async def test_a_key_that_is_brought_twice_does_its_work_once(phone: Line) -> None:
    call = await phone.rings()
    await phone.company.pick_up(call)
    menu = call.heard[-1]
    for _ in range(3):
        call.heard.append(menu)
        await phone.company.press(call, "5")
        assert call.words == "More people are called. Goodbye."
    escalated = [text for text in await phone.texts() if text.startswith("escalated")]
    assert len(escalated) == 1


async def test_keys_at_the_same_moment_are_one_acknowledgement(phone: Line) -> None:
    call = await phone.rings()
    await phone.company.pick_up(call)
    answers = await asyncio.gather(*(press(phone, call, "4") for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    taken = [text for text in await phone.texts() if text.startswith("acknowledged")]
    assert taken == ["acknowledged by ana (phone)"]


@pytest.mark.parametrize("key", ["*", "7", "#", "", "44"])
async def test_any_other_key_says_it_again(phone: Line, key: str) -> None:
    call = await phone.rings()
    first = await phone.company.pick_up(call)
    assert await phone.company.press(call, key) == first
    assert (await phone.incident())["state"] == "open"


async def test_whoever_picks_up_late_hears_who_has_it(phone: Line) -> None:
    call = await phone.rings()
    await phone.stage.ask("POST", "/api/v1/incidents/1/ack")
    await phone.company.pick_up(call)
    assert "admin has it already." in call.words
    await phone.company.press(call, "4")
    assert call.words == "admin has it. Goodbye."
    assert (await phone.incident())["acknowledged_by"] == "admin"


async def test_whoever_picks_up_when_it_is_over_may_sleep(phone: Line) -> None:
    call = await phone.rings()
    await phone.company.pick_up(call)
    menu = call.heard[-1]
    await phone.stage.send(firing(status="resolved"))
    await phone.company.pick_up(call)
    assert call.words.endswith("It is over. Good night.")
    call.heard.append(menu)
    for key in ("4", "5"):
        status, told = await press(phone, call, key)
        assert (status, "It is over" in told) == (200, True)
    assert (await phone.incident())["state"] == "mitigated"


async def test_a_voicemail_does_not_stop_paging(phone: Line) -> None:
    call = await phone.rings()
    await phone.company.pick_up(call)
    await phone.company.becomes(call, "completed")
    await phone.works(seconds=1)
    assert (await phone.incident())["state"] == "open"
    await phone.works(minutes=5)
    assert [one.what for one in phone.company.taken] == ["Calls", "Messages"]
    assert [one["outcome"] for one in (await phone.incident())["pages"][0]["tries"]] == [
        "accepted", "reached",
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["busy", "no-answer", "failed", "canceled"])
async def test_a_call_that_reaches_nobody_is_an_sms_at_once(phone: Line, state: str) -> None:
    call = await phone.rings()
    await phone.company.becomes(call, state)
    await phone.works()
    message = phone.company.taken[1]
    assert (message.what, message.to) == ("Messages", ANA)
    assert "web1 does not answer" in message.words
    pages = (await phone.incident())["pages"]
    assert [(one["method"], one["state"]) for one in pages] == [
        ("voice", "failed"), ("sms", "delivered"),
    ]  # fmt: skip
    assert [one["detail"] for one in pages[0]["tries"]] == [f"queued {call.sid}", state]


async def test_the_news_itself_is_not_believed(phone: Line) -> None:
    """Whoever could forge it would silence a call: Twilio is asked."""
    call = await phone.rings()
    state = call.form["StatusCallback"]
    told = {"CallSid": call.sid, "CallStatus": "busy"}
    assert (await phone.company.callback(state, told))[0] == 204
    await phone.works()
    assert phone.company.asked == 1
    assert len(phone.company.taken) == 1


def key_door(call: Taken) -> str:
    return f"{call.form['Url'].removesuffix('call')}key"


async def press(phone: Line, call: Taken, key: str, **more: str) -> tuple[int, str]:
    """A key, past what the call last said."""
    url = key_door(call)
    return await phone.company.callback(url, {"CallSid": call.sid, "Digits": key, **more})


async def post(phone: Line, url: str, form: Mapping[str, str] | bytes, **headers: str) -> int:
    """A request of our own making, without a signature but the given one."""
    async with aiohttp.ClientSession() as session:
        return (await session.post(url, data=form, headers=headers)).status


async def test_what_twilio_did_not_sign_is_refused_and_counted(phone: Line) -> None:
    call = await phone.rings()
    url = key_door(call)
    form = {"CallSid": call.sid, "Digits": "4"}
    right = signature(TOKEN, url, list(form.items()))
    forged = [
        (url, form, ""),
        (url, form, "x" * 28),
        (url, form, right.swapcase()),
        (url, form, signature("another-token", url, list(form.items()))),
        (url, form, signature(TOKEN, call.form["Url"], list(form.items()))),
        (url, {**form, "Digits": "5"}, right),
        (url, {**form, "More": ""}, right),
        (f"{url}?key=4", form, right),
        (call.form["StatusCallback"], form, right),
    ]
    for where, what, told in forged:
        assert await post(phone, where, what, **{"X-Twilio-Signature": told}) == 403
    assert await phone.refused("signature") == len(forged)
    assert (await phone.incident())["state"] == "open"
    assert await post(phone, url, form, **{"X-Twilio-Signature": right}) == 200


async def test_a_made_up_host_signs_nothing(phone: Line) -> None:
    """A thief with an account of his own could have Twilio sign his host, not his token."""
    call = await phone.rings()
    url = key_door(call)
    form = {"CallSid": call.sid, "Digits": "4"}
    other = f"https://evil.example.net{url[url.index('/callbacks') :]}"
    told = signature(TOKEN, other, list(form.items()))
    headers = {"X-Twilio-Signature": told, "Host": "evil.example.net"}
    assert (
        await post(phone, url, form, **headers, **{"X-Forwarded-Host": "evil.example.net"}) == 403
    )


async def test_behind_a_proxy_the_public_address_is_what_was_signed(
    tmp_path: Path, clock: HandClock
) -> None:
    public = "https://responder.example.net/rr"
    async with line(tmp_path, clock, url=public) as phone:
        call = await phone.rings()
        url = call.form["Url"]
        assert url.startswith(f"{public}/callbacks/")
        form = {"CallSid": call.sid}
        headers = {"X-Twilio-Signature": signature(TOKEN, url, list(form.items()))}
        inside = phone.stage.url + url.removeprefix(public)
        async with aiohttp.ClientSession() as session:
            answer = await session.post(inside, data=form, headers=headers)
            assert (answer.status, answer.content_type) == (200, "text/xml")
            assert f'action="{url.removesuffix("call")}key"' in await answer.text()


def grant(phone: Line, **more: object) -> AnswerGrant:
    until = phone.clock.now() + timedelta(hours=1)
    told = {"page": "k", "event": "opened", "incident": 1, "episode": 1, "person": "ana"}
    return AnswerGrant(**{**told, "expires_at": until, **more})  # type: ignore[arg-type]


async def test_an_address_that_is_not_ours_opens_nothing(phone: Line) -> None:
    """Signed by Twilio all the same: its token alone is not enough."""
    call = await phone.rings()
    good = call.form["Url"].split("/")[4]
    link = phone.stage.daemon.world.links.acknowledge(
        Grant(1, 1, "ana", phone.clock.now() + timedelta(hours=1))
    ).rsplit("/", 1)[1]
    body, _, mark = good.partition(".")
    for token in (link, f"{body}.", f"{body}.{mark[:-1]}", f"A{good[1:]}", "x", "twilio"):
        url = f"{phone.stage.url}/callbacks/{token}/twilio/key"
        assert (await phone.company.callback(url, {"Digits": "4"}))[0] == 403, token
    assert await phone.refused("link") == 6
    assert (await phone.incident())["state"] == "open"


async def test_an_address_is_good_for_one_person_episode_and_day(
    phone: Line, clock: HandClock
) -> None:
    call = await phone.rings()
    links = phone.stage.daemon.world.links
    gone = f"{links.answer(grant(phone, person='gone'))}/twilio/key"
    assert (await phone.company.callback(gone, {"Digits": "4"}))[0] == 403
    past = f"{links.answer(grant(phone, episode=7))}/twilio/key"
    assert "It is over" in (await phone.company.callback(past, {"Digits": "4"}))[1]
    lost = f"{links.answer(grant(phone, incident=99))}/twilio/key"
    assert "not known any more" in (await phone.company.callback(lost, {"Digits": "4"}))[1]
    clock.move(hours=24)
    assert (await press(phone, call, "4"))[0] == 410
    assert await phone.refused("old") == 1
    assert (await phone.incident())["state"] == "open"


@pytest.mark.parametrize("event", ["approval", "needed", "dead-letter", "handed-over"])
async def test_a_call_about_something_else_takes_no_key(phone: Line, event: str) -> None:
    await phone.rings()
    address = phone.stage.daemon.world.links.answer(grant(phone, event=event))
    for door in ("call", "key"):
        form = {"CallSid": "CA9", "Digits": "4"}
        status, told = await phone.company.callback(f"{address}/twilio/{door}", form)
        assert (status, "<Gather" in told, "<Hangup/>" in told) == (200, False, True)
    assert (await phone.incident())["state"] == "open"


async def test_a_key_proves_a_telephone(phone: Line) -> None:
    world, now = phone.stage.daemon.world, phone.clock.now()
    await world.store.write(proofs.sent, "ana", "voice:1", code="c0de", now=now)
    for code, words in [
        ("old", "A newer test is under way."),
        ("c0de", "This telephone is proved."),
    ]:
        told = grant(phone, page=key_of_test("ana", 1, code), event="test", incident=0, episode=0)
        address = f"{world.links.answer(told)}/twilio"
        said = (await phone.company.callback(f"{address}/call", {}))[1]
        assert "This is a test. Nothing is broken. Press 4 to confirm" in said
        assert said in (await phone.company.callback(f"{address}/key", {"Digits": "5"}))
        for _ in range(2):
            assert words in (await phone.company.callback(f"{address}/key", {"Digits": "4"}))[1]
    (proof,) = (await world.store.read(proofs.known)).values()
    assert proof.confirmed_at == now


async def test_what_is_no_form_or_too_large_is_refused(phone: Line) -> None:
    call = await phone.rings()
    url = call.form["Url"]
    form = "application/x-www-form-urlencoded"
    for body, kind, status in [
        (b"{}", "application/json", 415),
        (b"", form, 403),
        (b"Digits=%ff", form, 400),
        (b"\xff=1", form, 400),
        (b"&".join(b"a%d=1" % n for n in range(300)), form, 400),
        (b"a=" + b"1" * (64 << 10), form, 413),
    ]:
        assert await post(phone, url, body, **{"Content-Type": kind}) == status, body[:20]
    async with aiohttp.ClientSession() as session:
        assert (await session.get(url)).status == 405


async def test_while_nothing_can_be_stored_the_caller_holds_the_line(
    tmp_path: Path, clock: HandClock
) -> None:
    # At its end the daemon cannot even say that it leaves.
    with contextlib.suppress(StoreUnavailable):
        async with line(tmp_path, clock) as phone:
            call = await phone.rings()
            await phone.company.pick_up(call)
            await phone.stage.daemon.world.store.close()
            await phone.company.press(call, "4")
            for count in (1, 2, 3):
                assert call.words.startswith("One moment please.")
                assert call.words.endswith(f"/key?again={count}&key=4")
                await phone.company.wait(call)
            assert call.words == ("It could not be stored. Please use the link in your messages.")


async def test_a_key_of_a_moment_ago_does_its_work_when_the_store_is_back(phone: Line) -> None:
    call = await phone.rings()
    url = f"{key_door(call)}?again=1&key=4"
    status, told = await phone.company.callback(url, {"CallSid": call.sid})
    assert (status, "Acknowledged" in told) == (200, True)


async def test_a_token_that_can_not_be_read_is_no_word_to_strangers(phone: Line) -> None:
    call = await phone.rings()
    (phone.stage.folder / "secrets" / "twilio").unlink()
    status, told = await press(phone, call, "4")
    assert (status, "secrets" in told) == (503, False)
    assert await phone.refused("token") == 1


async def test_without_an_account_nothing_is_taken(phone: Line) -> None:
    call = await phone.rings()
    file = phone.stage.folder / "responder.yaml"
    text = file.read_text()
    people = text[text.index("people:") : text.index("teams:")]
    file.write_text(
        text[: text.index("  twilio:")].replace(
            people, "people:\n  ana: {methods: [{kind: email, to: ana@example.net}]}\n"
        )
    )
    assert (await phone.stage.ask("POST", "/-/reload"))[0] == 200
    assert (await press(phone, call, "4"))[0] == 403
