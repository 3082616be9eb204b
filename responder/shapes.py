"""What a model wants at each place of a file: its JSON Schema, for editors and for our messages."""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from pydantic import BaseModel

from responder.includes import INCLUDE

Schema = Mapping[str, Any]

_INCLUDED = {
    "type": "array",
    "items": {"type": "string"},
    "description": "more files, or globs, relative to this one",
}


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a file that is read into this model, with `include:`."""
    told = model.model_json_schema()
    told["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    told["properties"] = {**told.get("properties", {}), INCLUDE: _INCLUDED}
    return told


class Shape:
    """A place in the schema: all that may stand there, whichever branch of a union it takes.

    The schema is made when it is asked for: a file without a mistake needs none.
    """

    def __init__(self, model: type[BaseModel], schemas: tuple[Schema, ...] | None = None) -> None:
        self._model = model
        self._schemas = schemas

    @classmethod
    def of(cls, model: type[BaseModel]) -> "Shape":
        """The whole file that is read into this model."""
        return cls(model)

    @property
    def _top(self) -> Schema:
        return _told(self._model)

    @cached_property
    def _branches(self) -> tuple[Schema, ...]:
        schemas = (self._top,) if self._schemas is None else self._schemas
        return tuple(part for one in schemas for part in self._opened(one))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a mapping may have here."""
        return tuple(
            dict.fromkeys(key for one in self._branches for key in one.get("properties", {}))
        )

    @property
    def tags(self) -> dict[str, str]:
        """The words that choose a branch of a tagged union, each with the branch it names."""
        unions = (one["discriminator"] for one in self._branches if "discriminator" in one)
        return {word: name for union in unions for word, name in union.get("mapping", {}).items()}

    def chosen(self, tag: str) -> "Shape":
        """The branch that this word chooses."""
        return self._of([{"$ref": self.tags[tag]}])

    def below(self, step: int | str) -> "Shape":
        """What may stand under this key or index."""
        return self._of([inner for one in self._branches for inner in _below(one, step)])

    def _of(self, schemas: list[Schema]) -> "Shape":
        return Shape(self._model, tuple(schemas))

    def _opened(self, one: Schema) -> Iterator[Schema]:
        """A schema, what it refers to, and every branch of its unions."""
        yield one
        if "$ref" in one:
            yield from self._opened(self._top["$defs"][one["$ref"].rpartition("/")[2]])
        for word in ("anyOf", "oneOf", "allOf"):
            for part in one.get(word, ()):
                yield from self._opened(part)


@cache
def _told(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def _below(one: Schema, step: int | str) -> Iterator[Schema]:
    if isinstance(step, int):
        yield from one.get("prefixItems", ())[step : step + 1]
        found = one.get("items")
    else:
        found = one.get("properties", {}).get(step) or one.get("additionalProperties")
        yield from one.get("patternProperties", {}).values()
    if isinstance(found, Mapping):
        yield found
