"""The keys of tls_config: what is refused at load, what is trusted, and what comes out of files."""

import os
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from probes import handshake
from probes.certificates import read_certificate
from probes.credentials import TextSecret
from probes.handshake import TlsConfig, context, server_name
from probes.model import Phase, Verdict
from probes.reasons import Failed
from tests.certificates import Authority

REFUSED = [
    ({"ca": "x", "ca_file": "x"}, "at most one of ca, ca_file & ca_ref must be configured"),
    ({"cert": "x", "cert_file": "x"}, "at most one of cert, cert_file & cert_ref"),
    ({"key": "x", "key_file": "x"}, "at most one of key, key_file & key_ref"),
    ({"cert": "x"}, "exactly one of key or key_file must be configured when a client certificate"),
    ({"key_file": "x"}, "exactly one of cert or cert_file must be configured when a client key"),
    ({"min_version": "TLS13", "max_version": "TLS12"}, "must be greater than or equal to"),
    ({"min_version": "TLS9"}, "Input should be 'TLS10', 'TLS11', 'TLS12' or 'TLS13'"),
    ({"server": "x"}, "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("keys", "told"), REFUSED)
def test_what_does_not_fit_together_is_refused(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TlsConfig.model_validate(keys)


def test_a_relative_file_stands_beside_the_file_that_names_it() -> None:
    config = TlsConfig.model_validate(
        {"ca_file": "ca.pem"}, context=SimpleNamespace(folder=Path("/etc/responder"))
    )
    assert config.ca_file == Path("/etc/responder/ca.pem")


def test_an_empty_path_is_no_path() -> None:
    assert TlsConfig.model_validate({"ca_file": ""}).ca_file is None


def test_a_key_is_never_shown() -> None:
    config = TlsConfig(cert="x", key=TextSecret("sesame"))
    assert "sesame" not in repr(config) + config.model_dump_json()


def test_the_defaults_are_those_of_go() -> None:
    made = context()
    names = {cipher["name"] for cipher in made.get_ciphers()}
    assert made.minimum_version is ssl.TLSVersion.TLSv1_2
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.check_hostname
    assert not made.hostname_checks_common_name
    assert "AES128-GCM-SHA256" in names
    assert not [name for name in names if name.startswith("DHE") or name.endswith("CBC-SHA384")]


def test_versions_are_bounded_as_told() -> None:
    made = context(TlsConfig(min_version="TLS10", max_version="TLS11"))
    assert (made.minimum_version, made.maximum_version) == (
        ssl.TLSVersion.TLSv1,
        ssl.TLSVersion.TLSv1_1,
    )
    assert context(TlsConfig(max_version="TLS11")).minimum_version is ssl.TLSVersion.TLSv1_1


def test_a_context_is_made_once() -> None:
    assert context(TlsConfig(server_name="a")) is context(TlsConfig(server_name="a"))
    assert context() is context()


def test_a_changed_file_counts_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "_FRESH", 0.0)
    old, new = Authority.root(tmp_path, "Old"), Authority.root(tmp_path, "New")
    file = tmp_path / "ca.pem"
    file.write_bytes(old.file.read_bytes())
    config = TlsConfig(ca_file=file)
    before = context(config)
    file.write_bytes(new.file.read_bytes())
    os.utime(file, ns=(1, 1))
    after = context(config)
    assert _subjects(before) == ["Old"]
    assert _subjects(after) == ["New"]


def _subjects(made: ssl.SSLContext) -> list[str]:
    ders = made.get_ca_certs(binary_form=True)
    return [found.common_name for found in map(read_certificate, ders) if found is not None]


def test_a_file_that_disappears_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(Authority.root(tmp_path).file.read_bytes())
    config = TlsConfig(ca_file=file)
    assert context(config) is context(config)
    file.unlink()
    assert context(config)  # for a second nobody asks
    monkeypatch.setattr(handshake, "_ready", {})
    with pytest.raises(Failed, match="no such file"):
        context(config)


def test_what_is_ready_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "_ready", {})
    monkeypatch.setattr(handshake, "_MOST_READY", 3)
    for number in range(8):
        context(TlsConfig(server_name=f"host{number}"))
    assert len(handshake._ready) <= 3


def test_what_stands_in_the_configuration_is_used(tmp_path: Path) -> None:
    root = Authority.root(tmp_path)
    leaf = root.leaf("client")
    config = TlsConfig(
        ca=root.file.read_text(),
        cert=leaf.certificate_file.read_text(),
        key=TextSecret(leaf.key_file.read_text()),
    )
    assert _subjects(context(config)) == ["Test Root"]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"ca_file": "/nowhere/ca.pem"}, "/nowhere/ca.pem can't be used: no such file"),
        ({"ca": "rubbish"}, "ca can't be used: not pem"),
        ({"cert": "rubbish", "key": "rubbish"}, "cert can't be used: not pem"),
    ],
)
def test_a_file_of_ours_says_nothing_of_the_target(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(Failed, match=told) as caught:
        context(TlsConfig.model_validate(keys))
    assert caught.value.finding.verdict is Verdict.UNKNOWN


def test_an_encrypted_key_is_refused_and_asks_nobody(tmp_path: Path) -> None:
    leaf = Authority.root(tmp_path).leaf("client")
    locked = tmp_path / "locked.pem"
    locked.write_text(
        "-----{0} ENCRYPTED {1}-----\nMIIBvTBX\n-----{2} ENCRYPTED {1}-----\n".format(
            "BEGIN", "PRIVATE KEY", "END"
        )
    )
    with pytest.raises(Failed, match="can't be used"):
        context(TlsConfig(cert_file=leaf.certificate_file, key_file=locked))


def test_the_name_is_the_configs_else_the_hostname_else_the_host() -> None:
    config = TlsConfig(server_name="a.example")
    assert server_name(config, "b.example", "c.example") == "a.example"
    assert server_name(TlsConfig(), "b.example", "c.example") == "b.example"
    assert server_name(None, "", "c.example.") == "c.example"
    assert server_name(None, "", "fe80::1%eth0") == "fe80::1"


@pytest.mark.parametrize("name", [".", ".example", "a" * 64, "a..b", "a\0b", "x" * 5000])
def test_an_impossible_name_is_told(name: str) -> None:
    with pytest.raises(Failed, match="is no name that TLS can ask for") as caught:
        server_name(None, name, "")
    assert caught.value.finding.phase is Phase.TLS
