"""The API described in OpenAPI 3.1, out of the routes themselves and the models they name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from responder.web.answers import ErrorAnswer
from responder.web.route import Access, Asked, Route

_REFS = "#/components/schemas/{model}"
_PART = re.compile(r"\{(\w+)\}")
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic", "description": "The token as the password"},
}

Json = dict[str, Any]
Schemas = Mapping[tuple[Any, JsonSchemaMode], Json]


class OpenApi:
    """Answers with the description of all routes, its own included."""

    def __init__(self, routes: Sequence[Route], *, version: str) -> None:
        self.route = Route(
            "GET", "/openapi.json", self.answer, Access.OPEN, "This description (OpenAPI 3.1)"
        )
        self._routes = [*routes, self.route]
        self._version = version

    async def answer(self, _: Asked) -> web.Response:
        return web.json_response(self._told)

    @cached_property
    def _told(self) -> Json:
        """Made when somebody asks: it takes longer than the rest of the start."""
        return described(self._routes, version=self._version)


def described(routes: Sequence[Route], *, version: str) -> Json:
    """https://spec.openapis.org/oas/v3.1.1.html; a schema there is JSON Schema 2020-12."""
    schemas, definitions = models_json_schema(_models(routes), ref_template=_REFS)
    parts: Json = definitions["$defs"]
    paths: dict[str, Json] = {}
    for route in routes:
        told = _operation(route, schemas, parts)
        paths.setdefault(route.path, {})[route.method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rapid Responder",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": parts, "securitySchemes": _SECURITY},
    }


def _models(routes: Iterable[Route]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    found: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (ErrorAnswer, "serialization"): None
    }
    for route in routes:
        for model in filter(None, (route.takes, route.asks)):
            found[model, "validation"] = None
        if route.answers is not None:
            found[route.answers, "serialization"] = None
    return list(found)


def _operation(route: Route, schemas: Schemas, parts: Json) -> Json:
    told: Json = {
        "operationId": _name(route),
        "summary": route.summary,
        "x-access": str(route.access),
        "security": _security(route.access),
        "responses": _responses(route, schemas),
    }
    if parameters := [*_path_parameters(route), *_query_parameters(route, parts)]:
        told["parameters"] = parameters
    if route.takes is not None:
        told["requestBody"] = {"content": _json(schemas[route.takes, "validation"])}
    return told


def _security(access: Access) -> list[Json]:
    if access is Access.OPEN:
        return []
    free: list[Json] = [{}] if access is Access.LOOPBACK else []
    return [*free, *({name: []} for name in _SECURITY)]


def _responses(route: Route, schemas: Schemas) -> Json:
    told: Json = {str(status): {"description": words} for status, words in route.gives.items()}
    if route.answers is not None:
        told["200"]["content"] = _json(schemas[route.answers, "serialization"])
    error = {"content": _json(schemas[ErrorAnswer, "serialization"])}
    return {**told, "default": {"description": "refused, and why", **error}}


def _path_parameters(route: Route) -> Iterator[Json]:
    for name in _PART.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(route: Route, parts: Json) -> Iterator[Json]:
    if route.asks is None:
        return
    for name, schema in parts[route.asks.__name__]["properties"].items():
        yield {"name": name, "in": "query", "schema": schema}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _name(route: Route) -> str:
    words = re.findall(r"\w+", route.path) or ["board"]
    return "_".join((route.method.lower(), *words))
