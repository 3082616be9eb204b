"""The list of probe kinds; adding one is a file and a line here."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from probes.ftp import FtpProbe
from probes.imap import ImapProbe
from probes.model import Probe
from probes.ping import PingProbe
from probes.pop3 import Pop3Probe
from probes.smtp import SmtpProbe
from probes.whm import WhmProbe

AnyProbe = Annotated[
    PingProbe | SmtpProbe | ImapProbe | Pop3Probe | FtpProbe | WhmProbe,
    Field(discriminator="kind"),
]

# mypy fails here when a kind drifts from what a probe is.
PROBES: tuple[type[Probe], ...] = (
    PingProbe, SmtpProbe, ImapProbe, Pop3Probe, FtpProbe, WhmProbe
)  # fmt: skip
KINDS: Mapping[str, type[Probe]] = {
    str(kind.model_fields["kind"].default): kind  # type: ignore[attr-defined]
    for kind in PROBES
}
