"""Does a missing part speak up?"""

import pytest

from tests.require import require


def test_a_part_that_is_there_lets_the_test_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDER_REQUIRE_REAL", "1")
    require("python", present=True)


def test_a_missing_part_skips_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESPONDER_REQUIRE_REAL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="prometheus is not on this machine"):
        require("prometheus", present=False)


def test_a_missing_part_fails_where_ci_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDER_REQUIRE_REAL", "1")
    with pytest.raises(pytest.fail.Exception, match="RESPONDER_REQUIRE_REAL=1 promised it"):
        require("prometheus", present=False)
