"""The list of ways to a data centre; adding one is a file and a line here."""

from typing import Annotated

from pydantic import Field

from playbooks.datacentre.by_call import CallChannel
from playbooks.datacentre.by_mail import MailChannel
from playbooks.datacentre.by_portal import PortalChannel
from playbooks.datacentre.by_robot import RobotChannel
from playbooks.datacentre.channel import Channel

AnyChannel = Annotated[
    MailChannel | PortalChannel | RobotChannel | CallChannel, Field(discriminator="kind")
]
# mypy fails here when a way drifts from the shape; a call is made by a person.
_: tuple[type[Channel], ...] = (MailChannel, PortalChannel, RobotChannel)
