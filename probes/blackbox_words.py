"""What a model says against a blackbox.yml, in the words of whoever wrote the file."""

import difflib
import re
from collections.abc import Collection

from pydantic_core import ErrorDetails

_WANTED = {
    "string_type": "must be text",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "frozen_set_type", "set_type"), "must be a list"),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type"),
        'must be a mapping ("key: value" lines)',
    ),
}
_OPENING = re.compile(r"^(?:Value error, |Assertion failed, )")


def in_words(error: ErrorDetails, known: Collection[str]) -> str:
    """One line with the way to it; `known` are the keys of the section. No value is ever quoted,
    but for expressions.
    """
    way = error["loc"]
    if error["type"] == "extra_forbidden":
        return unknown_key(str(way[-1]), known if len(way) == 1 else ())
    if error["type"] == "missing":
        return f'{_path(way[:-1])}"{way[-1]}" is missing'
    return _path(way) + (_WANTED.get(error["type"]) or _OPENING.sub("", error["msg"]))


def _path(way: tuple[int | str, ...]) -> str:
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return f"{words.lstrip('.')}: " if way else ""


def unknown_key(key: str, known: Collection[str]) -> str:
    """A key that nobody knows, and the one that may have been meant."""
    near = difflib.get_close_matches(key, known, n=1)
    return f'unknown key "{key}"' + (f', did you mean "{near[0]}"?' if near else "")
