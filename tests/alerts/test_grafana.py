"""Grafana's signature opens the door to Grafana alone."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from alerts.grafana import SIGNATURE, signed

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
BODY = b'{"alerts": []}'
STAMP = "X-Grafana-Alerting-Timestamp"


def sign(text: bytes, key: str = "hush") -> str:
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()


def stamped(at: datetime, *, key: str = "hush") -> dict[str, str]:
    unix = str(int(at.timestamp()))
    return {SIGNATURE: sign(unix.encode() + b":" + BODY, key), STAMP: unix}


def is_signed(headers: dict[str, str], *, secrets: tuple[str, ...] = ("hush",)) -> bool:
    return signed(BODY, headers=headers, secrets=secrets, now=NOW)


def is_stamped(headers: dict[str, str], *, secrets: tuple[str, ...] = ("hush",)) -> bool:
    return signed(BODY, headers=headers, secrets=secrets, now=NOW, timestamp_header=STAMP)


def test_the_known_answer_of_hmac_sha256() -> None:
    """The second test case of RFC 4231."""
    known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    told = {SIGNATURE: known}
    text = b"what do ya want for nothing?"
    assert signed(text, headers=told, secrets=["Jefe"], now=NOW)
    assert not signed(text + b" ", headers=told, secrets=["Jefe"], now=NOW)


def test_a_body_signed_with_one_of_our_secrets_is_grafanas() -> None:
    assert is_signed({SIGNATURE: sign(BODY)})
    assert is_signed({SIGNATURE: sign(BODY, "old")}, secrets=("new", "old"))
    assert is_signed({SIGNATURE.lower(): sign(BODY).upper() + " "})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: ""},
        {SIGNATURE: "0" * 64},
        {SIGNATURE: sign(BODY)[:-1]},
        {SIGNATURE: sign(BODY, "other")},
        {SIGNATURE: sign(BODY + b" ")},
        {SIGNATURE: "sha256=" + sign(BODY)},
        {SIGNATURE: "é\udcff" + sign(BODY)[2:]},
        {"Authorization": sign(BODY)},
    ],
)
def test_any_other_signature_is_not(headers: dict[str, str]) -> None:
    assert not is_signed(headers)
    assert not is_stamped(headers | {STAMP: str(int(NOW.timestamp()))})


def test_no_secret_and_an_empty_secret_sign_nothing() -> None:
    assert not is_signed({SIGNATURE: sign(BODY, "")}, secrets=("",))
    assert not is_signed({SIGNATURE: sign(BODY)}, secrets=())


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(0), True),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, seconds=1), False),
        (timedelta(minutes=6), False),
        (-timedelta(seconds=60), True),
        (-timedelta(seconds=61), False),
    ],
)
def test_a_stamp_is_good_for_five_minutes(age: timedelta, good: bool) -> None:
    assert is_stamped(stamped(NOW - age)) is good


def test_a_stamped_signature_is_needed_where_it_was_agreed() -> None:
    assert not is_stamped({SIGNATURE: sign(BODY)})
    assert not is_signed(stamped(NOW))
    assert not is_stamped(stamped(NOW, key="other"))
    assert is_stamped({name.lower(): value for name, value in stamped(NOW).items()})


@pytest.mark.parametrize(
    "stamp", ["", "now", "-1", "1e9", "9" * 5000, "99999999999", "١٧٦٣٧٤٨٠٠٠", "\ud800"]
)
def test_a_stamp_that_is_no_time_is_no_stamp(stamp: str) -> None:
    told = {SIGNATURE: sign(stamp.encode("utf-8", "replace") + b":" + BODY), STAMP: stamp}
    assert not is_stamped(told)


def test_another_stamp_breaks_the_signature() -> None:
    told = stamped(NOW - timedelta(minutes=6)) | {STAMP: str(int(NOW.timestamp()))}
    assert not is_stamped(told)
