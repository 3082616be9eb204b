"""What the company has, as the configuration says: sites, servers, reseller accounts."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from playbooks.datacentre.hardware import Hardware
from playbooks.datacentre.site import Site
from playbooks.mail import Address
from playbooks.power.kinds import AnyPower
from probes.addresses import unfit
from probes.model import Phase
from probes.net import bracketed
from probes.panel import Panel, PanelKind
from probes.reasons import Failed
from probes.settings import FilePath
from responder.customers.wording import Language
from responder.parts import Part
from responder.secrets import Secret, SecretFile, SecretText, SecretUnreadable

PORTS = {PanelKind.WHM: 2087, PanelKind.PLESK: 8443, PanelKind.DIRECTADMIN: 2222}


class Datacentre(Part):
    """One site. `reference` is a host of the data centre itself, not of ours: while it is silent,
    what is silent there is not our machine.
    """

    title: str | None = None
    contact: Site | None = Field(None, description="How it is asked to lay hands on a machine")
    reference: str | None = Field(None, description="ADDRESS or ADDRESS:PORT of its own host")

    @field_validator("reference")
    @classmethod
    def _can_be_looked_at(cls, told: str | None) -> str | None:
        return told if told is None else _address(told)


class PanelPart(Part):
    """How to speak to a server's control panel."""

    kind: PanelKind
    url: str | None = Field(None, description="By default the panel's own port at the address")
    user: str = "root"
    token_file: SecretFile | None = None
    token: SecretText | None = None
    fingerprint: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of a self-signed certificate"
    )
    ca_file: FilePath | None = None
    discover: bool = Field(True, description="Learn resellers, accounts and domains from it")

    def panel(self, address: str) -> Panel:
        """The panel of a server with this address."""
        url = (self.url or f"https://{bracketed(address)}:{PORTS[self.kind]}").rstrip("/")
        ca_file = str(self.ca_file) if self.ca_file else ""
        secret = PanelSecret(self.token_file or self.token)
        return Panel(self.kind, url, self.user, secret, self.fingerprint, ca_file)

    @model_validator(mode="after")
    def _has_a_key(self) -> "PanelPart":
        if self.token_file is None and self.token is None:
            raise ValueError("a panel needs token_file (or token: ${env:...})")
        return self


class PanelSecret:
    """The key to a panel; one that can not be read says nothing of the panel."""

    __slots__ = ("_secret",)

    def __init__(self, secret: Secret | None) -> None:
        self._secret = secret

    def reveal(self) -> str:
        """Raises Failed (unknown)."""
        try:
            return self._secret.reveal() if self._secret else ""
        except SecretUnreadable as error:
            raise Failed(Phase.AUTH, str(error), verdict_unknown=True) from None


def _address(text: str) -> str:
    if text and (why := unfit(text)):
        raise ValueError(why)
    return text


class ServerPart(Part):
    """One machine."""

    address: Annotated[str, AfterValidator(_address)] = ""
    aliases: tuple[str, ...] = ()
    datacentre: str | None = None
    rack: str | None = None
    hypervisor: str | None = None
    brand: str | None = None
    tags: tuple[str, ...] = ()
    panel: PanelPart | None = None
    power: AnyPower | None = Field(None, exclude=True, description="How it is switched off and on")
    hardware: Hardware = Field(Hardware(), exclude=True, description="What a technician must know")


Flag = Literal["call_first", "no_reboot_without_consent"]


class ResellerPart(Part):
    """One reseller account. `contact` and `deputy` are people of ours: his own ones (R96)."""

    server: str | None = None
    brand: str | None = None
    mail: Address | None = Field(None, description="Where this customer is told of trouble")
    language: Language | None = Field(None, description="By default the brand's")
    contact: str | None = Field(None, description="The person of ours whom he knows")
    deputy: str | None = Field(None, description="Who stands in for that one")
    notes: str = Field("", description="Shown first in each of his tickets (R38)")
    flags: tuple[Flag, ...] = Field((), description="What holds for everything done for him (R38)")


class Reference(Part):
    """A target outside our own machines that tells whether the trouble is ours."""

    address: str
    network: str
