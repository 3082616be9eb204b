"""A secret by reference: the configuration says where it stands, and only its user reads it."""

import hmac
import os
import re
import stat
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema
from typing_extensions import override

from playbooks.outside import OutsideError
from probes.redaction import remember
from responder.problems import Loading, did_you_mean, loading

_REFERENCE = re.compile(r"\$\{(\w+):([^{}]+)\}")

_MOST = 65536  # bytes; a bigger file is no secret but a slip in the path
_INLINE = "a secret never stands here itself: write ${env:NAME}, ${cred:NAME} or ${file:PATH}"


class Origin(StrEnum):
    """Where a secret may stand."""

    FILE = "file"
    ENV = "env"
    CRED = "cred"  # systemd's LoadCredential=
    TEXT = "text"  # in memory: tests and the demo


_PLACES = {
    Origin.FILE: "the secret file",
    Origin.ENV: "the environment variable",
    Origin.CRED: "the credential",
    Origin.TEXT: "the given secret",
}
_REFERABLE = (Origin.ENV, Origin.CRED, Origin.FILE)


class SecretUnreadable(OutsideError):
    """The place of a secret can't be read; transient, for files are swapped and disks return."""

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=True)


class Secret:
    """One secret, or two while it is being changed: each line of its place is valid.

    It is read at each use, so that a changed file counts without a restart. Nothing here prints it.
    """

    # No dataclass: pydantic's model_dump() would take one apart and show what is inside.
    __slots__ = ("_name", "_origin")

    def __init__(self, origin: Origin, name: str) -> None:
        self._origin = origin
        self._name = name

    @classmethod
    def of(cls, text: str) -> "Secret":
        """A secret that stands in this process alone. Raises SecretUnreadable when it is empty."""
        secret = cls(Origin.TEXT, text)
        secret.reveal()
        return secret

    def reveal(self) -> str:
        """The value to send: the first line. Raises SecretUnreadable."""
        return self._lines()[0]

    def each(self) -> tuple[str, ...]:
        """Every valid value, the one to send first. Raises SecretUnreadable."""
        return self._lines()

    def matches(self, given: str) -> bool:
        """Is this one of the valid values? A wrong one learns nothing from the time it takes.

        Raises SecretUnreadable.
        """
        # Bytes, because compare_digest refuses text beyond ASCII.
        word = given.encode(errors="surrogatepass")
        return any(hmac.compare_digest(line.encode(), word) for line in self._lines())

    @override
    def __eq__(self, other: object) -> bool:
        """The same place; what stands there is compared by `matches` alone."""
        return isinstance(other, Secret) and self._key == other._key

    @override
    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Origin, str]:
        return self._origin, self._name

    @override
    def __repr__(self) -> str:
        return f"Secret({self._origin}:{'...' if self._origin is Origin.TEXT else self._name})"

    def _lines(self) -> tuple[str, ...]:
        place = _PLACES[self._origin] + ("" if self._origin is Origin.TEXT else f" {self._name}")
        try:
            text = _content(self._origin, self._name).decode()
        except OSError as trouble:
            raise SecretUnreadable(f"{place} can't be read: {trouble.strerror}") from None
        except UnicodeDecodeError:
            raise SecretUnreadable(f"{place} is not UTF-8 text") from None
        lines = tuple(filter(None, map(str.strip, text.split("\n"))))
        if not 1 <= len(lines) <= 2:
            raise SecretUnreadable(
                f"{place} has {len(lines)} lines; a secret is one line, or two while it changes"
            )
        for line in lines:
            remember(line)
        return lines


def _content(origin: Origin, name: str) -> bytes:
    match origin:
        case Origin.TEXT:
            return name.encode()
        case Origin.ENV:
            return _variable(name, os.environb)
        case Origin.CRED:  # systemd.exec(5)
            return _head(Path(os.fsdecode(_variable("CREDENTIALS_DIRECTORY", os.environb)), name))
        case Origin.FILE:
            return _head(Path(name))


def _variable(name: str, environment: Mapping[bytes, bytes]) -> bytes:
    try:
        return environment[name.encode()]
    except KeyError:
        raise SecretUnreadable(f"the environment variable {name} is not set") from None


def _head(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # a pipe would block, a device never end
        raise SecretUnreadable(f"the secret file {path} is not a plain file")
    with path.open("rb") as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise SecretUnreadable(f"the secret file {path} is over {_MOST} bytes")
    return content


def too_open(mode: int, *, owner: int, me: int) -> str:
    """Why others can read a file of this mode and owner, in words; empty when only we and root can.

    A file of root's that we read through our group (0440 root:responder) is as good as our own.
    """
    if owner not in (me, 0):
        return "belongs to another user"
    if mode & stat.S_IRWXO:
        return "is open to everybody"
    spared = stat.S_IRGRP if owner == 0 != me else 0
    return "is open to its group" if mode & stat.S_IRWXG & ~spared else ""


def _admitted(secret: Secret) -> Secret:
    """Read once while loading, so that a missing one is found at the start and not at 3 a.m."""
    try:
        secret.reveal()
    except SecretUnreadable as trouble:
        raise ValueError(str(trouble)) from None
    return secret


def _in_file(name: str, written: str, load: Loading) -> Secret:
    path = load.folder / name
    secret = _admitted(Secret(Origin.FILE, str(path)))
    status = path.stat()
    if fault := too_open(stat.S_IMODE(status.st_mode), owner=status.st_uid, me=os.geteuid()):
        load.find(written, f"the secret file {path} {fault}: chmod 600 it")
    return secret


def fault_of(path: Path) -> str:
    """What is unwise or wrong about the file of a secret, in words; "" where nothing is."""
    try:
        Secret(Origin.FILE, str(path)).reveal()
        status = path.stat()
    except SecretUnreadable as trouble:
        return str(trouble)
    except OSError as trouble:
        return f"the secret file {path} can't be read: {trouble.strerror}"
    fault = too_open(stat.S_IMODE(status.st_mode), owner=status.st_uid, me=os.geteuid())
    return f"the secret file {path} {fault}: chmod 600 it" if fault else ""


def is_reference(written: object) -> bool:
    """Does this stand for a secret elsewhere?"""
    parts = _REFERENCE.fullmatch(written) if isinstance(written, str) else None
    return parts is not None and parts[1] in _REFERABLE


def _referred(written: str, load: Loading) -> Secret | None:
    """The secret behind `${env:X}`, `${cred:X}` or `${file:X}`; None when this is no reference."""
    parts = _REFERENCE.fullmatch(written)
    if not parts:
        return None
    load.looked_up.add(written)
    source, name = parts.groups()
    match source:
        case Origin.FILE:
            return _in_file(name, written, load)
        case Origin.ENV | Origin.CRED:
            return _admitted(Secret(Origin(source), name))
    raise ValueError(f'"{source}" is no place for a secret{did_you_mean(source, _REFERABLE)}')


def _from_path(written: object, info: ValidationInfo) -> Secret:
    if isinstance(written, Secret):
        return written
    if not isinstance(written, str) or not written:
        raise ValueError("must be the path of a file")
    load = loading(info)
    return _referred(written, load) or _in_file(written, written, load)


def _from_text(written: object, info: ValidationInfo) -> Secret:
    if isinstance(written, Secret):
        return written
    secret = _referred(written, loading(info)) if isinstance(written, str) else None
    if secret is None:
        raise ValueError(_INLINE)
    return secret


_masked = PlainSerializer(repr, return_type=str, when_used="json")

SecretFile = Annotated[
    Secret,
    PlainValidator(_from_path),
    _masked,
    WithJsonSchema({"type": "string", "description": "path of a file that holds the secret"}),
]
"""For fields called `*_file`: a path from the folder of the configuration file, or a reference."""

SecretText = Annotated[
    Secret,
    PlainValidator(_from_text),
    _masked,
    WithJsonSchema({"type": "string", "pattern": r"^\$\{(env|cred|file):[^{}]+\}$"}),
]
"""A reference: `${env:NAME}`, `${cred:NAME}` (systemd), `${file:PATH}`; never the value itself."""
