"""Other responders, asked how a target looks from where they stand."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
import structlog

from playbooks.client import call
from playbooks.outside import OutsideError
from probes.look import seconds_of
from probes.model import Look, Verdict
from responder.probing.section import Vantage
from responder.secrets import SecretUnreadable

log = structlog.get_logger(__name__)

MARGIN = 2.0  # seconds for the way there and back


async def ask(
    session: aiohttp.ClientSession, vantages: Mapping[str, Vantage], look: Look
) -> dict[str, Verdict]:
    """What each of them sees now; UNKNOWN of one that can't be asked, or does not know the module.

    They answer as blackbox_exporter does, so that one of those may stand there as well.
    """
    asked = (_verdict(session, name, one, look) for name, one in vantages.items())
    return dict(zip(vantages, await asyncio.gather(*asked), strict=True))


async def _verdict(
    session: aiohttp.ClientSession, name: str, vantage: Vantage, look: Look
) -> Verdict:
    wanted = {"target": look.target.address, "module": look.module}
    if look.target.hostname:
        wanted["hostname"] = look.target.hostname
    within = seconds_of(look.probe)
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": f"{within + 0.5:g}"}
    try:
        if vantage.token_file is not None:
            headers["Authorization"] = f"Bearer {vantage.token_file.reveal()}"
        url = f"{vantage.url.rstrip('/')}/probe?{urlencode(wanted)}"
        answer = await call(
            session, "GET", url, what=f"vantage {name}", headers=headers, within=within + MARGIN
        )
    except (OutsideError, SecretUnreadable) as error:
        log.warning("vantage_silent", vantage=name, reason=str(error))
        return Verdict.UNKNOWN
    return _read(answer.body) if answer.status == 200 else Verdict.UNKNOWN


def _read(page: bytes) -> Verdict:
    lines = page.splitlines()
    if b"probe_success 1" in lines:
        return Verdict.UP
    return Verdict.DOWN if b"probe_success 0" in lines else Verdict.UNKNOWN
