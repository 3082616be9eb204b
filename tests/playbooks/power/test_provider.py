"""What providers share: what their no means, what a path finds, how an order is followed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from playbooks.client import Answer
from playbooks.outside import OutsideError
from playbooks.power.model import Busy, LoginRefused, WrongDevice
from playbooks.power.provider import (
    ApiAddress,
    Progress,
    error_code,
    plain,
    pluck,
    refused,
    watch,
    words,
)
from tests.playbooks.power.providers import fails

NOW = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, headers, body, "the provider", NOW)


@pytest.mark.parametrize(
    ("status", "kind", "transient", "ambiguous"),
    [
        (302, OutsideError, False, False),
        (400, OutsideError, False, False),
        (401, LoginRefused, False, False),
        (403, LoginRefused, False, False),
        (404, WrongDevice, False, False),
        (409, Busy, True, False),
        (410, WrongDevice, False, False),
        (422, OutsideError, False, False),
        (423, Busy, True, False),
        (429, Busy, True, False),
        (500, OutsideError, True, True),
        (502, OutsideError, True, True),
        (503, OutsideError, True, False),
        (504, OutsideError, True, True),
    ],
)
def test_what_each_no_means(
    status: int, kind: type[OutsideError], transient: bool, ambiguous: bool
) -> None:
    error = refused(answer(status))
    assert type(error) is kind
    assert (error.transient, error.ambiguous) == (transient, ambiguous)
    assert str(status) in str(error)


def test_the_provider_says_how_long_to_wait() -> None:
    told = {"Retry-After": "7"}
    error = refused(Answer(429, told, b"", "the provider", NOW))
    assert isinstance(error, Busy)
    assert (error.pause, error.retry_after) == (7, 7)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"error": {"code": "locked", "message": "Server is locked"}}',
            "locked: Server is locked",
        ),
        (b'{"message": "no"}', "no"),
        (b'{"errorMessage": "not now", "correlationId": "1"}', "not now"),
        (b'{"id": "unprocessable_entity", "message": "pending"}', "pending: unprocessable_entity"),
        (b'{"error": "Invalid API token."}', "Invalid API token."),
        (b'{"message": "a\\u0000b\\nc"}', "a b c"),
        (b'["no"]', ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_the_reason_is_found_wherever_providers_write_it(body: bytes, said: str) -> None:
    assert words(answer(422, body)) == said


def test_a_long_reason_is_cut() -> None:
    assert len(words(answer(400, b'{"message": "%s"}' % (b"x" * 100_000)))) == 200


def test_a_code_is_a_text_or_nothing() -> None:
    assert error_code(answer(403, b'{"error": {"code": "RATE_LIMIT_EXCEEDED"}}')) != ""
    assert error_code(answer(403, b'{"error": {"code": 7}}')) == ""
    assert error_code(answer(403, b"[]")) == ""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("server.status", "off"),
        ("server", {"status": "off", "id": 42}),
        ("server.id", 42),
        ("server.status.more", None),
        ("nothing.there", None),
        ("list.0", None),
        ("", None),
    ],
)
def test_a_path_is_dotted_names_and_nothing_else(path: str, found: object) -> None:
    assert pluck({"server": {"status": "off", "id": 42}, "list": ["a"]}, path) == found


@pytest.mark.parametrize(
    ("told", "text"), [(42, "42"), ("web1\n", "web1"), (True, ""), (None, ""), (1.5, ""), ([], "")]
)
def test_a_value_is_a_text_or_a_whole_number(told: object, text: str) -> None:
    assert plain(told) == text


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://api.example.net/v1/", "https://api.example.net/v1"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
    ],
)
def test_an_address_is_tls_or_this_machine(told: str, kept: str) -> None:
    assert TypeAdapter(ApiAddress).validate_python(told) == kept


@pytest.mark.parametrize(
    "told",
    [
        "http://api.example.net",
        "http://127.0.0.1.example.net",
        "https://api.example.net/?tag_name=web",
        "https://api.example.net/#x",
        "https://user@api.example.net",
        "ftp://127.0.0.1",
        "api.example.net",
    ],
)
def test_another_address_is_refused(told: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ApiAddress).validate_python(told)


def looks(
    told: Iterable[Progress | OutsideError],
) -> tuple[Callable[[], Awaitable[Progress]], list[int]]:
    """What is seen at each look, and how many there were."""
    rest, seen = iter(told), [0]

    async def look() -> Progress:
        seen[0] += 1
        found = next(rest)
        if isinstance(found, OutsideError):
            raise found
        return found

    return look, seen


RUNNING, OVER = Progress(over=False), Progress(over=True)


async def test_an_order_is_followed_to_its_end() -> None:
    look, seen = looks([RUNNING, OutsideError("500", transient=True), OVER])
    await watch(look, what="it", within=30, every=0.001)
    assert seen == [3]


async def test_an_order_is_not_followed_for_ever() -> None:
    look, seen = looks([RUNNING] * 100_000)
    began = asyncio.get_running_loop().time()
    await watch(look, what="it", within=0.05, every=0.001)
    assert 1 < seen[0] < 100_000
    assert asyncio.get_running_loop().time() - began < 20


async def test_an_order_is_looked_at_once_even_without_time() -> None:
    look, seen = looks([OVER])
    await watch(look, what="it", within=0)
    assert seen == [1]


async def test_a_failed_order_was_heard() -> None:
    look, _ = looks([Progress(over=True, failure="no disk")])
    with fails(saying="it took the order, but it failed: no disk", transient=True, ambiguous=True):
        await watch(look, what="it", within=30)


async def test_an_order_that_met_another_one_did_nothing() -> None:
    look, _ = looks([Progress(over=True, failure="VM is locked (backup)", busy=True)])
    with fails(Busy, saying="locked"):
        await watch(look, what="it", within=30)


async def test_a_login_that_ends_meanwhile_is_not_tried_again() -> None:
    look, seen = looks([LoginRefused("401"), OVER])
    with fails(LoginRefused, ambiguous=True):
        await watch(look, what="it", within=30)
    assert seen == [1]


async def test_who_is_cancelled_stops_looking() -> None:
    look, _ = looks([RUNNING] * 100_000)
    task = asyncio.create_task(watch(look, what="it", within=60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
