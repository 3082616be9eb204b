"""Does each bad input at an alert door get its clear answer, and is nothing lost by it?"""

import asyncio
import base64
import gzip
import hashlib
import hmac
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from responder.clock import HandClock
from tests.require import free_port
from tests.responder.web.reading import read
from tests.stories.stage import ADMIN, FILE, TOKEN, VIEWER, Stage, begin, firing, write_config

DOOR = "/api/v1/alertmanager"
DOORS = (DOOR, "/api/v2/alerts")
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HMAC = "X-Grafana-Alerting-Signature"
GRAFANA = """senders:
  grafana: {{kind: grafana, token_file: secrets/grafana, signature_file: secrets/hmac}}
  stamped: {{kind: grafana, token_file: secrets/stamped, signature_file: secrets/hmac,
             timestamp_header: X-Stamp}}
"""


async def send(
    stage: Stage, body: bytes, *, to: str = DOOR, method: str = "POST", **headers: str
) -> tuple[int, Any]:
    """The status and the JSON of the answer (None when it is empty)."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        told = {**BEARER, **own}
        answer = await session.request(method, stage.url + to, data=io.BytesIO(body), headers=told)
        text = await answer.read()
        return answer.status, json.loads(text) if text else None


async def incidents(stage: Stage) -> list[Any]:
    _, told = await stage.ask("GET", "/api/v1/incidents?limit=1000")
    listed: list[Any] = told["incidents"]
    return listed


async def counted(stage: Stage, reason: str, *, sender: str = "alertmanager") -> float:
    """How often the metrics say that a door refused this sender for this reason."""
    _, told = await stage.ask("GET", "/metrics")
    line = rf'responder_intake_rejected_total{{reason="{reason}",sender="{sender}"}} (\S+)'
    found = re.search(line, told)
    return float(found[1]) if found else 0.0


def alerts_of(body: bytes, to: str) -> bytes:
    """The same alerts as this door wants them: the API takes the bare list."""
    return body if to == DOOR else json.dumps(json.loads(body)["alerts"]).encode()


FIRING = json.dumps(firing()).encode()


@pytest.mark.parametrize("to", DOORS)
async def test_what_is_no_json_is_kept_once_counted_and_answered_400(stage: Stage, to: str) -> None:
    shapes = [
        b"{nonsense", b"", b"\xff\xfe", b"null", b"5", b'"text"', b"[" * 100_000, FIRING[:-9],
        b'{"alerts": 5}', b'{"alerts": {}}', b"<html>",
    ]  # fmt: skip
    readable = {DOOR: (), DOORS[1]: (b"null",)}[to]
    wrong = [body for body in shapes if body not in readable]
    for body in (*wrong, *wrong):
        status, told = await send(stage, body, to=to)
        assert (status, told["error"]["code"]) == (400, "unreadable"), body[:20]
    assert await counted(stage, "unreadable") == 2 * len(wrong)
    _, kept = await stage.ask("GET", "/api/v1/quarantine")
    assert (kept["total"], {one["times"] for one in kept["bodies"]}) == (len(wrong), {2})
    assert await incidents(stage) == []


@pytest.mark.parametrize("to", DOORS)
async def test_without_a_good_token_nothing_is_stored_and_it_is_counted(
    stage: Stage, to: str
) -> None:
    wrong = ["", "Bearer", "Bearer wrong", f"bearer  {TOKEN}x", "Basic !!!", f"Token {TOKEN}",
             "Basic " + base64.b64encode(b"user:wrong").decode()]  # fmt: skip
    for header in wrong:
        status, told = await send(stage, alerts_of(FIRING, to), to=to, Authorization=header)
        assert (status, told["error"]["code"]) == (401, "auth"), header
    assert await counted(stage, "auth", sender="") == len(wrong)
    assert await incidents(stage) == []


async def test_a_token_of_a_person_opens_no_door_and_is_counted(stage: Stage) -> None:
    for token in (VIEWER, ADMIN):
        assert await stage.send(firing(), token=token) == 403
    assert await counted(stage, "auth", sender="viewer") == 1
    assert await counted(stage, "auth", sender="admin") == 1


async def test_a_token_comes_as_bearer_or_as_a_password_old_or_new(stage: Stage) -> None:
    basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    for header in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {basic}"):
        assert (await send(stage, FIRING, Authorization=header))[0] == 200
    (stage.folder / "secrets" / "alertmanager").write_text(f"newer-token\n{TOKEN}\n")
    for token in ("newer-token", TOKEN):
        assert await stage.send(firing(), token=token) == 200
    assert len(await incidents(stage)) == 1


@pytest.mark.parametrize("to", DOORS)
async def test_a_packed_body_is_refused_unopened(stage: Stage, to: str) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    for encoding in ("gzip", "deflate", "br", "zstd"):
        status, told = await send(stage, bomb, to=to, Content_Encoding=encoding)
        assert (status, told["error"]["code"]) == (415, "encoding")
    assert await counted(stage, "encoding") == 4


@pytest.mark.parametrize("to", DOORS)
async def test_five_mebibytes_are_taken_and_eleven_are_not(stage: Stage, to: str) -> None:
    big = firing()
    big["alerts"][0]["annotations"]["description"] = "x" * (5 << 20)
    assert (await send(stage, alerts_of(json.dumps(big).encode(), to), to=to))[0] == 200
    status, told = await send(stage, b" " * (11 << 20), to=to)
    assert (status, told["error"]["code"]) == (413, "too_large")
    assert await counted(stage, "too_large") == 1
    assert len(await incidents(stage)) == 1


async def test_ten_thousand_alerts_in_one_body_are_all_taken(stage: Stage) -> None:
    body = firing()
    (one,) = body["alerts"]
    body["alerts"] = [
        {**one, "labels": {**one["labels"], "disk": f"sd{number}"}, "fingerprint": f"{number:016x}"}
        for number in range(10_000)
    ]
    assert (await send(stage, json.dumps(body).encode()))[0] == 200
    (incident,) = await incidents(stage)
    assert (incident["alerts_total"], len(incident["alerts"])) == (10_000, 20)
    _, listed = await stage.ask("GET", "/api/v2/alerts")
    assert len(listed) == 10_000


@pytest.mark.parametrize("to", DOORS)
async def test_a_body_that_is_cut_off_on_its_way_stores_nothing(
    stage: Stage, to: str, capfd: pytest.CaptureFixture[str]
) -> None:
    body = alerts_of(FIRING, to)
    head = (
        f"POST {to} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    for cut in (0, 1, len(body) // 2, len(body) - 1):
        _, writer = await asyncio.open_connection("127.0.0.1", stage.daemon.port)
        writer.write(head.encode() + body[:cut])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    assert await incidents(stage) == []
    assert "Traceback" not in "".join(capfd.readouterr())
    assert await stage.send(firing()) == 200
    assert len(await incidents(stage)) == 1


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_http_of_any_age_is_understood_and_two_hosts_are_not(
    stage: Stage, version: str
) -> None:
    async def talk(hosts: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.daemon.port)
        head = f"POST {DOOR} HTTP/{version}\r\n{hosts}Authorization: Bearer {TOKEN}\r\n"
        head += f"Connection: close\r\nContent-Length: {len(FIRING)}\r\n\r\n"
        writer.write(head.encode() + FIRING)
        answer = await reader.read()
        writer.close()
        return answer

    assert b" 400 " in (await talk("Host: a\r\nHost: b\r\n")).partition(b"\r\n")[0]
    assert await incidents(stage) == []
    assert b" 200 " in (await talk("Host: a\r\n")).partition(b"\r\n")[0]
    assert len(await incidents(stage)) == 1


async def test_fields_that_nobody_knows_and_a_year_1_are_no_trouble(stage: Stage) -> None:
    body = {**firing(), "routeLabels": {"a": "b"}, "notification_reason": "x", "foo": {"bar": []}}
    body["alerts"] = [{**body["alerts"][0], "new": 1, "endsAt": "0001-01-01T00:00:00Z"}]
    assert (await send(stage, json.dumps(body).encode()))[0] == 200
    (incident,) = await incidents(stage)
    assert (incident["alerts"][0]["status"], incident["alerts"][0]["ends_at"]) == ("firing", None)


async def test_scripts_in_labels_are_text_everywhere(stage: Stage) -> None:
    evil = '"><script>alert(1)</script>'
    body = firing(evil, name=evil)
    body["alerts"][0]["labels"][evil] = evil
    body["alerts"][0]["annotations"] = {"summary": evil, evil: evil}
    assert await stage.send(body) == 200
    (incident,) = await incidents(stage)
    assert incident["title"] == evil
    assert incident["alerts"][0]["labels"][evil] == evil
    _, board = await stage.ask("GET", "/", token="")
    assert "script" not in read(board).tags
    assert evil in read(board).text
    _, metrics = await stage.ask("GET", "/metrics")
    assert "alert(1)" not in metrics


async def test_one_unreadable_alert_does_not_lose_the_others(stage: Stage) -> None:
    body = firing()
    body["alerts"] = [5, {"status": "burning", "labels": {}}, *body["alerts"], {"status": "firing"}]
    assert await stage.send(body) == 200
    assert len(await incidents(stage)) == 1
    assert await counted(stage, "unreadable") == 3
    _, kept = await stage.ask("GET", "/api/v1/quarantine")
    assert kept["total"] == 3


async def test_another_method_at_a_door_is_told_and_counted(stage: Stage) -> None:
    status, told = await send(stage, b"", method="DELETE")
    assert (status, told["error"]["code"]) == (405, "method")
    assert await counted(stage, "method", sender="") == 1


@pytest.fixture
async def grafana(tmp_path: Path, clock: HandClock) -> AsyncIterator[Stage]:
    """A stage with two Grafanas that sign: one the body, one the time and the body."""
    (tmp_path / "secrets").mkdir()
    for name in ("grafana", "stamped", "hmac"):
        secret = tmp_path / "secrets" / name
        secret.write_text(f"{name}-secret\n")
        secret.chmod(0o600)
    file = FILE.replace("senders:\n", GRAFANA)
    stage = await begin(write_config(tmp_path, smtp=free_port(), file=file), clock=clock)
    yield stage
    await stage.daemon.end()


def signature(text: bytes, secret: bytes = b"hmac-secret") -> str:
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


async def test_grafana_puts_a_signed_body_of_version_1(grafana: Stage) -> None:
    body = json.dumps({**firing(), "version": "1", "orgId": 1, "state": "alerting"}).encode()
    bearer = {"Authorization": "Bearer grafana-secret"}
    for method in ("PUT", "POST"):
        signed = {**bearer, HMAC: signature(body)}
        assert (await send(grafana, body, method=method, **signed))[0] == 200
    (incident,) = await incidents(grafana)
    assert incident["title"] == "web1 does not answer"
    wrong = ["", signature(body + b" "), signature(body, b"other"), signature(body)[:-1], "x"]
    for told in wrong:
        status, answer = await send(grafana, body, **bearer, **{HMAC: told})
        assert (status, answer["error"]["code"]) == (401, "auth")
    assert (await send(grafana, body, **bearer))[0] == 401
    assert await counted(grafana, "auth", sender="grafana") == len(wrong) + 1


async def test_grafana_signs_the_time_too_and_an_old_body_is_refused(
    grafana: Stage, clock: HandClock
) -> None:
    now = int(clock.now().timestamp())

    async def put(stamp: object, text: bytes) -> int:
        headers = {
            "Authorization": "Bearer stamped-secret",
            "X-Stamp": str(stamp),
            HMAC: signature(text),
        }
        return (await send(grafana, FIRING, method="PUT", **headers))[0]

    assert await put(now, f"{now}:".encode() + FIRING) == 200
    assert await put(now, FIRING) == 401
    for stamp in (now - 360, now + 120, "soon", ""):
        assert await put(stamp, f"{stamp}:".encode() + FIRING) == 401
    assert len(await incidents(grafana)) == 1
