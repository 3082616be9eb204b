"""`responder token`: keys to the API are made, listed and revoked; their values are never shown."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from alerts.moments import show_moment
from responder.cli.configuration import chosen, config_option, written
from responder.cli.exits import Failed
from responder.cli.init import write_new
from responder.cli.say import json_option, say, say_json, say_table

ROLES = ("intake", "viewer", "agent", "responder", "admin")  # of responder/config.py, a test says

_ADD = """{path} holds the new token. Add it to {file}, then reload:

access:
  tokens:
    {name}: {{role: {role}, token_file: {told}}}"""


@click.group(short_help="Make, list and revoke keys to the API.")
def token() -> None:
    """Make, list and revoke keys to the API."""


@dataclass(frozen=True, slots=True)
class Key:
    """One token as the configuration names it; `path` is its file, if it stands in one."""

    name: str
    role: str
    place: str
    path: Path | None

    @property
    def changed(self) -> str | None:
        """When its file was written, None when there is none."""
        if self.path is None or not self.path.exists():
            return None
        return show_moment(datetime.fromtimestamp(self.path.stat().st_mtime, UTC))


@token.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it opens.")
@config_option
@json_option
def new(name: str, *, role: str, file: Path | None, as_json: bool) -> None:
    """Write a new token to secrets/NAME (mode 0600) and say what to add to the configuration."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise click.BadParameter(f"{name!r} is no name: letters, digits, dots and dashes")
    config = chosen(file)
    path = config.parent / "secrets" / name
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        made = write_new(path, secrets.token_urlsafe(32) + "\n")
    except OSError as trouble:
        raise Failed(f"cannot write {path}: {trouble.strerror}") from None
    if not made:
        raise Failed(f"{path} is there already: revoke it, or take another name")
    told = f"secrets/{name}"
    if as_json:
        say_json({"name": name, "role": role, "token_file": told})
    else:
        say(_ADD.format(path=path, file=config, name=name, role=role, told=told))


@token.command("list")
@config_option
@json_option
def list_(*, file: Path | None, as_json: bool) -> None:
    """Every token that the configuration names, its role, and when its file was written."""
    found = list(keys(chosen(file)))
    if as_json:
        say_json([_told(key) for key in found])
        return
    rows = [(key.name, key.role, key.place, key.changed) for key in found]
    say_table(("name", "role", "place", "changed"), rows)


@token.command()
@click.argument("name")
@config_option
@json_option
def revoke(name: str, *, file: Path | None, as_json: bool) -> None:
    """Make a token worthless at once, and say which lines to take out of the configuration.

    Its file gets a value that nobody has seen: an empty one would make the configuration unusable
    at the next start.
    """
    config = chosen(file)
    key = next((one for one in keys(config) if one.name == name), None)
    if key is None:
        raise Failed(f'{config} names no token "{name}"')
    if key.path is None:
        raise Failed(f"{name} stands in {key.place}: change it there, and take it out of {config}")
    try:
        key.path.write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
    except OSError as trouble:
        raise Failed(f"cannot change {key.path}: {trouble.strerror}") from None
    if as_json:
        say_json(_told(key))
        return
    say(f"{name} opens nothing any more. Take it out of {config}, then delete {key.path}")


def keys(config: Path) -> Iterator[Key]:
    """The tokens of senders and of people, as they are written in the file."""
    plain = written(config)
    for name, sender in _mapping(plain, "senders").items():
        yield _key(config, name, "intake", sender)
    for name, one in _mapping(_mapping(plain, "access"), "tokens").items():
        role = one.get("role") if isinstance(one, Mapping) else None
        yield _key(config, name, str(role), one)


def _mapping(plain: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = plain.get(name)
    return found if isinstance(found, Mapping) else {}


def _key(config: Path, name: str, role: str, told: object) -> Key:
    lines = told if isinstance(told, Mapping) else {}
    place = str(lines.get("token_file") or lines.get("token") or "nowhere")
    referred = re.fullmatch(r"\$\{(\w+):([^{}]+)\}", place)
    if place == "nowhere" or (referred and referred[1] != "file"):
        return Key(name, role, place, None)
    return Key(name, role, place, config.parent / (referred[2] if referred else place))


def _told(key: Key) -> dict[str, object]:
    return {"name": key.name, "role": key.role, "place": key.place, "changed": key.changed}
