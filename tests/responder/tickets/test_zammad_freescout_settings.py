"""The words of Zammad and FreeScout in ours, and back."""

from typing import Any

import pytest
from pydantic import ValidationError

from alerts.model import Priority
from playbooks.ports import TicketState
from responder.secrets import Secret
from responder.tickets.freescout_settings import FreeScoutTickets
from responder.tickets.zammad_settings import ZammadTickets

KEY = Secret.of("k3y-of-zammad")


def zammad(**told: Any) -> ZammadTickets:
    base = {"system": "zammad", "url": "https://desk.example.net/", "token_file": KEY}
    return ZammadTickets.model_validate(base | told)


def freescout(**told: Any) -> FreeScoutTickets:
    base = {
        "system": "freescout",
        "url": "https://desk.example.net",
        "api_key_file": KEY,
        "user": "responder@desk.example",
        "customer": "monitoring@desk.example",
        "mailbox": "Support",
    }
    return FreeScoutTickets.model_validate(base | told)


def test_an_address_loses_its_last_slash() -> None:
    assert zammad().url == "https://desk.example.net"


@pytest.mark.parametrize(
    "url",
    ["desk.example.net", "ftp://desk", "https://u:p@desk", "https://desk?token=x", "https://"],
)
def test_an_address_with_a_secret_or_without_a_host_is_refused(url: str) -> None:
    for made in (zammad, freescout):
        with pytest.raises(ValidationError, match="must"):
            made(url=url)


def test_states_of_ones_own_come_first_and_the_others_stay() -> None:
    settings = zammad(states={"done": "solved", "waits for parts": "waiting-vendor"})
    assert settings.state_there(TicketState.SOLVED) == "done"
    assert settings.state_here("closed") is TicketState.SOLVED
    assert settings.state_here("waits for parts") is TicketState.WAITING_VENDOR
    assert settings.state_here("made up") is TicketState.OPEN
    assert settings.state_there(TicketState.ANSWERING) == "answering"


@pytest.mark.parametrize(
    ("word", "queue", "means"),
    [
        ("3 high", "rapid-response", Priority.CRITICAL),
        ("3 high", "level-1", Priority.HIGH),
        ("2 normal", "rapid-response", Priority.MEDIUM),
        ("1 low", "level-1", Priority.LOW),
        ("made up", "level-1", Priority.MEDIUM),
    ],
)
def test_a_priority_of_zammad_means_what_its_queue_says(
    word: str, queue: str, means: Priority
) -> None:
    assert zammad().priority_here(word, queue) is means


def test_a_fourth_priority_in_zammad_needs_no_guess() -> None:
    settings = zammad(priorities={"critical": "4 emergency"})
    assert settings.priority_here("4 emergency", "level-1") is Priority.CRITICAL
    assert settings.priority_here("3 high", "rapid-response") is Priority.HIGH


@pytest.mark.parametrize("name", ["Incident Key", "key]", "1key", "k" * 61, ""])
def test_an_attribute_that_zammad_could_not_have_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="key_field"):
        zammad(key_field=name)


def test_queues_have_their_mailboxes_and_brands_theirs() -> None:
    settings = freescout(queues={"rapid-response": "Emergency"}, brands={"blue": "Blue"})
    assert settings.mailbox_there("rapid-response") == "Emergency"
    assert settings.mailbox_there("abuse") == "abuse"
    assert (settings.fallback("blue"), settings.fallback(None)) == ("Blue", "Support")
    assert settings.queue_here("Emergency") == "rapid-response"
    assert [settings.queue_here(box) for box in ("Blue", "Support")] == ["level-1", "level-1"]
    assert settings.queue_here("abuse") == "abuse"


@pytest.mark.parametrize("priority", Priority)
def test_a_word_before_the_subject_is_its_priority(priority: Priority) -> None:
    settings = freescout()
    there = settings.subject_there("[x] web1 is down", priority)
    assert settings.subject_here(there) == ("[x] web1 is down", priority)


def test_one_word_for_two_priorities_is_refused() -> None:
    with pytest.raises(ValidationError, match="a word of its own"):
        freescout(priorities={"critical": "URGENT", "high": "URGENT"})


def test_without_a_key_no_webhook_is_believed() -> None:
    for settings in (zammad(), freescout()):
        assert not settings.verifies({"X-Hub-Signature": "sha1=", "X-FreeScout-Signature": ""}, b"")


def test_secrets_are_shown_nowhere() -> None:
    for settings in (zammad(webhook_secret_file=KEY), freescout(app_key_file=KEY)):
        assert "k3y" not in repr(settings) + str(settings)
