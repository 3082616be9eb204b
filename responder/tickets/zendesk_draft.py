"""A ticket as it is to be opened in Zendesk (pure)."""

from collections.abc import Mapping, Sequence
from typing import Final

from playbooks.ports import Draft
from responder.tickets.keys import stored
from responder.tickets.zendesk_rows import OURS, OURS_TAG, TicketRow
from responder.tickets.zendesk_settings import ZendeskTickets

_SUBJECT: Final = 200


def body_of(draft: Draft, group: int, settings: ZendeskTickets) -> Mapping[str, object]:
    """All but its fields."""
    return {
        "subject": " ".join(draft.subject.split())[:_SUBJECT],
        "comment": {"body": draft.text or draft.subject, "public": False},
        "priority": settings.priority_there(draft.priority),
        "group_id": group,
        "external_id": f"{OURS}{stored(draft.key)}",
        "tags": [OURS_TAG],
    }


def fields_of(draft: Draft, settings: ZendeskTickets) -> Sequence[Mapping[str, int | str]]:
    """The ticket fields that the settings name."""
    told = {
        "brand": draft.brand,
        "server": draft.server,
        "account": draft.account,
        "severity": draft.priority.value,
    }
    return [
        {"id": number, "value": value}
        for word, number in settings.fields.items()
        if (value := told[word])
    ]


def dropped(
    row: TicketRow, body: Mapping[str, object], fields: Sequence[Mapping[str, int | str]]
) -> Sequence[str]:
    """What Zendesk has taken with a yes and lost."""
    got = {"priority": row.priority, "group_id": row.group}
    lost = [name for name, value in got.items() if value != str(body[name])]
    held: Mapping[int | str, object] = {field.id: field.value for field in row.custom}
    return lost + [str(one["id"]) for one in fields if held.get(one["id"]) != one["value"]]
