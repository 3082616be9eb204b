"""Everything that is looked at, as targets that Prometheus may take for its own (http_sd)."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping

from aiohttp import web

from probes.model import Look
from responder.web.route import Access, Asked, Route, said
from responder.world import World

_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")  # one that is none, and the whole list is lost


class DiscoveryDoor:
    """https://prometheus.io/docs/prometheus/latest/http_sd/: always the whole list."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """For the job `responder-probe` of deploy/prometheus/probes.yml."""
        summary = "What is looked at, as targets for /probe (Prometheus' http_sd)"
        return [
            Route(
                "GET", "/api/v1/sd", self.targets, Access.VIEWER, summary,
                gives={200: "[{targets, labels}]"},
            )
        ]  # fmt: skip

    async def targets(self, _: Asked) -> web.Response:
        looks = self._world.eyes.looks()
        # Ten thousand of them take longer than the loop can be spared.
        return said(await asyncio.to_thread(listed, looks))


def listed(looks: Iterable[Look]) -> str:
    """JSON: one group for each look that /probe can repeat. Looks at a panel need its credentials,
    which no scrape has: their series stand on /metrics alone.
    """
    return json.dumps([_group(look) for look in looks if look.target.panel is None])


def _group(look: Look) -> Mapping[str, object]:
    target = look.target
    asked = {
        "__param_module": look.module,
        "__param_target": target.address,
        "__param_hostname": target.hostname,
    }
    told = {name: text for name, text in target.labels.items() if _LABEL.fullmatch(name)}
    shown = {**told, "module": look.module, "instance": target.address}
    labels = {name: text for name, text in {**shown, **asked}.items() if text}
    return {"targets": [target.address], "labels": labels}
