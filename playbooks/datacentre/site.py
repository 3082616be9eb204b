"""`datacentres.NAME.contact`: how a data centre is reached, in which order, and what it hears."""

from typing import Self

from pydantic import Field, model_validator

from playbooks.datacentre.by_call import CallChannel
from playbooks.datacentre.by_mail import MailChannel
from playbooks.datacentre.channel import Channel
from playbooks.datacentre.channels import AnyChannel
from playbooks.datacentre.mailbox import Mailbox
from playbooks.datacentre.profile import Profile


class Site(Profile):
    """A data centre that takes orders. Channels are tried in this order until one has taken it."""

    channels: tuple[AnyChannel, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _calls_come_last(self) -> Self:
        """After a person has the order in hand, nothing of ours may send it again."""
        kinds = [one.kind for one in self.channels]
        if "call" in kinds and set(kinds[kinds.index("call") :]) != {"call"}:
            raise ValueError("a call is made by a person: it comes after all other channels")
        return self

    def carrier(self, place: int) -> Channel | None:
        """The channel at this place; None where a person must ring."""
        one = self.channels[place] if place < len(self.channels) else None
        return None if one is None or isinstance(one, CallChannel) else one

    @property
    def strict(self) -> bool:
        """Does any channel send the words without a person, so that none may be missing?"""
        return any(one.wordy for one in self.channels if not isinstance(one, CallChannel))

    def calls(self) -> tuple[CallChannel, ...]:
        return tuple(one for one in self.channels if isinstance(one, CallChannel))

    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Where answers are read."""
        ways = (one for one in self.channels if isinstance(one, MailChannel))
        return tuple(one.mailbox for one in ways if one.mailbox)
