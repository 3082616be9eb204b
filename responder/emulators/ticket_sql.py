"""As much of TicketSQL as the ticket emulator understands; what it does not, it refuses."""

import re
from collections.abc import Callable, Mapping
from typing import Final

Row = Mapping[str, str | None]
Condition = Callable[[Row], bool]

_TOKEN: Final = re.compile(
    r"""\s*(?: (?P<text>'(?:[^'\\]|\\.)*') | (?P<word>[A-Za-z]+|\d+) | (?P<sign>!=|[=><()]) )""",
    re.VERBOSE | re.DOTALL,
)


class BadQuery(Exception):
    """Not TicketSQL; RT answers 400."""


def condition(query: str) -> Condition:
    """The query as a test of a row, which maps RT's names (`id`, `CF.{Brand}`...) to values.

    Text compares without regard to case, as in RT's own database. Raises BadQuery.
    """
    tokens = _tokens(query)
    found = _either(tokens)
    if tokens:
        raise BadQuery(f"unexpected {tokens[0]}")
    return found


def _tokens(query: str) -> list[str]:
    tokens, place = list[str](), 0
    query = query.rstrip()
    while place < len(query):
        match = _TOKEN.match(query, place)
        if not match:
            raise BadQuery(f"unexpected {query[place : place + 20]}")
        tokens.append(match[0].strip())
        place = match.end()
    return tokens


def _either(tokens: list[str]) -> Condition:
    choices = [_both(tokens)]
    while tokens and tokens[0].upper() == "OR":
        tokens.pop(0)
        choices.append(_both(tokens))
    return lambda row: any(choice(row) for choice in choices)


def _both(tokens: list[str]) -> Condition:
    needs = [_one(tokens)]
    while tokens and tokens[0].upper() == "AND":
        tokens.pop(0)
        needs.append(_one(tokens))
    return lambda row: all(need(row) for need in needs)


def _one(tokens: list[str]) -> Condition:
    name = _next(tokens)
    if name == "(":
        inner = _either(tokens)
        _expect(tokens, ")")
        return inner
    name, sign = _value(name), _next(tokens)
    if sign.upper() == "IS":
        return _null(tokens, name)
    return _comparison(name, sign, _value(_next(tokens)))


def _null(tokens: list[str], name: str) -> Condition:
    there = bool(tokens) and tokens[0].upper() == "NOT"
    if there:
        tokens.pop(0)
    _expect(tokens, "NULL")
    return lambda row: (row.get(name) is not None) == there


def _comparison(name: str, sign: str, value: str) -> Condition:
    match sign:
        case "=":
            return lambda row: (row.get(name) or "").lower() == value.lower()
        case ">" if value.isdecimal():
            return lambda row: int(row.get(name) or 0) > int(value)
    raise BadQuery(f"unexpected {sign}")


def _next(tokens: list[str]) -> str:
    if not tokens:
        raise BadQuery("unexpected end")
    return tokens.pop(0)


def _expect(tokens: list[str], word: str) -> None:
    if _next(tokens).upper() != word:
        raise BadQuery(f"{word} expected")


def _value(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token[0] == "'" else token
