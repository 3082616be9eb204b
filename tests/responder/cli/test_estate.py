"""Do verbs know what the panels last said, with and without a store?"""

from datetime import UTC, datetime
from pathlib import Path

from responder.cli.estate import known_maps
from responder.config import Config
from responder.configfile import load
from responder.store import probes
from responder.store.opening import open_store
from responder.store.probes import MapRow
from tests.responder.cli.asking import call, settle

COMPANY = """
daemon: {store: "sqlite:///responder.db"}
servers:
  web1:
    address: 127.0.0.2
    panel: {kind: whm, token_file: token}
probes:
  looks:
    - {kind: http, servers: web1, each: domain}
"""
ACCOUNT = {"user": "blue", "domain": "blue.example", "owner": "root", "ip": "", "plan": ""}
BODY = {"resellers": [], "accounts": [{**ACCOUNT, "suspended": False}]}


async def settled(folder: Path) -> Path:
    """A company whose panel has told of one domain."""
    (folder / "token").write_text("sesame")
    (folder / "token").chmod(0o600)
    file = settle(folder, COMPANY)
    store = open_store("sqlite:///responder.db", beside=folder)
    await store.write(probes.keep_map, MapRow("web1", datetime.now(UTC), BODY, ""))
    await store.close()
    return Path(file)


async def test_a_domain_of_a_panel_can_be_explained(tmp_path: Path) -> None:
    file = await settled(tmp_path)
    told = call("explain", "--look", "web1/blue.example/http", "-c", file)
    assert told.exit_code == 0, told.output
    assert "confirmed: 3 failing looks in a row" in told.stdout
    assert "priority: medium" in told.stdout


async def test_without_a_store_only_the_file_is_known(tmp_path: Path) -> None:
    file = await settled(tmp_path)
    (tmp_path / "responder.db").unlink()
    assert known_maps(file, load(file, Config).value) == {}
    told = call("explain", "--look", "web1/blue.example/http", "-c", file)
    assert (told.exit_code, "there is no look" in told.stderr) == (1, True)
