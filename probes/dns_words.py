"""The names of DNS: types, classes, answers, and domains as they go on the wire (RFC 1035)."""

from importlib import import_module
from typing import Any

TYPES = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "PTR": 12,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "SRV": 33,
    "DS": 43,
    "DNSKEY": 48,
    "TLSA": 52,
    "HTTPS": 65,
    "CAA": 257,
    "ANY": 255,
}
CLASSES = {"IN": 1, "CS": 2, "CH": 3, "HS": 4, "NONE": 254, "ANY": 255}
RCODES = {
    "NOERROR": 0,
    "FORMERR": 1,
    "SERVFAIL": 2,
    "NXDOMAIN": 3,
    "NOTIMP": 4,
    "REFUSED": 5,
    "YXDOMAIN": 6,
    "YXRRSET": 7,
    "NXRRSET": 8,
    "NOTAUTH": 9,
    "NOTZONE": 10,
}
# Known to blackbox_exporter, but only in extensions (TSIG, EDNS) that a plain question never gets.
_EXTENDED = {"BADSIG", "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC"}
_RCODE_NAMES = {number: name for name, number in RCODES.items()}


def type_number(name: str) -> int:
    """ValueError in blackbox_exporter's words when there is no such type."""
    if name in TYPES:
        return TYPES[name]
    wrong: Any = import_module("dns.exception").DNSException
    try:
        return int(import_module("dns.rdatatype").from_text(name))  # knows the rare ones
    except (wrong, ValueError):
        raise ValueError(f"query type '{name}' is not valid") from None


def class_number(name: str) -> int:
    """ValueError in blackbox_exporter's words when there is no such class."""
    if name not in CLASSES:
        raise ValueError(f"query class '{name}' is not valid")
    return CLASSES[name]


def check_rcode(name: str) -> str:
    """The name itself; ValueError when no answer can ever have it."""
    if name not in RCODES and name not in _EXTENDED:
        raise ValueError(f"rcode '{name}' is not valid")
    return name


def rcode_name(number: int) -> str:
    """NOERROR, NXDOMAIN ..."""
    return _RCODE_NAMES.get(number, f"RCODE{number}")


def name_on_wire(name: str) -> bytes:
    """A domain name as labels with their lengths; `.` is the root. ValueError when it is none."""
    labels = [] if name == "." else name.removesuffix(".").split(".")
    parts = [_label(label) for label in labels]
    wire = b"".join(bytes((len(part),)) + part for part in parts) + b"\0"
    if len(wire) > 255:
        raise ValueError(f"the name {name[:60]}... is longer than DNS allows")
    return wire


def _label(label: str) -> bytes:
    part = label.encode() if label.isascii() else label.encode("idna")
    if not 0 < len(part) < 64 or b"\\" in part:
        raise ValueError(f'"{label[:80]}" is no part of a name in DNS')
    return part
