"""Files of secrets that are read only when they are used: judged while the configuration loads."""

import json
from pathlib import Path

import pytest

from responder.config import Config
from responder.configfile import Loaded, load
from responder.problems import BadConfig
from tests.playbooks.datacentre.scene import PIN, site_written


def loaded(folder: Path, pin: str, *, mode: int = 0o600) -> Loaded[Config]:
    """A data centre whose PIN stands there."""
    site = site_written(folder)
    (folder / "pin").chmod(mode)
    site["authorised"]["pin_file"] = pin
    path = folder / "responder.yaml"
    path.write_text(f"datacentres: {json.dumps({'fra1': {'contact': site}})}")
    return load(path, Config)


def revealed(told: Loaded[Config]) -> str:
    contact = told.value.datacentres["fra1"].contact
    assert contact is not None
    assert contact.authorised is not None
    assert contact.authorised.pin_file is not None
    return contact.authorised.pin_file.reveal()


def test_a_path_begins_at_the_file_that_names_it(tmp_path: Path) -> None:
    told = loaded(tmp_path, "pin")
    assert (revealed(told), told.findings) == (PIN, ())


def test_one_that_others_can_read_is_a_finding_with_its_place(tmp_path: Path) -> None:
    [found] = loaded(tmp_path, "pin", mode=0o644).findings
    assert "is open to everybody: chmod 600 it" in found.message
    assert found.line == 1
    assert PIN not in str(found)


def test_one_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    [found] = loaded(tmp_path, "nope").findings
    assert "can't be read" in found.message


def test_a_credential_of_systemd_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert revealed(loaded(tmp_path, "${cred:pin}")) == PIN


@pytest.mark.parametrize("written", ["${env:PIN}", "${cred:pin}", "${vault:pin}"])
def test_what_is_no_file_is_refused(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("PIN", "0815-lynx")
    with pytest.raises(BadConfig) as caught:
        loaded(tmp_path, written)
    assert "0815-lynx" not in str(caught.value)
