"""The words for customers: in which languages and of which changes there are some, and where."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema

from responder.configfile import unwise, validated
from responder.customers.templates import check
from responder.parts import Part
from responder.problems import BadConfig, Loading, loading
from responder.shapes import Shape
from responder.wording import Found, explain
from responder.yamlfile import read

SHIPPED = Path(__file__).with_name("texts")


class Language(StrEnum):
    """In which there are words for customers."""

    EN = "en"
    DE = "de"
    ES = "es"
    FR = "fr"
    IT = "it"
    PT = "pt"
    NL = "nl"
    PL = "pl"
    BG = "bg"
    RU = "ru"


class Change(StrEnum):
    """What customers are told of."""

    OPEN = "open"
    UPDATE = "update"
    RECOVERY = "recovery"


Template = Annotated[str, AfterValidator(check)]


class Words(Part):
    """One message. What is not said here is taken from the words that come with the program."""

    subject: Template | None = Field(None, description="One line; the variables are those of text")
    text: Template | None = Field(
        None,
        description="Plain text, with {{ brand }}, {{ began }}... and {% if words %}",
    )


class Texts(Part):
    """The messages of one language."""

    open: Words = Words()
    update: Words = Words()
    recovery: Words = Words()

    def of(self, change: Change) -> Words:
        """The words for this change."""
        found: Words = getattr(self, change)
        return found


Library = Mapping[Language, Texts]
"""The messages of some languages."""


class _File(Part):
    """A file of texts."""

    texts: Library = Field({})


def sources(library: Library) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text that stands in it, and the way to it."""
    for language, texts in library.items():
        for change in Change:
            words = texts.of(change)
            for part, text in (("subject", words.subject), ("text", words.text)):
                if text is not None:
                    yield (language, change, part), text


def _read_file(written: Any, info: ValidationInfo) -> Library:
    if isinstance(written, Mapping):
        return written
    if not isinstance(written, str) or not written:
        raise ValueError("must be the name of a file")
    load = loading(info)
    return read_texts(load.folder / written, load)


def read_texts(file: Path, load: Loading) -> Library:
    """The texts in this file; none when it can't be used, and `load` is told why."""
    load.files.append(file)
    try:
        root, problems = read(file)
    except BadConfig as bad:
        load.problems += bad.problems
        return {}
    context = Loading(load.folder, fault=load.fault)
    top = Found(root, Shape.of(_File))
    found, errors = validated(_File, root.plain, context)
    told = {problem.spot for problem in problems}
    also = (problem for error in errors for problem in explain(error, top))
    load.problems += [*problems, *(problem for problem in also if problem.spot not in told)]
    load.remarks += unwise(context, top)
    return found.texts if found else {}


TextsFile = Annotated[Library, PlainValidator(_read_file), WithJsonSchema({"type": "string"})]


@cache
def shipped() -> Mapping[Language, Texts]:
    """The words that come with the program, in every language."""
    return {language: _shipped(language) for language in Language}


def _shipped(language: Language) -> Texts:
    root, _ = read(SHIPPED / f"{language}.yaml")
    return Texts.model_validate(root.plain)
