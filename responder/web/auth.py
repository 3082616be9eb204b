"""Who is asking: tokens of senders and people, and the system's word on the Unix socket."""

import base64
import binascii
import pwd
import socket
import struct
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from responder.config import Config, Role
from responder.links import PinGrant
from responder.live import Live
from responder.secrets import Secret, SecretUnreadable
from responder.web.route import Access, Caller

# How long a token that was right is believed without reading its file again; a changed file counts
# after that.
BELIEVED_SECONDS = 2.0


class Doorkeeper:
    """Tells who a request comes from, and whether that is enough. `customer`: whose account a
    token of a PIN opens, None when it is none or too old.
    """

    def __init__(
        self, live: Live, *, customer: Callable[[str], PinGrant | None] = lambda _: None
    ) -> None:
        self._live = live
        self._customer = customer
        self._config: Config | None = None
        self._believed: dict[str, tuple[Caller, float]] = {}

    def caller(self, request: web.Request) -> Caller | None:
        """The sender or person behind this request, None when nothing proves one."""
        header = request.headers.get("Authorization", "")
        if not header:
            return _os_user(request)
        if self._config is not self._live.config:
            self._config, self._believed = self._live.config, {}
        caller, until = self._believed.get(header, (None, 0.0))
        if caller is None or time.monotonic() >= until:
            caller = self._look_up(given(header))
            if caller is not None and len(self._believed) < 1000:
                self._believed[header] = (caller, time.monotonic() + BELIEVED_SECONDS)
        return caller or self._by_pin(given(header))

    def may(self, caller: Caller | None, access: Access, *, host: str) -> bool:
        """May he use a route of this access? `host` is what the request calls us."""
        if caller is not None and caller.customer is not None:
            return access in (Access.OPEN, Access.CUSTOMER)
        if access is Access.OPEN or (access is Access.LOOPBACK and self._is_local(host)):
            return True
        if caller is None:
            return False
        if access in (Access.SENDER, Access.SENDER_OR_VIEWER) and caller.role is Role.INTAKE:
            return True
        return access.role is not None and caller.role.allows(access.role)

    def _by_pin(self, token: str) -> Caller | None:
        """Who has given the PIN of an account is a customer, and nothing more."""
        grant = self._customer(token) if token else None
        return None if grant is None else Caller("customer", Role.INTAKE, customer=grant)

    def _look_up(self, token: str) -> Caller | None:
        found = None
        for caller, secret in _known(self._live.config):
            # Every secret is compared, so that the time tells nothing about the one that fits.
            if token and _fits(secret, token):
                found = found or caller
        return found

    def _is_local(self, host: str) -> bool:
        """Only this machine reaches us, and calls us so: a web site that has its own name point
        here (DNS rebinding), or a proxy in front of us, brings another name.
        """
        return listens_on_loopback(self._live.config) and is_loopback(host)


def listens_on_loopback(config: Config) -> bool:
    """Is the port reachable from this machine only?"""
    return is_loopback(config.daemon.listen)


def is_loopback(address: str) -> bool:
    """Is this host, with or without a port, this machine and nobody else?"""
    try:
        host = urlsplit(f"//{address}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def given(header: str) -> str:
    """The token in an Authorization header: Bearer, or HTTP basic with the token as password; ""
    when there is none.
    """
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _known(config: Config) -> Iterator[tuple[Caller, Secret]]:
    for name, sender in config.senders.items():
        for secret in filter(None, (sender.token_file, sender.token)):
            yield Caller(name, Role.INTAKE, sender=name), secret
    for name, token in config.access.tokens.items():
        for secret in filter(None, (token.token_file, token.token)):
            yield Caller(name, token.role, brand=token.brand), secret


def _fits(secret: Secret, token: str) -> bool:
    try:
        return secret.matches(token)
    except SecretUnreadable:
        return False


def _os_user(request: web.Request) -> Caller | None:
    """On our Unix socket (mode 0600) the operating system says who it is; he may do everything."""
    connection = request.transport.get_extra_info("socket") if request.transport else None
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", told)
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    return Caller(name, Role.ADMIN)
