"""Does the manifest for Kubernetes hold together, and is the configuration in it one of ours?"""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from responder.config import Config
from responder.configfile import load
from tests.rooms import HOUSE

MANIFEST = HOUSE / "deploy" / "kubernetes" / "responder.yaml"


@pytest.fixture
def parts() -> dict[str, Any]:
    """The objects of the manifest by their kind."""
    return {part["kind"]: part for part in YAML(typ="safe").load_all(MANIFEST)}


@pytest.fixture
def pod(parts: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = parts["StatefulSet"]["spec"]["template"]["spec"]
    return told


def test_it_is_a_configuration_a_service_and_a_set(parts: dict[str, Any]) -> None:
    assert set(parts) == {"ConfigMap", "Service", "StatefulSet"}
    label = {"app.kubernetes.io/name": "rapid-responder"}
    assert all(part["metadata"]["labels"] == label for part in parts.values())
    assert parts["Service"]["spec"]["selector"] == label
    assert parts["StatefulSet"]["spec"]["selector"]["matchLabels"] == label
    assert parts["StatefulSet"]["spec"]["template"]["metadata"]["labels"] == label


def test_the_configuration_is_accepted_with_its_secrets_beside_it(
    parts: dict[str, Any], pod: dict[str, Any], tmp_path: Path
) -> None:
    for secret in secret_files(pod):
        (tmp_path / secret).parent.mkdir(exist_ok=True)
        (tmp_path / secret).write_text("a secret\n")
        (tmp_path / secret).chmod(0o600)
    file = tmp_path / "responder.yaml"
    file.write_text(parts["ConfigMap"]["data"]["responder.yaml"])
    config = load(file, Config).value
    listens = config.daemon.listen.rpartition(":")[2]
    (container,) = pod["containers"]
    assert [port["containerPort"] for port in container["ports"]] == [int(listens)]
    assert config.daemon.store.startswith("sqlite:////data/")
    assert {"mountPath": "/data", "name": "data"} in container["volumeMounts"]


def test_every_secret_of_the_configuration_is_mounted(
    parts: dict[str, Any], pod: dict[str, Any]
) -> None:
    named = re.findall(r"_file: (\S+?)[,}]", parts["ConfigMap"]["data"]["responder.yaml"])
    assert sorted(named) == sorted(secret_files(pod))


def test_it_runs_as_the_nobody_of_the_image_with_nothing_to_write_on(pod: dict[str, Any]) -> None:
    image = (HOUSE / "Dockerfile").read_text(encoding="utf-8")
    assert (
        f"USER {pod['securityContext']['runAsUser']}:{pod['securityContext']['fsGroup']}" in image
    )
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False


def test_its_probes_are_those_that_ask_nobody_else(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    paths = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("liveness", "readiness")
    }
    assert paths == {"liveness": "/-/healthy", "readiness": "/-/ready"}
    assert pod["terminationGracePeriodSeconds"] > 20


def secret_files(pod: dict[str, Any]) -> list[str]:
    """Where the secrets lie beside the configuration."""
    (folder,) = (volume["projected"] for volume in pod["volumes"] if volume["name"] == "config")
    (secret,) = (source["secret"] for source in folder["sources"] if "secret" in source)
    return [item["path"] for item in secret["items"]]
