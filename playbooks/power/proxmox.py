"""A guest of Proxmox VE: a virtual machine or a container on one node."""

import re
from typing import Final, Literal

from pydantic import Field

from playbooks.client import Answer
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.device import TlsPower, revealed
from playbooks.power.model import Busy, Capabilities, Identity, PowerState, Verb, WrongDevice
from playbooks.power.provider import Api, Progress, owner, plain, pluck, refused, watch, words
from probes.settings import Json, SecretFile

_WHAT: Final = "Proxmox VE"
_TASK: Final = re.compile(r"UPID:[A-Za-z0-9:@!._-]{1,250}")
_STATES: Final = {"running": PowerState.ON, "stopped": PowerState.OFF}
_ORDERS: Final = {Verb.ON: "start", Verb.OFF: "stop", Verb.RESET: "reset", Verb.SOFT: "shutdown"}
_THERE_ALREADY: Final = {Verb.ON: "already running", Verb.OFF: "not running"}


class ProxmoxPower(TlsPower):
    """https://pve.proxmox.com/pve-docs/api-viewer, by an API token with VM.Audit and VM.PowerMgmt.

    The yes to an order says only that a task is queued; the task is followed for `timeout`, and one
    that still runs then is taken all the same. Containers have no `reset`. `soft` shuts down and
    stays off.
    """

    driver: Literal["proxmox"] = "proxmox"
    node: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$")
    kind: Literal["qemu", "lxc"] = "qemu"
    vmid: int = Field(ge=100, le=999_999_999)
    hostname: str = Field(min_length=1, description="Name of the guest")
    token: str = Field(
        pattern=r"^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+![A-Za-z0-9._-]+$",
        description="Whose token it is, in full: responder@pve!power",
    )
    token_file: SecretFile = Field(description="The token's secret, a UUID")

    def device(self) -> str:
        return f"{self.driver} {self.place} {self.kind}/{self.vmid}"

    def account(self) -> str:
        return owner(self.driver, f"{self.token} {self.place}", self.token_file)

    def capabilities(self) -> Capabilities:
        verbs = frozenset(_ORDERS)
        return Capabilities(verbs - {Verb.RESET} if self.kind == "lxc" else verbs)

    async def identity(self, hands: Hands) -> Identity:
        guest = await self._guest(hands)
        if plain(pluck(guest, "vmid")) != str(self.vmid):
            raise WrongDevice(f"{_WHAT} answered about another guest than {self.vmid}")
        return Identity(name=plain(pluck(guest, "name")))

    async def state(self, hands: Hands) -> PowerState:
        """A paused machine is on; one whose status is neither word is changing."""
        return _STATES.get(plain(pluck(await self._guest(hands), "status")), PowerState.CHANGING)

    async def act(self, verb: Verb, hands: Hands) -> None:
        if verb not in self.capabilities().verbs:
            raise WrongDevice(f"{_WHAT} has no {verb} for containers")
        api = self._api(hands)
        answer = await api.send("POST", f"{self._path}/status/{_ORDERS[verb]}")
        task = plain(pluck(answer.json(), "data"))
        if not _TASK.fullmatch(task):
            message = f"{_WHAT} answered {answer.status} without a task"
            raise OutsideError(message, transient=True, ambiguous=True)

        async def look() -> Progress:
            told = await api.read(f"/api2/json/nodes/{self.node}/tasks/{task}/status")
            return _progress(pluck(told, "data"), verb)

        await watch(look, what=_WHAT, within=self.within)

    @property
    def _path(self) -> str:
        return f"/api2/json/nodes/{self.node}/{self.kind}/{self.vmid}"

    async def _guest(self, hands: Hands) -> Json:
        return pluck(await self._api(hands).read(f"{self._path}/status/current"), "data")

    def _api(self, hands: Hands) -> Api:
        login = {"Authorization": f"PVEAPIToken={self.token}={revealed(self.token_file)}"}
        return Api(
            _WHAT, self.url, hands.session, login, self.within, tls=self.trust(), refused=_refused
        )


def _progress(task: Json, verb: Verb) -> Progress:
    """`exitstatus` is OK, WARNINGS: n, or the error itself. A guest that is as wanted already is no
    error; one that a backup or a migration holds was not touched.
    """
    if pluck(task, "status") != "stopped":
        return Progress(over=False)
    ended = plain(pluck(task, "exitstatus"))
    if ended == "OK" or ended.startswith("WARNINGS") or _is_there(ended, verb):
        return Progress(over=True)
    return Progress(over=True, failure=ended or "no reason", busy=_is_held(ended))


def _is_there(ended: str, verb: Verb) -> bool:
    return verb in _THERE_ALREADY and _THERE_ALREADY[verb] in ended


def _is_held(said: str) -> bool:
    """`VM is locked (backup)`, `can't lock file ...`."""
    return "is locked" in said or "can't lock" in said


def _refused(answer: Answer) -> OutsideError:
    """A guest that is not there is a 500, and so is a locked one."""
    said = words(answer)
    message = f"{_WHAT} answered {answer.status}: {said}"
    if answer.status == 500 and "does not exist" in said:
        return WrongDevice(message)
    if answer.status == 500 and _is_held(said):
        return Busy(message)
    return refused(answer, said=said)
