"""A machine's own BMC over IPMI 2.0, through the program ipmitool."""

from typing import Literal

from pydantic import Field, field_validator

from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.device import only_asking, revealed
from playbooks.power.ipmi_words import (
    lacks_cipher,
    locked_out,
    lost,
    serial_of,
    state_of,
    unread,
    unsure,
    uuids_of,
)
from playbooks.power.model import Capabilities, Identity, PowerSettings, PowerState, Verb
from playbooks.programs import Output
from probes.settings import SecretFile

_LONGEST_PASSWORD = 20  # bytes
# Seconds per try (-N) and tries (-R). A question is sent twice, the second time for 2 s; a verb is
# sent once, so that a lost answer never makes two resets of one. A silent BMC costs 6 s either way.
_ASK = ("-N", "1", "-R", "2")
_TELL = ("-N", "3", "-R", "1")
_SHA256, _SHA1 = 17, 3
_DONE = "Chassis Power Control: "


class IpmiPower(PowerSettings):
    """The password stands in the environment of ipmitool and nowhere else. An account of the level
    OPERATOR may do all of this.
    """

    driver: Literal["ipmi"] = "ipmi"
    address: str = Field(
        pattern=r"^[0-9A-Za-z:][0-9A-Za-z.:_-]{0,254}$", description="Name or address of the BMC"
    )
    port: int = Field(623, ge=1, le=65535)
    user: str = Field(min_length=1, max_length=16)
    password_file: SecretFile
    cipher: Literal[3, 17] | None = Field(
        None,
        description="Cipher suite: 17 (SHA-256), or 3 (SHA-1) for older BMCs; where it is left"
        " out, 17 is tried first",
    )
    level: Literal["OPERATOR", "ADMINISTRATOR"] = "OPERATOR"

    @field_validator("hostname")
    @classmethod
    def _shows_no_name(cls, told: str) -> str:
        if told:
            raise ValueError("a BMC does not show it over IPMI: write the machine's serial or uuid")
        return told

    def device(self) -> str:
        return f"ipmi {self._place}"

    def account(self) -> str:
        """Each BMC has its own accounts."""
        return f"ipmi {self.user} at {self._place}"

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset(Verb))

    async def identity(self, hands: Hands) -> Identity:
        """What is expected of it is asked; all where nothing is, for whoever looks."""
        expected = self.expected()
        serial = uuid = ""
        with only_asking():
            if expected.uuid or not expected.serial:
                uuid = await self._uuid(hands, expected.uuid)
            if expected.serial or not expected.uuid:
                serial = serial_of(await self._read(hands, "fru", "print", "0"))
        return Identity(serial, uuid)

    async def state(self, hands: Hands) -> PowerState:
        with only_asking():
            said = await self._run(hands, *_ASK, "chassis", "power", "status")
        state = state_of(said.out)
        if state is None:
            raise unread(self._what, said)
        return state

    async def act(self, verb: Verb, hands: Hands) -> None:
        said = await self._run(hands, *_TELL, "chassis", "power", verb.value)
        if said.code != 0 or _DONE not in said.out:
            raise unsure(self._what, said, told=verb.value)

    @property
    def _place(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"

    @property
    def _what(self) -> str:
        return f"BMC {self._place}"

    async def _uuid(self, hands: Hands, expected: str) -> str:
        """In the expected order of its bytes, where they are the expected ones."""
        forms = uuids_of(await self._read(hands, "mc", "guid", "dump"))
        plain = expected.replace("-", "").lower()
        return next((form for form in forms if form.replace("-", "") == plain), "".join(forms[:1]))

    async def _read(self, hands: Hands, *words: str) -> str:
        """What it shows, which may be nothing."""
        said = await self._run(hands, *_ASK, *words)
        if lost(said):
            raise unread(self._what, said)
        return said.out

    async def _run(self, hands: Hands, *words: str) -> Output:
        """The answer in a session. Raises OutsideError where none was opened."""
        password = revealed(self.password_file)
        if len(password.encode()) > _LONGEST_PASSWORD:
            raise OutsideError(
                f"{self._what}: IPMI passwords have 20 bytes at most", transient=False
            )
        for suite in (self.cipher,) if self.cipher else (_SHA256, _SHA1):
            said = await hands.programs.run(
                ["ipmitool", *self._session(suite), *words],
                what=self._what,
                env={"IPMI_PASSWORD": password},
                within=self.within,
            )
            if not lacks_cipher(said):
                break
        if error := locked_out(self._what, said):
            raise error
        return said

    def _session(self, suite: int) -> list[str]:
        """-v: without it nobody can tell a wrong password from a silent BMC."""
        place = ["-H", self.address, "-p", str(self.port), "-U", self.user]
        return ["-v", "-I", "lanplus", "-C", str(suite), "-L", self.level, "-E", *place]
