"""No letter of a brand ever holds another's name, a name of ours, or a promise (R10, R72)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from responder.customers.audience import Customer
from responder.customers.brands import Brand, Way
from responder.customers.discretion import Discretion
from responder.customers.letters import News, letter, told_time
from responder.customers.mail import compose
from responder.customers.promises import promises
from responder.customers.wording import Change, Language

ZONES = ("UTC", "Europe/Sofia", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe")
PLAIN = ("we", "are", "working", "on", "the", "power", "supply", "and", "write", "when", "news")

letters = st.text("bcdfgjkqvwxz", min_size=4, max_size=8)  # no words of any language
hosts = st.builds(lambda word, number: f"{word}{number}", letters, st.integers(0, 999))
addresses = (st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="2001:db8::/32")).map(
    str
)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 made aware
    lambda moment: moment.replace(tzinfo=UTC)
)


@dataclass(frozen=True)
class Company:
    """Brands, and everything of ours that has a name."""

    brands: Mapping[str, Brand]
    names: Mapping[str, str]

    @cached_property
    def discretion(self) -> Discretion:
        return Discretion(self.brands, self.names)

    def forbidden(self, brand: str) -> list[str]:
        """What no customer of this brand may read, told without the code under test."""
        others = [(name, one) for name, one in self.brands.items() if name != brand]
        words = {name for name, _ in others} | {str(one.title) for _, one in others}
        words |= {f"{name}.example" for name, _ in others}
        return sorted(words | set(self.names))


@st.composite
def companies(draw: st.DrawFn) -> Company:
    words = draw(st.lists(letters, min_size=3, max_size=8, unique=True))
    brands = {}
    for word in words[: draw(st.integers(2, 3))]:
        told: dict[str, Any] = {
            "title": draw(
                st.sampled_from([f"{word} hosting", word.title(), f"The {word} Company"])
            ),
            "url": draw(st.sampled_from([f"https://www.{word}.example/help", f"{word}.example"])),
            "from": f"help@{word}.example",
            "zone": draw(st.sampled_from(ZONES)),
            "language": draw(st.sampled_from([*Language])),
        }
        brands[word] = Brand.model_validate(told)
    names = dict.fromkeys(draw(st.lists(hosts, max_size=6)), "a server")
    names |= {f"{name}.{words[-1]}.example.net": "a server" for name in [*names][:2]}
    names |= dict.fromkeys(draw(st.lists(addresses, max_size=2)), "an address")
    names |= dict.fromkeys(words[3:], "one of our people")
    names |= {f"{word.title()} Site": "a data centre" for word in words[3:5]}
    return Company(brands, names)


def foreign(company: Company, brand: str, text: str) -> list[str]:
    """Every forbidden word that stands in this text."""
    words = "|".join(re.escape(word.casefold()) for word in company.forbidden(brand))
    return re.findall(rf"(?<!\w)(?:{words})(?!\w)", text.casefold())


@settings(max_examples=200)
@given(company=companies(), data=st.data())
def test_no_letter_holds_a_foreign_word_or_a_promise(company: Company, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*company.brands]))
    brand = company.brands[name]
    began = data.draw(moments)
    promised = data.draw(st.none() | moments)
    ended = began + timedelta(minutes=data.draw(st.integers(1, 5000)))
    words = " ".join(data.draw(st.lists(st.sampled_from(PLAIN), min_size=1)))
    language = data.draw(st.sampled_from([*Language]))
    to = Customer("reseller:x", name, language, Way.MAIL, "x@customer.example")
    facts = [told_time(one, brand.zone) for one in (began, ended, promised) if one]
    for change in Change:
        update = change is Change.UPDATE
        news = News(change, began, ended, words if update else "", promised if update else None)
        told = letter(news, brand, name=name, language=language)
        mail = compose(told, to, brand, sender=brand.sender or "", key="k", thread="t", at=began)
        whole = "\n".join([*(f"{key}: {value}" for key, value in mail.items()), told.text])
        assert foreign(company, name, whole) == []
        assert company.discretion.leaks(f"{told.subject}\n{told.text}", brand=name) == ()
        assert promises(f"{told.subject}\n{told.text}", facts=facts) == ()
        assert (facts[-1] in told.text) is bool(promised) or not update


@settings(max_examples=150)
@given(company=companies(), data=st.data())
def test_words_that_hold_any_name_are_found_wherever_it_stands(
    company: Company, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([*company.brands]))
    secret = data.draw(st.sampled_from(company.forbidden(name)))
    before = " ".join(data.draw(st.lists(st.sampled_from(PLAIN), max_size=5)))
    between = data.draw(st.sampled_from([" ", "\n", " (", ' "', "/", ": "]))
    after = data.draw(st.sampled_from(["", ".", ",", ")", ":8080", "/x", "'s", "\n", "?"]))
    shown = data.draw(st.sampled_from([secret, secret.upper(), secret.title()]))
    text = f"{before}{between}{shown}{after}"
    assert company.discretion.leaks(text, brand=name) != ()


@settings(max_examples=200)
@given(company=companies(), data=st.data())
def test_plain_words_and_the_brands_own_name_are_let_through(
    company: Company, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([*company.brands]))
    brand = company.brands[name]
    own = [str(brand.title), str(brand.url), str(brand.sender)]
    text = " ".join(data.draw(st.lists(st.sampled_from([*PLAIN, *own]), min_size=1)))
    assert company.discretion.leaks(text, brand=name) == ()
