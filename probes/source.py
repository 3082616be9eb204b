"""The address of our own that a look sends from."""

import socket
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator

from probes.model import Phase
from probes.reasons import Failed


def _address(text: str) -> str:
    if text:
        ip_address(text)  # its ValueError says what is wrong
    return text


SourceAddress = Annotated[str, AfterValidator(_address)]
"""One of our own addresses, or empty for the kernel's choice."""


def source_for(source: str, family: int) -> str:
    """The same source; Failed (unknown) when it can't reach an address of this family (4, 6)."""
    if source and (":" in source) != (family == 6):
        told = f"source_ip_address {source} can't send to an IPv{family} address"
        raise Failed(Phase.CONNECT, told, verdict_unknown=True)
    return source


def check_source(af: socket.AddressFamily, source: str) -> None:
    """Raises OSError when this address is ours no longer: the kernel then says of every target that
    no network leads to it, which is not the target's fault.
    """
    if source:
        with socket.socket(af, socket.SOCK_DGRAM) as free:
            free.bind((source, 0))
