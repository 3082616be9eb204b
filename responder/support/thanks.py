"""What the desk answers at once: the letters that a new request asks for (R5, R27, R78-R80)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from alerts.model import Category
from playbooks.plain import in_header, many_lines, one_line
from responder.customers.brands import Brand
from responder.customers.letters import Letter
from responder.customers.replies import Reply
from responder.customers.templates import rendered
from responder.customers.wording import Language
from responder.desk.knowledge import Article
from responder.desk.section import EndCustomers
from responder.desk.whose import Whose
from responder.desk_values import Case
from responder.plan import Plan
from responder.support.mailing import leaks, letter_to, letter_to_customer
from responder.values import Effect, TicketRecord

_UNITS: Final[Mapping[str, tuple[str, str]]] = {"bg": ("мин", "ч"), "ru": ("мин", "ч")}
_USUAL: Final = ("min", "h")
_LONGEST: Final = 5000  # characters of a customer's words that are passed on


@dataclass(frozen=True, slots=True)
class Occasion:
    """A new request, and all that its answers speak of. `text` are the customer's own words."""

    ticket: TicketRecord
    case: Case
    whose: Whose
    text: str
    articles: Sequence[Article] = ()
    link: str = ""


def passes_on(whose: Whose, plan: Plan) -> str:
    """The mail address of the reseller whose business he is; "" when he is ours (R80)."""
    brand = plan.clientele.brands.get(whose.brand or "")
    client = plan.clientele.clients.get(whose.reseller or "")
    theirs = brand is not None and brand.end_customers is EndCustomers.RESELLER
    same = client is not None and client.brand == whose.brand
    return client.mail if client and theirs and same and whose.end_customer else ""


def letters(occasion: Occasion, plan: Plan) -> Iterator[Effect]:
    """To the customer, and to the reseller whose customer he is. None of them is a reaction: the
    daemon wrote them (decision 10).
    """
    ticket, case = occasion.ticket, occasion.case
    reseller = passes_on(occasion.whose, plan)
    reply = _reply(ticket, reseller)
    words = composed(occasion, reply, plan)
    key = f"desk/{ticket.id}/{reply}"
    effect = letter_to_customer(
        ticket, case, key=key, subject=words.subject, text=words.text, plan=plan
    )
    if effect is not None:
        yield effect
    if reseller:
        told = composed(occasion, Reply.FORWARD, plan)
        yield from letter_to(
            ticket, reseller, key=f"desk/{ticket.id}/forward", letter=told, plan=plan
        )


def composed(occasion: Occasion, reply: Reply, plan: Plan) -> Letter:
    """The words of one reply, in the customer's language and his brand's name; of no brand's when
    none is known.
    """
    name = occasion.ticket.brand or ""
    brand = plan.clientele.brands.get(name, Brand())
    language = language_of(occasion.case, brand)
    words = brand.reply(language, reply)
    values = _values(occasion, brand, name, language, plan)
    subject = rendered(words.subject or "", values).lstrip(" :")
    return Letter(in_header(subject, limit=150), rendered(words.text or "", values))


def language_of(case: Case, brand: Brand) -> Language:
    """His own, where there are words in it; else his brand's."""
    return Language(case.language) if case.language in tuple(Language) else brand.language


def _reply(ticket: TicketRecord, reseller: str) -> Reply:
    if reseller:
        return Reply.RESELLER
    return Reply.ADVICE if ticket.category is Category.OUT_OF_SCOPE else Reply.RECEIVED


def _values(
    occasion: Occasion, brand: Brand, name: str, language: Language, plan: Plan
) -> dict[str, str]:
    ticket, title = occasion.ticket, brand.title or name
    known = brand if ticket.brand else None
    hours = plan.desk.calendar(known, ticket.priority)
    return {
        "brand": title,
        "url": brand.url or "",
        "mail": brand.mail or "",
        "signature": brand.signature or "\n".join(filter(None, (title, brand.url, brand.mail))),
        "reference": str(ticket.id),
        "expected": spoken(plan.desk.promise(known, ticket.priority).useful, language),
        "hours": f"{hours.begin}-{hours.end}, {hours.zone}" if hours else "",
        "articles": "\n".join(_shown(occasion, plan)),
        "link": occasion.link,
        "order": brand.order_url or "",
        "prices": brand.prices_url or "",
        "documents": brand.documents_url or "",
        "words": _quoted(occasion, plan),
    }


def _shown(occasion: Occasion, plan: Plan) -> Iterator[str]:
    """What he may read of the articles that fit: never one on another brand's pages."""
    brand = occasion.ticket.brand or ""
    for article in occasion.articles:
        line = f"- {one_line(article.title)}: {article.url}"
        if article.url and not leaks(plan, line, brand=brand):
            yield line


def spoken(span: timedelta, language: str) -> str:
    """Such as `30 min` or `8 h`, which most languages read alike."""
    minutes = max(1, round(span.total_seconds() / 60))
    minute, hour = _UNITS.get(language, _USUAL)
    hours, rest = divmod(minutes, 60)
    told = (f"{hours} {hour}" if hours else "", f"{rest} {minute}" if rest else "")
    return " ".join(filter(None, told))


def _quoted(occasion: Occasion, plan: Plan) -> str:
    """The customer's words for his reseller; left out when they name what no customer may read."""
    said = f"{occasion.case.requester}\n\n{occasion.text}"[:_LONGEST]
    shown = "\n".join(f"> {line}" for line in many_lines(said).splitlines())
    brand = occasion.ticket.brand
    if brand and plan.clientele.discretion.leaks(shown, brand=brand):
        return f"> {occasion.case.requester}\n> ..."
    return shown
