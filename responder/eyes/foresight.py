"""What a look would lead to, were it to fail for sure: the same rules decide, nobody looks."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.inventory import Inventory
from alerts.model import Alert
from alerts.observed import Standing, State
from alerts.trouble import Seen, wanted
from probes.durations import show_duration
from probes.look import seconds_of
from probes.model import Look, Phase
from responder.eyes.beliefs import severity_of_label


def confirming(look: Look) -> str:
    """How its trouble is confirmed, in plain words."""
    patience, within = look.patience, seconds_of(look.probe)
    span = (patience.attempts - 1) * patience.retry
    most = patience.interval + span + min(within, patience.interval)
    return (
        f"{patience.attempts} failing looks in a row, {_told(patience.retry)} apart; looked at "
        f"every {_told(patience.interval)}, so known at most {_told(most)} after it began"
    )


def alarms(
    look: Look, looks: Iterable[Look], *, inventory: Inventory, now: datetime
) -> tuple[Alert, ...]:
    """The alerts of its own failing, then what is added when every look at its server fails."""
    near = [one for one in looks if one.host == look.host]
    server = look.host if look.host in inventory.servers else ""
    alone = [_seen(one, down=one is look, now=now) for one in near]
    all_of_them = [_seen(one, down=True, now=now) for one in near]
    first = wanted(server, alone, inventory=inventory, now=now)
    worst = wanted(server, all_of_them, inventory=inventory, now=now)
    told = {one.identity for one in first}
    return (*first, *(one for one in worst if one.identity not in told and one.name != _OWN))


_OWN = "ProbeFailed"  # of the other looks: each is explained by its own name


def _seen(look: Look, *, down: bool, now: datetime) -> Seen:
    reason = "as it would fail"
    failing = Standing(
        State.DOWN, now, now, now, now, look.patience.attempts, 0, reason, Phase.CONNECT
    )
    well = Standing(State.OK, now)
    return Seen(look, failing if down else well, severity_of_label(look))


def _told(span: float) -> str:
    return show_duration(timedelta(seconds=span)) if span >= 600 else f"{span:g} s"
