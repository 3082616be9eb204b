"""PagerDuty's webhooks: are they signed, who did what, and whose alarm was it?"""

import contextlib
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.paging.pagerduty_hooks import Deed, Unreadable, deed_of, genuine, known_as

ANA = {"id": "PLH1HKV", "type": "user_reference", "summary": "Ana Petrova"}
DEED = Deed(
    "INC-7/1", "acknowledged", ("PLH1HKV", "Ana Petrova"), datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
)


def hook(kind: str = "incident.acknowledged", agent: Any = ANA, **data: Any) -> bytes:
    """As developer.pagerduty.com/docs/webhooks-overview shows it."""
    told = {"id": "PGR0VU2", "type": "incident", "number": 2, "incident_key": "INC-7/1", **data}
    event = {
        "id": "5ac64822-4adc-4fda-ade0-410becf0de4f",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": "2026-11-22T03:12:00Z",
        "agent": agent,
        "client": {"name": "PagerDuty"},
        "data": told,
    }
    return json.dumps({"event": event}).encode()


def sign(body: bytes, secret: str) -> str:
    """As the documents tell a receiver to compute it."""
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_a_signature_of_one_of_our_secrets_is_genuine() -> None:
    body = hook()
    assert genuine(body, sign(body, "canary"), ["canary"])
    assert genuine(body, sign(body, "new"), ["old", "new"])
    assert genuine(body, f"{sign(body, 'theirs')}, {sign(body, 'canary')}", ["canary"])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "v1=",
        "canary",
        sign(hook(), "other"),
        sign(hook(), "canary").replace("v1=", "v0="),
        sign(hook(), "canary").removeprefix("v1="),
        sign(hook(), "canary").upper(),
        sign(hook(number=3), "canary"),
        "v1=🔥",
    ],
)
def test_any_other_is_not(header: str) -> None:
    assert not genuine(hook(), header, ["canary"])


def test_without_a_secret_nothing_is_genuine() -> None:
    assert not genuine(hook(), sign(hook(), ""), [])


def test_a_hook_says_who_did_what_when_and_to_which_alarm() -> None:
    assert deed_of(hook()) == DEED
    resolved = deed_of(hook("incident.resolved"))
    assert resolved is not None
    assert resolved.what == "resolved"


@pytest.mark.parametrize(
    "body",
    [
        hook("incident.triggered"),
        hook("incident.escalated"),
        hook("pagey.ping"),
        hook("an.event.of.next.year"),
        hook(agent=None),
        hook(agent={"id": "P1", "type": "inbound_integration_reference", "summary": "Events"}),
        hook(agent={"id": "P1", "type": "service_reference", "summary": "API Service"}),
    ],
)
def test_what_no_person_did_and_what_says_nothing_is_passed_over(body: bytes) -> None:
    """Our own resolve comes back as `incident.resolved`, without a person."""
    assert deed_of(body) is None


def test_an_alarm_without_a_key_is_nobodys() -> None:
    told = deed_of(hook(incident_key=None))
    assert told is not None
    assert told.alarm == ""


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'"', b'{"event": {}}', b'{"event": {"event_type": "x"}}', b"\xff",
     b'{"event": {"event_type": "x", "occurred_at": "2026-11-22T03:12:00"}}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_hook_is_said_so(body: bytes) -> None:
    with pytest.raises(Unreadable):
        deed_of(body)


@given(st.binary(max_size=300))
def test_no_body_is_any_other_error(body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert deed_of(body) is None


@pytest.mark.parametrize(
    ("accounts", "who"),
    [
        ({"ana": {"pagerduty": "PLH1HKV"}}, "ana"),
        ({"ana": {"pagerduty": "plh1hkv"}}, "ana"),
        ({"ben": {"pagerduty": "P2"}, "ana": {"pagerduty": "Ana Petrova"}}, "ana"),
        ({"ana": {"rt": "PLH1HKV"}}, "Ana Petrova"),
        ({"ana": {}}, "Ana Petrova"),
        ({"ana": {"pagerduty": ""}}, "Ana Petrova"),
        ({}, "Ana Petrova"),
    ],
)
def test_a_person_is_known_by_the_account_or_by_the_name_that_stands_there(
    accounts: dict[str, dict[str, str]], who: str
) -> None:
    assert known_as(DEED, accounts) == who


def test_an_address_counts_where_pagerduty_tells_it() -> None:
    told = deed_of(hook(agent={**ANA, "email": "ana@example.net"}))
    assert told is not None
    assert known_as(told, {"ana": {"pagerduty": "Ana@example.net"}}) == "ana"


def test_a_hostile_name_stays_one_line() -> None:
    told = deed_of(hook(agent={**ANA, "summary": "Ana\r\nacknowledged by mira\u202e" + "x" * 5000}))
    assert told is not None
    who = known_as(told, {})
    assert who.isprintable()
    assert len(who) <= 100
