"""The playbooks that come with the program."""

from functools import cache
from pathlib import Path

import playbooks
from responder.books.reading import Written, read_book
from responder.problems import BadConfig, Loading

FOLDER = Path(playbooks.__file__).parent / "shipped"


@cache
def shipped_names() -> tuple[str, ...]:
    """What they are called."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def shipped(name: str) -> Written:
    """The one that is called so."""
    load = Loading(FOLDER)
    found = read_book(FOLDER / f"{name}.yaml", load)
    if found is None:
        raise BadConfig(load.problems)
    return found
