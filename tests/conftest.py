"""What every test has: the real parts as fixtures, and how hard hypothesis tries."""

import os

from hypothesis import settings

pytest_plugins = ("tests.real.fixtures",)

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=150, deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
