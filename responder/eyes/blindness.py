"""Our own sight: what the references say, and the alert when we are blind for long."""

from collections.abc import Collection, Mapping
from datetime import datetime

import structlog

from alerts.blind import CLEAR_SIGHT, Sighting, lacking, sighted, worth_a_page
from alerts.model import Alert, digest_labels
from probes.model import Finding, Look
from responder.probing.targets import REFERENCE

log = structlog.get_logger(__name__)

SOON = 5.0  # seconds between two looks at a reference while we doubt
_LABELS = {"alertname": "ResponderBlind", "severity": "critical"}


class Blindness:
    """Blind at once when two references are silent; told only when it lasts."""

    def __init__(self) -> None:
        self._networks: Mapping[str, str] = {}
        self._sighting: Sighting = CLEAR_SIGHT
        self._fires = False
        self._changed_at: datetime | None = None
        self.recorded = False  # what the store knows: were we blind?

    def plan(self, networks: Mapping[str, str]) -> None:
        """These are the references from now on: name -> network."""
        self._networks = networks
        if not networks:
            self._sighting = CLEAR_SIGHT

    @property
    def blind(self) -> bool:
        """Can we not believe what we see?"""
        return self._sighting.blind

    @property
    def changed(self) -> bool:
        """Does the store not know yet how well we see?"""
        return self.blind is not self.recorded

    def blurs(self, began: datetime) -> bool:
        """Can't we believe a look that began then: are we blind, or were we?"""
        return self.blind or (self._changed_at is not None and began < self._changed_at)

    @property
    def silent(self) -> tuple[str, ...]:
        """The references that did not answer when asked last."""
        return self._sighting.silent

    @property
    def answering(self) -> int:
        """How many references answered when asked last; 0 where there are too few to tell."""
        return sum(1 for run in self._sighting.runs.values() if run > 0)

    @property
    def unasked(self) -> Collection[str]:
        """The looks at references that could tell us something and have not been asked yet."""
        if lacking(self._networks) is not None:
            return ()
        return {f"{REFERENCE}{one}" for one in self._networks.keys() - self._sighting.runs.keys()}

    def keys(self) -> Collection[str]:
        """The looks at the references."""
        return {f"{REFERENCE}{name}" for name in self._networks}

    def take(self, look: Look, finding: Finding, *, began: datetime) -> float | None:
        """A reference was looked at; when to look again (seconds), None = in its own time."""
        before, name = self._sighting, look.key.removeprefix(REFERENCE)
        after = sighted(before, name, finding.verdict, networks=self._networks, now=began)
        self._sighting = after
        if after.blind is not before.blind:
            self._changed_at = began
            log.warning("sight_changed", blind=after.blind, silent=list(after.silent))
        return SOON if after.blind or after.silent else None

    def news(self, *, now: datetime) -> Alert | None:
        """The alert that begins or ends now; None when there is nothing to tell."""
        fires = worth_a_page(self._sighting, now=now)
        if fires == self._fires:
            return None
        return _alert(self._sighting, firing=fires, now=now)

    def told(self, alert: Alert) -> None:
        """It is known."""
        self._fires = alert.firing

    def fires(self) -> None:
        """The alert fires since before we started."""
        self._fires = True


def fires_of_ours(alert: Alert) -> bool:
    """Is this the alert that we are blind?"""
    return alert.identity == digest_labels(_LABELS)


def _alert(sighting: Sighting, *, firing: bool, now: datetime) -> Alert:
    silent = ", ".join(sighting.silent)
    notes = {
        "summary": f"the responder is blind: no answer from {silent}",
        "description": "Nothing that the probes see is believed: nothing opens, closes or is "
        "rebooted until the references answer again. Look at the responder's own network.",
    }
    identity = digest_labels(_LABELS)
    return Alert(
        labels=_LABELS,
        annotations=notes if firing else {},
        firing=firing,
        starts_at=sighting.since if firing else None,
        ends_at=None if firing else now,
        generator_url="",
        fingerprint=identity,
        identity=identity,
    )
