"""The name in a certificate (subject or issuer) in the words of Go's crypto/x509/pkix."""

from collections.abc import Iterable
from typing import Any

# Go's fixed order; of several common names or serial numbers only the last one stays.
_NAMED = {
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.3": "CN",
    "2.5.4.11": "OU",
    "2.5.4.10": "O",
    "2.5.4.17": "POSTALCODE",
    "2.5.4.9": "STREET",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.6": "C",
}
_LAST_ONLY = ("2.5.4.3", "2.5.4.5")
_SPECIAL = frozenset(',+"\\<>;')
_PRINTABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '()+,-./:=?")
_PRINTABLE_STRING, _UTF8_STRING = 0x13, 0x0C


def in_go_words(name: Iterable[Any]) -> str:
    """`CN=web1,O=Example,C=GB`: not RFC 2253's order. `name` is a cryptography.x509.Name."""
    values: dict[str, list[str]] = {}
    others: list[str] = []
    for attribute in name:
        oid, value = attribute.oid.dotted_string, attribute.value
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        if oid in _NAMED:
            values.setdefault(oid, []).append(text)
        else:
            others.append(f"{oid}=#{_marshalled(text).hex()}")
    parts = [_part(oid, values[oid]) for oid in _NAMED if oid in values]
    return ",".join([*filter(None, parts), *reversed(others)])


def _part(oid: str, values: list[str]) -> str:
    kept = values[-1:] if oid in _LAST_ONLY else values
    if oid in _LAST_ONLY and not kept[0]:
        return ""
    return "+".join(f"{_NAMED[oid]}={_escaped(value)}" for value in kept)


def _escaped(value: str) -> str:
    last = len(value) - 1
    return "".join(
        "\\" + char
        if char in _SPECIAL or (char == " " and at in (0, last)) or (char == "#" and at == 0)
        else char
        for at, char in enumerate(value)
    )


def _marshalled(text: str) -> bytes:
    """The value as Go's asn1.Marshal writes a string again, whatever it was in the certificate."""
    body = text.encode()
    tag = _PRINTABLE_STRING if _PRINTABLE.issuperset(text) else _UTF8_STRING
    return bytes([tag]) + _length(len(body)) + body


def _length(count: int) -> bytes:
    if count < 128:
        return bytes([count])
    size = (count.bit_length() + 7) // 8
    return bytes([0x80 | size]) + count.to_bytes(size, "big")
