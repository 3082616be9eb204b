"""What a technician must know to find one machine among a thousand, and to leave the rest alone."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from playbooks.plain import one_line
from probes.settings import Piece


def _plain(text: str) -> str:
    if one_line(text, limit=200) != text:
        raise ValueError("must be one line of plain text, 200 characters at most")
    return text


def _written(value: object) -> object:
    """YAML reads `unit: 12` as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Line = Annotated[str, BeforeValidator(_written), AfterValidator(_plain)]
"""A short text that goes into orders as it stands."""


class Outlets(Piece):
    """Where its power comes from. A machine with two supplies hangs on both."""

    a: Line = Field("", description="PDU and outlet of the first supply: PDU-A 7")
    b: Line = Field("", description="PDU and outlet of the second one")


class Hardware(Piece):
    """`servers.NAME.hardware`: nothing is needed here until a data centre is to be asked."""

    room: Line = ""
    cage: Line = ""
    unit: Line = Field("", description="Height unit, from the bottom: 12, or 12-13")
    face: Literal["front", "rear", ""] = Field("", description="Where it is mounted in the rack")
    label: Line = Field("", description="What is written on the machine: the technician reads it")
    vendor: Line = ""
    model: Line = ""
    serial: Line = Field("", description="Serial number or service tag")
    supplies: Literal[1, 2] = Field(2, description="How many power supplies it has")
    outlets: Outlets = Outlets()
    switch_port: Line = Field("", description="Switch and port of its uplink")
    do_not: tuple[Line, ...] = Field((), description='What must not be done: "touch U13"')

    @property
    def machine(self) -> str:
        return " ".join(filter(None, (self.vendor, self.model)))

    @property
    def power(self) -> str:
        """Its outlets in words; "" while one of them is not known."""
        if self.supplies == 1:
            return self.outlets.a
        known = self.outlets.a and self.outlets.b
        return f"A: {self.outlets.a}, B: {self.outlets.b}" if known else ""
