"""What every test has: a patient loop, real parts, how hard hypothesis tries, rows at the end."""

import copy
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from probes import redaction

pytest_plugins = (
    "tests.patient",
    "tests.real.fixtures",
    "tests.real.pair",
    "tests.real.targets",
    "tests.rows",
)

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=150, deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# Who starts us in the background makes us deaf to Ctrl-C, and with us every program of the tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _what_was_revealed() -> Iterator[None]:
    """A secret that one test reveals, perhaps the very word "token", is none for the next one."""
    before = copy.deepcopy(redaction._known)
    yield
    redaction._known.secrets = before.secrets
    redaction._known.forms = before.forms
    redaction._known.longest = before.longest


@pytest.fixture
def no_collector() -> Iterator[None]:
    """For whoever measures his processor time: the collector would add what it takes to go through
    all that other tests have left, a third of a second for two million things.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """For whoever sets up logging, which is of the whole process: the next test, and whatever file
    has its number by then, gets none of it.
    """
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
