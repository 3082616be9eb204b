"""The list of ways to reach a person; adding one is a file and a line here."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from playbooks.ports import Notifier
from responder.paging.apprise import Apprise, AppriseMethod
from responder.paging.goalert import GoAlert, GoAlertMethod
from responder.paging.ntfy import Ntfy, NtfyMethod
from responder.paging.pagerduty import PagerDuty, PagerDutyMethod, PagerDutyPaging
from responder.paging.smtp import Email, EmailMethod, EmailPaging
from responder.paging.twilio import Sms, SmsMethod, TwilioPaging, Voice, VoiceMethod
from responder.paging.webhook import Webhook, WebhookMethod

AnyMethod = Annotated[
    AppriseMethod
    | EmailMethod
    | GoAlertMethod
    | NtfyMethod
    | PagerDutyMethod
    | SmsMethod
    | VoiceMethod
    | WebhookMethod,
    Field(discriminator="kind"),
]

MethodKind = Literal["apprise", "email", "goalert", "ntfy", "pagerduty", "sms", "voice", "webhook"]

# mypy fails here when a kind no longer fits the seam.
_: tuple[
    type[Notifier[AppriseMethod]],
    type[Notifier[EmailMethod]],
    type[Notifier[GoAlertMethod]],
    type[Notifier[NtfyMethod]],
    type[Notifier[PagerDutyMethod]],
    type[Notifier[SmsMethod]],
    type[Notifier[VoiceMethod]],
    type[Notifier[WebhookMethod]],
] = (Apprise, Email, GoAlert, Ntfy, PagerDuty, Sms, Voice, Webhook)


class Paging(BaseModel):
    """`paging`: what the ways to reach people need besides each person's own methods."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    email: EmailPaging | None = None
    pagerduty: PagerDutyPaging = PagerDutyPaging()
    twilio: TwilioPaging | None = None


def notifiers(settings: Paging, session: aiohttp.ClientSession) -> Mapping[str, Notifier[Any]]:
    """Each usable kind by its name; a method goes to the notifier of its own `kind`."""
    ways: dict[str, Notifier[Any]] = {
        "apprise": Apprise(),
        "goalert": GoAlert(session),
        "ntfy": Ntfy(session),
        "pagerduty": PagerDuty(settings.pagerduty, session),
        "webhook": Webhook(session),
    }
    if settings.email:
        ways["email"] = Email(settings.email)
    if settings.twilio:
        ways["sms"] = Sms(settings.twilio, session)
        ways["voice"] = Voice(settings.twilio, session)
    return ways
