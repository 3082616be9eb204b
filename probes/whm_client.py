"""WHM API 1 of cPanel, its reading half: no function here changes anything on a server.

The HTTP status of a call is not its outcome: failures come as 200 with `metadata.result` 0, JSON
comes as text/plain, and a proxy that cuts the query gets the shapes of API 0.
https://api.docs.cpanel.net/whm/introduction/
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import partial

from pydantic_core import from_json

from probes.kept import kept_of
from probes.model import Phase
from probes.panel import Panel
from probes.panel_access import secret_of
from probes.panel_line import Reply, line_of
from probes.panel_trouble import Outcome, PanelTrouble, one_line
from probes.settings import Json
from probes.sight import Sight

PAGE = 250  # accounts of one answer: about 600 KB, 6 ms of parsing
_PAGES = 200
_ROLE = re.compile(r"\brole\b.*\bdisabled\b|\bdisabled\b.*\brole\b", re.IGNORECASE | re.DOTALL)
_REFUSING = re.compile(r"permission denied|access denied|token|not authorized", re.IGNORECASE)


class Read(StrEnum):
    """All functions that we ever call. Most of WHM's are GET, `reboot` too: a closed list."""

    VERSION = "version"
    LOAD = "systemloadavg"
    SERVICES = "servicestatus"
    DISKS = "getdiskusage"
    ACCOUNTS = "listaccts"
    RESELLERS = "listresellers"
    COUNTS = "acctcounts"
    RESELLER = "resellerstats"
    RESELLER_IPS = "getresellerips"
    IPS = "listips"
    CERTIFICATES = "fetch_ssl_vhosts"
    BACKUP_CONFIG = "backup_config_get"
    BACKUPS = "backup_set_list_combined"
    NAME_SERVERS = "get_nameserver_config"
    TOKENS = "api_token_list"


_PAYLOAD = {
    Read.VERSION: "version",
    Read.LOAD: "one",
    Read.SERVICES: "service",
    Read.DISKS: "partition",
    Read.ACCOUNTS: "acct",
    Read.RESELLERS: "reseller",
    Read.COUNTS: "reseller",
    Read.RESELLER: "reseller",
    Read.RESELLER_IPS: "ip",
    Read.IPS: "ip",
    Read.CERTIFICATES: "vhosts",
    Read.BACKUP_CONFIG: "backup_config",
    Read.BACKUPS: "backup_set",
    Read.NAME_SERVERS: "nameservers",
    Read.TOKENS: "tokens",
}
"""The field of `data` without which an answer is not one."""


class Whm:
    """One panel, as one look sees it."""

    def __init__(self, panel: Panel, sight: Sight) -> None:
        self.panel = panel
        self._sight = sight

    async def read(self, function: Read, **parameters: str) -> Mapping[str, Json]:
        """The `data` of one call. Raises PanelTrouble; Failed where our own side is at fault."""
        sight = self._sight
        sight.say("Asking the panel", function=function)
        reply = await line_of(sight).ask(
            self.panel,
            f"/json-api/{function}",
            sight,
            what=f"answer of WHM to {function}",
            headers={"Authorization": f"whm {self.panel.user}:{secret_of(self.panel)}"},
            query={"api.version": "1", **parameters},
        )
        sight.phase = Phase.CONTENT
        sight.say("The panel answered", function=function, status=reply.status)
        return payload(function, reply)

    async def kept(self, function: Read, *, seconds: float) -> Mapping[str, Json]:
        """The same, not older than so many seconds; all looks at this panel share it."""
        key = (self.panel.url, self.panel.user, function)
        ask = partial(self.read, function)
        return await kept_of(self._sight.net).get(key, ask, seconds=seconds)

    async def pages(self, function: Read, **parameters: str) -> list[Json]:
        """A long list in pieces. An older panel that knows no pages sends it all at once."""
        found: list[Json] = []
        for page in range(_PAGES):
            data = await self.read(
                function,
                **parameters,
                **{
                    "api.chunk.enable": "1",
                    "api.chunk.size": str(PAGE),
                    "api.chunk.start": str(page * PAGE + 1),
                },
            )
            rows = listed(data, _PAYLOAD[function])
            if page and rows and rows[0] in found[:PAGE]:
                break  # the same page again: pages are not known here
            found += rows
            if len(rows) != PAGE:
                break
        return found


def payload(function: Read, reply: Reply) -> Mapping[str, Json]:
    """What an answer says, or which trouble it is."""
    if reply.status != 200:
        raise PanelTrouble(Outcome.HTTP, _of_status(function, reply.status), status=reply.status)
    try:
        said = from_json(reply.body, allow_inf_nan=False)
    except ValueError:
        reason = f"WHM answered {function} with {_no_json(reply)}"
        raise PanelTrouble(Outcome.NOT_JSON, reason) from None
    if not isinstance(said, dict):
        raise _odd(function)
    metadata = said.get("metadata")
    data = _of_old(function, said) if metadata is None else _of_new(function, said, metadata)
    if not isinstance(data, dict) or _PAYLOAD[function] not in data:
        raise _odd(function)
    return data


def _of_new(function: Read, said: Mapping[str, Json], metadata: Json) -> Json:
    """API 1: `result` alone decides; `reason` may hold a text of success."""
    if not isinstance(metadata, dict) or metadata.get("result") not in (0, 1, "0", "1"):
        raise _odd(function)
    if int(metadata["result"]) != 1:
        raise refusal(function, metadata.get("reason") or "no reason given")
    return said.get("data")


def _of_old(function: Read, said: Mapping[str, Json]) -> Json:
    """API 0: the payload stands at the top; failures have three shapes."""
    result = said.get("result")
    row = result[0] if isinstance(result, list) and result else said
    nested = said.get("cpanelresult")
    if isinstance(nested, dict) and "error" in nested:
        raise refusal(function, nested["error"])
    if "error" in said:
        raise refusal(function, said["error"])
    if isinstance(row, dict) and row.get("status") in (0, "0"):
        raise refusal(function, row.get("statusmsg") or "no reason given")
    return said


def refusal(function: str, reason: Json) -> PanelTrouble:
    """WHM's own no: a role that this server does not have, or something about our rights."""
    told = one_line(reason)
    if _ROLE.search(told):
        words = f"WHM does not offer {function} here: {told}"
        return PanelTrouble(Outcome.ROLE_DISABLED, words)
    phase = Phase.AUTH if _REFUSING.search(told) else Phase.CONTENT
    return PanelTrouble(Outcome.API_REFUSED, f"WHM refused {function}: {told}", phase=phase)


def listed(data: Mapping[str, Json], field: str) -> list[Json]:
    """The list in this field. Raises PanelTrouble when it is none."""
    rows = data.get(field)
    if not isinstance(rows, list):
        reason = f'WHM\'s "{field}" is no list'
        raise PanelTrouble(Outcome.SHAPE_UNEXPECTED, reason)
    return rows


def _odd(function: Read) -> PanelTrouble:
    reason = f'WHM answered {function} in an unknown shape, without "{_PAYLOAD[function]}"'
    return PanelTrouble(Outcome.SHAPE_UNEXPECTED, reason)


def _of_status(function: Read, status: int) -> str:
    if status in (401, 403):
        return f"WHM answered {function} with {status}: the user or the token is not accepted"
    if 300 <= status < 400:
        return f"WHM answered {function} with a redirect ({status}), which is never followed"
    return f"WHM answered {function} with {status}"


def _no_json(reply: Reply) -> str:
    head = reply.body[:512].lstrip().lower()
    if head.startswith((b"<!doctype", b"<html")):
        return "an HTML page (a login page?), not JSON"
    if head.startswith((b"{", b"[")):
        return "JSON that is cut off or broken"
    return f"no JSON ({len(reply.body)} bytes of {one_line(reply.kind, most=40) or 'something'})"
