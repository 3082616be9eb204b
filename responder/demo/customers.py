"""What the demo's customers hear: each in his brand's name, nothing of ours."""

import re
from typing import Any

from responder.demo.seeing import until
from responder.demo.stage import Stage, Unexpected
from responder.demo.telling import Teller
from responder.emulators.post_office import Taken

Facts = dict[str, Any]
OWNER = "owner@blue.example"
_OURS = re.compile(r"web2|acme|frankfurt|\bana\b|127\.0\.0", re.IGNORECASE)


async def they_are_told(stage: Stage, teller: Teller, _: Facts) -> None:
    """By itself, as soon as the trouble has lasted."""
    mail = await until(lambda: _mail(stage, 0), "Blue Web's mail to its customer")
    shown = f"Blue Web writes to {OWNER}, who never hears of Acme or web2: {mail.mail['Subject']}"
    teller.tell("customers_told", shown, brand="blue", to=OWNER, subject=str(mail.mail["Subject"]))


async def they_hear_of_the_end(stage: Stage, teller: Teller, _: Facts) -> None:
    """Whoever was told that it is broken is told that it is well."""
    mail = await until(lambda: _mail(stage, 1), "Blue Web's mail that all is well")
    shown = f"Blue Web writes again: {mail.mail['Subject']}"
    teller.tell("customers_told", shown, brand="blue", to=OWNER, subject=str(mail.mail["Subject"]))


async def _mail(stage: Stage, number: int) -> Taken | None:
    """One mail that the customer got. Raises Unexpected when he reads what is not his business."""
    mails = stage.post.to(OWNER)[number:]
    if not mails:
        return None
    whole = f"{mails[0].mail}\n{mails[0].text}"
    if found := _OURS.search(whole):
        raise Unexpected(f'a customer of Blue Web reads "{found[0]}":\n{whole}')
    return mails[0]
