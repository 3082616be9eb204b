"""The list of probe kinds; adding one is a file and a line here."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from probes.command import CommandProbe
from probes.directadmin import DirectadminProbe
from probes.dns import DnsProbe
from probes.dnsbl import DnsblProbe
from probes.ftp import FtpProbe
from probes.http import HttpProbe
from probes.imap import ImapProbe
from probes.model import Probe
from probes.mysql import MysqlProbe
from probes.ping import PingProbe
from probes.plesk import PleskProbe
from probes.pop3 import Pop3Probe
from probes.reseller import ResellerProbe
from probes.smtp import SmtpProbe
from probes.ssh import SshProbe
from probes.tcp import TcpProbe
from probes.tls import TlsProbe
from probes.whm import WhmProbe

AnyProbe = Annotated[
    DnsProbe
    | DnsblProbe
    | HttpProbe
    | PingProbe
    | TcpProbe
    | TlsProbe
    | SmtpProbe
    | ImapProbe
    | Pop3Probe
    | FtpProbe
    | SshProbe
    | MysqlProbe
    | CommandProbe
    | WhmProbe
    | PleskProbe
    | DirectadminProbe
    | ResellerProbe,
    Field(discriminator="kind"),
]

# mypy fails here when a kind drifts from what a probe is.
PROBES: tuple[type[Probe], ...] = (
    DnsProbe,
    DnsblProbe,
    HttpProbe,
    PingProbe,
    TcpProbe,
    TlsProbe,
    SmtpProbe,
    ImapProbe,
    Pop3Probe,
    FtpProbe,
    SshProbe,
    MysqlProbe,
    CommandProbe,
    WhmProbe,
    PleskProbe,
    DirectadminProbe,
    ResellerProbe,
)
KINDS: Mapping[str, type[Probe]] = {
    str(kind.model_fields["kind"].default): kind  # type: ignore[attr-defined]
    for kind in PROBES
}
