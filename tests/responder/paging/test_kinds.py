"""The list of ways to reach a person, as the configuration names them."""

from collections.abc import AsyncIterator
from typing import Any, get_args

import aiohttp
import pytest
from pydantic import TypeAdapter, ValidationError

from playbooks.client import open_session
from responder.metrics import KEYLESS
from responder.metrics import METHODS as NAMES
from responder.paging.apprise import AppriseMethod
from responder.paging.goalert import GoAlertMethod
from responder.paging.kinds import AnyMethod, Paging, notifiers
from responder.paging.ntfy import NtfyMethod
from responder.paging.pagerduty import PagerDutyMethod
from responder.paging.smtp import EmailMethod
from responder.paging.webhook import WebhookMethod
from responder.secrets import Secret

METHODS: TypeAdapter[Any] = TypeAdapter(AnyMethod)
KINDS = get_args(get_args(AnyMethod)[0])
TWILIO = {"account_sid": "AC" + "0" * 32, "token_file": Secret.of("k"), "from": "+15005550006"}
MAIL = {"email": {"host": "127.0.0.1", "port": 2525, "from": "responder@example.net"}}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"kind": "apprise", "url": Secret.of("json://127.0.0.1")}, AppriseMethod),
        ({"kind": "email", "to": "ana@example.net"}, EmailMethod),
        (
            {"kind": "goalert", "url": "https://ga.example.net", "token_file": Secret.of("k")},
            GoAlertMethod,
        ),
        ({"kind": "ntfy", "topic": "ana-4fd0"}, NtfyMethod),
        ({"kind": "pagerduty", "routing_key": Secret.of("k")}, PagerDutyMethod),
        ({"kind": "webhook", "url": "https://pager.example.net/hook"}, WebhookMethod),
    ],
)
def test_a_method_is_read_by_its_kind(told: dict[str, Any], kind: type) -> None:
    assert isinstance(METHODS.validate_python(told), kind)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="'apprise', 'email', 'goalert', 'ntfy', 'pagerduty'"):
        METHODS.validate_python({"kind": "emial"})


def test_a_secret_in_a_wrong_place_is_not_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        METHODS.validate_python({"kind": "pagerduty", "routing_key": "canary"})
    shown = caught.value.errors(include_input=False, include_url=False)
    assert "canary" not in f"{shown}"


async def test_mail_works_only_with_a_server_the_rest_without_settings(
    session: aiohttp.ClientSession,
) -> None:
    assert set(notifiers(Paging(), session)) == {
        "apprise",
        "goalert",
        "ntfy",
        "pagerduty",
        "webhook",
    }
    ways = notifiers(Paging.model_validate(MAIL), session)
    assert {name: way.keyed for name, way in ways.items()} == {
        "apprise": False,
        "email": False,
        "goalert": True,
        "ntfy": False,
        "pagerduty": True,
        "webhook": False,
    }


async def test_the_metrics_know_every_kind_and_who_may_show_a_page_twice(
    session: aiohttp.ClientSession,
) -> None:
    kinds = {method.model_fields["kind"].annotation for method in KINDS}
    assert {word for kind in kinds for word in get_args(kind)} == set(NAMES)
    told = MAIL | {"twilio": TWILIO}
    ways = notifiers(Paging.model_validate(told), session)
    assert set(ways) == set(NAMES)
    assert {name for name, way in ways.items() if not way.keyed} == set(KEYLESS)


def test_a_key_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Paging.model_validate({"emial": {}})
