"""The command line: one file per verb."""

from responder.cli.verbs import main

__all__ = ["main"]
