"""Logging in with a secret from a file, and never again and again with a wrong one."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Self

from pydantic import model_validator

from probes.credentials import FileSecret
from probes.lines import Call, SecureSettings
from probes.model import Phase, Target
from probes.reasons import Failed
from probes.settings import SecretFile

Stamp = tuple[int, int, int]
_PATIENCE = timedelta(seconds=20)


class LoginSettings(SecureSettings):
    """Keys of the kinds that may log in. A secret goes over TLS or not at all, where it travels."""

    secret_travels: ClassVar[bool] = True
    user: str = ""
    password_file: SecretFile | None = None

    @model_validator(mode="before")
    @classmethod
    def _patient(cls, keys: object) -> object:
        """Dovecot answers a good login late after a bad one, by more than the usual time-out."""
        if isinstance(keys, dict) and keys.get("user") and keys.get("timeout") is None:
            return {**keys, "timeout": _PATIENCE}
        return keys

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file belong together")
        if any(letter < " " for letter in self.user):
            raise ValueError("user holds a control character")
        if self.user and self.secret_travels and not self.security.strict:
            raise ValueError("a password goes over TLS alone: set tls: true or starttls: require")
        return self

    def credential(self, target: Target) -> "Credential | None":
        """How to log in, or None where nobody asks for it."""
        if not isinstance(self.password_file, FileSecret):
            return None
        return Credential(f"{self.kind} {target.address}", self.user, self.password_file)


class Refused:
    """Logins that were refused, by target and user, with the state of the file of their secret.

    Servers slow down everybody behind an address that fails to log in (Dovecot by seconds), so a
    wrong secret is tried once.
    """

    def __init__(self) -> None:
        self.stamps: dict[tuple[str, str, Path], Stamp] = {}


@dataclass(slots=True)
class Credential:
    """The secret of this user at this place (kind and address), for one look. `tried` is how its
    file was when it was read.
    """

    place: str
    user: str
    file: FileSecret
    tried: Stamp = (0, 0, 0)

    def reveal(self, call: Call) -> str:
        """Also strikes it out of whatever is told of this conversation. Raises Failed (unknown)
        when it can't be read, or was refused and has not changed since.
        """
        call.steps.enter(Phase.AUTH)
        self.tried = self._stamp()
        if call.sight.net.shared(Refused, Refused).stamps.get(self._key) == self.tried:
            reason = f"the login as {self.user} was refused before; {self._no_more}"
            raise call.failed(reason, verdict_unknown=True)
        secret = self.file.reveal()
        call.secrets = (secret,)
        return secret

    def refused(self, call: Call, words: str) -> Failed:
        """The server said no: what the look ends with."""
        call.sight.net.shared(Refused, Refused).stamps[self._key] = self.tried
        reason = f"the login as {self.user} was refused: {call.quoted(words)}; {self._no_more}"
        return call.failed(reason, verdict_unknown=True)

    @property
    def _no_more(self) -> str:
        return f"it is not tried again until {self.file.path} changes"

    @property
    def _key(self) -> tuple[str, str, Path]:
        return self.place, self.user, self.file.path

    def _stamp(self) -> Stamp:
        try:
            told = self.file.path.stat()
        except OSError:
            return 0, 0, 0  # to read it will say why
        return told.st_mtime_ns, told.st_size, told.st_ino
