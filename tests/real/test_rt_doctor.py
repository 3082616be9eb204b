"""Does the doctor see what a real Request Tracker lacks, and create what may be created?"""

import secrets
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from playbooks.client import open_session
from playbooks.outside import OutsideError
from playbooks.ports import Lack
from responder.secrets import Secret
from responder.tickets.doctor import examined, mended
from responder.tickets.rt import RequestTracker
from responder.tickets.rt_settings import RtTickets
from tests.real.rt import RequestTracker as RealTracker

pytestmark = pytest.mark.xdist_group("rt")

_SEES = ("SeeQueue", "ShowTicket", "SeeCustomField")
_WORKS = ("CreateTicket", "CommentOnTicket", "ReplyToTicket", "ModifyTicket")
_RULES = ("AdminQueue", "AdminCustomField", "AssignCustomFields", "AdminCustomFieldValues")

Build = Callable[..., RequestTracker]


@pytest.fixture
async def build(request_tracker: RealTracker) -> AsyncIterator[Build]:
    """The real RT, seen by one of its users, perhaps set up otherwise."""
    async with open_session() as session:

        def built(token: str = "", **told: object) -> RequestTracker:
            return _build(session, request_tracker, token, told)

        yield built


def _build(
    session: aiohttp.ClientSession, tracker: RealTracker, token: str, told: dict[str, object]
) -> RequestTracker:
    base = {
        "system": "rt",
        "url": tracker.url,
        "token_file": Secret.of(token or tracker.token),
        "queues": {"abuse": "level-3"},
    }
    return RequestTracker(RtTickets.model_validate(base | told), session)


def named(lacks: list[Lack]) -> list[tuple[str, str]]:
    return [(lack.part, lack.name) for lack in lacks]


async def lacks_of(system: RequestTracker) -> list[Lack]:
    """What is missing, less what only a busy machine is."""
    return [one for one in await system.examine() if "each call takes" not in one.problem]


async def test_what_our_own_recipe_sets_up_lacks_nothing(build: Build) -> None:
    assert named(await lacks_of(build())) == []


async def test_everything_that_is_missing_is_told_with_where_to_create_it(build: Build) -> None:
    system = build(
        queues={"abuse": "abuse-desk"},
        key_field="Server",  # two tickets may share it
        fields={"brand": "Shop", "severity": "Solved At Level"},
        useful_field="Helped",
        technicians=["dana", "zoe"],
    )
    lacks = await lacks_of(system)
    assert named(lacks) == [
        ("queue", "abuse-desk"),
        ("field", "Server (unique values)"),
        ("field", "Shop"),
        *[("field", f"Solved At Level = {one}") for one in ("critical", "high", "medium", "low")],
        ("field", "Helped"),
        ("access", "zoe"),
    ]
    assert all(lack.advice for lack in lacks)
    by_hand = [lack.name for lack in lacks if not lack.mendable]
    assert by_hand == ["Helped", "zoe"]  # REST2 applies no field to replies


async def test_a_wrong_token_is_a_finding(build: Build) -> None:
    (lack,) = await lacks_of(build(f"1-14-{'0' * 32}"))
    assert (lack.part, lack.name) == ("access", "token_file")
    assert "401" in lack.problem


async def test_an_rt_that_is_away_can_not_be_asked(build: Build) -> None:
    with pytest.raises(OutsideError) as away:
        await build(url="http://127.0.0.1:9").examine()
    assert away.value.transient


async def test_rights_that_our_user_has_not_are_told(
    build: Build, request_tracker: RealTracker
) -> None:
    number = await request_tracker.create("rapid-response", "a ticket to look at")
    token = request_tracker.new_user(f"reader-{secrets.token_hex(4)}", *_SEES)
    lacks = await lacks_of(build(token))
    rights = {lack.name for lack in lacks if lack.part == "right"}
    assert {"CommentOnTicket in rapid-response", "ModifyTicket in rapid-response"} <= rights
    assert number


async def test_what_is_missing_is_created_where_our_user_may(
    build: Build, request_tracker: RealTracker
) -> None:
    word = secrets.token_hex(4)
    token = request_tracker.new_user(f"ruler-{word}", *_SEES, *_WORKS, *_RULES)
    system = build(
        token,
        queues={"abuse": f"abuse-{word}"},
        key_field=f"Key {word}",
        fields={"severity": f"Severity {word}"},
    )
    before = await examined(system, ())
    after = await mended(system, before)
    assert [one.lack.name for one in after if not one.mended] == []
    assert {one.lack.name for one in after} >= {f"abuse-{word}", f"Key {word}", f"Severity {word}"}
    assert named(await lacks_of(system)) == []


async def test_what_our_user_may_not_create_is_said(build: Build) -> None:
    system = build(queues={"abuse": "abuse-desk"})
    (finding,) = [one for one in await mended(system, await examined(system, ())) if one.failed]
    assert finding.lack.name == "abuse-desk"
    assert "403" in finding.failed


async def test_people_without_an_account_are_told(build: Build) -> None:
    found = await examined(build(), ["dana", "zoe"])
    assert [one.lack.name for one in found if one.lack.part == "access"] == ["zoe"]
