"""Does every documented route answer as it is documented?"""

import re
from collections.abc import Iterator
from typing import Any

from responder.web.openapi import described
from responder.web.route import Access
from responder.web.routes import all_routes
from tests.stories.stage import ADMIN, TOKEN, Stage, firing

# Paths whose errors are told in Alertmanager's, Prometheus' or blackbox's words, or on a page.
PLAIN = (
    "/api/v2",
    "/-/",
    "/a/",
    "/r/",
    "/t/",
    "/callbacks/{token}",
    "/calendar/",
    "/probe",
    "/looks",
    "/runs",
)

# What to send where an empty body does not do.
SILENCE = {
    "matchers": [{"name": "a", "value": "b", "isRegex": False}],
    "startsAt": "2026-11-22T03:00:00Z",
    "endsAt": "2026-11-22T04:00:00Z",
    "createdBy": "dana",
    "comment": "reboot",
}
TURN = {"person": "ana", "at": "2026-11-22T04:00:00Z"}
BODIES: dict[str, Any] = {
    "/api/v1/alertmanager": firing(),
    "/api/v2/alerts": firing("elsewhere")["alerts"],
    "/api/v2/silences": SILENCE,
    "/api/v1/incidents": {"title": "smoke"},
    "/api/v1/incidents/{id}/note": {"note": "hello"},
    "/api/v1/incidents/{id}/snooze": {"for": "30m"},
    "/api/v1/incidents/{id}/handover": {"to": "ana"},
    "/api/v1/incidents/{id}/merge": {"into": "2"},
    "/api/v1/maintenance": {"scope": "server:web1", "for": "1h"},
    "/api/v1/oncall/overrides": {"rota": "rr", "person": "ana", "for": "1h"},
    "/api/v1/oncall/swaps": {"rota": "rr", "one": TURN, "other": {**TURN, "person": "boris"}},
    "/api/v1/oncall/test": {"person": "nobody"},
}


def refs(part: Any) -> Iterator[str]:
    """Every reference in a document."""
    if isinstance(part, dict):
        yield from ([part["$ref"]] if "$ref" in part else [])
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from refs(one)


async def document(stage: Stage) -> Any:
    status, told = await stage.ask("GET", "/openapi.json", token="")
    assert status == 200
    return told


async def test_the_document_describes_every_route_and_every_reference_is_there(
    stage: Stage,
) -> None:
    told = await document(stage)
    routes = all_routes(stage.daemon.world, stage.daemon.reload)
    there = {(method.upper(), path) for path, one in told["paths"].items() for method in one}
    assert there == {(route.method, route.path) for route in routes}
    assert told["openapi"] == "3.1.0"
    parts = {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}
    assert set(refs(told)) <= parts
    names = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
    assert described([], version="1")["paths"] == {}


async def test_every_body_is_closed_and_every_route_says_what_it_does(stage: Stage) -> None:
    told = await document(stage)
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            assert one["summary"], (method, path)
            assert {part["name"] for part in one.get("parameters", []) if part["in"] == "path"} == {
                *re.findall(r"{(\w+)}", path)
            }
    schemas = told["components"]["schemas"]
    orders = {name: one for name, one in schemas.items() if name.endswith("Order")}
    assert len(orders) >= 8
    assert {one["additionalProperties"] for one in orders.values()} == {False}


async def test_every_route_answers_as_documented(stage: Stage) -> None:
    told = await document(stage)
    await stage.send(firing())
    await stage.send(firing("another"))
    for route in all_routes(stage.daemon.world, stage.daemon.reload):
        sender = route.access is Access.SENDER
        body = BODIES.get(route.path) if route.method in ("POST", "PUT") else None
        status, answer = await stage.ask(
            route.method,
            re.sub(r"{\w+}", "1", route.path),
            token=TOKEN if sender else ADMIN,
            body=body,
        )
        documented = told["paths"][route.path][route.method.lower()]["responses"]
        assert str(status) in documented or status in (503, 409), (route, status, answer)
        if status == 200 and route.answers is not None:
            route.answers.model_validate(answer)
        if status >= 400 and not route.path.startswith(PLAIN) and answer:
            assert set(answer) == {"error"}
