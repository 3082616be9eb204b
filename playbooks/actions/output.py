"""What a program or a server said, fit to be kept and shown: masked, clean, and not long."""

from playbooks.actions.model import Failed, Ok, Outcome
from playbooks.plain import one_line
from playbooks.programs import Output
from probes.redaction import scrub

MOST = 4096  # characters
_IN_LINE = 300


def kept(text: str, *, most: int = MOST) -> str:
    """The beginning, line by line, without what a terminal would obey. Secrets are masked before
    anything is cut: the half of one would not be known for a secret.
    """
    beginning = text[: most * 4]
    lines = (one_line(line, limit=len(beginning)) for line in beginning.splitlines())
    clean = "\n".join(lines).strip()
    shown = scrub(clean, limit=most)
    cut = len(clean) > most or len(beginning) < len(text)
    return f"{shown}\n(cut here)" if cut else shown


def in_line(text: str) -> str:
    """The same in one line of a few words."""
    return " ".join(kept(text, most=_IN_LINE).split())


def ended(output: Output, what: str) -> Outcome:
    """What the exit code says: 0 alone is well."""
    said = "\n".join(part.strip() for part in (output.out, output.err) if part.strip())
    values = {"output": kept(said), "exit_code": str(output.code)}
    if output.code == 0:
        return Ok(f"{what}: {values['output'] or 'done, and it said nothing'}", values)
    how = f"ended with {output.code}" if output.code > 0 else f"was killed, signal {-output.code}"
    return Failed(f"{what} {how}" + (f": {in_line(said)}" if said else ""), values)
