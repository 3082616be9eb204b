"""A panel that does not say what it was asked: in a closed set of outcomes."""

from enum import StrEnum

from probes.model import Finding, Issue, Phase, Severity, Verdict
from probes.reasons import Failed


class Outcome(StrEnum):
    """What became of a call. HTTP is `http_NNN` with the status: http_403, http_503."""

    UNREACHABLE = "unreachable"
    TLS_BAD = "tls_bad"
    HTTP = "http"
    NOT_JSON = "not_json"
    API_REFUSED = "api_refused"
    ROLE_DISABLED = "role_disabled"
    SHAPE_UNEXPECTED = "shape_unexpected"


_PHASES = {Outcome.UNREACHABLE: Phase.CONNECT, Outcome.TLS_BAD: Phase.TLS, Outcome.HTTP: Phase.AUTH}
_ACCESS = frozenset({Outcome.TLS_BAD, Outcome.HTTP, Outcome.API_REFUSED, Outcome.ROLE_DISABLED})


class PanelTrouble(Failed):
    """A call that brought no answer. Only a panel that can't be reached, that answers 5xx or no
    JSON counts as down; a refusal is about us and our rights.
    """

    def __init__(
        self, outcome: Outcome, reason: str, *, status: int = 0, phase: Phase | None = None
    ) -> None:
        self.kind = outcome
        self.status = status
        sick = outcome in (Outcome.UNREACHABLE, Outcome.NOT_JSON) or status >= 500
        at = phase or (Phase.CONTENT if status >= 500 else _PHASES.get(outcome, Phase.CONTENT))
        super().__init__(at, reason, verdict_unknown=not sick)

    @property
    def outcome(self) -> str:
        """One of the closed set, `http_NNN` with its number."""
        return f"http_{self.status}" if self.kind is Outcome.HTTP else str(self.kind)

    @property
    def sick(self) -> bool:
        """Does it count towards "the panel is down"?"""
        return self.finding.verdict is Verdict.DOWN

    @property
    def refused(self) -> bool:
        """Is it for a person to mend in the configuration or in the rights of the token?"""
        return self.kind in _ACCESS and not self.sick

    def told(self) -> Finding:
        """The finding; with an issue where somebody must mend our access."""
        issues = (self.issue(),) if self.refused else ()
        return Finding(self.finding.verdict, self.finding.phase, self.reason, issues)

    def issue(self, about: str = "") -> Issue:
        """We may not look: `about` names the function that is refused, empty = everything."""
        return Issue("PANEL_ACCESS", Severity.WARNING, self.reason, about)


def one_line(text: object, *, most: int = 160) -> str:
    """What a stranger said, fit for one line of a reason: printable, cut."""
    words = " ".join(str(text)[: most * 4].split())
    shown = "".join(char for char in words if char.isprintable())
    return shown if len(shown) <= most else shown[: most - 3] + "..."
