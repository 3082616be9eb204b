"""Labels of a series as they are written between the braces."""

from collections.abc import Mapping


def written(labels: Mapping[str, str]) -> str:
    """`a="1",b="2"`, sorted by name, values escaped as Prometheus' text format wants it."""
    return ",".join(f'{name}="{_escaped(labels[name])}"' for name in sorted(labels))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
