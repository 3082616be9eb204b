"""`responder order`: what data centres were asked to do, the sheet for a call, and how it ended."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from playbooks.plain import many_lines
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.run_words import moment
from responder.cli.say import clean, json_option, say, say_json, say_table

PATH = "/api/v1/datacentre/orders"
OUTCOMES = ("ordered", "done", "refused", "stopped", "not_reached")  # a test compares them
OVER = ("done", "refused", "stopped")
ALONE = "not_reached"  # nobody spoke: there is nothing to tell

Told = Mapping[str, Any]


@click.group(short_help="Ring a data centre about an order, and say how it ended.")
def order() -> None:
    """Orders to data centres: see them, ring about one, and say how the call ended. The actor is
    you, or the token that --token-file names.
    """


@order.command("list")
@click.option("--incident", help="Of this incident alone.")
@json_option
@speaks_to_daemon
def list_(api: Api, *, incident: str | None, as_json: bool) -> None:
    """Orders that are under way, or ended within seven days."""
    told = api.get(PATH, incident=incident)
    if as_json:
        say_json(told)
        return
    head = ("reference", "state", "server", "site", "task", "their ticket", "sent", "incident")
    say_table(head, (_row(one) for one in told["orders"]))


@order.command()
@click.argument("reference", metavar="REF")
@json_option
@speaks_to_daemon
def show(api: Api, reference: str, *, as_json: bool) -> None:
    """The sheet for a call: whom to ring, what to say, what they are to do. Without the PIN."""
    told = api.get(PATH, _spelled(reference))
    if as_json:
        say_json(told)
        return
    for line in _sheet(told):
        say(line)


@order.command()
@click.argument("reference", metavar="REF")
@click.option("--outcome", type=click.Choice(OUTCOMES), required=True, help="How it ended.")
@click.option("--who", default="", help="Who answered.")
@click.option("--promised", default="", help="What was promised, and for when.")
@click.option("--note", default="", help="More words.")
@json_option
@speaks_to_daemon
def call(
    api: Api, reference: str, *, outcome: str, who: str, promised: str, note: str, as_json: bool
) -> None:
    """Write down how your call about REF ended: the order, its timers and the run go on from there.

    ordered: they have it and will do it. done. refused: they will not. stopped: they will not do it
    any more, as we asked. not_reached: nobody answered, so that the supervisor is to be rung.
    """
    words = [who, f"promised: {promised}" if promised else "", note]
    if outcome != ALONE and not any(words):
        raise click.UsageError("say who answered and what was promised: --who, --promised, --note")
    body = {"outcome": outcome, "note": "; ".join(filter(None, words)) or "nobody answered"}
    told = api.post(PATH, _spelled(reference), "call", body=body)
    if as_json:
        say_json(told)
    else:
        say(_headline(told))


@order.command()
@click.argument("reference", metavar="REF")
@json_option
@speaks_to_daemon
def pin(api: Api, reference: str, *, as_json: bool) -> None:
    """The PIN, for you who are on the telephone. The incident's log says that you saw it."""
    told = api.post(PATH, _spelled(reference), "pin")
    if as_json:
        say_json(told)
    else:
        say(clean(told["pin"]))


def _spelled(reference: str) -> str:
    """As we write it: a person types what he heard over a telephone."""
    return reference.strip().upper()


def _row(one: Told) -> tuple[object, ...]:
    names = ("reference", "state", "server", "site", "task", "ticket")
    return *(one[name] for name in names), moment(one["sent_at"])[:16], one["incident"]


def _headline(one: Told) -> str:
    return clean(f"order {one['reference']} of {one['server']} at {one['site']} is {one['state']}")


def _sheet(one: Told) -> Iterator[str]:
    """First whether there is anything to ring about, then the sheet, then what to do after it."""
    reference, over = one["reference"], one["state"] in OVER
    yield _headline(one) + (": there is nothing to ring about" if over else "")
    yield ""
    yield many_lines(one["sheet"])
    yield ""
    facts = {
        "task": one["task"],
        "incident": one["incident"],
        "run": one["run"],
        "sent": moment(one["sent_at"]),
        "answer by": _until(one["acknowledge_by"], one["acknowledged_at"]),
        "done by": _until(one["done_by"], one["done_at"]),
        "stopped": moment(one["stopped_at"]),
        "last": one["why"],
    }
    yield from (f"{name + ':':11}{clean(fact)}" for name, fact in facts.items() if fact)
    if over:
        return
    yield ""
    yield f"They ask for the PIN:  responder order pin {reference}"
    yield f"After the call:        responder order call {reference} --outcome {'|'.join(OUTCOMES)}"
    yield "                         --who NAME --promised WHAT"


def _until(wanted: str | None, was: str | None) -> str:
    """A limit, and when it came true."""
    return moment(wanted) + (f" (it was at {moment(was)})" if was else "")
