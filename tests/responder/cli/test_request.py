"""Can an agent hand in a request from a shell, and find an article for it?"""

from responder.cli import request, ticket
from responder.web.request_orders import Channel
from tests.responder.cli.conftest import Desk


def test_the_channels_are_those_of_the_daemon() -> None:
    assert Channel.__args__ == request.CHANNELS  # type: ignore[attr-defined]
    assert set(request.CHANNELS) < set(ticket.CHANNELS)


async def test_r6_an_agent_writes_for_a_customer(desk: Desk) -> None:
    told = await desk.told(
        "request", "new", "Password", "Where do I change it?", "--for", "Mrs Moss",
        "--caller", "moss@customer.example", "--key", "call-7",
    )  # fmt: skip
    assert (told["ticket"]["category"], told["ticket"]["channel"]) == ("hosting", "phone")
    again = await desk.call(
        "request", "new", "Password", "Where do I change it?", "--key", "call-7"
    )
    assert again.stdout == "ticket 1: hosting, medium, level-1, no brand that we know\n"
    shown = await desk.told("ticket", "show", "1")
    assert shown["case"]["on_behalf_of"] == "Mrs Moss"
    assert shown["case"]["submitted_by"]


async def test_r82_articles_are_found_by_their_words(desk: Desk) -> None:
    assert (await desk.told("request", "articles", "password")) == {"articles": []}
