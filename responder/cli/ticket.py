"""`responder ticket`: see tickets and work on them."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from responder.cli import ticket_desk
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.say import clean, json_option, say, say_json, say_table, whole
from responder.cli.ticket_levels import COMMANDS, PATH, say_done
from responder.cli.tickets import doctor

CHANNELS = ("ticket", "email", "phone", "chat", "form", "api", "monitoring")
CATEGORIES = (
    "critical", "hosting", "sales", "billing", "abuse", "out_of_scope", "onboarding",
    "feature_request",
)  # fmt: skip
PRIORITIES = ("critical", "high", "medium", "low")
STATES = ("new", "open", "waiting-customer", "waiting-vendor", "answering", "solved", "closed")


@click.group(short_help="See tickets and work on them.")
def ticket() -> None:
    """See tickets and work on them. The actor is you, or the token that --token-file names.

    `responder tickets` is the same.
    """


ticket.add_command(doctor)
for command in (*COMMANDS, *ticket_desk.COMMANDS):
    ticket.add_command(command)


@ticket.command("list")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Repeatable.")
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option("--queue", help="Of this queue alone.")
@click.option("--owner", help="Of this person alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--after", help="`next` of the part before.")
@json_option
@speaks_to_daemon
def list_(
    api: Api,
    *,
    state: tuple[str, ...],
    everything: bool,
    queue: str | None,
    owner: str | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """The tickets that are not over, newest first."""
    states = state or (() if everything else STATES[:-2])
    told = api.get(PATH, state=states, queue=queue, owner=owner, limit=limit, after=after)
    if as_json:
        say_json(told)
        return
    names = ("id", "ref", "queue", "priority", "state", "owner", "subject", "incident")
    say_table(names, ([one[name] for name in names] for one in told["tickets"]))
    if told["next"]:
        say(f"more with --after {told['next']}")


@ticket.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def show(api: Api, id_: str, *, as_json: bool) -> None:
    """All about one ticket, and everything that happened to it."""
    told = api.get(PATH, id_)
    events = api.get(PATH, id_, "events")["events"]
    if as_json:
        say_json({**told, "events": events})
    else:
        say("\n".join([*_facts(told), "", *_events(events)]))


@ticket.command()
@click.argument("id_", metavar="ID")
@click.argument("text")
@json_option
@speaks_to_daemon
def note(api: Api, id_: str, text: str, *, as_json: bool) -> None:
    """Write something down for colleagues."""
    say_done(api.post(PATH, id_, "note", body={"text": text}), as_json=as_json)


@ticket.command()
@click.argument("id_", metavar="ID")
@click.argument("text")
@json_option
@speaks_to_daemon
def reply(api: Api, id_: str, text: str, *, as_json: bool) -> None:
    """Write to the customer."""
    say_done(api.post(PATH, id_, "reply", body={"text": text}), as_json=as_json)


@ticket.command()
@click.argument("id_", metavar="ID")
@json_option
@speaks_to_daemon
def take(api: Api, id_: str, *, as_json: bool) -> None:
    """It is yours from now on; its incident is acknowledged with it."""
    say_done(api.post(PATH, id_, "take"), as_json=as_json)


@ticket.command()
@click.argument("id_", metavar="ID")
@click.argument("owner", required=False)
@click.option("--nobody", is_flag=True, help="Instead of OWNER: it is free again.")
@json_option
@speaks_to_daemon
def assign(api: Api, id_: str, owner: str | None, *, nobody: bool, as_json: bool) -> None:
    """It is OWNER's from now on."""
    if (owner is None) != nobody:
        raise click.UsageError("name an OWNER, or say --nobody")
    say_done(api.post(PATH, id_, "assign", body={"owner": owner}), as_json=as_json)


@ticket.command()
@click.argument("id_", metavar="ID")
@click.argument("queue")
@click.option("--text", default="", help="Why, for those who get it.")
@json_option
@speaks_to_daemon
def move(api: Api, id_: str, queue: str, *, text: str, as_json: bool) -> None:
    """To another queue."""
    answer = api.post(PATH, id_, "move", body={"queue": queue, "text": text})
    say_done(answer, as_json=as_json)


@ticket.command()
@click.argument("id_", metavar="ID")
@click.argument("state", type=click.Choice(STATES))
@json_option
@speaks_to_daemon
def state(api: Api, id_: str, state: str, *, as_json: bool) -> None:
    """Where it stands: `waiting-customer` stops the clocks."""
    say_done(api.post(PATH, id_, "state", body={"state": state}), as_json=as_json)


@ticket.command("open")
@click.argument("subject")
@click.argument("text")
@click.option("--channel", type=click.Choice(CHANNELS), default="phone", show_default=True)
@click.option("--for", "customer", help="The customer, as he or she is called.")
@click.option("--category", type=click.Choice(CATEGORIES), default="hosting", show_default=True)
@click.option("--priority", type=click.Choice(PRIORITIES), help="By category, if not said.")
@click.option("--server", help="What it is about.")
@click.option("--brand", help="Whose customer it is.")
@json_option
@speaks_to_daemon
def open_(
    api: Api,
    /,
    subject: str,
    text: str,
    *,
    customer: str | None,
    as_json: bool,
    **facts: str | None,
) -> None:
    """Write somebody's trouble down, who called or came by."""
    asked = {"subject": subject, "text": text, "on_behalf_of": customer, **facts}
    say_done(api.post(PATH, body=asked), as_json=as_json)


@ticket.command()
@click.argument("id_", metavar="ID")
@click.argument("score", type=click.IntRange(1, 5))
@click.option("--comment", default="", help="What the customer said.")
@json_option
@speaks_to_daemon
def vote(api: Api, id_: str, score: int, *, comment: str, as_json: bool) -> None:
    """What the customer thinks of it, 1 (bad) to 5 (good). The last vote counts."""
    asked = {"score": score, "comment": comment}
    say_done(api.post(PATH, id_, "vote", body=asked), as_json=as_json)


@ticket.command()
@click.argument("id_", metavar="ID")
@click.argument("reply", type=int)
@click.option("--yes/--no", "helped", required=True, help="Did it?")
@json_option
@speaks_to_daemon
def useful(api: Api, id_: str, reply: int, *, helped: bool, as_json: bool) -> None:
    """Did this reply help? REPLY is its number in the ticket's log."""
    asked = {"reply": reply, "useful": helped}
    say_done(api.post(PATH, id_, "useful", body=asked), as_json=as_json)


def _facts(one: Mapping[str, Any]) -> Iterator[str]:
    yield clean(f"ticket {one['id']}: {one.get('subject', '')}")
    case = one.get("case") or {}
    named = {"requester": case.get("requester") or case.get("on_behalf_of"), "brand": _brand(one)}
    names = ("system", "ref", "queue", "level", "owner", "state", "priority", "category")
    for name in (*names, "channel", "requester", "brand", "account", "incident", "opened_at"):
        if value := named.get(name, one.get(name)):
            yield f"{name + ':':11}{clean(value)}"


def _brand(one: Mapping[str, Any]) -> str:
    """With the rule by which it was found, "" for none."""
    brand, rule = one.get("brand") or "", (one.get("case") or {}).get("brand_rule")
    return f"{brand} (by {rule})" if brand and rule else brand


def _events(events: list[Mapping[str, Any]]) -> Iterator[str]:
    for event in events:
        number = event["id"].rpartition("-")[2]
        moment = event["at"][:19].replace("T", " ")
        yield f"{number:>4}  {moment}  {whole(_told(event), indent=27)}"


def _told(event: Mapping[str, Any]) -> str:
    """What happened, with the words in the lines in which they were written."""
    text, words = str(event["text"]), str(event["data"].get("words", ""))
    flat = " ".join(words.split())
    return text.removesuffix(flat) + words if flat and text.endswith(flat) else text
