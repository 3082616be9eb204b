"""What whoever debugs a look gets to read, laid out as blackbox_exporter does."""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from probes.exposition import exposition
from probes.model import Observation, Probe

_PROBERS = {"http": "http", "tcp": "tcp", "ping": "icmp", "dns": "dns"}  # our kind: the section
_PRIVATE = re.compile(r"auth|cookie|token|secret|password|api-?key", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/@]*@")


def debug_text(observation: Observation, probe: Probe) -> str:
    """Three parts: the lines of the look, its series, its settings without their secrets."""
    logs = "".join(f"{line}\n" for line in observation.lines)
    return (
        f"Logs for the probe:\n{logs}\n\n\n"
        f"Metrics that would have been returned:\n{exposition(observation.samples)}\n\n\n"
        f"Module configuration:\n{shown(probe)}"
    )


def shown(probe: Probe) -> str:
    """The module as it would stand in a blackbox.yml; a kind that has no place there, flat."""
    told = _plain(probe) if isinstance(probe, BaseModel) else {}
    timeout = {"timeout": told.pop("timeout")} if "timeout" in told else {}
    prober = _PROBERS.get(probe.kind)
    told.pop("kind", None)
    whole = (
        {"prober": prober, **timeout, prober: told}
        if prober
        else {"kind": probe.kind, **timeout, **told}
    )
    yaml, page = YAML(typ="safe", pure=True), StringIO()
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(whole, page)
    return page.getvalue()


def _plain(model: BaseModel) -> dict[str, Any]:
    """The settings, but for those that are nothing and would be nothing anyway."""
    told = {name: _bare(name, value) for name, value in model.model_dump(mode="json").items()}
    return {name: value for name, value in told.items() if value or _is_news(model, name, value)}


def _is_news(model: BaseModel, name: str, nothing: Any) -> bool:
    """Is it said that something is off which usually is on?"""
    return isinstance(nothing, bool | int) and bool(type(model).model_fields[name].default)


def _bare(name: str, value: Any) -> Any:
    """Without what nobody may read over a shoulder, or find in a log."""
    if isinstance(value, Mapping):
        private = {key for key in value if name == "headers" and _PRIVATE.search(key)}
        return {
            key: "<secret>" if key in private else _bare(key, below)
            for key, below in value.items()
            if below not in (None, "", [], {}, False)
        }
    if isinstance(value, list):
        return [_bare(name, below) for below in value]
    return _USERINFO.sub("<secret>@", value) if isinstance(value, str) else value
