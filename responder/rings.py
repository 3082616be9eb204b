"""Whom the incidents of one transaction ring: rounds of pages, and news to who was paged."""

from datetime import datetime
from functools import cached_property

from alerts.model import DAEMON
from playbooks.ports import PageEvent
from responder.duty import on_duty
from responder.paging.escalation import Escalations, climbed, told_again
from responder.plan import Plan
from responder.steps import Step, Want
from responder.store import Tx, pages
from responder.values import Effect, Entry, Incident, IncidentState, Reached

_NEWS = {Want.RECOVERED: PageEvent.RECOVERED, Want.ACKNOWLEDGED: PageEvent.ACKNOWLEDGED}
# Where an alarm of their own keeps ringing until it is told; elsewhere nobody needs to hear of it.
_HEAR_OF_ANSWERS = ("pagerduty", "goalert")


class Rings:
    """Made with its board, and as short-lived."""

    def __init__(self, tx: Tx, plan: Plan, *, now: datetime) -> None:
        self._tx, self._plan, self._now = tx, plan, now

    @cached_property
    def escalations(self) -> Escalations:
        """Who is called now."""
        return on_duty(self._tx, self._plan, now=self._now)

    def round(self, step: Step) -> tuple[Incident, tuple[Entry, ...], tuple[Effect, ...]]:
        """The incident after its round of pages, if one is due; what to note, and the pages."""
        incident = step.incident
        due = incident.page_at is not None and incident.page_at <= self._now
        if not due or incident.muted_by or incident.state is not IncidentState.OPEN:
            return incident, (), ()
        lapsed = any(entry.kind == "lapsed" for entry in step.entries)
        higher, calls = climbed(
            incident, escalations=self.escalations, now=self._now, lapsed=lapsed
        )
        people = [call.payload["person"] for call in calls]
        told = {"step": incident.step, "people": people}
        return higher, (Entry("paged", DAEMON, told),) if people else (), calls

    def news(self, incident: Incident, want: Want) -> tuple[Effect, ...]:
        """To everybody who was paged in this episode, over the way that reached him."""
        if want not in _NEWS or not incident.step:
            return ()
        alarmed = pages.alarmed(self._tx, incident.id, episode=incident.episode)
        hear = [one for one in alarmed if _hears(one, want)]
        return told_again(incident, hear, event=_NEWS[want])

    def begun(self, incident: Incident) -> bool:
        """Has anybody been written to about this episode, or is about to be?"""
        return bool(incident.step) and pages.begun(self._tx, incident.id, episode=incident.episode)


def _hears(one: Reached, want: Want) -> bool:
    return want is not Want.ACKNOWLEDGED or one.method in _HEAR_OF_ANSWERS
