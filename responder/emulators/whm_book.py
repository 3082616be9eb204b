"""What the WHM emulator knows: its server, its accounts and resellers. All of it may be changed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Service:
    """One daemon of chkservd."""

    name: str
    running: bool = True
    enabled: bool = True
    installed: bool = True
    monitored: bool = True


@dataclass(slots=True)
class Partition:
    """One mount; `used` and `inodes_used` in percent."""

    mount: str
    used: int = 40
    inodes_used: int = 10
    total_kib: int = 100 << 20


@dataclass(slots=True)
class Certificate:
    """What is installed for a site; `names` default to the domain and its www."""

    not_after: datetime
    names: tuple[str, ...] = ()
    issuer: str = "Example Authority"


@dataclass(slots=True)
class Account:
    """One account. Limits in MB, None = unlimited."""

    user: str
    domain: str
    owner: str = "root"
    ip: str = "127.0.0.1"
    plan: str = "default"
    suspended: bool = False
    suspend_reason: str = ""
    locked: bool = False
    deleted: bool = False
    backup: bool = True
    mail_suspended: bool = False
    mail_held: bool = False
    disk_used: float = 300.0
    disk_limit: float | None = None
    bandwidth_used: float = 1000.0
    bandwidth_limit: float | None = None
    created: datetime = datetime(2024, 3, 1, tzinfo=UTC)
    certificate: Certificate | None = None
    restore_points: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class Reseller:
    """What a reseller may use, in MB and accounts; None = unlimited. `ips` are delegated to him
    alone; empty = he uses whatever the server has.
    """

    user: str
    disk_limit: float | None = None
    bandwidth_limit: float | None = None
    account_limit: int | None = None
    overselling: bool = True
    ips: tuple[str, ...] = ()


@dataclass(slots=True)
class Ip:
    """One address of the server; `public` where it stands behind a NAT."""

    ip: str
    public: str = ""
    dedicated: bool = False
    main: bool = False


@dataclass(slots=True)
class Token:
    """An API token of root or of a reseller; one that has expired stays in the list."""

    name: str
    value: str
    user: str = "root"
    expires: datetime | None = None

    @property
    def expired(self) -> bool:
        return self.expires is not None and self.expires <= datetime.now(UTC)


@dataclass(slots=True)
class Backups:
    """The server's backup settings."""

    enabled: bool = True
    daily: bool = True
    weekly: bool = False
    monthly: bool = False


def _services() -> list[Service]:
    names = ("cpsrvd", "httpd", "exim", "imap", "mysql", "named", "sshd", "ftpd")
    return [*map(Service, names), Service("clamd", running=False, enabled=False, monitored=False)]


@dataclass(slots=True)
class WhmBook:
    """One server. `done` lists what acting calls did: ("restartservice", "httpd")."""

    hostname: str = "web1.example.net"
    version: str = "11.136.0.14"
    load: tuple[float, float, float] = (0.4, 0.5, 0.6)
    services: list[Service] = field(default_factory=_services)
    partitions: list[Partition] = field(
        default_factory=lambda: [Partition("/"), Partition("/home", used=60)]
    )
    accounts: list[Account] = field(default_factory=list)
    resellers: list[Reseller] = field(default_factory=list)
    ips: list[Ip] = field(default_factory=lambda: [Ip("127.0.0.1", main=True)])
    name_servers: list[str] = field(default_factory=lambda: ["ns1.example.net", "ns2.example.net"])
    backups: Backups = field(default_factory=Backups)
    tokens: list[Token] = field(default_factory=lambda: [Token("watch", "sesame")])
    done: list[tuple[str, str]] = field(default_factory=list)

    def service(self, name: str) -> Service:
        """Raises KeyError."""
        return {one.name: one for one in self.services}[name]

    def partition(self, mount: str) -> Partition:
        """Raises KeyError."""
        return {one.mount: one for one in self.partitions}[mount]

    def account(self, user: str) -> Account:
        """Raises KeyError."""
        return {one.user: one for one in self.accounts}[user]

    def reseller(self, user: str) -> Reseller:
        """Raises KeyError."""
        return {one.user: one for one in self.resellers}[user]

    def add_reseller(
        self, user: str, domain: str, *, sites: int = 0, now: datetime, **about: object
    ) -> Reseller:
        """A reseller in good health: his own account, `sites` of his customers, fresh backups,
        certificates good for 60 days. `about` goes to his Reseller.
        """
        reseller = Reseller(user)
        for name, value in about.items():
            setattr(reseller, name, value)
        self.resellers.append(reseller)
        names = [
            (user, domain),
            *((f"{user}{n}", f"site{n}.{domain}") for n in range(1, sites + 1)),
        ]
        for name, site in names:
            certificate = Certificate(now + timedelta(days=60))
            points = [now - timedelta(hours=6)]
            owned = "root" if name == user else user
            self.accounts.append(
                Account(name, site, owned, certificate=certificate, restore_points=points)
            )
        return reseller

    def restart(self, name: str) -> None:
        """What `restartservice` does. Raises KeyError."""
        self.service(name).running = True
        self.done.append(("restartservice", name))

    def suspend(self, user: str, reason: str, *, suspended: bool) -> None:
        """What the four functions of suspending do. Raises KeyError."""
        account = self.account(user)
        account.suspended, account.suspend_reason = suspended, reason if suspended else ""
        self.done.append(("suspendacct" if suspended else "unsuspendacct", user))
