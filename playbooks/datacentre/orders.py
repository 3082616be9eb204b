"""The life of an order: sent once, answered or chased, taken back when the machine heals (pure)."""

from dataclasses import replace
from datetime import datetime, timedelta

from playbooks.datacentre.by_call import Outcome
from playbooks.datacentre.message import Letter
from playbooks.datacentre.order import THEIRS, Order, OrderState, Step, Want
from playbooks.datacentre.replies import Answer, Heard
from playbooks.datacentre.site import Site
from playbooks.outside import OutsideError
from playbooks.ports import Receipt

RETRY = timedelta(seconds=30)
LOST = timedelta(minutes=5)
"""No channel takes that long: whoever was sending is gone."""
_TRIES = 3
_STOP_TRIES = 5
_MOST_SEEN = 100


def begun(order: Order, site: Site, *, now: datetime) -> Step:
    """It is about to be sent; store this before it is. Without a channel a person rings."""
    if order.state is not OrderState.COMPOSED:
        return Step(order)
    if site.carrier(order.channel) is None:
        return _calling(order, site, "it goes by telephone", now=now)
    kind = site.channels[order.channel].kind
    sending = _moved(order, OrderState.SENDING, f"being sent by {kind}", now=now, due=now + LOST)
    return Step(sending, "", (Want.SEND,))


def taken(order: Order, receipt: Receipt, site: Site, *, now: datetime) -> Step:
    """A channel has taken it: from here on only people and time move it."""
    if order.state is not OrderState.SENDING:
        return Step(order)
    kind = site.channels[order.channel].kind
    words = f"sent by {kind}: {receipt.reference} {receipt.detail}".strip()
    sent = _moved(order, OrderState.SENT, words, now=now, due=now + site.sla.ack_within)
    theirs = "" if receipt.reference.startswith("<") else receipt.reference  # a Message-ID is ours
    return Step(_timed(replace(sent, sent_at=now, ticket=theirs), site, now=now), words)


def not_taken(order: Order, error: OutsideError, site: Site, *, now: datetime) -> Step:
    """A channel said no, or nothing. Only after a sure no it goes out again, or over the next."""
    if order.state is not OrderState.SENDING:
        return Step(order)
    if error.ambiguous:
        return lost(order, str(error), now=now)
    if error.transient and order.tries + 1 < _TRIES:
        pause = timedelta(seconds=min(error.retry_after or 0.0, 120.0))
        later = now + max(RETRY, pause)
        again = _moved(order, OrderState.COMPOSED, str(error), now=now, due=later)
        return Step(replace(again, tries=order.tries + 1), f"not sent: {error}")
    following = replace(order, channel=order.channel + 1, tries=0)
    if site.carrier(following.channel) is None:
        return _calling(following, site, f"no channel took it: {error}", now=now)
    composed = _moved(following, OrderState.COMPOSED, str(error), now=now, due=now)
    return Step(composed, f"not sent: {error}")


def lost(order: Order, why: str, *, now: datetime) -> Step:
    """It may have been sent: nothing sends it again, a person asks them."""
    if order.state is not OrderState.SENDING:
        return Step(order)
    words = f"nobody knows whether they have it: {why}"
    unknown = _moved(order, OrderState.UNKNOWN, words, now=now, due=None)
    return Step(replace(unknown, called=True), words, (Want.CALL,))


def heard(order: Order, reply: Heard, site: Site, *, now: datetime) -> Step:
    """They have written. What is not clear goes to a person and moves nothing."""
    if reply.id in order.seen:
        return Step(order)
    seen = (*order.seen, reply.id)[-_MOST_SEEN:]
    known = replace(order, seen=seen, ticket=order.ticket or reply.ticket, changed_at=now)
    words = f"they wrote ({reply.answer}): {reply.words}"
    if reply.answer is Answer.RECEIPT:
        return Step(known, words)
    if reply.answer in (Answer.QUESTION, Answer.UNCLEAR) or order.state not in THEIRS:
        if reply.answer is Answer.DONE:
            known = replace(known, done_at=order.done_at or now)
        return Step(replace(known, why=words), words, (Want.READ,))
    return _answered(known, reply.answer, words, site, now=now)


def told(order: Order, outcome: Outcome, words: str, site: Site, *, now: datetime) -> Step:
    """A person has rung them and says how it ended; `words`: who spoke to whom, what was said."""
    line = f"by telephone, {outcome}: {words}"
    if outcome is Outcome.NOT_REACHED:
        wants = () if order.raised or not order.open else (Want.SUPERVISOR,)
        return Step(replace(order, raised=True, why=line, changed_at=now), line, wants)
    if outcome is Outcome.STOPPED and order.open:
        stopped = _moved(order, OrderState.STOPPED, line, now=now, due=None)
        return Step(replace(stopped, stopped_at=now), line)
    if order.state not in THEIRS:
        return Step(replace(order, why=line, changed_at=now), line)
    order = replace(order, sent_at=order.sent_at or now)
    answers = {Outcome.ORDERED: Answer.ACKNOWLEDGED, Outcome.DONE: Answer.DONE}
    return _answered(order, answers.get(outcome, Answer.REFUSED), line, site, now=now)


def ticked(order: Order, site: Site, *, now: datetime) -> Step:
    """What time alone makes of it."""
    if order.due_at is None or now < order.due_at:
        return Step(order)
    match order.state:
        case OrderState.SENDING:
            return lost(order, "whoever was sending it is gone", now=now)
        case OrderState.SENT if not order.called:
            words = "they have not answered in time"
            late = replace(order, called=True, why=words, changed_at=now, due_at=order.done_by)
            return Step(late, words, (Want.CALL,))
        case OrderState.SENT | OrderState.ACKNOWLEDGED | OrderState.CALLING:
            words = "it is not done in time"
            late = replace(order, raised=True, why=words, changed_at=now, due_at=None)
            return Step(late, words, () if order.raised else (Want.SUPERVISOR,))
        case OrderState.STOPPING:
            return Step(replace(order, due_at=now + LOST, changed_at=now), "", (Want.STOP,))
    return Step(order)


def healed(order: Order, stop: Letter, site: Site, *, now: datetime) -> Step:
    """The machine answers again: whoever may have the order must not touch it any more."""
    if order.state is OrderState.COMPOSED:
        words = "the machine has healed, and nothing was sent"
        stopped = _moved(order, OrderState.STOPPED, words, now=now, due=None)
        return Step(replace(stopped, stopped_at=now), words)
    if order.state not in THEIRS:
        return Step(order)
    words = "the machine has healed: they are told to stop"
    stopping = replace(
        _moved(order, OrderState.STOPPING, words, now=now, due=now), stop=stop, tries=0
    )
    if order.state is OrderState.CALLING or site.carrier(order.channel) is None:
        return Step(replace(stopping, due_at=None), words, (Want.CALL_STOP,))
    return Step(stopping, words)


def stop_taken(order: Order, receipt: Receipt, *, now: datetime) -> Step:
    """They have been told."""
    if order.state is not OrderState.STOPPING:
        return Step(order)
    words = f'"please stop" was sent: {receipt.reference} {receipt.detail}'.strip()
    stopped = _moved(order, OrderState.STOPPED, words, now=now, due=None)
    return Step(replace(stopped, stopped_at=now), words)


def stop_not_taken(order: Order, error: OutsideError, *, now: datetime) -> Step:
    """Saying "stop" twice does no harm, so that an unsure one is said again."""
    if order.state is not OrderState.STOPPING:
        return Step(order)
    words = f'"please stop" was not sent: {error}'
    tries = order.tries + 1
    if (error.transient or error.ambiguous) and tries < _STOP_TRIES:
        later = replace(order, tries=tries, why=words, changed_at=now, due_at=now + RETRY)
        return Step(later, words)
    by_hand = replace(order, tries=tries, called=True, why=words, changed_at=now, due_at=None)
    return Step(by_hand, words, (Want.CALL_STOP,))


def _answered(order: Order, answer: Answer, words: str, site: Site, *, now: datetime) -> Step:
    match answer:
        case Answer.ACKNOWLEDGED:
            done_by = order.done_by or now + site.sla.done_within
            due = None if order.raised else done_by
            known = _moved(order, OrderState.ACKNOWLEDGED, words, now=now, due=due)
            return Step(replace(known, acked_at=order.acked_at or now, done_by=done_by), words)
        case Answer.DONE:
            done = _moved(order, OrderState.DONE, words, now=now, due=None)
            return Step(replace(done, done_at=now), words)
        case Answer.REFUSED:
            no = _moved(order, OrderState.REFUSED, words, now=now, due=None)
            return Step(no, words, (Want.READ,))
    # it came back: it was never there, and only a person may order again
    return _calling(order, site, words, now=now)


def _calling(order: Order, site: Site, words: str, *, now: datetime) -> Step:
    calling = _moved(order, OrderState.CALLING, words, now=now, due=now + site.sla.done_within)
    return Step(_timed(replace(calling, called=True), site, now=now), words, (Want.CALL,))


def _timed(order: Order, site: Site, *, now: datetime) -> Order:
    sla = site.sla
    return replace(order, ack_by=now + sla.ack_within, done_by=now + sla.done_within)


def _moved(
    order: Order, state: OrderState, words: str, *, now: datetime, due: datetime | None
) -> Order:
    return replace(order, state=state, why=words, changed_at=now, due_at=due)
