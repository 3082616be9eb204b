"""The life of an incident: open, acknowledged, mitigated, resolved, closed (pure)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.classify import Verdict
from alerts.flapping import remember
from alerts.model import DAEMON, Actor, Category, Priority
from responder.steps import (
    Opening,
    Rules,
    Step,
    Want,
    announced,
    judged_stability,
    more,
    named_by,
    raised,
    returned_soon,
    unanswered,
)
from responder.values import NOT_WELL, AlertEnd, Entry, Incident, IncidentState


def opened(
    opening: Opening,
    *,
    rules: Rules,
    muted_by: tuple[str, ...],
    now: datetime,
    told: Mapping[str, Any] | None = None,
    actor: Actor = DAEMON,
    words: str = "",
) -> Step:
    """A new incident. Its messages go out at once unless it is muted."""
    verdict = opening.verdict
    incident = Incident(
        id=opening.id,
        ref=opening.ref,
        key=opening.key,
        title=opening.title,
        category=verdict.category,
        priority=verdict.priority,
        state=IncidentState.OPEN,
        rule=verdict.rule,
        opened_at=now,
        changed_at=now,
        server=opening.server,
        brand=opening.brand,
        drill=opening.drill,
        firing=opening.firing,
        muted_by=muted_by,
        changes=remember((), now) if opening.firing else (),
    )
    data: dict[str, Any] = {
        "key": incident.key,
        "category": verdict.category,
        "priority": verdict.priority,
        "rule": verdict.rule,
        **(told or {}),
    }
    if muted_by:
        data["muted_by"] = list(muted_by)
    return announced(Step(incident, (Entry("opened", actor, data, words),)), rules=rules, now=now)


def fired(
    incident: Incident,
    verdict: Verdict,
    *,
    told: Mapping[str, Any],
    rules: Rules,
    now: datetime,
    paged: bool = True,
    title: str = "",
    anew: bool = False,
) -> Step:
    """One more alert of this incident began to fire. `paged`: has anybody been written to about
    this episode, or is about to be? `title`: what it says; the worst names the incident. `anew`:
    whoever has answered, answered to something that was over for long.
    """
    step = Step(
        replace(
            incident,
            firing=incident.firing + 1,
            changed_at=now,
            changes=remember(incident.changes, now),
        ),
        (Entry("alert_fired", DAEMON, told),),
    )
    step = judged_stability(step, rules=rules, now=now)
    if _is_watched(incident, rules=rules, now=now) and (paged or not incident.step):
        step = returned_soon(step, rules=rules, now=now)
    elif incident.state not in NOT_WELL or anew:
        step = replace(step, incident=named_by(step.incident, verdict, title=title))
        step = reopened(step, rules=rules, now=now, actor=DAEMON)
    return raised(step, verdict, rules=rules, now=now, title=title)


def ended(
    incident: Incident,
    how: AlertEnd,
    *,
    told: Mapping[str, Any],
    rules: Rules,
    now: datetime,
    parts_down: int = 0,
) -> Step:
    """One alert of this incident ended; the last one to end mitigates it."""
    changed = replace(
        incident,
        firing=max(0, incident.firing - 1),
        changed_at=now,
        changes=remember(incident.changes, now),
    )
    step = Step(changed, (Entry("alert_ended", DAEMON, {**told, "how": how}),))
    return settled(judged_stability(step, rules=rules, now=now), now=now, parts_down=parts_down)


def settled(step: Step, *, now: datetime, parts_down: int) -> Step:
    """Mitigated, when nothing of it fires any more and nothing holds it open."""
    incident = step.incident
    busy = incident.firing or parts_down or incident.held or incident.unstable
    if busy or incident.state not in NOT_WELL:
        return step
    well = replace(
        incident, state=IncidentState.MITIGATED, recovered_at=now, changed_at=now, page_at=None
    )
    return more(step, well, Entry("mitigated", DAEMON), Want.RECOVERED)


def acknowledged(
    incident: Incident, actor: Actor, *, words: str = "", via: str = "", now: datetime
) -> Step:
    """A person has taken it. The first one counts; a second acknowledgement changes nothing."""
    if incident.state is not IncidentState.OPEN:
        return Step(incident)
    taken = replace(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=now,
        acknowledged_by=actor.name,
        changed_at=now,
        page_at=None,
    )
    return Step(
        taken,
        (Entry("acknowledged", actor, {"via": via} if via else {}, words),),
        (Want.ACKNOWLEDGED,),
    )


def resolved(incident: Incident, actor: Actor, *, words: str = "", now: datetime) -> Step:
    """A person, or the watch after recovery, has ended it."""
    if not incident.active:
        return Step(incident)
    done = replace(
        incident,
        state=IncidentState.RESOLVED,
        recovered_at=incident.recovered_at or now,
        resolved_at=now,
        changed_at=now,
        page_at=None,
        held="",
    )
    wants = (Want.SOLVE,) if incident.recovered_at else (Want.RECOVERED, Want.SOLVE)
    overruled = {"still_firing": incident.firing} if incident.firing else {}
    return Step(done, (Entry("resolved", actor, overruled, words),), wants)


def reopened(step: Step, *, rules: Rules, now: datetime, actor: Actor) -> Step:
    """A return after the watch: a new episode of the same incident, with pages of its own."""
    incident = replace(
        step.incident,
        state=IncidentState.OPEN,
        episode=step.incident.episode + 1,
        step=0,
        page_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        recovered_at=None,
        resolved_at=None,
        changed_at=now,
    )
    again = more(step, incident, Entry("reopened", actor, {"episode": incident.episode}))
    return announced(again, rules=rules, now=now)


def noted(incident: Incident, actor: Actor, *, words: str, now: datetime) -> Step:
    """Somebody wrote something down; it goes to the ticket as well."""
    return Step(replace(incident, changed_at=now), (Entry("note", actor, {}, words),))


def snoozed(
    incident: Incident, actor: Actor, *, rules: Rules, until: datetime, words: str, now: datetime
) -> Step:
    """Pages wait until then; the incident stays what it is."""
    if not incident.active:
        return Step(incident)
    open_ = incident.state is IncidentState.OPEN and rules.pages(incident)
    taken = incident.state is IncidentState.ACKNOWLEDGED and incident.priority in rules.progress
    waits = open_ or taken
    later = replace(incident, page_at=until if waits else None, changed_at=now)
    return Step(later, (Entry("snoozed", actor, {"until": until.isoformat()}, words),))


def escalated(incident: Incident, actor: Actor, *, words: str, now: datetime) -> Step:
    """A person wants more people at once: critical from now on, and the next round of pages goes
    out.
    """
    if not incident.active:
        return Step(incident)
    critical = incident.category is Category.CRITICAL
    urgent = replace(
        unanswered(incident),
        category=Category.CRITICAL,
        priority=Priority.CRITICAL,
        rule=incident.rule if critical else "raised by a person",
        ticketed=True,
        recovered_at=None,
        page_at=now,
        changed_at=now,
    )
    wants = () if incident.ticketed else (Want.TICKET,)
    return Step(urgent, (Entry("escalated", actor, {}, words),), wants)


def adopted(incident: Incident, *, whole: Incident, reason: str, now: datetime) -> Step:
    """It became a part of a greater trouble: that one pages from now on, this one is quiet."""
    if incident.parent == whole.id:
        return Step(incident)
    quiet = replace(
        incident,
        parent=whole.id,
        muted_by=(*incident.muted_by, reason),
        changed_at=now,
    )
    return Step(quiet, (Entry("joined", DAEMON, {"incident": whole.id, "why": reason}),))


def muted(
    incident: Incident,
    *,
    rules: Rules,
    reasons: tuple[str, ...],
    now: datetime,
    paged: bool = True,
) -> Step:
    """What mutes it has changed. When nothing does any more and it is not well, its messages go out
    now, and paging goes on where it stood. `paged`: has anybody been written to about this episode?
    """
    if reasons == incident.muted_by:
        return Step(incident)
    changed = replace(incident, muted_by=reasons, changed_at=now)
    if reasons:
        return Step(changed, (Entry("muted", DAEMON, {"muted_by": list(reasons)}),))
    free = replace(changed, parent=None, page_at=incident.page_at if paged else None)
    entry = Entry("unmuted", DAEMON, {"was": list(incident.muted_by)})
    return announced(Step(free, (entry,)), rules=rules, now=now)


def ticked(incident: Incident, *, rules: Rules, now: datetime, parts_down: int = 0) -> Step:
    """What time alone changes: flapping ends, the watch ends, a resolved incident is closed."""
    if incident.unstable:
        step = judged_stability(Step(incident), rules=rules, now=now)
        return _calmed(step, now=now, parts_down=parts_down) if step.entries else step
    if incident.state is IncidentState.MITIGATED and not _is_watched(
        incident, rules=rules, now=now
    ):
        return resolved(incident, DAEMON, now=now)
    over = incident.resolved_at if incident.state is IncidentState.RESOLVED else None
    if over and not incident.firing and now - over >= rules.alerts.reopen:
        closed = replace(incident, state=IncidentState.CLOSED, closed_at=now, changed_at=now)
        return Step(closed, (Entry("closed", DAEMON),))
    return Step(incident)


def _calmed(step: Step, *, now: datetime, parts_down: int) -> Step:
    """It changes no more: well, or down for good, and then nobody waits for the next slow round.
    What somebody has taken has no rounds: its `page_at` is when it lapses.
    """
    step = settled(step, now=now, parts_down=parts_down)
    if step.incident.page_at is None or step.incident.state is not IncidentState.OPEN:
        return step
    return replace(step, incident=replace(step.incident, page_at=min(step.incident.page_at, now)))


def _is_watched(incident: Incident, *, rules: Rules, now: datetime) -> bool:
    """Well, but not yet for as long as `alerts.watch`."""
    if incident.state is not IncidentState.MITIGATED or incident.recovered_at is None:
        return False
    return now - incident.recovered_at < rules.alerts.watch
