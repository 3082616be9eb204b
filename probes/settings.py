"""What the settings of every kind of probe have in common."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

from probes.durations import Duration


class Settings(BaseModel):
    """A module of the file: unknown keys are errors, values do not change, errors hold no input."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    timeout: Duration | None = None


class Piece(BaseModel):
    """A part of a module."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _beside(path: Path, info: ValidationInfo) -> Path:
    """A relative path begins at the folder of the file that names it."""
    folder = getattr(info.context, "folder", None)
    return path if folder is None else Path(folder) / path


FilePath = Annotated[Path, AfterValidator(_beside)]
"""The path of a file, from the folder of the configuration file that names it."""

Labels = Mapping[str, str]
Json = Any
"""What a stranger's JSON says, before it is looked at."""
