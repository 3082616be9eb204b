"""Is the share of incidents that were known before a customer wrote what a person counts?"""

from datetime import timedelta

from sqlalchemy import Connection

from responder.store import incidents, kpis, tickets
from responder.store.standing import Share, standing
from responder.values import Figure
from tests.responder.desk.tickets import ticket
from tests.store.samples import MINUTE, NOW, incident


def figure(number: int, name: str, *, days: int = 0) -> Figure:
    at = NOW - timedelta(days=days)
    return Figure(f"ticket:{number}", name, 0, "high", "level-1", "person", at)


def test_r83_the_share_of_closes_with_an_article_is_what_a_person_counts(tx: Connection) -> None:
    """Of three closes in 30 days two had one; the fourth is older."""
    kpis.count(tx, [figure(number, "kb_linked/yes", days=5) for number in (1, 2)])
    kpis.count(tx, [figure(3, "kb_linked/no"), figure(4, "kb_linked/no", days=31)])
    assert standing(tx, now=NOW).linked == Share(2, 3)


def told(tx: Connection, number: int, *, incident_: int, channel: str, at: float = 0) -> None:
    """A ticket about this incident, so many minutes after the incident began."""
    tickets.add(
        tx,
        ticket(
            id=number, key=f"k{number}", ref=str(number), incident=incident_, channel=channel,
            opened_at=NOW + at * MINUTE,
        ),
    )  # fmt: skip


def test_an_incident_counts_for_us_unless_a_customer_wrote_before_it(tx: Connection) -> None:
    """R70: of four incidents with a ticket three were known first."""
    incidents.add(tx, [incident(number) for number in (1, 2, 3, 4, 5)])
    told(tx, 1, incident_=1, channel="monitoring")
    told(tx, 2, incident_=2, channel="monitoring")
    told(tx, 3, incident_=2, channel="email", at=7)
    told(tx, 4, incident_=3, channel="monitoring", at=1)
    told(tx, 5, incident_=3, channel="phone", at=-3)
    told(tx, 6, incident_=4, channel="chat", at=0)
    assert standing(tx, now=NOW).first == Share(3, 4)


def test_old_incidents_and_drills_do_not_count(tx: Connection) -> None:
    incidents.add(tx, [incident(1), incident(2, drill=True)])
    told(tx, 1, incident_=1, channel="monitoring")
    told(tx, 2, incident_=2, channel="monitoring")
    assert standing(tx, now=NOW).first == Share(1, 1)
    assert standing(tx, now=NOW + timedelta(days=31)).first == Share(0, 0)
