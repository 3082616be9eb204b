"""What whoever writes to customers may send as it is: for each brand and language (R71, R72)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from responder import notices
from responder.acts import Unknown
from responder.customers.letters import Letter, News, letter, told_time
from responder.customers.promises import promises
from responder.customers.wording import Change, Language
from responder.plan import Plan
from responder.store import Tx, majors
from responder.store import incidents as incident_rows
from responder.values import Incident, IncidentState
from responder.yamlfile import read

_FILE = Path(__file__).with_name("drafts.yaml")


@dataclass(frozen=True, slots=True)
class Draft:
    """Words for the customers of one brand who read one language, and the letter they make.

    `customers` counts them; `doubts` say why it should not go out as it is.
    """

    brand: str
    language: Language
    words: str
    letter: Letter
    customers: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafts:
    """`every`: how soon customers were promised to hear again, to be offered to a person."""

    drafts: tuple[Draft, ...]
    every: timedelta
    next_update: datetime | None


def drafts_of(
    tx: Tx,
    id_: int,
    *,
    brand: str | None = None,
    language: Language | None = None,
    next_update: datetime | None = None,
    plan: Plan,
) -> Drafts:
    """Of all brands whose customers it concerns, or of this one, in each customer's language, or in
    this one. No letter promises a time but the one that a person gives here. Raises Unknown.
    """
    heard = notices.concerned(tx, id_, plan=plan)
    (incident,) = incident_rows.by_ids(tx, [id_])
    brands = plan.clientele.brands
    if brand is not None and brand not in brands:
        raise Unknown(f'no brand is called "{brand}"')
    counts: dict[tuple[str, Language], int] = {}
    for one in heard.customers:
        counts[one.brand, one.language] = counts.get((one.brand, one.language), 0) + 1
    for name in [brand] if brand else []:
        counts.setdefault((name, language or brands[name].language), 0)
    wanted = {
        pair: count
        for pair, count in sorted(counts.items())
        if brand in (None, pair[0]) and language in (None, pair[1])
    }
    major = majors.of(tx, id_)
    every = timedelta(seconds=major.every) if major else plan.desk.update_every
    began = notices.began(tx, incident)
    made = tuple(_made(wanted, incident, began, next_update, plan))
    return Drafts(made, every, next_update)


def words_of(state: IncidentState, language: Language, *, began: str) -> str:
    """State and impact, in words that promise nothing."""
    texts = _texts()[language]
    key = str(state) if str(state) in texts else "mitigated"
    return f"{texts[key].format(began=began)} {texts['impact']}"


def _made(
    wanted: Mapping[tuple[str, Language], int],
    incident: Incident,
    began: datetime,
    next_update: datetime | None,
    plan: Plan,
) -> Iterator[Draft]:
    for (name, language), count in wanted.items():
        one = plan.clientele.brands[name]
        since = told_time(began, one.zone)
        words = words_of(incident.state, language, began=since)
        news = News(Change.UPDATE, began=began, words=words, next_update=next_update)
        made = letter(news, one, name=name, language=language)
        facts = (since, told_time(next_update, one.zone))
        doubts = (
            *(
                f'"{found}" promises a time that nobody has set'
                for found in promises(made.text, facts=facts)
            ),
            *(
                f"customers must not read this: {leak}"
                for leak in plan.clientele.discretion.leaks(words, brand=name)
            ),
        )
        yield Draft(name, language, words, made, count, doubts)


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    root, _ = read(_FILE)
    texts: Mapping[str, Mapping[str, str]] = root.plain
    return texts
