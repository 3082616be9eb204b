"""A failing look that was late through our own fault says nothing of its target."""

from probes.model import Verdict

MOST_LAG = 1.0  # seconds that the event loop may have stood still


def ours(verdict: Verdict, *, lag: float, delay: float, within: float) -> bool:
    """Must this result be thrown away, and the look taken again?

    `lag`: the longest time that the event loop stood still while it looked. `delay`: how much later
    than planned it began. `within`: its deadline. All in seconds. Only a failure is doubted: what
    answered did answer, however late we were.
    """
    return verdict is Verdict.DOWN and (lag > MOST_LAG or delay > within / 2)
