"""Calls of web addresses: with whom is fixed by the playbook, whatever an alert says."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from pydantic import ValidationError
from yarl import URL

from playbooks.actions.http import HttpCall, _one_piece
from playbooks.actions.model import Failed, Ok, Unsure
from playbooks.lookups import fill
from tests.playbooks.actions.crew import HandCrew, case
from tests.playbooks.actions.hostile import LABELS, hostile


class Api:
    """A server that writes down what it is asked and answers as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.answer = '{"id": 5}'
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url(""))

    async def _handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.raw_path, await request.text()))
        self.headers.append(dict(request.headers))
        if self.status == 0:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=self.status or 200, text=self.answer)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    made = Api()
    async with made.server:
        yield made


def call(api: Api, path: str = "/hook", **keys: object) -> HttpCall:
    return HttpCall.model_validate({"url": f"{api.url.rstrip('/')}{path}", **keys})


async def test_one_request_is_sent_and_its_answer_kept(crew: HandCrew, api: Api) -> None:
    asked = call(api, "/v1/{{ target.name }}?kind={{ alert.kind }}", json={"who": "web1"})
    outcome = await asked.do(case(labels={"kind": "down & out"}), crew)
    values = {"status": "200", "body": '{"id": 5}'}
    assert outcome == Ok("127.0.0.1 answered 200", values)
    [(method, path, body)] = api.asked
    assert (method, path) == ("POST", "/v1/web1?kind=down%20%26%20out")
    assert json.loads(body) == {"who": "web1"}
    assert crew.journal == [("intent", "http.call"), ("result", "http.call", "done")]


async def test_secrets_travel_in_headers_and_nowhere_else(
    crew: HandCrew, api: Api, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("hunter2-hunter2\n")
    api.answer = "you sent hunter2-hunter2"
    asked = call(
        api,
        token_file=tmp_path / "token",
        secret_headers={"X-Api-Key": tmp_path / "token"},
        headers={"X-Plain": "yes"},
    )
    outcome = await asked.do(case(), crew)
    assert isinstance(outcome, Ok)
    assert outcome.values["body"] == "you sent [secret]"
    [headers] = api.headers
    assert headers["Authorization"] == "Bearer hunter2-hunter2"
    assert headers["X-Api-Key"] == "hunter2-hunter2"
    assert headers["X-Plain"] == "yes"
    assert "hunter2" not in repr(asked)


async def test_without_its_secret_nothing_is_sent(crew: HandCrew, api: Api, tmp_path: Path) -> None:
    outcome = await call(api, token_file=tmp_path / "none").do(case(), crew)
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("nothing was sent: the secret file")
    assert (api.asked, crew.journal) == ([], [])


@pytest.mark.parametrize(
    ("status", "sure"),
    [(302, True), (400, True), (401, True), (404, True), (429, True), (503, True), (500, False)],
)
async def test_which_no_is_sure(crew: HandCrew, api: Api, status: int, sure: bool) -> None:
    api.status = status
    api.answer = "because\x1b[2J"
    outcome = await call(api).do(case(), crew)
    assert isinstance(outcome, Failed if sure else Unsure)
    assert outcome.reason == f"127.0.0.1 answered {status}: because[2J"
    assert len(api.asked) == 1


async def test_a_lost_answer_is_unsure_unless_it_may_be_repeated(crew: HandCrew, api: Api) -> None:
    api.status = 0
    assert isinstance(await call(api).do(case(), crew), Unsure)
    assert isinstance(await call(api, repeat="safe").do(case(), crew), Failed)
    assert len(api.asked) == 2


async def test_the_expected_status_alone_is_well(crew: HandCrew, api: Api) -> None:
    api.status = 404
    assert isinstance(await call(api, method="DELETE", expect=[204, 404]).do(case(), crew), Ok)
    api.status = 204
    assert isinstance(await call(api, expect=[200]).do(case(), crew), Unsure)


async def test_after_a_crash_it_is_not_sent_again(crew: HandCrew, api: Api) -> None:
    crashed = case(open_intent="http.call")
    assert isinstance(await call(api).do(crashed, crew), Unsure)
    assert api.asked == []
    assert isinstance(await call(api, repeat="safe").do(crashed, crew), Ok)


async def test_a_dry_run_sends_nothing(crew: HandCrew, api: Api) -> None:
    outcome = await call(api, method="PUT").do(case(dry=True), crew)
    assert outcome == Ok(f"it would send PUT to {URL(api.url).authority}")
    assert api.asked == []


@pytest.mark.parametrize("label", LABELS, ids=lambda label: repr(label[:20]))
async def test_a_hostile_label_stays_one_piece_of_the_path(
    crew: HandCrew, api: Api, label: str
) -> None:
    asked = call(api, "/v1/{{ alert.x }}/state?q={{ alert.x }}", repeat="safe")
    outcome = await asked.do(case(labels={"x": label}), crew)
    if isinstance(outcome, Failed):
        assert api.asked == []
        return
    [(_, path, _)] = api.asked
    route, _, query = path.partition("?")
    assert [route.count("/"), query.count("="), query.count("&")] == [3, 1, 0]
    assert route.startswith("/v1/")
    assert route.endswith("/state")
    [headers] = api.headers
    assert "X-Injected" not in headers


@given(label=hostile)
def test_no_label_changes_with_whom_we_speak(label: str) -> None:
    written = "https://api.example.net/v1/{{ alert.x }}/state?q={{ alert.x }}"
    try:
        url = URL(fill(written, {"alert.x": label}, _one_piece))
    except ValueError:
        return
    assert str(url.origin()) == "https://api.example.net"
    assert url.raw_parts[:2] == ("/", "v1")
    assert len(url.raw_parts) == 4
    assert list(url.query) == ["q"]
    assert url.fragment == ""


async def test_a_header_that_breaks_the_line_is_not_sent(crew: HandCrew, api: Api) -> None:
    """The runner has filled it in; such a value may come from a label."""
    outcome = await call(api, headers={"X-Name": "a\r\nX-Injected: yes"}).do(case(), crew)
    assert isinstance(outcome, Failed)
    assert api.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.net/",
        "https://{{ alert.host }}/x",
        "https://api.example.net:{{ alert.port }}/",
        "https://api.example.net{{ alert.x }}",
        "https://{{ alert.x }}@api.example.net/",
        "https://user:secret@api.example.net/",
        "{{ alert.url }}",
        "https://api.example.net/#x",
        "ftp://api.example.net/",
        "https:///x",
    ],
)
def test_the_other_side_is_fixed_and_private(url: str) -> None:
    with pytest.raises(ValidationError):
        HttpCall(url=url)


@pytest.mark.parametrize("url", ["https://api.example.net/{{ alert.x }}", "http://[::1]:80/a"])
def test_pieces_behind_the_host_may_be_looked_up(url: str) -> None:
    assert HttpCall(url=url).url == url


@pytest.mark.parametrize(
    "keys",
    [
        {"method": "TRACE"},
        {"headers": {"a b": "c"}},
        {"expect": [100]},
        {"data": "x"},
        {"token_file": "secrets/{{ alert.x }}"},
        {"secret_headers": {"X-Key": "{{ alert.x }}"}},
    ],
    ids=str,
)
def test_what_is_no_request_is_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HttpCall.model_validate({"url": "https://api.example.net/", **keys})


def test_only_what_may_not_be_repeated_stands_before_the_gate(crew: HandCrew) -> None:
    url = "https://api.example.net/"
    assert HttpCall(url=url).gated(crew)
    assert not HttpCall.model_validate({"url": url, "repeat": "safe"}).gated(crew)
    assert HttpCall(url=url, timeout=timedelta(minutes=2)).lasts(crew) > timedelta(minutes=2)
