"""A GoAlert as its generic API behaves: alerts of a service by dedup key, open until closed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from responder.emulators.misbehaving import Misbehaving

_LENGTHS = {"summary": 1024, "details": 6 * 1024, "dedup": 512}


@dataclass
class Alert:
    """One alert of the service. `state`: triggered | active | closed."""

    number: int
    dedup: str
    summary: str
    details: str
    state: str = "triggered"
    requests: list[Mapping[str, Any]] = field(default_factory=list)


class GoAlertEmulator(Misbehaving):
    """`taken`: the requests that it took. `alerts`: what became of them. `rings`: the alerts that
    called somebody, in order. A person answers in GoAlert with `acknowledge`.
    """

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token
        self.taken: list[Mapping[str, Any]] = []
        self.alerts: list[Alert] = []
        self.rings: list[str] = []
        self.router.add_post("/api/v2/generic/incoming", self._incoming)

    def acknowledge(self, dedup: str) -> None:
        """Somebody has pressed 4 on the phone: nobody is called again about it."""
        alert = self._open(dedup)
        assert alert is not None  # noqa: S101  the story goes wrong here
        alert.state = "active"

    async def _incoming(self, request: web.Request) -> web.Response:
        """204 without a body unless JSON is asked for, word for word."""
        told = request.query.get("token") or request.headers.get("Authorization", "")[7:]
        if told != self._token:
            return web.Response(status=401, text="unauthorized\n")
        try:
            fields = _fields(await request.read())
        except ValueError as error:
            return web.Response(status=400, text=f"{error}\n")
        if not fields["summary"].strip():
            return web.Response(
                status=400, text="invalid value for 'Summary': must be at least 1\n"
            )
        self.taken.append(fields)
        alert, new = self._told(fields)
        if request.headers.get("Accept") != "application/json":
            return web.Response(status=204)
        said = {"AlertID": alert.number if alert else 0, "ServiceID": "e3b0", "IsNew": new}
        return web.json_response(said)

    def _told(self, fields: Mapping[str, Any]) -> tuple[Alert | None, bool]:
        alert = self._open(fields["dedup"])
        if fields["action"] == "close":
            if alert is not None:
                alert.state = "closed"
            return alert, False
        new = alert is None
        if alert is None:
            alert = Alert(
                len(self.alerts) + 1, fields["dedup"], fields["summary"], fields["details"]
            )
            self.alerts.append(alert)
            self.rings.append(alert.dedup)
        alert.requests.append(fields)
        return alert, new

    def _open(self, dedup: str) -> Alert | None:
        return next(
            (one for one in self.alerts if one.dedup == dedup and one.state != "closed"), None
        )


def _fields(body: bytes) -> dict[str, Any]:
    """Cut as GoAlert cuts; names in any case, as Go's decoder takes them."""
    told = json.loads(body)
    if not isinstance(told, dict):
        raise ValueError("json: cannot unmarshal into Go value")
    named = {str(name).lower(): value for name, value in told.items()}
    texts = {name: str(named.get(name) or "")[:size] for name, size in _LENGTHS.items()}
    return {**texts, "action": str(named.get("action") or ""), "meta": named.get("meta") or {}}
