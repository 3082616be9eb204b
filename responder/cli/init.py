"""`responder init`: a first configuration, with comments and with secrets of its own."""

import json
import os
import secrets
from pathlib import Path

import click

from responder.cli.exits import Failed
from responder.cli.say import json_option, say, say_json

NAME, SCHEMA = "responder.yaml", "responder.schema.json"
TOKENS = ("alertmanager", "viewer")

_NEXT = """
Put in your servers and people, then:

  responder check -c {file}
  responder run -c {file}"""


@click.command(short_help="Write a commented configuration, with secrets of its own.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@json_option
def init(folder: Path, *, as_json: bool) -> None:
    """Write a commented configuration into FOLDER (here), with secrets of its own.

    What is there already is never overwritten.
    """
    from responder.config import Config
    from responder.configfile import schema

    file = folder / NAME
    if file.exists():
        raise Failed(f"{file} is there already; nothing was written")
    try:
        (folder / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = {folder / "secrets" / name: secrets.token_urlsafe(32) + "\n" for name in TOKENS}
        wanted[folder / SCHEMA] = json.dumps(schema(Config), indent=1) + "\n"
        wanted[file] = Path(__file__).with_name("first.yaml").read_text(encoding="utf-8")
        made = [path for path, text in wanted.items() if write_new(path, text)]
    except OSError as trouble:
        raise Failed(f"cannot write into {folder}: {trouble.strerror}") from None
    if as_json:
        say_json({"file": str(file), "written": [str(path) for path in made]})
        return
    say("\n".join(f"wrote {path}" for path in made) + "\n" + _NEXT.format(file=file))


def write_new(path: Path, text: str) -> bool:
    """Write a file for our user alone; False, and nothing changed, when there is one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return True
