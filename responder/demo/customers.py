"""What the demo's customers hear: each in his brand's name, nothing of ours."""

import re
from typing import Any

from responder.demo.seeing import until
from responder.demo.stage import Stage, Unexpected
from responder.demo.telling import Teller
from responder.emulators.post_office import Taken

Facts = dict[str, Any]
OWNER = "owner@blue.example"
KIM = "kim@shop.example"
_OURS = re.compile(r"web2|acme|frankfurt|\bana\b|127\.0\.0\.1\d", re.IGNORECASE)


async def they_are_told(stage: Stage, teller: Teller, _: Facts) -> None:
    """By itself, as soon as the trouble has lasted."""
    mail = await until(lambda: _mail(stage, 0), "Blue Web's mail to its customer")
    shown = f"Blue Web writes to {OWNER}, who never hears of Acme or web2: {mail.mail['Subject']}"
    teller.tell("customers_told", shown, brand="blue", to=OWNER, subject=str(mail.mail["Subject"]))


async def one_writes(stage: Stage, teller: Teller, facts: Facts) -> None:
    """Over the form of her brand; her request joins the incident of its server."""
    form = {
        "subject": "Our shop is down!",
        "text": "Nobody can open our shop since a few minutes. Please help.",
        "email": KIM,
        "name": "Kim",
        "domain": facts["domain"],
    }
    told = await stage.ask("POST", f"{stage.customers_url}/forms/blue", body=form)
    ticket = await until(lambda: _joined(stage, facts), "Kim's ticket in the incident")
    facts["request"] = ticket["id"]
    shown = f"Kim writes to Blue Web; ticket {ticket['id']} joins incident {ticket['incident']}"
    teller.tell(
        "request_joined", shown, ticket=ticket["id"], incident=ticket["incident"],
        brand=ticket["brand"], channel=ticket["channel"], category=ticket["category"],
    )  # fmt: skip
    mail = await until(lambda: _mail(stage, 0, to=KIM), "Kim's acknowledgement")
    facts["track"] = _link(mail)
    if told["reference"] not in mail.text:
        raise Unexpected(f"Kim's acknowledgement has no number:\n{mail.text}")
    shown = f"Blue Web answers at once, with a link to follow it: {mail.mail['Subject']}"
    teller.tell("request_acknowledged", shown, to=KIM, subject=str(mail.mail["Subject"]))


async def level_1_answers(stage: Stage, teller: Teller, facts: Facts) -> None:
    """Who solved it hands it back, and level 1 writes to the customer (R35, R41)."""
    path = f"/api/v1/tickets/{facts['request']}"
    solved = {
        "comment": "The host hung; the playbook switched it off and on.",
        "solution": "Power cycle; the shop answers again.",
    }
    await stage.ask("POST", f"{path}/handback", as_="ana", body=solved)
    task = await stage.ask("GET", path, as_="grafana")
    if (task["state"], task["queue"]) != ("answering", "level-1"):
        raise Unexpected(f"ticket {task['id']} is {task['state']} at {task['queue']}")
    shown = f"ana hands ticket {task['id']} back: level 1 owes Kim an answer"
    teller.tell("reply_task", shown, ticket=task["id"], queue=task["queue"], state=task["state"])
    words = "Good news: your shop works again. A machine had to be restarted; nothing is lost."
    await stage.ask("POST", f"{path}/take", as_="mira")
    await stage.ask("POST", f"{path}/answer", as_="mira", body={"text": words, "article": "none"})
    answer = await until(lambda: _mail(stage, 1, to=KIM), "level 1's answer to Kim")
    shown = f"mira of level 1 writes, as Blue Web: {answer.mail['Subject']}"
    teller.tell("customer_answered", shown, to=KIM, subject=str(answer.mail["Subject"]))


async def she_votes(stage: Stage, teller: Teller, facts: Facts) -> None:
    """Behind the link in her mail, where she sees her request and nothing of ours (R30, R85)."""
    mail = await until(lambda: _mail(stage, 2, to=KIM), "the question how the help was")
    seen = str(await stage.ask("GET", facts["track"]))
    if found := _OURS.search(seen):
        raise Unexpected(f'Kim sees "{found[0]}" on her page')
    await stage.ask("POST", _link(mail), body={"score": 5, "comment": "quick!"})
    teller.tell("customer_voted", "Kim says how it was: 5 of 5", ticket=facts["request"], score=5)


async def they_hear_of_the_end(stage: Stage, teller: Teller, _: Facts) -> None:
    """Whoever was told that it is broken is told that it is well."""
    mail = await until(lambda: _mail(stage, 1), "Blue Web's mail that all is well")
    shown = f"Blue Web writes again: {mail.mail['Subject']}"
    teller.tell("customers_told", shown, brand="blue", to=OWNER, subject=str(mail.mail["Subject"]))


async def _joined(stage: Stage, facts: Facts) -> Any:
    """The customer's ticket, as soon as it belongs to the incident."""
    listed = (await stage.ask("GET", "/api/v1/tickets", as_="grafana"))["tickets"]
    ours = (one for one in listed if one["channel"] == "form")
    return next((one for one in ours if one["incident"] == facts["incident"]), None)


def _link(mail: Taken) -> str:
    """The address in it at which the request is followed."""
    found = re.search(r"https?://\S+/s/\S+", mail.text)
    if found is None:
        raise Unexpected(f"no link to follow it:\n{mail.text}")
    return found[0]


async def _mail(stage: Stage, number: int, *, to: str = OWNER) -> Taken | None:
    """One mail that the customer got. Raises Unexpected when he reads what is not his business."""
    mails = stage.post.to(to)[number:]
    if not mails:
        return None
    whole = f"{mails[0].mail}\n{mails[0].text}"
    if found := _OURS.search(whole):
        raise Unexpected(f'a customer of Blue Web reads "{found[0]}":\n{whole}')
    return mails[0]
