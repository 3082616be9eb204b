"""Secrets of looks that log in: read from their file at each use, never shown."""

from pathlib import Path
from typing import Protocol

from typing_extensions import override

from probes.model import Phase
from probes.reasons import Failed
from probes.redaction import remember

_MOST = 65536  # bytes; a bigger file is no secret but a slip in the path


class Secret(Protocol):
    """Something that can say a secret when it is used."""

    def reveal(self) -> str: ...


class FileSecret:
    """The first line of a file, read anew each time, so that a changed file counts at once."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def reveal(self) -> str:
        """Raises Failed (unknown): without its secret a look can't tell anything."""
        try:
            with self.path.open("rb") as file:
                text = file.read(_MOST).decode()
        except (OSError, UnicodeDecodeError) as error:
            told = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            reason = f"the secret file {self.path} can't be read: {told}"
            raise Failed(Phase.AUTH, reason, verdict_unknown=True) from None
        secret = text.strip().split("\n", 1)[0].strip()
        remember(secret)
        return secret

    @override
    def __repr__(self) -> str:
        return f"FileSecret({self.path})"


class TextSecret:
    """A secret that stands in a user's blackbox.yml itself."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    @override
    def __repr__(self) -> str:
        return "TextSecret(<secret>)"
