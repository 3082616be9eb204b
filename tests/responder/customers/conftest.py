"""The house of these tests."""

from collections.abc import Iterator

import pytest

from tests.responder.customers.house import House, opened_house


@pytest.fixture
def house() -> Iterator[House]:
    """Two brands, one server each trouble."""
    with opened_house() as one:
        yield one
