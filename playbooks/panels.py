"""What we may tell a control panel to do; only WHM is told anything yet.

https://api.docs.cpanel.net/whm/introduction/ - most of its functions are GET, `reboot` too, and the
HTTP status is not the outcome: only `metadata.result` 1 is a yes. `probes/whm_client.py` reads.
"""

import ssl
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import aiohttp
from yarl import URL

from playbooks.client import Answer, call, refusal
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.plain import one_line
from probes.panel import Panel, PanelKind
from probes.panel_access import secret_of
from probes.reasons import Failed

_LIMIT = 1 << 20


class Function(StrEnum):
    """All that playbooks ever call: a closed list."""

    RESTART = "restartservice"
    REBOOT = "reboot"
    SERVICES = "servicestatus"
    HOSTNAME = "gethostname"


class NotTaken(OutsideError):
    """The panel said plainly that it did not do it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=False)


async def whm(
    panel: Panel, function: Function, hands: Hands, *, within: float, **parameters: str
) -> Mapping[str, Any]:
    """The `data` of one call, which is sent once. Raises OutsideError; NotTaken when it says no."""
    if panel.kind is not PanelKind.WHM:
        message = f"the panel of the server is {panel.kind}: only WHM can be told to do this"
        raise OutsideError(message, transient=False)
    answer = await call(
        hands.session,
        "GET",
        URL(f"{panel.url.rstrip('/')}/json-api/{function}").with_query(
            {"api.version": "1", **parameters}
        ),
        what="WHM",
        headers={"Authorization": f"whm {panel.user}:{_token(panel)}"},
        within=within,
        limit=_LIMIT,
        tls=_trust(panel),
    )
    return _agreed(answer, function)


def _agreed(answer: Answer, function: Function) -> Mapping[str, Any]:
    """What it says, where it is a yes. A login page or the shape of an old API leaves it unsure."""
    if answer.status != 200:
        raise refusal(answer)
    said = answer.json()
    metadata = said.get("metadata") if isinstance(said, dict) else None
    about = metadata if isinstance(metadata, dict) else {}
    match about.get("result"):
        case 1 | "1":
            data = said.get("data")
            return data if isinstance(data, dict) else {}
        case 0 | "0":
            reason = one_line(str(about.get("reason") or "no reason given"))
            raise NotTaken(f"WHM refused {function}: {reason}")
    message = f"WHM answered {function} in an unknown shape"
    raise OutsideError(message, transient=True, ambiguous=True)


def _token(panel: Panel) -> str:
    try:
        return secret_of(panel)
    except Failed as error:
        raise OutsideError(error.reason, transient=False) from None


def _trust(panel: Panel) -> ssl.SSLContext | aiohttp.Fingerprint | bool:
    if panel.fingerprint:
        try:
            return aiohttp.Fingerprint(bytes.fromhex(panel.fingerprint.replace(":", "")))
        except ValueError:
            told = "the fingerprint of the panel is no SHA-256 (64 hexadecimal digits)"
            raise OutsideError(told, transient=False) from None
    if not panel.ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=panel.ca_file)
    except (OSError, ssl.SSLError) as error:
        told = f"the root certificate {panel.ca_file} can't be used: {error.strerror or error}"
        raise OutsideError(told, transient=False) from None
