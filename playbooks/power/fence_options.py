"""What may be told to a fence agent, and how: every key is checked against its own metadata."""

import re
from collections.abc import Iterator, Mapping, Set

from playbooks.power.fence_metadata import Agent, Parameter

Scalar = str | bool | int

_NEEDED = ("on", "off", "status")
_YES_NO = {"1", "0", "yes", "no", "on", "off", "true", "false"}
_NUMBER = re.compile(r"-?[0-9]+")
_SECRET = re.compile(r"passw(?:or)?d|secret|apikey|^token$|community|hexadecimal_kg")
_REFUSED = {
    "action": "is told by the step",
    "help": "would make it act on nothing",
    "version": "would make it act on nothing",
    "usage": "would make it act on nothing",
    "debug": "writes secrets to a file",
    "debug_file": "writes secrets to a file",
    "boto3_debug": "writes secrets to the log",
    "verbose": "writes secrets to the log",
    "verbose_level": "writes secrets to the log",
    "quiet": "hides why it fails",
    "password_script": "runs a program: write secrets: {password: FILE}",
    "passwd_script": "runs a program: write secrets: {password: FILE}",
    "snmp_priv_passwd_script": "runs a program: write secrets: {snmp_priv_passwd: FILE}",
    "runonfail": "runs a program",
    "runonwarn": "runs a program",
    "missing_as_off": "takes a machine that is not found for one that is off",
    "plug_separator": "would let one key name many machines",
}
_MANY = ","


def mistakes(agent: Agent, options: Mapping[str, Scalar], secrets: Set[str]) -> Iterator[str]:
    """Every reason, in plain words, why this agent can't be told these."""
    if missing := [action for action in _NEEDED if action not in agent.actions]:
        yield f"{agent.name} has no action {', '.join(missing)}"
    for name, value in options.items():
        yield from _of_option(agent, name, value)
    for name in sorted(secrets):
        yield from _of_name(agent, name)
        if name in options:
            yield f"`{name}` stands in options and in secrets"
    yield from _left_out(agent, {*options, *secrets})
    yield from _dangers(agent, options)


def lines(options: Mapping[str, Scalar], secrets: Mapping[str, str], *, action: str) -> str:
    """What the agent reads on its standard input; the action comes last, as the last word counts.

    Raises ValueError where a secret has more than one line.
    """
    told = {**{name: _text(value) for name, value in options.items()}, **secrets, "action": action}
    for name, value in told.items():
        if not value.isprintable():
            raise ValueError(f"`{name}` is not one line of text")
    return "".join(f"{name}={_quoted(value)}\n" for name, value in told.items())


def _of_name(agent: Agent, name: str) -> Iterator[str]:
    known = agent.parameters.get(name)
    if name in _REFUSED:
        yield f"`{name}` {_REFUSED[name]}"
    elif known is None:
        yield f"{agent.name} has no option `{name}`"
    elif known.instead:
        yield f"`{name}` is an old name: write `{known.instead}`"


def _of_option(agent: Agent, name: str, value: Scalar) -> Iterator[str]:
    if faults := list(_of_name(agent, name)):
        yield from faults
    elif _SECRET.search(name):
        yield f"`{name}` is a secret: write secrets: {{{name}: FILE}}"
    elif fault := _unfit(agent.parameters[name], value):
        yield f"`{name}` {fault}"


def _unfit(parameter: Parameter, value: Scalar) -> str:
    """Why the value is not of the parameter's kind; "" when it is."""
    text = _text(value)
    match parameter.kind:
        case "boolean" if text.lower() not in _YES_NO:
            return "is true or false"
        case "integer" | "second" if isinstance(value, bool) or not _NUMBER.fullmatch(text):
            return "is a whole number"
        case "select" if text not in parameter.choices:
            return f"is one of {', '.join(parameter.choices)}"
        case "string" if isinstance(value, bool):
            return "is text: put it in quotes"
    return ""


def _left_out(agent: Agent, told: Set[str]) -> Iterator[str]:
    for name, parameter in agent.parameters.items():
        needed = parameter.required and not parameter.instead and name not in _REFUSED
        if needed and name not in told:
            yield f"{agent.name} needs `{name}`"


def _dangers(agent: Agent, options: Mapping[str, Scalar]) -> Iterator[str]:
    """What the metadata allows and we do not."""
    if agent.name == "fence_redfish" and not options.get("systems_uri"):
        yield "fence_redfish without `systems_uri` acts on the last machine behind the BMC"
    if "lanplus" in agent.parameters and _text(options.get("cipher", "0")) == "0":
        yield (
            f"{agent.name} needs `cipher`, 17 or 3: without it each call asks for ten seconds, and"
            " 0 is no login at all"
        )
    if _MANY in _text(options.get("plug", "")):
        yield "`plug` names one machine: no comma"


def _text(value: Scalar) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _quoted(value: str) -> str:
    """Agents cut blanks off both ends, and one pair of quotes around it all."""
    bare = value == value.strip() and not (value[:1] == value[-1:] == '"')
    return value if bare else f'"{value}"'
