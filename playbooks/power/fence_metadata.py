"""What a fence agent says of itself: its parameters and its actions, as ClusterLabs' XML."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from playbooks.hands import Hands
from playbooks.outside import OutsideError
from probes.command_run import PATH

_LIMIT = 256 << 10  # the longest of Debian 12 has 11 kB
_WITHIN = 20.0
ENV = {"PYTHONWARNINGS": "ignore"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key of an agent's input. `kind` is string, boolean, integer, second or select, of which
    the last has `choices`. `instead`: the newer name, where there is one.
    """

    name: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """An installed fence agent."""

    name: str
    parameters: Mapping[str, Parameter]
    actions: frozenset[str]


class _Refused(Exception):
    """Not the XML of an agent."""


@dataclass
class _Reader:
    """Gathers what expat tells. No external file is ever read by expat, and a document that brings
    declarations of its own, such as entities that grow without end, is refused at its first.
    """

    parameters: dict[str, Parameter] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    newer: dict[str, str] = field(default_factory=dict)
    _open: dict[str, str] = field(default_factory=dict)
    _kind: str = ""
    _choices: list[str] = field(default_factory=list)

    def begin(self, tag: str, told: dict[str, str]) -> None:
        match tag:
            case "parameter":
                self._open, self._kind, self._choices = told, "", []
            case "content":
                self._kind = told.get("type", "")
            case "option":
                self._choices.append(told.get("value", ""))
            case "action":
                self.actions.add(told.get("name", ""))

    def end(self, tag: str) -> None:
        if tag != "parameter":
            return
        name = self._open.get("name", "")
        if older := self._open.get("obsoletes"):
            self.newer[older] = name
        required = self._open.get("required") == "1"
        self.parameters[name] = Parameter(name, self._kind, required, tuple(self._choices))

    def refuse(self, *_: object) -> None:
        raise _Refused

    def agent(self, name: str) -> Agent:
        parameters = {
            known: Parameter(
                known, one.kind, one.required, one.choices, instead=self.newer.get(known, "")
            )
            for known, one in self.parameters.items()
        }
        return Agent(name, parameters, frozenset(self.actions))


def read_metadata(name: str, xml: str) -> Agent:
    """The agent behind its metadata. Raises OutsideError (permanent)."""
    reader, parser = _Reader(), expat.ParserCreate()
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(xml.encode(), True)
    except (expat.ExpatError, _Refused):
        raise OutsideError(f"{name} shows no metadata of a fence agent", transient=False) from None
    return reader.agent(name)


@dataclass
class Agents:
    """The installed agents, asked once each (0.07 s of CPU), and again when one was upgraded."""

    _known: dict[tuple[str, int], Agent] = field(default_factory=dict)

    async def named(self, name: str, hands: Hands) -> Agent:
        """Raises OutsideError, permanent where it is missing or no agent."""
        key = (name, _version(name))
        if key not in self._known:
            said = await hands.programs.run(
                [name],
                what=f"fence agent {name}",
                env=ENV,
                stdin="action=metadata\n",
                within=_WITHIN,
                limit=_LIMIT,
            )
            self._known[key] = read_metadata(name, said.out)
        return self._known[key]


def _version(name: str) -> int:
    place = shutil.which(name, path=PATH)
    return Path(place).stat().st_mtime_ns if place else 0
