"""What every part of the configuration file has in common."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
"""A time of the day as HH:MM."""


def clock_of(written: object) -> str:
    """A time of the day as people write it. ValueError, in their words, when it is none."""
    if written == "24:00":
        raise ValueError('the day ends where the next one begins: write "00:00"')
    if not isinstance(written, str) or not re.fullmatch(CLOCK, written):
        raise ValueError('write a time of the day as HH:MM, from "00:00" to "23:59"')
    return written


Clock = Annotated[
    str, BeforeValidator(clock_of), WithJsonSchema({"type": "string", "pattern": CLOCK})
]


class Part(BaseModel):
    """A part of the file: unknown keys are errors, values do not change, errors hold no input."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        defer_build=True,  # each is built once, inside the whole
    )
