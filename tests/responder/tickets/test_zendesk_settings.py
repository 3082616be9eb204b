"""Whom do the settings of Zendesk let knock, and where do they lead?"""

from datetime import UTC, datetime

import pytest

from responder.emulators.zendesk_shapes import signed
from responder.secrets import Secret
from responder.tickets.zendesk_settings import ZendeskTickets

SIGNED = {
    "X-Zendesk-Webhook-Signature": "leKY8jdKMCUp5khG5KQqWJHd7tD5LfDj2KzJl5TLEhg=",
    "x-zendesk-webhook-signature-timestamp": "2026-11-22T03:10:00Z",
}
BODY = b'{"ticket":"42"}'


def test_a_webhook_is_verified_by_its_signature() -> None:
    """What `openssl dgst -sha256 -hmac whsec` makes of time stamp and body."""
    settings = _settings(webhook_secret_file=Secret.of("whsec"))
    assert settings.verifies(SIGNED, BODY)
    assert (
        signed("whsec", BODY, at=datetime(2026, 11, 22, 3, 10, tzinfo=UTC)).items()
        <= {name.title(): value for name, value in SIGNED.items()}.items()
    )


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (SIGNED, BODY + b" "),
        ({**SIGNED, "x-zendesk-webhook-signature-timestamp": "2026-11-22T03:10:01Z"}, BODY),
        ({**SIGNED, "X-Zendesk-Webhook-Signature": "größe"}, BODY),
        ({**SIGNED, "X-Zendesk-Webhook-Signature": ""}, BODY),
        ({}, BODY),
        ({"X-Zendesk-Webhook-Signature": SIGNED["X-Zendesk-Webhook-Signature"]}, BODY),
    ],
)
def test_any_other_webhook_is_refused(headers: dict[str, str], body: bytes) -> None:
    settings = _settings(webhook_secret_file=Secret.of("whsec"))
    assert not settings.verifies(headers, body)


def test_without_a_secret_no_webhook_is_believed() -> None:
    assert not _settings().verifies(SIGNED, BODY)


def _settings(**told: object) -> ZendeskTickets:
    needed = {"url": "https://acme.example", "user": "r@acme.example", "token_file": Secret.of("t")}
    return ZendeskTickets.model_validate({"system": "zendesk", **needed, **told})


@pytest.mark.parametrize(
    "url", ["acme.zendesk.com", "ftp://acme.example", "https://u:p@acme.example"]
)
def test_an_address_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        _settings(url=url)
