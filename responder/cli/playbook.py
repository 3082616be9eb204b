"""`responder playbook`: see playbooks and their runs, begin one, and steer it."""

from collections.abc import Mapping
from typing import Any

import click

from responder.cli import run_words as words
from responder.cli.api import Api, speaks_to_daemon
from responder.cli.exits import Failed
from responder.cli.following import PATH, follow
from responder.cli.say import clean, json_option, say, say_json, say_table

BOOKS = "/api/v1/playbooks"
STATES = (
    "active", "due", "running", "waiting", "paused", "unknown", "done", "failed", "aborted",
)  # fmt: skip

confirm_option = click.option("--confirm", metavar="NAME", help="The server's name, not asked for.")
overrule_option = click.option(
    "--overrule",
    "overrules",
    metavar="CHECK",
    multiple=True,
    help="A check of the gate that you take on yourself. Repeatable; needs --reason.",
)
reason_option = click.option("--reason", default="", help="Why.")
note_option = click.option("--note", default="", help="Words for its journal.")
detach_option = click.option("--detach", is_flag=True, help="Do not follow it.")


@click.group(short_help="See playbooks, begin one, and steer its run.")
def playbook() -> None:
    """See playbooks and their runs, begin one, and steer it. The actor is you, or the token that
    --token-file names.
    """


@playbook.command("list")
@click.option("--runs", is_flag=True, help="Their runs that are not over, newest first.")
@click.option("--all", "everything", is_flag=True, help="Runs that are over, too.")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Runs. Repeatable.")
@click.option("--server", help="Runs on this server alone.")
@click.option("--incident", help="Runs for this incident alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--after", help="`next` of the part before.")
@json_option
@speaks_to_daemon
def list_(
    api: Api,
    /,
    *,
    runs: bool,
    everything: bool,
    state: tuple[str, ...],
    as_json: bool,
    **asked: Any,
) -> None:
    """The playbooks that can be run; with --runs their runs."""
    if not (runs or everything or state or asked["server"] or asked["incident"]):
        _say_books(api.get(BOOKS), as_json=as_json)
        return
    states = state or (() if everything else ("active",))
    told = api.get(PATH, state=states, **asked)
    if as_json:
        say_json(told)
        return
    head = ("id", "playbook", "server", "state", "step", "begun", "by", "waits for")
    say_table(head, (_row(one) for one in told["runs"]))
    if told["next"]:
        say(f"more with --after {told['next']}")


@playbook.command()
@click.argument("what", metavar="RUN|NAME")
@click.option("--follow", "followed", is_flag=True, help="A run: until it is over.")
@json_option
@speaks_to_daemon
def show(api: Api, what: str, *, followed: bool, as_json: bool) -> None:
    """One run: its steps, the gate's verdicts and everything that happened. Or one playbook."""
    if not what.isdecimal():
        _say_book(api.get(BOOKS, what), as_json=as_json)
    elif followed:
        follow(api, what, as_json=as_json)
    else:
        told, events = api.get(PATH, what), api.get(PATH, what, "events")["events"]
        if as_json:
            say_json({**told, "events": events})
        else:
            words.say_run(told, events)


@playbook.command()
@click.argument("name")
@click.argument("server")
@json_option
@speaks_to_daemon
def plan(api: Api, name: str, server: str, *, as_json: bool) -> None:
    """What NAME would do on SERVER now: each step, and every verdict of the gate.

    Nothing is done and nothing is written. The device may be asked who it is.
    """
    told = api.post(BOOKS, name, "plan", body={"server": server})
    if as_json:
        say_json(told)
        return
    for line in words.plan_lines(told):
        say(line)


@playbook.command()
@click.argument("name")
@click.argument("server")
@click.option("--incident", help="For this incident; the server's own, unless one is named.")
@click.option("--dry-run", "dry", is_flag=True, help="Do nothing that can't be taken back.")
@confirm_option
@overrule_option
@reason_option
@detach_option
@json_option
@speaks_to_daemon
def run(
    api: Api, /, name: str, server: str, *, confirm: str | None, detach: bool, as_json: bool,
    **asked: Any,
) -> None:  # fmt: skip
    """Begin NAME on SERVER, and follow it. Without --dry-run you type the server's name.

    Exit 0: it is done. 1: it has failed, was aborted, or nobody knows. Ctrl-C leaves it going.
    """
    if not asked["dry"] and confirm is None:
        confirm = typed(f"{name} acts on {server}", server)
    order = {"playbook": name, "server": server, "confirm": confirm or "", **asked}
    begun(api, order, detach=detach, as_json=as_json)


@playbook.command()
@click.argument("id_", metavar="RUN")
@confirm_option
@overrule_option
@reason_option
@json_option
@speaks_to_daemon
def approve(
    api: Api, id_: str, *, confirm: str | None, overrules: tuple[str, ...], reason: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Agree to what RUN asks: it is shown, and you type the server's name."""
    told = api.get(PATH, id_)
    asked = told["asked"]
    if asked is None:
        raise Failed(clean(f"run {id_} asks nothing: {words.state(told)}"))
    if confirm is None:
        words.say_checks(told["checks"])
        confirm = typed(f"run {id_} would {asked['would']}", asked["name"])
    body = {"digest": asked["digest"], "server": confirm, "overrules": overrules, "reason": reason}
    _say_done(api.post(PATH, id_, "approve", body=body), as_json=as_json)


@playbook.command("continue")
@click.argument("id_", metavar="RUN")
@click.option("--done/--failed", "done", required=True, help="What became of its step.")
@note_option
@json_option
@speaks_to_daemon
def continue_(api: Api, id_: str, *, done: bool, note: str, as_json: bool) -> None:
    """You have seen what became of the step of RUN: it goes on after it."""
    body = {"outcome": "done" if done else "failed", "note": note}
    _say_done(api.post(PATH, id_, "continue", body=body), as_json=as_json)


def _steering(verb: str, help_: str) -> None:
    """A verb that takes a run and perhaps words."""

    @playbook.command(verb, help=help_)
    @click.argument("id_", metavar="RUN")
    @note_option
    @json_option
    @speaks_to_daemon
    def steer(api: Api, id_: str, *, note: str, as_json: bool) -> None:
        _say_done(api.post(PATH, id_, verb, body={"note": note}), as_json=as_json)


_steering("reject", "Say no to what RUN asks: its step fails, and the playbook goes on.")
_steering("abort", "End RUN, before the next thing that can't be taken back.")
_steering("pause", "RUN rests until somebody resumes it.")
_steering("resume", "RUN goes on where it rested.")
_steering("takeover", "RUN rests, and you do by hand what is to be done; then `continue`.")


@playbook.command()
def schema() -> None:
    """Print the JSON Schema of a playbook's file, for editors."""
    from playbooks.schema import schema as told

    say_json(told())


def typed(what: str, name: str) -> str:
    """What a person types to say that he means it. Raises UsageError where nobody can type."""
    say(clean(what))
    try:
        answer: str = click.prompt(f"Type {clean(name)} to say that you mean it", type=str)
    except click.Abort:
        raise click.UsageError(f"nobody typed the name: give --confirm {clean(name)}") from None
    return answer


def begun(api: Api, order: Mapping[str, object], *, detach: bool, as_json: bool) -> None:
    """Begin it, and follow it unless told otherwise."""
    told = api.post(PATH, body=order)
    if detach:
        _say_done(told, as_json=as_json)
        return
    if not as_json:
        say(clean(f"run {told['id']} of {words.headline(told)} for incident {told['incident']}"))
    follow(api, told["id"], as_json=as_json)


def _say_done(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
    else:
        say(clean(f"run {told['id']} of {words.headline(told)}: {words.state(told)}"))


def _say_books(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    names: tuple[str, ...] = ("name", "version", "mode", "steps", "about")
    rows = ([one[name] for name in names] for one in told["playbooks"])
    say_table(names, rows)


def _say_book(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    begins = "begins by itself" if told["by_itself"] else "by hand only"
    say(clean(f"{told['name']}, version {told['version']}: {told['about']}"))
    say(clean(f"mode {told['mode']}, {begins}, from {told['source']}"))
    say("")
    rows = [(one["id"], one["uses"], one["if"], one["on_fail"]) for one in told["text"]["steps"]]
    say_table(("step", "action", "only if", "when it fails"), rows)


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    by = one["requested_by"] or "the responder"
    state = f"{one['state']} (drill)" if one["drill"] else one["state"]
    begun_at = words.moment(one["began_at"])[:16]
    names = one["playbook"], one["server"], state, one["step"]
    return one["id"], *names, begun_at, by, one["waits_for"]
