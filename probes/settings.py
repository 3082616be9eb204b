"""What the settings of every kind of probe have in common."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from probes.credentials import FileSecret, Secret, TextSecret
from probes.durations import Duration
from probes.patterns import read_pattern


class Settings(BaseModel):
    """A module of the file: unknown keys are errors, values do not change, errors hold no input."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )

    timeout: Duration | None = None


class Piece(BaseModel):
    """A part of a module."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )


def _beside(path: Path, info: ValidationInfo) -> Path:
    """A relative path begins at the folder of the file that names it."""
    folder = getattr(info.context, "folder", None)
    return path if folder is None else Path(folder) / path


FilePath = Annotated[Path, AfterValidator(_beside)]
"""The path of a file, from the folder of the configuration file that names it."""


def _inline(value: object) -> Secret:
    if isinstance(value, str):
        return TextSecret(value)
    if isinstance(value, TextSecret | FileSecret):
        return value
    raise ValueError("write the secret as text")


def _in_file(value: object, info: ValidationInfo) -> Secret:
    if isinstance(value, FileSecret):
        return value
    if not isinstance(value, str | Path):
        raise ValueError("write the path of a file")
    path = _beside(_credential(str(value)), info)
    if judge := getattr(info.context, "judge_secret", None):
        judge(str(value), path)
    return FileSecret(path)


def _credential(written: str) -> Path:
    """`${cred:NAME}` is a file that systemd has laid ready (systemd.exec(5), LoadCredential=)."""
    if not (found := re.fullmatch(r"\$\{(\w+):([^{}]+)\}", written)):
        return Path(written)
    if found[1] != "cred":
        raise ValueError("write the path of a file, or ${cred:NAME}")
    if not (folder := os.environ.get("CREDENTIALS_DIRECTORY")):
        raise ValueError("the environment variable CREDENTIALS_DIRECTORY is not set")
    return Path(folder, found[2])


_TEXT = WithJsonSchema({"type": "string"})
InlineSecret = Annotated[
    Secret,
    PlainValidator(_inline),
    PlainSerializer(lambda _: "<secret>", return_type=str),
    _TEXT,
]
"""A secret that stands in the file itself."""

SecretFile = Annotated[
    Secret,
    PlainValidator(_in_file),
    PlainSerializer(lambda secret: str(getattr(secret, "path", "")), return_type=str),
    _TEXT,
]
"""The path of a file that holds a secret; it is read at each use."""


def _compiles(text: str) -> str:
    try:
        read_pattern(text)
    except ValueError as error:
        told = f'"Could not compile regular expression" regexp="{text}"'
        raise ValueError(f"{told}: {error}") from None
    return text


Regexp = Annotated[str, AfterValidator(_compiles)]
"""An expression of Go's kind, searched anywhere in the text."""

Labels = Mapping[str, str]
Json = Any
"""What a stranger's JSON says, before it is looked at."""
