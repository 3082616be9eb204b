"""DirectAdmin's two APIs, their reading half: the old CMD_* calls and the new JSON under /api.

The old ones say failures as `error=1` in a 200, URL-encoded or in JSON, and a wrong login as HTML.
https://docs.directadmin.com/developer/api/
"""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qs

from pydantic_core import from_json

from probes import units
from probes.model import Phase
from probes.panel import Panel
from probes.panel_access import secret_of
from probes.panel_line import Reply, line_of
from probes.panel_map import Account, PanelMap, Reseller, mapped
from probes.panel_trouble import Outcome, PanelTrouble, one_line
from probes.settings import Json
from probes.sight import Sight

_MOST_FIELDS = 20_000


class Directadmin:
    """One panel, as one look sees it: HTTP basic with a login key."""

    def __init__(self, panel: Panel, sight: Sight) -> None:
        self._panel = panel
        self._sight = sight

    async def read(self, path: str, *, beneath: str = "", **query: str) -> Mapping[str, Json]:
        """The fields of one answer; `beneath` is a reseller in whose name is asked. Old calls are
        asked for JSON. Raises PanelTrouble.
        """
        sight, old = self._sight, path.startswith("/CMD_")
        sight.say("Asking the panel", path=path)
        user = f"{self._panel.user}|{beneath}" if beneath else self._panel.user
        basic = b64encode(f"{user}:{secret_of(self._panel)}".encode()).decode()
        reply = await line_of(sight).ask(
            self._panel,
            path,
            sight,
            what=f"answer of DirectAdmin to {path}",
            headers={"Authorization": f"Basic {basic}"},
            query={**query, **({"json": "yes"} if old else {})},
        )
        sight.phase = Phase.CONTENT
        return fields(path, reply)

    async def names(self, path: str, **query: str) -> list[str]:
        """A list of names: `list[]=a&list[]=b`, or JSON."""
        said = await self.read(path, **query)
        rows = said.get("list") or said.get("list[]") or said.get("")
        return [row for row in rows if isinstance(row, str) and row] if rows else []

    async def map(self) -> PanelMap:
        """Resellers, and the users of each with their domains."""
        names = await self.names("/CMD_API_SHOW_RESELLERS")
        owners = [self._panel.user, *names]
        rows = [one for owner in owners for one in await self._users(owner)]
        accounts = {one.user: one for one in rows}
        domains = {one.owner: one.domain for one in accounts.values() if one.user == one.owner}
        resellers = [Reseller(name, domains.get(name, "")) for name in names]
        return mapped(resellers, list(accounts.values()))

    async def _users(self, owner: str) -> list[Account]:
        """The rows have numbers for names; whatever has another name is no row."""
        beneath = "" if owner == self._panel.user else owner
        said = await self.read("/CMD_USER_SHOW", beneath=beneath, bytes="yes", ipp="9999")
        rows = [row for key, row in said.items() if key.isdigit() and isinstance(row, dict)]
        return [one for row in rows if (one := _account(row, owner)).user]


def fields(path: str, reply: Reply) -> Mapping[str, Json]:
    """What an answer says. Raises PanelTrouble."""
    if reply.status != 200:
        words = ": the user or the login key is not accepted" if reply.status in (401, 403) else ""
        reason = f"DirectAdmin answered {path} with {reply.status}{words}"
        raise PanelTrouble(Outcome.HTTP, reason, status=reply.status)
    said = _read(path, reply)
    if units.flag(said.get("error")) or (isinstance(said.get("error"), str) and _named(said)):
        raise _refusal(path, said)
    if said.get("success") is False:
        raise _refusal(path, said)
    if said.keys() == {"error"}:  # a bare "no error" says nothing of what was asked
        raise PanelTrouble(Outcome.SHAPE_UNEXPECTED, f"DirectAdmin answered {path} with no fields")
    return said


def _named(said: Mapping[str, Json]) -> bool:
    """The new generation says the name of an error."""
    return str(said["error"]) not in ("", "0")


def _read(path: str, reply: Reply) -> Mapping[str, Json]:
    """JSON, else the old encoding; HTML is its way to say that the login is wrong."""
    head = reply.body[:512].lstrip()
    if head.lower().startswith((b"<!doctype", b"<html")) or (
        reply.kind == "text/html" and b"=" not in head and not head.startswith((b"{", b"["))
    ):
        reason = f"DirectAdmin answered {path} with an HTML page: the login or a right is missing"
        raise PanelTrouble(Outcome.API_REFUSED, reason, phase=Phase.AUTH)
    if head.startswith((b"{", b"[")):
        try:
            said = from_json(reply.body, allow_inf_nan=False)
        except ValueError:
            reason = f"DirectAdmin answered {path} with JSON that is cut off or broken"
            raise PanelTrouble(Outcome.NOT_JSON, reason) from None
        return said if isinstance(said, dict) else {"list": said}
    if head and b"=" not in reply.body:
        reason = f"DirectAdmin answered {path} with neither JSON nor fields"
        raise PanelTrouble(Outcome.NOT_JSON, reason)
    try:
        pairs = parse_qs(reply.body.decode(), max_num_fields=_MOST_FIELDS, keep_blank_values=True)
    except ValueError:
        reason = f"DirectAdmin answered {path} with fields that can't be read"
        raise PanelTrouble(Outcome.NOT_JSON, reason) from None
    return {name: told if name.endswith("[]") else told[0] for name, told in pairs.items()}


def _refusal(path: str, said: Mapping[str, Json]) -> PanelTrouble:
    words = [said.get("text"), said.get("details"), said.get("message"), said.get("result")]
    told = one_line(": ".join(str(word) for word in words if word) or "no reason given")
    return PanelTrouble(Outcome.API_REFUSED, f"DirectAdmin refused {path}: {told}")


def _account(row: Mapping[str, Json], owner: str) -> Account:
    domains = row.get("domains")
    names = sorted(domains) if isinstance(domains, dict) else []
    suspended = row.get("suspended")
    told = suspended.get("value") if isinstance(suspended, dict) else suspended
    return Account(
        user=str(row.get("username") or ""),
        domain=str(names[0]).lower() if names else "",
        owner=str(row.get("creator") or owner),
        ip=str(row.get("ip") or ""),
        suspended=str(told).lower() in ("yes", "1", "true"),
        plan=str(row.get("package") or ""),
    )
