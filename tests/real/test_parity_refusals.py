"""A question that is none gets the same answer from both, to the letter."""

from typing import NamedTuple

import aiohttp
import pytest

from tests.real.exporters import Exporter
from tests.real.pair import Pair

pytestmark = pytest.mark.xdist_group("pair")


class Answer(NamedTuple):
    """What tells one answer from another."""

    status: int
    kind: str
    text: str


async def ask(
    exporter: Exporter, query: str, scrape: str | None = None, *, path: str = "/probe"
) -> Answer:
    headers = {} if scrape is None else {"X-Prometheus-Scrape-Timeout-Seconds": scrape}
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{exporter.url}{path}{query}", headers=headers)
        return Answer(answer.status, answer.headers["Content-Type"], await answer.text())


@pytest.mark.parametrize(
    ("query", "scrape"),
    [
        ("", None),
        ("?module=nobody", None),
        ("?module=nobody&target=a", "abc"),
        ("?module=a%22b%5Cc", None),
        ("?module=caf%C3%A9%20x", None),
        ("?module=tcp", None),
        ("?module=tcp&target=", None),
        ("?module=tcp&target=a", "abc"),
        ("?module=tcp", "1s"),
        ("?module=", None),
        ("?module=http_post&target=a&hostname=b", None),
        ("?module=tcp&module=nobody", None),
    ],
)
async def test_it_is_refused_in_the_same_words(pair: Pair, query: str, scrape: str | None) -> None:
    theirs, ours = [await ask(one, query, scrape) for one in pair.both]
    assert ours == theirs
    assert theirs.status >= 400


async def test_a_page_and_a_story_have_the_same_type_and_shape(pair: Pair) -> None:
    for query, scrape in (("?module=tcp&target=127.0.0.1:9", None),) * 2:
        theirs, ours = [await ask(one, query, scrape) for one in pair.both]
        assert (ours.status, ours.kind) == (theirs.status, theirs.kind)
        assert helps(ours.text) == helps(theirs.text)
        told = [await ask(one, f"{query}&debug=true", scrape) for one in pair.both]
        assert (told[1].status, told[1].kind) == (told[0].status, told[0].kind)
        assert parts(told[1].text) == parts(told[0].text)


def helps(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("#")]


def parts(story: str) -> list[str]:
    """The headings, each with the blank lines before it."""
    lines = story.split("\n")
    places = [place for place, line in enumerate(lines) if line.endswith(":") and " " in line]
    return [
        "\n".join(lines[max(0, place - 3) : place + 1])
        for place in places
        if "  " not in lines[place]
    ]
