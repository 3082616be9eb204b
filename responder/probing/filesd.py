"""Files of targets, as Prometheus' file_sd has them: JSON or YAML lists of targets and labels."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from probes.addresses import unfit

log = structlog.get_logger(__name__)

_MOST = 16 * 1024 * 1024  # bytes of one file


@dataclass(frozen=True, slots=True)
class Group:
    """Targets that share labels."""

    targets: tuple[str, ...]
    labels: Mapping[str, str]


class Files:
    """What the files last said. One that can't be read is ignored, and its last good targets stay.

    (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config)
    """

    def __init__(self) -> None:
        self._good: dict[str, tuple[Group, ...]] = {}
        self._stamps: dict[str, tuple[tuple[str, int, int], ...]] = {}
        self._told: dict[str, str] = {}

    def read(self, patterns: Iterable[Path]) -> dict[str, tuple[Group, ...]]:
        """The groups by pattern; a file is read again only when it has changed."""
        return {str(pattern): self._of(pattern) for pattern in patterns}

    def _of(self, pattern: Path) -> tuple[Group, ...]:
        key = str(pattern)
        paths = sorted(pattern.parent.glob(pattern.name))
        try:
            stamp = tuple((str(one), *_stamp(one)) for one in paths)
            if stamp != self._stamps.get(key):
                self._good[key] = tuple(group for path in paths for group in groups(path))
                self._stamps[key] = stamp
            self._told.pop(key, None)
        except (OSError, ValueError) as error:
            if self._told.get(key) != str(error):
                log.warning("targets_unreadable", file=key, reason=str(error))
                self._told[key] = str(error)
        return self._good.get(key, ())


def groups(path: Path) -> tuple[Group, ...]:
    """The groups of one file. Raises ValueError with plain words, OSError."""
    if path.stat().st_size > _MOST:
        raise ValueError(f"{path} is over {_MOST} bytes")
    text = path.read_text(encoding="utf-8")
    try:
        content = json.loads(text) if path.suffix == ".json" else YAML(typ="safe").load(text)
    except (ValueError, YAMLError) as error:
        raise ValueError(f"{path}: {error}") from None
    except RecursionError:
        raise ValueError(f"{path} is nested too deep") from None
    if content is None:
        return ()
    if not isinstance(content, list):
        raise ValueError(f"{path} is no list of targets and labels")
    return tuple(_group(path, number, one) for number, one in enumerate(content, start=1))


def _group(path: Path, number: int, one: Any) -> Group:
    shaped = isinstance(one, dict) and set(one) <= {"targets", "labels"}
    targets, labels = (
        (one.get("targets") or [], one.get("labels") or {}) if shaped else (None, None)
    )
    if not isinstance(targets, list) or not isinstance(labels, dict):
        raise ValueError(f"{path}: group {number} must be {{targets: [...], labels: {{...}}}}")
    if not all(isinstance(target, str) and target for target in targets):
        raise ValueError(f"{path}: group {number} has a target that is no text")
    if why := next(filter(None, map(unfit, targets)), ""):
        raise ValueError(f"{path}: group {number}: {why}")
    told = {str(name): str(value) for name, value in labels.items()}
    return Group(tuple(targets), told)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
