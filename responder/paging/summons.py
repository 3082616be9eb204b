"""Who is called to a run that needs a person: to agree, or to look (pure)."""

from collections.abc import Iterable, Mapping
from typing import Any

from alerts.model import Priority
from playbooks.ports import PageEvent
from responder.paging.escalation import Escalations
from responder.values import Effect, EffectKind, Incident


def called(incident: Incident, escalations: Escalations) -> tuple[str, ...]:
    """Whoever has taken the incident; while nobody has, those who were paged last. An incident that
    would page nobody calls those of the critical ones.
    """
    owner = incident.acknowledged_by
    if owner is not None and escalations.methods.get(owner):
        return (owner,)
    ladder = escalations.ladder(incident) or escalations.critical
    people = ladder.rung(max(0, incident.step - 1)).people if ladder and ladder.rungs else ()
    return reachable(people, escalations) or tuple(
        filter(escalations.methods.get, escalations.methods)
    )


def everyone(incident: Incident, escalations: Escalations) -> tuple[str, ...]:
    """All of the escalation at once, for what can't climb it: nobody would be asked after the
    first.
    """
    ladder = escalations.ladder(incident) or escalations.critical
    rungs = ladder.rungs if ladder else ()
    people = dict.fromkeys(one for rung in rungs for one in rung.people)
    return reachable(people, escalations) or called(incident, escalations)


def of_critical(escalations: Escalations) -> tuple[str, ...]:
    """Everybody who is ever paged about critical trouble."""
    ladder = escalations.by_priority.get(Priority.CRITICAL, escalations.critical)
    rungs = ladder.rungs if ladder else ()
    people = dict.fromkeys(one for rung in rungs for one in rung.people)
    return reachable(people or escalations.methods, escalations)


def reachable(people: Iterable[str], escalations: Escalations) -> tuple[str, ...]:
    """Those of them whom a page can reach at all."""
    return tuple(one for one in people if escalations.methods.get(one))


def summons(
    incident: Incident,
    people: Iterable[str],
    *,
    escalations: Escalations,
    event: PageEvent,
    name: str,
    facts: Mapping[str, Any],
) -> tuple[Effect, ...]:
    """One page to each of them by his first method. `name` tells this call from every other of the
    incident; `facts` go with the page: run, step, why, and what is asked.
    """
    return tuple(
        _page(incident, person, escalations.methods[person][0], event=event, name=name, facts=facts)
        for person in people
        if escalations.methods.get(person)
    )


def _page(
    incident: Incident,
    person: str,
    method: str,
    *,
    event: PageEvent,
    name: str,
    facts: Mapping[str, Any],
) -> Effect:
    payload = {
        "person": person,
        "method": method,
        "place": 0,
        "event": event,
        "step": incident.step,
        "episode": incident.episode,
        **facts,
    }
    key = f"{incident.ref}/{incident.episode}/{name}/{person}/0"
    return Effect(key=key, kind=EffectKind.PAGE, incident=incident.id, payload=payload)
