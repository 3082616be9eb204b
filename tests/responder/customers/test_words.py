"""The texts themselves: complete, without promises, and harmless whoever writes them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from responder.config import Config
from responder.configfile import BadConfig, load
from responder.customers.brands import Brand
from responder.customers.letters import News, letter, told_time
from responder.customers.promises import promises
from responder.customers.templates import check, rendered
from responder.customers.wording import Change, Language, shipped
from responder.findings import Examined

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
EVERY = [(language, change) for language in Language for change in Change]


@pytest.mark.parametrize(("language", "change"), EVERY)
def test_there_are_words_for_every_change_in_every_language(
    language: Language, change: Change
) -> None:
    words = shipped()[language].of(change)
    assert words.subject is not None
    assert words.text is not None
    assert "{{ brand }}" in words.subject
    assert "{{ signature }}" in words.text
    assert promises(words.subject + words.text) == ()
    assert ("next_update" in words.text) == (change is Change.UPDATE)


def test_no_two_languages_have_the_same_words() -> None:
    for change in Change:
        texts = {str(one.of(change).text) for one in shipped().values()}
        assert len(texts) == len(Language)


@pytest.mark.parametrize(
    "text",
    [
        "We will be back in 30 minutes.",
        "It takes two hours at most.",
        "Expected at 14:30.",
        "by 5 pm",
        "on 2026-11-23",
        "It will work again soon.",
        "ETA unknown",
        "In 20 Minuten geht es weiter.",
        "Wir sind bald zurück, morgen.",
        "Volvemos en 2 horas.",
        "Nous serons de retour dans une heure.",
        "Torniamo tra 10 minuti.",
        "Voltamos em breve.",
        "Binnen 3 uur werkt alles.",
        "Za 15 minut.",
        "След 20 минути.",
        "Через 2 часа всё заработает.",
        "Скоро всё заработает.",
    ],
)
def test_a_promise_is_noticed_in_every_language(text: str) -> None:
    assert promises(text) != ()


def test_a_time_that_a_person_set_is_no_promise_of_ours() -> None:
    told = told_time(NOW, "Europe/Berlin")
    assert promises(f"We write again by {told}.") != ()
    assert promises(f"We write again by {told}.", facts=[told]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7 * 7 }}",
        "{{ brand.__class__ }}",
        "{{ ''.join(brand) }}",
        "{{ brand | upper }}",
        "{% for x in brand %}x{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{{ server }}",
        "{{ brand ~ brand }}",
        "{{ [brand] }}",
        "{% if brand %}",
        "{{",
        "x" * 20_001,
    ],
)
def test_what_could_do_harm_has_no_place_in_a_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"line \d+: |more than"):
        check(text)


def test_a_value_is_never_read_as_a_template() -> None:
    assert rendered("{{ words }}", {"words": "{{ brand }}{% if x %}"}) == "{{ brand }}{% if x %}"


def test_empty_lines_do_not_pile_up() -> None:
    assert rendered("a\n\n{% if words %}\nb\n{% endif %}\n\n\nc\n", {}) == "a\n\nc"


def test_a_subject_stays_one_harmless_line() -> None:
    odd = Brand.model_validate({"title": "A\r\nBcc: x@example.net =?utf-8?q?=0D=0AX:_y?="})
    told = letter(News(Change.OPEN, NOW), odd, name="odd", language=Language.EN)
    assert "\n" not in told.subject
    assert "=?" not in told.subject


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Sofia", "2026-11-22 05:10 (EET)"),
        ("America/Sao_Paulo", "2026-11-22 00:10 (UTC-0300)"),
        ("UTC", "2026-11-22 03:10 (UTC)"),
    ],
)
def test_times_are_told_by_the_brands_clocks(zone: str, shown: str) -> None:
    assert told_time(NOW, zone) == shown


def test_a_brands_own_words_count_more_and_may_be_a_part() -> None:
    told = {"texts": {"en": {"open": {"subject": "{{ brand }}: we know"}}}}
    brand = Brand.model_validate(told)
    mine = letter(News(Change.OPEN, NOW), brand, name="acme", language=Language.EN)
    assert mine.subject == "acme: we know"
    assert mine.text.startswith("Hello,")


def write(folder: Path, text: str, texts: str = "") -> Path:
    (folder / "texts.yml").write_text(texts)
    (folder / "responder.yaml").write_text(text)
    return folder / "responder.yaml"


def problems(path: Path) -> list[str]:
    with pytest.raises(BadConfig) as bad:
        load(path, Config)
    return [str(one).removeprefix(f"{path.parent}/") for one in bad.value.problems]


RELAY = "paging: {email: {host: 127.0.0.1, from: a@b.example}}\n"


def test_a_file_of_texts_counts_less_than_the_configuration(tmp_path: Path) -> None:
    texts = "texts: {en: {open: {subject: of the file, text: also of the file}}}\n"
    told = RELAY + "brands: {acme: {texts_file: texts.yml, texts: {en: {open: {subject: own}}}}}\n"
    loaded = load(write(tmp_path, told, texts), Config)
    words = loaded.value.brands["acme"].words(Language.EN, Change.OPEN)
    assert (words.subject, words.text) == ("own", "also of the file")
    assert tmp_path / "texts.yml" in loaded.files


def test_mistakes_in_texts_are_told_with_their_place(tmp_path: Path) -> None:
    told = (
        "brands:\n  acme:\n    texts_file: texts.yml\n    texts:\n      de:\n        open:\n"
        '          subject: "{{ brandt }}"\n'
    )
    texts = "texts:\n en:\n  open:\n    text: |\n      Hello\n      {{ server }}\n xx: {}\nyy: 1\n"
    first, second, third, fourth = problems(write(tmp_path, told, texts))
    assert first.startswith("responder.yaml:7:20: brands.acme.texts.de.open.subject: line 1: ")
    assert "no variable is called brandt" in first
    assert second.startswith(
        "texts.yml:4:11: texts.en.open.text: line 2: no variable is called server"
    )
    assert third.startswith("texts.yml:7:2: texts")
    assert fourth.startswith('texts.yml:8:1: unknown key "yy"')


def test_a_missing_file_of_texts_is_told(tmp_path: Path) -> None:
    path = tmp_path / "responder.yaml"
    path.write_text("brands: {acme: {texts_file: nowhere.yml}}\n")
    assert problems(path) == ["nowhere.yml:1:1: there is no such file"]


@pytest.mark.parametrize(
    ("brands", "told"),
    [
        ("acme: {tell: {}}", "mail needs from"),
        ("acme: {tell: {}, from: no address}", "is not a plain mail address"),
        ("acme: {language: xx}", "acme.language"),
        ("acme: {zone: Europe/Sofa}", "no time zone is called"),
        ("acme: {signature: Not Blau}, blau: {}", '"blau" is a name of another brand'),
        ("acme: {never_say: ['']}", "an empty word"),
    ],
)
def test_what_can_not_be_done_is_refused(tmp_path: Path, brands: str, told: str) -> None:
    found = problems(write(tmp_path, f"brands: {{{brands}}}\n"))
    assert told in found[0]


@pytest.mark.parametrize(
    "brands",
    [
        "acme: {}",
        "acme: {title: Acme, url: 'https://acme.example', mail: support@acme.example}",
        "acme: {mail: 'Support <support@acme.example>'}",
        "acme: {tell: {ways: [ticket]}}",
        "acme: {tell: {}, smtp: {host: 127.0.0.1, from: a@acme.example}}",
    ],
)
def test_what_was_written_before_can_still_be_read(tmp_path: Path, brands: str) -> None:
    assert "acme" in load(write(tmp_path, f"brands: {{{brands}}}\n"), Config).value.brands


def findings(path: Path) -> list[Any]:
    return [one.message for one in load(path, Examined).findings]


def test_what_is_unwise_is_said(tmp_path: Path) -> None:
    text = RELAY + (
        "brands: {acme: {texts: {en: {open: {text: Back in 5 minutes}}}}}\n"
        "resellers: {bluehat: {mail: a@bluehat.example}}\n"
    )
    told = findings(write(tmp_path, text))
    assert any("promises a time that nobody has set" in one for one in told)
    assert any("in nobody's name can this one be told" in one for one in told)


def test_a_contact_must_be_a_person_of_ours(tmp_path: Path) -> None:
    found = problems(write(tmp_path, "resellers: {bluehat: {contact: nobody, deputy: nobody}}\n"))
    assert [("contact" in one or "deputy" in one) for one in found] == [True, True]
