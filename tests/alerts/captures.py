"""The bodies that a real Alertmanager sent, as tests read them."""

import json
from pathlib import Path
from typing import Any

CAPTURES = Path(__file__).parents[1] / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.json"))


def capture(name: str) -> bytes:
    """One captured body, byte for byte."""
    return (CAPTURES / f"{name}.json").read_bytes()


def altered(name: str, **changes: object) -> bytes:
    """A captured body with other top-level fields."""
    return json.dumps(json.loads(capture(name)) | changes).encode()


def with_alert(**changes: object) -> bytes:
    """The captured single firing body, its one alert with other fields."""
    body = json.loads(capture("single-firing"))
    body["alerts"][0] |= changes
    return json.dumps(body).encode()


def sequence(name: str) -> list[dict[str, Any]]:
    """A captured sequence of messages, in order."""
    lines = (CAPTURES / "sequences" / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]
