"""Silences in Alertmanager's API v2: read as amtool posts them, shown as amtool lists them."""

from collections.abc import Mapping
from datetime import datetime

from alerts.alertmanager import Unreadable, parse
from alerts.api_v2 import ApiRefusal
from alerts.limits import take_text
from alerts.matchers import Matcher
from alerts.model import clean
from alerts.moments import read_moment, show_moment
from alerts.silences import Silence

_REQUIRED = ("comment", "createdBy", "endsAt", "matchers", "startsAt")


def read_silence(body: bytes, *, now: datetime) -> Silence:
    """`POST /api/v2/silences`; `id` is "" for a new one. ApiRefusal in Alertmanager's words.

    The caller looks the id up (404 "silence not found") and lets silences.settle decide.
    """
    told = _parse(body)
    for name in _REQUIRED:
        if told.get(name) is None:
            raise _invalid(602, f"{name} in body is required")
    matchers = _read_matchers(told["matchers"])
    starts_at = _read_time(told["startsAt"]) or now
    ends_at = _read_time(told["endsAt"])
    if ends_at is None:
        raise ApiRefusal(400, "silence invalid: invalid zero end timestamp")
    if starts_at >= ends_at:
        raise ApiRefusal(400, "Failed to create silence: start time must be before end time")
    if ends_at < now:
        raise ApiRefusal(400, "Failed to create silence: end time can't be in the past")
    return Silence(
        id=take_text(told.get("id")),
        matchers=matchers,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=take_text(told["createdBy"]),
        comment=take_text(told["comment"]),
        updated_at=now,
    )


def show_silence(silence: Silence, *, now: datetime) -> dict[str, object]:
    """One silence as `GET /api/v2/silence/{id}` and the list give it."""
    return {
        "id": silence.id,
        "status": {"state": silence.state(now).value},
        "updatedAt": show_moment(silence.updated_at),
        "comment": silence.comment,
        "createdBy": silence.created_by,
        "endsAt": show_moment(silence.ends_at),
        "matchers": [show_matcher_fields(matcher) for matcher in silence.matchers],
        "startsAt": show_moment(silence.starts_at),
    }


def show_matcher_fields(matcher: Matcher) -> dict[str, object]:
    """One matcher of a silence."""
    return {
        "isEqual": matcher.is_equal,
        "isRegex": matcher.is_regex,
        "name": matcher.name,
        "value": matcher.value,
    }


def _parse(body: bytes) -> Mapping[str, object]:
    if not body.strip():
        raise _invalid(602, "silence in body is required")
    try:
        told = parse(body).value
    except Unreadable as trouble:
        raise _unparsed(str(trouble)) from None
    if not isinstance(told, dict):
        raise _unparsed("it is no object")
    return told


def _read_matchers(told: object) -> tuple[Matcher, ...]:
    if not isinstance(told, list):
        raise _unparsed("matchers is no list")
    if not told:
        raise _invalid(612, "matchers in body should have at least 1 items")
    matchers = tuple(_read_matcher(number, item) for number, item in enumerate(told))
    # As in Alertmanager, a matcher that negates never counts as matching everything.
    if all(matcher.is_equal and matcher.takes("") for matcher in matchers):
        raise ApiRefusal(
            400, "silence invalid: at least one matcher must not match the empty string"
        )
    return matchers


def _read_matcher(number: int, told: object) -> Matcher:
    if not isinstance(told, dict):
        raise _unparsed("a matcher is no object")
    for name, kind in (("isRegex", bool), ("name", str), ("value", str)):
        if told.get(name) is None:
            raise _invalid(602, f"matchers.{number}.{name} in body is required")
        if not isinstance(told[name], kind):
            raise _unparsed(f"{name} of a matcher is no {kind.__name__}")
    if not told["name"]:
        raise _bad_matcher(number, 'invalid label name ""')
    value = clean(told["value"])
    try:
        return Matcher(
            name=take_text(told["name"]),
            value=value,
            is_regex=told["isRegex"],
            is_equal=told.get("isEqual") is not False,
        )
    except ValueError as trouble:
        reason = f'invalid regular expression "{value[:200]}": {trouble}'
        raise _bad_matcher(number, reason) from None


def _read_time(told: object) -> datetime | None:
    try:
        return read_moment(told if isinstance(told, str) else repr(told))
    except ValueError as trouble:
        raise _unparsed(str(trouble)) from None


def _invalid(code: int, message: str) -> ApiRefusal:
    return ApiRefusal(422, {"code": code, "message": message})


def _unparsed(reason: str) -> ApiRefusal:
    message = f'parsing silence body from "" failed, because {reason}'
    return ApiRefusal(400, {"code": 400, "message": message})


def _bad_matcher(number: int, reason: str) -> ApiRefusal:
    return ApiRefusal(400, f"silence invalid: invalid label matcher {number}: {reason}")
