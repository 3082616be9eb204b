"""A short shift at the desk: what happens to a responder before its figures are looked at."""

from typing import Any

from tests.real.smtp import Mailbox
from tests.stories.stage import AGENT, FILE, RESPONDER, Stage, firing

# A vote is shown by brand.
BRANDS = "brands: {acme: {title: Acme Hosting}}"
# Runs are shown by playbook, power actions by driver; nobody is asked here.
MORE = f"{BRANDS}\nplaybooks: {{shipped: [host-down]}}"
_POWER = "{{driver: ipmi, address: 127.0.0.1, user: u, password_file: secrets/viewer, serial: S}}"
POWERED = FILE.replace("address: 127.0.0.2", f"address: 127.0.0.2, power: {_POWER}")


async def live(stage: Stage, mailbox: Mailbox) -> None:
    """web1 dies, is answered for, and comes back; a customer is helped, and says so."""
    assert await stage.send(firing()) == 200
    await mailbox.wait_for(1)
    (incident,) = (await got(stage, "/api/v1/incidents"))["incidents"]
    await done(stage, f"/api/v1/incidents/{incident['id']}/ack", {"note": "I look"})
    assert await stage.send(firing(status="resolved")) == 200
    await mailbox.wait_for(2)
    ticket = await done(stage, "/api/v1/tickets", REQUEST, token=AGENT)
    desk = f"/api/v1/tickets/{ticket['id']}"
    await done(stage, f"{desk}/take", {}, token=AGENT)
    await done(stage, f"{desk}/transfer", UP, token=AGENT)
    await done(stage, f"{desk}/reply", {"text": "Your mailbox was full."}, token=AGENT)
    await done(stage, f"{desk}/solve", {"text": "It has more room now."}, token=AGENT)
    await done(stage, f"{desk}/vote", {"score": 5, "comment": "quick"}, token=AGENT)


UP = {
    "to": "level-2",
    "reason": "needs_root",
    "impact": "low",
    "urgency": "low",
    "steps": ["looked at the quota"],
    "log": "the mailbox is full",
}
REQUEST = {
    "subject": "No mail since this morning",
    "text": "Nothing arrives.",
    "channel": "phone",
    "brand": "acme",
    "on_behalf_of": "carol@customer.example",
}


async def got(stage: Stage, path: str) -> Any:
    """What the API answers to a question."""
    status, answer = await stage.ask("GET", path)
    assert status == 200, answer
    return answer


async def done(stage: Stage, path: str, body: object, *, token: str = RESPONDER) -> Any:
    """What the API answers to an act."""
    status, answer = await stage.ask("POST", path, body=body, token=token)
    assert status in (200, 201), answer
    return answer
