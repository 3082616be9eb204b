"""Does the real Request Tracker live, with its people, and can it go away and come back?"""

import asyncio

import aiohttp
import pytest

from tests.real.rt import RequestTracker

pytestmark = pytest.mark.xdist_group("rt")  # each worker would have one of its own


async def test_a_ticket_is_opened_by_the_daemons_token(request_tracker: RequestTracker) -> None:
    fields = {"Incident Key": "parts-1", "Severity": "critical"}
    number = await request_tracker.create("rapid-response", "web1 is down", CustomFields=fields)
    ticket = await request_tracker.ticket(number)
    assert ticket.queue == "rapid-response"
    assert (ticket.subject, ticket.status, ticket.owner) == ("web1 is down", "new", "Nobody")
    assert ticket.fields["Incident Key"] == ("parts-1",)


async def test_a_person_takes_answers_and_resolves(request_tracker: RequestTracker) -> None:
    number = await request_tracker.create("level-1", "mail is slow")
    alice = request_tracker.as_agent("alice")
    await alice.take(number)
    await alice.comment(number, "the queue of mx1 is long")
    await alice.correspond(number, "we have found the cause")
    await alice.resolve(number)
    ticket = await request_tracker.ticket(number)
    assert (ticket.owner, ticket.status) == ("alice", "resolved")
    said = [(line.type, line.text) for line in await request_tracker.history(number) if line.text]
    assert said == [
        ("Create", "mail is slow"),
        ("Comment", "the queue of mx1 is long"),
        ("Correspond", "we have found the cause"),
    ]


async def test_a_stranger_is_refused(request_tracker: RequestTracker) -> None:
    stranger = request_tracker.as_agent("mallory")
    with pytest.raises(aiohttp.ClientResponseError, match="401"):
        await stranger.resolve(1)


async def test_a_stopped_tracker_refuses_and_forgets_nothing(
    request_tracker: RequestTracker,
) -> None:
    number = await request_tracker.create("level-2", "before the outage")
    await request_tracker.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await request_tracker.create("level-2", "during the outage")
    await request_tracker.start()
    assert (await request_tracker.ticket(number)).subject == "before the outage"
    assert await request_tracker.search("Subject = 'during the outage'") == ()


async def test_a_paused_tracker_hangs_until_it_is_resumed(request_tracker: RequestTracker) -> None:
    request_tracker.pause()
    call = asyncio.create_task(request_tracker.create("level-3", "while it hung"))
    done, _ = await asyncio.wait({call}, timeout=1.0)
    assert not done
    request_tracker.resume()
    number = await call
    held = await request_tracker.search("Subject = 'while it hung'")
    assert [ticket.id for ticket in held] == [number]
