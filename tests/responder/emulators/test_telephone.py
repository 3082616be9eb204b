"""Does the telephone company of our tests behave as Twilio's documents say?"""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest

from responder.emulators.telephone import ACCOUNT, TelephoneEmulator

ANA = {"To": "+359888000001", "From": "+15005550006"}
CALL = {**ANA, "Twiml": "<Response><Say>web1 is down</Say></Response>"}
MESSAGE = {**ANA, "Body": "web1 is down"}


@pytest.fixture
async def company() -> AsyncIterator[TelephoneEmulator]:
    company = TelephoneEmulator()
    await company.start()
    yield company
    await company.stop()


async def ask(
    company: TelephoneEmulator,
    method: str,
    path: str,
    form: Mapping[str, str] | None = None,
    *,
    token: str = "",
    account: str = ACCOUNT,
) -> tuple[int, Mapping[str, object]]:
    login = b64encode(f"{ACCOUNT}:{token or company.token}".encode()).decode()
    async with aiohttp.ClientSession(headers={"Authorization": f"Basic {login}"}) as one:
        url = f"{company.url}/2010-04-01/Accounts/{account}/{path}"
        answer = await one.request(method, url, data=form)
        return answer.status, await answer.json()


async def test_a_call_is_created_and_can_be_asked_about(company: TelephoneEmulator) -> None:
    status, told = await ask(company, "POST", "Calls.json", CALL)
    assert (status, told["status"], told["error_code"]) == (201, "queued", None)
    await company.becomes(company.taken[0], "busy")
    status, told = await ask(company, "GET", f"Calls/{told['sid']}.json")
    assert (status, told["status"], company.asked) == (200, "busy", 1)


@pytest.mark.parametrize(
    ("path", "form", "code"),
    [
        ("Calls.json", {**CALL, "To": "0888"}, 21211),
        ("Calls.json", ANA, 21205),
        ("Calls.json", {**CALL, "Url": "https://x"}, 21205),
        ("Messages.json", ANA, 21602),
        ("Messages.json", {**ANA, "Body": "x" * 1601}, 21617),
    ],
)
async def test_what_is_wrong_has_a_number(
    company: TelephoneEmulator, path: str, form: Mapping[str, str], code: int
) -> None:
    status, told = await ask(company, "POST", path, form)
    assert (status, told["code"], company.taken) == (400, code, [])


async def test_only_the_account_itself_may_ask(company: TelephoneEmulator) -> None:
    for told in ({"token": "x"}, {"account": f"AC{'1' * 32}"}):
        for method, path in (("POST", "Messages.json"), ("GET", "Calls/CA1.json")):
            assert (await ask(company, method, path, MESSAGE, **told))[0] == 401
    assert (await ask(company, "GET", "Calls/CA1.json"))[0] == 404


async def test_words_that_went_along_are_heard_and_take_no_key(company: TelephoneEmulator) -> None:
    await ask(company, "POST", "Calls.json", CALL)
    (call,) = company.of("Calls")
    await company.pick_up(call)
    assert (call.words, call.status) == ("web1 is down", "in-progress")
    with pytest.raises(LookupError):
        await company.press(call, "4")
