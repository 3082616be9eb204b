"""Is a record one line without secrets, whatever is in it and wherever it goes?"""

import asyncio
import json
import logging
from pathlib import Path

import pytest
import structlog
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.redaction import remember
from responder.log import configure, tidy

SECRET = 's3cr3t/+ of=the "day"'
remember(SECRET)
log = structlog.get_logger(__name__)
pytestmark = pytest.mark.usefixtures("logging_as_before")

Captured = pytest.CaptureFixture[str]


def records(captured: Captured) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.readouterr().out.splitlines()]


def only(captured: Captured) -> dict[str, object]:
    (record,) = records(captured)
    return record


def test_a_record_in_service_is_one_line_of_json(capfd: Captured) -> None:
    configure(json=True, level="info")
    with structlog.contextvars.bound_contextvars(incident="i1"):
        log.info("ticket_opened", ticket=42, server=None, tags=("a", "b"), late=True)
    record = only(capfd)
    assert list(record)[:3] == ["timestamp", "level", "event"]
    assert str(record.pop("timestamp")).endswith("Z")
    assert record == {
        "level": "info",
        "event": "ticket_opened",
        "incident": "i1",
        "ticket": 42,
        "server": None,
        "tags": ["a", "b"],
        "late": True,
    }


def test_a_record_on_a_terminal_is_for_people(capfd: Captured) -> None:
    configure(json=False, level="info")
    log.warning("page_refused", person="ana")
    line = capfd.readouterr().out
    assert "page_refused" in line
    assert "person=ana" in line
    assert "\x1b" not in line  # this is no terminal


def test_only_records_from_the_level_on_are_written(capfd: Captured) -> None:
    configure(json=True, level="warning")
    log.info("ticket_opened")
    log.warning("page_refused")
    assert only(capfd)["event"] == "page_refused"
    configure(json=True, level="debug")
    log.debug("row_claimed")
    assert only(capfd)["event"] == "row_claimed"


def test_what_libraries_log_comes_in_the_same_form(capfd: Captured) -> None:
    configure(json=True, level="info")
    library = logging.getLogger("some.library")
    library.info("chatter")
    library.error("lost %s of %d", "two", 3)
    library.error("its own %d mistake", "format")
    library.log(35, "an odd level")
    told = [(record["level"], record["event"], record["logger"]) for record in records(capfd)]
    assert told == [
        ("error", "lost two of 3", "some.library"),
        ("error", "its own %d mistake", "some.library"),
        ("warning", "an odd level", "some.library"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("password", "PASSWD", "db_pass", "token", "sender-token", "client_secret", "apikey"),
        *("X-Api-Key", "api_key", "Authorization", "Set-Cookie", "pin", "support_pin", "tokens"),
    ],
)
def test_a_field_with_the_name_of_a_secret_is_masked(name: str) -> None:
    given_fields = {"event": "x", name: "abc", "inner": [{name: ["abc"]}], "none": {name: None}}
    assert tidy(None, "", given_fields) == {
        "event": "x",
        name: "[secret]",
        "inner": [{name: "[secret]"}],
        "none": {name: None},
    }


def test_a_file_or_a_key_of_ours_is_no_secret() -> None:
    ours = {"event": "x", "token_file": "/etc/t", "key": "server:web1", "pinned": "a", "pins": None}
    assert tidy(None, "", dict(ours)) == ours


def test_a_known_number_is_masked_too() -> None:
    remember("48151623")
    assert tidy(None, "", {"event": "x", "code": 48151623, "other": 48151624}) == {
        "event": "x",
        "code": "[secret]",
        "other": 48151624,
    }


FORGED = ["\n", "\r", "\r\n", "\x1b[2J", "\x9b31m", "\u2028", "\u2029", "\x85", "\u202e", "\u2066"]
FORGED += ["\u200b", "\ufeff", "\0", "\x07", "\x7f", "\ud800", "\u061c", "\xad"]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("odd", FORGED)
def test_nothing_in_a_label_can_forge_a_second_record(
    capfd: Captured, odd: str, as_json: bool
) -> None:
    configure(json=as_json, level="info")
    text = f"web1{odd}2026-11-21T00:00:00Z [info] kill_switch_off"
    log.info("alert_received", server=text, labels={text: [text]}, **{text: 1})
    out = capfd.readouterr().out
    assert out.count("\n") == 1
    assert len(out.splitlines()) == 1
    assert odd[0] not in out.rstrip("\n")


def test_a_field_is_cut_at_two_kibibytes() -> None:
    record = tidy(None, "", {"event": "x", "text": "a" * (1 << 20), "fits": "b" * 2048})
    assert record["text"] == "a" * 2048 + "... (1048576 characters)"
    assert record["fits"] == "b" * 2048


def test_a_record_without_end_has_one() -> None:
    endless: dict[str, object] = {"label": "x"}
    endless["self"] = endless
    wide = {str(number): "v" for number in range(10_000)}
    text = json.dumps(tidy(None, "", {"event": "x", "endless": endless, "wide": wide}))
    assert len(text) < 10_000


def test_odd_values_are_json_as_well() -> None:
    odd = {
        "event": "x",
        "nan": float("nan"),
        "path": Path("/a"),
        "error": ValueError("bad"),
        "n": b"b",
    }
    json.dumps(dict(tidy(None, "", odd)), allow_nan=False)
    assert tidy(None, "", odd)["error"] == "bad"


def test_a_traceback_is_told_without_secrets_and_keeps_its_lines(capfd: Captured) -> None:
    configure(json=True, level="info")
    try:
        raise ValueError(f"login as {SECRET} at https://a:b@c/\x1b[2J")
    except ValueError:
        log.exception("login_refused", url="https://a:b@c/")
    record = only(capfd)
    trace = str(record["exception"])
    assert SECRET not in trace
    assert trace.endswith("ValueError: login as [secret] at https://[secret]@c/\\x1b[2J")
    assert trace.startswith("Traceback (most recent call last):\n")
    assert record["url"] == "https://[secret]@c/"


def test_a_long_traceback_keeps_its_end(capfd: Captured) -> None:
    configure(json=True, level="info")
    try:
        raise ValueError("x\n" * 100_000 + "the reason")
    except ValueError:
        log.exception("turn_failed")
    trace = str(only(capfd)["exception"])
    assert trace.endswith("the reason")
    assert len(trace) <= 16_384


def test_a_traceback_on_a_terminal_forges_no_record(capfd: Captured) -> None:
    configure(json=False, level="info")
    try:
        raise ValueError("x\n2026-11-21T00:00:00Z [info] kill_switch_off")
    except ValueError:
        log.exception("turn_failed")
    first, *rest = capfd.readouterr().out.splitlines()
    assert "turn_failed" in first
    assert {line[:4] for line in rest} == {"    "}


def nested() -> st.SearchStrategy[object]:
    """Values of any depth with the secret inside texts, keys and containers."""
    texts = st.tuples(st.text(max_size=20), st.text(max_size=20)).map(SECRET.join)
    leaf = texts | st.text() | texts.map(ValueError) | texts.map(str.encode) | st.integers()
    return st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(texts | st.text(), inner, max_size=4)
            | st.tuples(inner, inner)
        ),
        max_leaves=20,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=nested(), as_json=st.booleans())
def test_no_record_ever_shows_a_secret(capfd: Captured, value: object, as_json: bool) -> None:
    configure(json=as_json, level="info")
    log.info("alert_received", value=value, text=f"{value}")
    out = capfd.readouterr().out
    assert SECRET not in out
    assert SECRET not in out.replace('\\"', '"')
    assert out.count("\n") == 1


async def test_a_malformed_request_leaves_no_header_in_the_log(capfd: Captured) -> None:
    configure(json=True, level="info")
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    for header in (
        b"Authorization: Bearer unknown-t0ken\x00",
        b"Authorization : Bearer unknown-t0ken",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.0 400")
        writer.close()
        await writer.wait_closed()
    await runner.cleanup()
    told = records(capfd)
    assert [record["event"] for record in told] == ["request_malformed", "request_malformed"]
    assert "unknown-t0ken" not in json.dumps(told)
    assert told[0]["said"] == "Error handling request from 127.0.0.1"
