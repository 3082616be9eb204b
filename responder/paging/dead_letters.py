"""Who is paged when something could not be done outside, once for each hour and place (pure)."""

from dataclasses import replace

from alerts.model import Priority
from playbooks.ports import PageEvent
from responder.paging.escalation import Escalations, page
from responder.values import Effect, Incident


def alarms(incident: Incident, escalations: Escalations, *, stem: str, reason: str) -> list[Effect]:
    """A page to each of the first ones who would be paged about something critical."""
    ladder = escalations.by_priority.get(Priority.CRITICAL, escalations.critical)
    people = ladder.rungs[0].people if ladder and ladder.rungs else ()
    reached = [escalations.reach(one) for one in people if escalations.methods.get(one)]
    pages = [page(incident, to, event=PageEvent.DEAD_LETTER) for to in reached]
    return [
        replace(one, key=f"{stem}/{to.person}/{to.place}", payload={**one.payload, "why": reason})
        for one, to in zip(pages, reached, strict=True)
    ]
