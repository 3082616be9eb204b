"""How much of one alert is taken; what is more is cut with a mark and counted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from alerts.model import clean

LABELS = 64
NAME_BYTES = 128
VALUE_BYTES = 2048
ANNOTATIONS_BYTES = 16 * 1024
MARK = "…"

# A character has at most four bytes, so shorter texts need no counting of bytes.
_SHORT_NAME = NAME_BYTES // 4
_SHORT_VALUE = VALUE_BYTES // 4
_SHORT_ANNOTATIONS = ANNOTATIONS_BYTES // 4


@dataclass(frozen=True, slots=True)
class Taken:
    """Names and texts within the limits, and how many of them had to be cut."""

    texts: dict[str, str]
    cut: int


def labels_fit(told: Mapping[str, object]) -> bool:
    """True when these labels can be taken as they are: all text, none empty, none long."""
    if len(told) > LABELS:
        return False
    for name, value in told.items():
        if type(value) is not str or not value:
            return False
        if len(value) > _SHORT_VALUE or len(name) > _SHORT_NAME:
            return False
    return True


def annotations_fit(told: Mapping[str, object]) -> bool:
    """True when these annotations can be taken as they are: all text, and not long in total."""
    size = 0
    for name, value in told.items():
        if type(value) is not str:
            return False
        size += len(name) + len(value)
    return size <= _SHORT_ANNOTATIONS


def take_labels(told: Mapping[str, object]) -> Taken:
    """Labels as clean text: at most 64, names of 128 bytes, values of 2 KiB (security.md S8).

    An empty label is no label, as in Prometheus. Of too many labels the shortest names stay, since
    the names that decide (severity, host, instance) are short. A mark holds a digest of what it
    stands for, so that two alerts that differ only in what was cut stay two.
    """
    texts = {clean(name): text for name, value in told.items() if (text := text_of(value))}
    names = sorted(texts, key=lambda name: (len(name), name))
    many = len(names) > LABELS
    taken: dict[str, str] = {}
    cut = 0
    for name in names[: LABELS - many]:
        fitting = _cut(name, NAME_BYTES, digest=True), _cut(texts[name], VALUE_BYTES, digest=True)
        cut += fitting != (name, texts[name])
        taken[fitting[0]] = fitting[1]
    if many:
        whole = json.dumps([(name, texts[name]) for name in names])
        taken[MARK] = f"{len(names) - LABELS + 1} more, {_digest(whole)}"
    return Taken(taken, cut + many)


def take_annotations(told: Mapping[str, object]) -> Taken:
    """Annotations as clean text, 16 KiB in total (security.md S8): the longest are cut first."""
    texts = {clean(name): text_of(value) for name, value in told.items()}
    left, cut = ANNOTATIONS_BYTES, 0
    taken: dict[str, str] = {}
    for name, text in sorted(texts.items(), key=lambda item: len(item[1])):
        left -= min(left, _size(name))
        if not left:
            return Taken(taken | {MARK: f"{len(texts) - len(taken)} more"}, cut + 1)
        taken[name] = _cut(text, left)
        cut += taken[name] != text
        left -= min(left, _size(taken[name]))
    return Taken(taken, cut)


def take_text(told: object) -> str:
    """One clean text of at most 2 KiB; "" for null."""
    if type(told) is str and len(told) <= VALUE_BYTES and told.isascii() and "\0" not in told:
        return told
    return _cut(text_of(told), VALUE_BYTES)


def text_of(told: object) -> str:
    """Any JSON value as clean text: a number, `true` or a list becomes its JSON, null becomes "".

    Alertmanager sends texts only; templates of people (its `payload`, Grafana's) send the rest,
    and losing an alert over it would be worse than reading `5` as "5".
    """
    if isinstance(told, str):
        return clean(told)
    if told is None:
        return ""
    try:
        return clean(json.dumps(told, ensure_ascii=False, sort_keys=True))
    except RecursionError:
        return MARK


def _cut(text: str, limit: int, *, digest: bool = False) -> str:
    if _size(text) <= limit:
        return text
    mark = MARK + (_digest(text) if digest else "")
    return text.encode()[: max(0, limit - _size(mark))].decode(errors="ignore") + mark


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=4).hexdigest()


def _size(text: str) -> int:
    return len(text.encode())
