"""Replies, time and recovery move orders; what is about nothing of ours is left alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from playbooks.datacentre import orders as life
from playbooks.datacentre.incoming import read_mail
from playbooks.datacentre.order import Order, OrderState
from playbooks.datacentre.replies import Reply
from playbooks.datacentre.site import Site
from playbooks.ports import Receipt
from responder.runs.replies import hear, hear_portal, judge
from responder.store import cursors, orders
from tests.playbooks.datacentre.scene import CALL, a_site, an_order
from tests.responder.room import Room, opened

CURSOR = ("replies/box", "7:1")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return a_site(tmp_path)


@pytest.fixture
def room() -> Iterator[Room]:
    """A company whose web1 is down."""
    with opened() as one:
        one.fires("web1")
        yield one


@pytest.fixture
def order(room: Room, site: Site) -> Order:
    """An order that was sent."""
    sending = life.begun(an_order(site), site, now=room.now).order
    sent = life.taken(sending, Receipt("DC-1"), site, now=room.now).order
    kept: Order = room.look(orders.add, sent)
    return kept


def mail(subject: str, text: str, **headers: str) -> bytes:
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"From: noc@dc.example\r\nSubject: {subject}\r\n{more}\r\n{text}\r\n".encode()


def hears(room: Room, site: Site, raw: bytes, cursor: str = "7:1") -> None:
    room.do(hear, incoming=read_mail(raw), cursor=(CURSOR[0], cursor), sites={"fra1": site})


def state(room: Room, order: Order) -> OrderState:
    kept: Order = room.look(orders.by_key, order.key)
    return kept.state


def calls(room: Room) -> int:
    room.works()
    return sum(one.startswith("needed") for one in room.pages())


def test_a_reply_moves_the_order_and_the_cursor_together(
    room: Room, site: Site, order: Order
) -> None:
    hears(room, site, mail(f"Re: {order.letter.subject}", "A technician is on his way."))
    assert state(room, order) is OrderState.ACKNOWLEDGED
    assert room.look(cursors.read, CURSOR[0]) == "7:1"
    hears(room, site, mail("new subject", f"{order.letter.reference}: done."), "7:2")
    assert state(room, order) is OrderState.DONE
    assert calls(room) == 0


def test_what_is_about_no_order_is_left_alone(room: Room, site: Site, order: Order) -> None:
    hears(room, site, mail("Invoice", "Done."))
    hears(room, site, mail("[RR-ZZZZZZZZ]", "Done."))
    assert state(room, order) is OrderState.SENT
    assert room.look(cursors.read, CURSOR[0]) == "7:1"


def test_a_question_calls_one_person_once(room: Room, site: Site, order: Order) -> None:
    raw = mail(f"Re: {order.letter.subject}", "Which outlet?", **{"Message-ID": "<1@dc>"})
    hears(room, site, raw)
    hears(room, site, raw, "7:2")
    assert (state(room, order), calls(room)) == (OrderState.SENT, 1)
    hears(room, site, mail(f"Re: {order.letter.subject}", "And which rack?"), "7:3")
    assert calls(room) == 2


def test_an_automatic_answer_calls_nobody_and_tells_their_number(
    room: Room, site: Site, order: Order
) -> None:
    raw = mail("[Ticket#4711] received", f"{order.letter.reference} Done.")
    hears(room, site, raw.replace(b"\r\n\r\n", b"\r\nAuto-Submitted: auto-replied\r\n\r\n", 1))
    assert (state(room, order), calls(room)) == (OrderState.SENT, 0)


def test_a_portal_posts_and_is_heard(room: Room, site: Site, order: Order) -> None:
    told: dict[str, Any] = {"sites": {"fra1": site}}
    reply = Reply(reference=order.letter.reference, state="done", text="03:31", ticket="DC-1")
    assert room.do(hear_portal, reply=reply, **told) is not None
    assert state(room, order) is OrderState.DONE
    unknown = Reply(reference="RR-ZZZZZZZZ", state="done")
    assert room.do(hear_portal, reply=unknown, **told) is None


def test_a_machine_that_heals_before_the_answer_makes_us_say_stop(
    room: Room, site: Site, order: Order
) -> None:
    room.do(judge, sites={"fra1": site})
    assert state(room, order) is OrderState.SENT
    room.ends("web1")
    room.do(judge, sites={"fra1": site})
    assert state(room, order) is OrderState.STOPPING
    kept: Order = room.look(orders.by_key, order.key)
    assert kept.stop is not None
    assert kept.stop.subject.startswith(f"[{order.letter.reference}] [P1] STOP")
    assert kept.due_at == room.now
    room.do(judge, sites={"fra1": site})
    assert room.look(orders.by_key, order.key) == kept


def test_what_is_done_is_not_stopped(room: Room, site: Site, order: Order) -> None:
    hears(room, site, mail(f"Re: {order.letter.subject}", "Done."))
    room.ends("web1")
    room.do(judge, sites={"fra1": site})
    assert state(room, order) is OrderState.DONE


def test_what_a_person_ordered_by_telephone_a_person_stops(room: Room, tmp_path: Path) -> None:
    site = a_site(tmp_path, channels=[CALL])
    calling = life.begun(an_order(site), site, now=room.now).order
    order = room.look(orders.add, calling)
    room.ends("web1")
    room.do(judge, sites={"fra1": site})
    assert (state(room, order), calls(room)) == (OrderState.STOPPING, 1)


def test_an_order_of_a_site_that_is_gone_from_the_file_stays(room: Room, order: Order) -> None:
    room.ends("web1")
    room.do(judge, sites={})
    assert state(room, order) is OrderState.SENT


def test_a_reply_comes_late(room: Room, site: Site, order: Order) -> None:
    over = replace(order, state=OrderState.STOPPED, changed_at=room.now, due_at=None)
    assert room.look(orders.move, order, over)
    room.now += timedelta(days=6)
    hears(room, site, mail(f"Re: {order.letter.subject}", "Done."))
    kept: Order = room.look(orders.by_key, order.key)
    assert (kept.state, kept.done_at) == (OrderState.STOPPED, room.now)
    room.now += timedelta(days=8)
    hears(room, site, mail(f"Re: {order.letter.subject}", "Done again."))
    assert room.look(orders.by_key, order.key) == kept
