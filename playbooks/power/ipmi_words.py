"""What ipmitool says, and what it means (1.8.18 and 1.8.19, with -v)."""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from playbooks.outside import OutsideError
from playbooks.power.model import Busy, LoginRefused, PowerState, WrongDevice
from playbooks.programs import Output

_CIPHER = re.compile(
    "invalid (?:authentication|integrity|confidentiality) algorithm"
    "|no cipher suite match with proposed security algorithms"
)
# Why no session is opened (IPMI v2.0 specification, table 13-15). ipmitool shows these with -v
# only; without it a wrong password, an unknown user and a closed port all read the same.
_NO_SESSION: Mapping[str, Callable[[str], OutsideError]] = {
    "RAKP 2 HMAC is invalid|invalid integrity check value": (
        lambda what: LoginRefused(f"{what} refuses our password")
    ),
    "unauthorized name": lambda what: LoginRefused(f"{what} does not know our user"),
    "unauthorized role|invalid role|Set Session Privilege Level to [A-Z]+ failed": (
        lambda what: LoginRefused(f"{what} does not give our user this level")
    ),
    "insufficient resources to create a session": lambda what: Busy(f"{what} has no free session"),
    _CIPHER.pattern: lambda what: OutsideError(
        f"{what} does not speak this cipher suite: change `cipher`", transient=False
    ),
    "Address lookup for": lambda what: OutsideError(
        f"{what}: its name has no address", transient=True
    ),
    "Get Auth Capabilities error": lambda what: OutsideError(
        f"{what} does not answer", transient=True
    ),
}
_REFUSED = re.compile(r"(?:Set Chassis Power Control to .*|Get Chassis Power Status) failed: (.+)")
_LOST = re.compile(r"IPMI response is NULL|\((?:No Response|Timeout)\)")
_STATE = re.compile(r"^Chassis Power is (on|off)$", re.MULTILINE)
_GUID = re.compile(r"^System GUID\s*:\s*([0-9A-Fa-f-]{32,36})$", re.MULTILINE)
_SERIAL = re.compile(r"^ *(Product|Board|Chassis) Serial *: *(.*\S) *$", re.MULTILINE)
# What makers leave where a serial number belongs.
_PLACEHOLDERS = re.compile(
    r"[\W0_]*|0123456789|1234567890?|to be filled by o\.?e\.?m\.?|default string|none|n/?a"
    r"|not (?:specified|available|applicable|set)|(?:system|chassis|product|base ?board) serial.*",
    re.IGNORECASE,
)


def lacks_cipher(said: Output) -> bool:
    """Has the BMC refused the cipher suite? Nobody has tried a password then."""
    return said.code != 0 and _CIPHER.search(said.err) is not None


def locked_out(what: str, said: Output) -> OutsideError | None:
    """Why no session was opened, in which nothing can have been told; None when one was."""
    if "Unable to establish IPMI v2 / RMCP+ session" not in said.err:
        return None
    for words, error in _NO_SESSION.items():
        if re.search(words, said.err):
            return error(what)
    return OutsideError(f"{what} breaks off the login", transient=True)


def lost(said: Output) -> bool:
    """Did an answer get lost, so that what is missing is not what the BMC lacks?"""
    return _LOST.search(said.out + said.err) is not None


def unread(what: str, said: Output) -> OutsideError:
    """What a question met in its session."""
    if refused := _REFUSED.search(said.err):
        return _refusal(what, refused[1])
    return OutsideError(f"{what} gives no readable answer", transient=True)


def unsure(what: str, said: Output, *, told: str) -> OutsideError:
    """What a verb met in its session. Only a BMC that says no has surely not heard it."""
    if refused := _REFUSED.search(said.err):
        return _refusal(f"{what} was told {told!r} and", refused[1])
    message = f"{what} was told {told!r} and did not say whether it heard"
    return OutsideError(message, transient=True, ambiguous=True)


def _refusal(what: str, why: str) -> OutsideError:
    """By the completion code (table 5-2): a busy one is asked again later."""
    message = f"{what} refuses: {why.strip().lower()}"
    return Busy(message, pause=10.0) if "busy" in why.lower() else WrongDevice(message)


def state_of(text: str) -> PowerState | None:
    """What `chassis power status` says."""
    found = _STATE.search(text)
    return PowerState(found[1]) if found else None


def uuids_of(text: str) -> tuple[str, ...]:
    """What UUID `mc guid` may mean, the likeliest first; empty where the BMC has none.

    The specification wants the bytes from the last to the first, most BMCs keep them as the SMBIOS
    does (the first three numbers turned around), and some as RFC 9562 writes them. Whoever made the
    machine knows; the same sixteen bytes come from all.
    """
    found = _GUID.search(text)
    raw = bytes.fromhex(found[1].replace("-", "")) if found else b""
    if len(raw) != 16 or len(set(raw)) < 3:  # zeros, or ff, or a pattern
        return ()
    turned = raw[::-1]
    forms = (UUID(bytes_le=raw), UUID(bytes=raw), UUID(bytes=turned), UUID(bytes_le=turned))
    return tuple(map(str, forms))


def serial_of(text: str) -> str:
    """The serial number in `fru print`: that of the product, else of the board, else of the
    chassis, which several machines may share; "" where the maker has left it out.
    """
    found: Mapping[str, str] = {
        area: serial
        for area, serial in _SERIAL.findall(text)
        if not _PLACEHOLDERS.fullmatch(serial)
    }
    return next((found[area] for area in ("Product", "Board", "Chassis") if area in found), "")
