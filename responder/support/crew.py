"""Whom of us a ticket concerns now: its owner, the people of its level, whoever leads the desk."""

from collections.abc import Collection, Iterable

from alerts.model import Category
from playbooks.plain import one_line
from responder.desk.levels import LEVELS
from responder.desk.section import Desk
from responder.paging.duties import Duties
from responder.paging.escalation import Escalations
from responder.plan import Plan
from responder.store import Tx, records
from responder.values import Effect, EffectKind, TicketRecord


def people_of(called: Escalations, queue: str) -> tuple[str, ...]:
    """The people of a level: of the team (else whoever is on call in the rota) of its name."""
    return reachable(called, called.teams.get(queue, ()))


def skilled(called: Escalations, queue: str, skills: Collection[str]) -> tuple[str, ...]:
    """Those of a level who know a kind of task, where anybody does; else all of it (R44)."""
    everybody = people_of(called, queue)
    return tuple(one for one in everybody if one in skills) or everybody


def leads(called: Escalations, desk: Desk) -> tuple[str, ...]:
    """`desk.lead`, a person or a team; without it the managers."""
    if desk.lead is None:
        return reachable(called, called.managers)
    return reachable(called, called.teams.get(desk.lead, (desk.lead,)))


def working_on(called: Escalations, ticket: TicketRecord) -> tuple[str, ...]:
    """The owner of a ticket when he can be reached, else the people of its level."""
    owner = reachable(called, [ticket.owner or ""])
    return owner or people_of(called, ticket.queue)


def rings(ticket: TicketRecord) -> bool:
    """Is it the ticket of an incident that pages people until somebody answers?"""
    return ticket.channel == "monitoring" and ticket.category is Category.CRITICAL


def levels_of(plan: Plan, person: str) -> tuple[str, ...]:
    """The levels whose team (or rota) this person belongs to, the lowest first."""
    told = plan.escalations
    rotas = told.rotas if isinstance(told, Duties) else {}
    return tuple(
        level
        for level in LEVELS
        if person in told.teams.get(level, ()) or (level in rotas and person in rotas[level].people)
    )


def acts_as(plan: Plan, person: str, queue: str) -> str:
    """As which desk somebody acts on a ticket: as its own one, unless he belongs to levels of which
    it is none; then as the lowest of his.
    """
    levels = levels_of(plan, person)
    return queue if not levels or queue in levels else levels[0]


def reachable(called: Escalations, people: Iterable[str]) -> tuple[str, ...]:
    """Those of them who have any method, each once."""
    return tuple(dict.fromkeys(one for one in people if called.methods.get(one)))


def told(
    tx: Tx, ticket: TicketRecord, people: Iterable[str], *, about: str, subject: str, text: str
) -> list[Effect]:
    """A word to each of these people about a ticket, once for what it is `about`."""
    stem = f"{records.installation(tx)}-t{ticket.id}/{about}"
    return [
        Effect(
            f"{stem}/{person}",
            EffectKind.STAFF_TELL,
            0,
            {"person": person, "subject": subject, "text": text, "ticket": ticket.id},
        )
        for person in dict.fromkeys(people)
    ]


def described(ticket: TicketRecord) -> str:
    """A ticket in a few lines, for whoever is told of it."""
    facts = {
        "Subject": ticket.subject,
        "Queue": ticket.queue,
        "Priority": ticket.priority,
        "State": ticket.state,
        "Owner": ticket.owner or "nobody",
        "Brand": ticket.brand or "",
        "Server": ticket.server or "",
        "Kept in": "" if ticket.system == "desk" else f"{ticket.system} as {ticket.ref}",
    }
    return "\n".join(f"{name}: {one_line(fact)}" for name, fact in facts.items() if fact)
