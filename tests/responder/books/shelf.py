"""A configuration with playbooks beside it."""

from pathlib import Path

import pytest

from responder.config import Config
from responder.configfile import BadConfig, Loaded, load

USUAL = "playbooks: {files: book.yaml}\n"
BOOK = """\
playbook: mine
safety: {}
steps:
"""


def shelved(folder: Path, *, config: str = USUAL, **books: str) -> Loaded[Config]:
    """The configuration, beside files of these names and texts."""
    for name, text in books.items():
        (folder / f"{name}.yaml").write_text(text)
    (folder / "responder.yaml").write_text(config)
    return load(folder / "responder.yaml", Config)


def wrong(folder: Path, *, config: str = USUAL, **books: str) -> list[str]:
    """What is wrong, each as `file:line:column: message`, without the folder."""
    with pytest.raises(BadConfig) as caught:
        shelved(folder, config=config, **books)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def unwise(folder: Path, *, config: str = USUAL, **books: str) -> list[str]:
    """What is unwise, in the same form."""
    found = shelved(folder, config=config, **books).findings
    return [str(problem).removeprefix(f"{folder}/") for problem in found]
