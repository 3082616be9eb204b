"""A user's blackbox.yml, accepted as it is: its modules become probes of our kinds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from probes.blackbox_durations import go_duration, go_number
from probes.blackbox_rules import BEYOND, LATE, NEWER, STRANGERS, Way, advice, beyond_us, crossed
from probes.blackbox_words import in_words, unknown_key
from probes.blackbox_yaml import Node, Trouble, read_tree
from probes.kinds import KINDS
from probes.model import Probe

_MOST = 8 << 20  # bytes of the file
_OURS = {"http": "http", "tcp": "tcp", "icmp": "ping", "dns": "dns"}  # prober: our kind
_KEYS = ("prober", "timeout", *_OURS, *STRANGERS)
_OF_MODULES = ("kind", "timeout")  # our kinds have these beside the rest, blackbox_exporter above
_WHOLE_NUMBERS = ("valid_status_codes", "payload_size", "ttl")
_FREE = ("headers",)  # mappings with the user's own keys: nothing there means an empty text
_WITHOUT_DNS = {"query_name": ".", "query_type": "ANY"}  # what is asked where no section says it


class Unusable(Exception):
    """A file that can't be used: one line `file:line:column: message` for each reason."""


@dataclass(frozen=True, slots=True)
class Blackbox:
    """`refused` has the modules that can't be looked with here, and why; `findings` are lines
    `file:line:column: message` of what is unwise, the refused among them.
    """

    modules: Mapping[str, Probe]
    refused: Mapping[str, str]
    findings: tuple[str, ...]


def read_modules(path: Path) -> Blackbox:
    """The modules of this file. Raises Unusable with everything that blackbox_exporter refuses.

    What it takes and we can't do is no outage of anybody: such a module is refused by its name.
    """
    reading = _Reading(path.absolute().parent)
    try:
        reading.file(read_tree(_text(path)))
    except Trouble as trouble:
        reading.troubles.append(trouble)
    if reading.troubles:
        raise Unusable("\n".join(_placed(path, reading.troubles)))
    return Blackbox(reading.modules, reading.refused, tuple(_placed(path, reading.findings)))


def _placed(path: Path, troubles: Iterable[Trouble]) -> list[str]:
    return list(dict.fromkeys(f"{path}:{trouble}" for trouble in troubles))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise Trouble(1, 1, f"can't be read: {error.strerror}") from None
    if len(content) > _MOST:
        raise Trouble(1, 1, f"over {_MOST} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Trouble(line, 1, "not UTF-8 text") from None


@dataclass(slots=True)
class _Reading:
    """One file on its way. `folder` is where relative paths in it begin (probes/settings.py)."""

    folder: Path
    modules: dict[str, Probe] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    findings: list[Trouble] = field(default_factory=list)

    def file(self, root: Node) -> None:
        _keys_of(root, ("modules",))
        for name, node in _keys_of(root.entries.get("modules"), None).items():
            try:
                self._module(name, node)
            except Trouble as trouble:
                self.troubles.append(trouble)

    def _module(self, name: str, node: Node) -> None:
        parts = _keys_of(node, _KEYS)
        prober = plain(parts["prober"]) if "prober" in parts else ""
        timeout = _timeout(parts.get("timeout"))
        for other in _OURS:  # what is no business of this module must be right all the same
            if other in parts and other != prober:
                self._probe(other, parts[other], timeout=None)
        section = parts.get(str(prober), Node(node.line, node.column, None))
        if prober in STRANGERS:
            found: Probe | str | None = STRANGERS[prober]
        elif prober not in _OURS:
            found = f'Unknown prober "{prober or ""}"'  # blackbox_exporter's words
        else:
            found = self._probe(prober, section, timeout=timeout)
        self._keep(name, node, found)

    def _keep(self, name: str, node: Node, found: "Probe | str | None") -> None:
        if isinstance(found, str):
            self.refused[name] = found
            self.findings.append(node.trouble(f'module "{name}" is refused: {found}'))
        elif found is not None:
            self.modules[name] = found

    def _probe(self, prober: str, node: Node, *, timeout: timedelta | None) -> "Probe | str | None":
        """The probe that this section means, or why there can't be one here; None after trouble."""
        _keys_of(node, None)
        section: dict[str, Any] = {} if node.value is None else plain(node)
        if node.value is None and prober == "dns":
            section = dict(_WITHOUT_DNS)
        self.findings += (_at(node, way, words) for way, words in advice(prober, section))
        wrong = [_at(node, way, words) for way, words in crossed(prober, section)]
        wrong += (_at(node, (key,), unknown_key(key, ())) for key in _OF_MODULES if key in section)
        beyond = beyond_us(prober, section)
        skipped = (*_OF_MODULES, *(BEYOND[prober] if beyond else ()))
        given = {key: section[key] for key in section if key not in skipped}
        found = self._made(prober, node, given, timeout=timeout, wrong=wrong)
        self.troubles += wrong
        return None if wrong else beyond or found

    def _made(
        self,
        prober: str,
        node: Node,
        section: Mapping[str, Any],
        *,
        timeout: timedelta | None,
        wrong: list[Trouble],
    ) -> "Probe | str":
        """What our kind makes of it. Its errors join those that are `wrong`, but for what
        blackbox_exporter would take and stumble over later: that is given back.
        """
        kind: Any = KINDS[_OURS[prober]]
        first = section.get("preferred_ip_protocol") or "ip6"
        given = {**section, "preferred_ip_protocol": first, "timeout": timeout}
        try:
            probe: Probe = kind.model_validate(given, context=self)
            return probe
        except ValidationError as error:
            errors = error.errors(include_input=False, include_url=False)
        known = [key for key in kind.model_fields if key not in _OF_MODULES]
        late = [_in_late_words(error) for error in errors if _is_late(error)]
        wrong += (
            node.follow(error["loc"]).trouble(in_words(error, known))
            for error in errors
            if not _is_late(error)
        )
        return "; ".join(late)


def _is_late(error: ErrorDetails) -> bool:
    """Does blackbox_exporter take this, and stumble over it at each look?"""
    if error["type"] == "extra_forbidden":
        return error["loc"][-1] in NEWER
    return bool(error["loc"]) and error["loc"][0] in LATE


def _in_late_words(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return f'"{error["loc"][-1]}" is not done here'
    return in_words(error, ())


def _at(node: Node, way: Way, words: str) -> Trouble:
    path = ".".join(map(str, way))
    return node.follow(way).trouble(
        f"{path}: {words}" if not words.startswith("unknown") else words
    )


def _keys_of(node: Node | None, known: Collection[str] | None) -> dict[str, Node]:
    """The entries of a mapping; of nothing, none. Raises Trouble when it is something else."""
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise node.trouble('must be a mapping ("key: value" lines)')
    for key, entry in node.value.items():
        if known is not None and key not in known:
            raise entry.trouble(unknown_key(key, known))
    return node.value


def _timeout(node: Node | None) -> timedelta | None:
    if node is None or node.value is None:
        return None
    try:
        return go_duration(node.value if isinstance(node.value, str) else "?")
    except ValueError as error:
        raise node.trouble(f"timeout: {error}") from None


def plain(node: Node, key: str = "") -> Any:
    """The value without its places, as a model takes it. Keys with nothing are left out."""
    match node.value:
        case dict(entries):
            return {
                name: plain(below, name)
                for name, below in entries.items()
                if below.value is not None or key in _FREE
            }
        case list(items):
            return [plain(item, key) for item in items]
        case str(text):
            return go_number(text) if key in _WHOLE_NUMBERS else text
        case value:
            return "" if value is None else value
