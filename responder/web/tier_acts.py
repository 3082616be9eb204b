"""The acts of the levels over the API: each verb, its body, and the work behind it."""

from functools import partial
from typing import Final

from responder.desk.closing_rules import Closing
from responder.support import closing, outside, tierwork
from responder.support.outside import Vendor
from responder.support.tierwork import Handback, Transfer
from responder.web import tier_orders as orders
from responder.web.acts import Act
from responder.web.orders import Order
from responder.web.ticket_orders import QueueOrder, StateOrder, TextOrder

TIER_ACTS: Final = (
    Act(
        "reply",
        TextOrder,
        lambda order: partial(closing.reply, text=order.text),
        "Write to the customer; not as level 3",
    ),
    Act(
        "move",
        QueueOrder,
        lambda order: partial(tierwork.move, queue=order.queue, text=order.text),
        "To another queue",
    ),
    Act(
        "state",
        StateOrder,
        lambda order: partial(closing.turn, state=order.state),
        "Where it stands",
    ),
    Act(
        "solve",
        orders.SolveOrder,
        lambda order: partial(closing.solve, closing=Closing(**order.model_dump())),
        "It is solved, and how",
    ),
    Act(
        "transfer",
        orders.TransferOrder,
        lambda order: partial(tierwork.transfer, wish=Transfer(**order.model_dump())),
        "To another desk, with a reason; upwards with impact, urgency, steps and log",
    ),
    Act(
        "release",
        Order,
        lambda _: tierwork.release,
        "Give back what you have",
    ),
    Act(
        "review",
        Order,
        lambda _: tierwork.review,
        "You have read what the level below did",
    ),
    Act(
        "handback",
        orders.HandbackOrder,
        lambda order: partial(tierwork.hand_back, wish=Handback(**order.model_dump())),
        "Back to the level that answers the customer, with comment and solution",
    ),
    Act(
        "answer",
        orders.AnswerOrder,
        lambda order: partial(
            closing.answer,
            text=order.text,
            closing=Closing("answered", article=order.article, override=order.override),
        ),
        "Tell the customer what another level has solved; it is solved with that",
    ),
    Act(
        "candidate",
        orders.CandidateOrder,
        lambda order: partial(closing.nominate, candidate=order.candidate),
        "It is worth an article, or none any more",
    ),
    Act(
        "clarify",
        orders.ClarifyOrder,
        lambda order: partial(outside.clarify, question=order.question, within=order.within),
        "The one question that level 3 may ask the customer, until it is answered or too late",
    ),
    Act(
        "vendor",
        orders.VendorOrder,
        lambda order: partial(
            outside.ask_vendor,
            wish=Vendor(order.vendor, order.reference, order.contact, order.chase_every),
        ),
        "A vendor is asked; somebody is reminded to ask again",
    ),
    Act(
        "vendor-end",
        orders.VendorEndOrder,
        lambda order: partial(outside.end_vendor, case=order.case, text=order.text),
        "What the vendor said",
    ),
    Act(
        "complaint",
        orders.ComplaintOrder,
        lambda order: partial(outside.complain, text=order.text, about=order.about),
        "The customer is not content: to the supervisor, who has an hour",
    ),
)
