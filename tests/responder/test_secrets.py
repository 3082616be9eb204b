"""Is a secret taken from its place at each use, compared in silence, and never shown?"""

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from probes.redaction import scrub
from responder.problems import Loading
from responder.secrets import (
    Secret,
    SecretFile,
    SecretText,
    SecretUnreadable,
    is_reference,
    too_open,
)


class Door(BaseModel):
    """A thing with a secret of each sort."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token_file: SecretFile | None = None
    password: SecretText | None = None


def from_file(path: Path, content: str) -> Secret:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    secret = Door.model_validate({"token_file": str(path)}).token_file
    assert secret
    return secret


def refused(values: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as caught:
        Door.model_validate(values)
    (error,) = caught.value.errors(include_input=False)
    return error["msg"].removeprefix("Value error, ")


def test_the_whitespace_around_a_secret_is_cut_off(tmp_path: Path) -> None:
    assert from_file(tmp_path / "token", "\n  hunter2 two \r\n\n").reveal() == "hunter2 two"


def test_a_changed_file_counts_at_the_next_use(tmp_path: Path) -> None:
    secret = from_file(tmp_path / "token", "old-secret")
    (tmp_path / "token").write_text("new-secret", encoding="utf-8")
    assert secret.reveal() == "new-secret"
    assert secret.matches("new-secret")
    assert not secret.matches("old-secret")


def test_two_lines_are_two_valid_secrets_while_one_is_being_changed(tmp_path: Path) -> None:
    secret = from_file(tmp_path / "token", "new-secret\nold-secret\n")
    assert secret.reveal() == "new-secret"
    assert secret.matches("new-secret")
    assert secret.each() == ("new-secret", "old-secret")
    assert secret.matches("old-secret")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "hunter",
        "hunter22",
        "Hunter2",
        "hunter2\n",
        "x" * 10_240,
        "h\xfcnter2",
        "\udcff",
    ],
)
def test_anything_else_does_not_match(given: str) -> None:
    assert not Secret.of("hunter2").matches(given)


def test_a_secret_beyond_ascii_matches_itself() -> None:
    assert Secret.of("пароль-\U0001f511").matches("пароль-\U0001f511")


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR", " hunter2 ")
    door = Door.model_validate({"password": "${env:DOOR}"})
    assert door.password
    assert door.password.reveal() == "hunter2"
    monkeypatch.delenv("DOOR")
    with pytest.raises(SecretUnreadable, match="environment variable DOOR is not set") as caught:
        door.password.reveal()
    assert caught.value.transient
    assert not caught.value.ambiguous


def test_a_secret_comes_from_systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert refused({"password": "${cred:whm}"}) == (
        "the environment variable CREDENTIALS_DIRECTORY is not set"
    )
    (tmp_path / "whm").write_text("hunter2", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    door = Door.model_validate({"password": "${cred:whm}", "token_file": "${cred:whm}"})
    assert door.password
    assert door.password.reveal() == "hunter2"
    assert door.password == door.token_file


def test_paths_begin_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "rt").write_text("hunter2", encoding="utf-8")
    values = {"password": "${file:secrets/rt}", "token_file": "secrets/rt"}
    door = Door.model_validate(values, context=Loading(tmp_path))
    assert door.password
    assert door.password.reveal() == "hunter2"
    assert door.password == door.token_file


@pytest.mark.parametrize(
    "written", ["hunter2", "", 5, True, ["hunter2"], "x${env:HOME}", "${env:}"]
)
def test_a_plain_secret_is_refused(written: object) -> None:
    assert refused({"password": written}) == (
        "a secret never stands here itself: write ${env:NAME}, ${cred:NAME} or ${file:PATH}"
    )


def test_a_place_that_does_not_exist_is_refused() -> None:
    assert refused({"password": "${vault:x}"}) == '"vault" is no place for a secret'
    assert refused({"password": "${fil:x}"}) == (
        '"fil" is no place for a secret, did you mean "file"?'
    )
    assert refused({"token_file": 5}) == "must be the path of a file"


CONTENTS = {
    "empty": (b"", "has 0 lines; a secret is one line, or two while it changes"),
    "blank": (b" \n\n", "has 0 lines; a secret is one line, or two while it changes"),
    "a list": (b"a\nb\nc\n", "has 3 lines; a secret is one line, or two while it changes"),
    "binary": (b"\xff\xfe\x00", "is not UTF-8 text"),
    "endless": (b"x" * 65_537, "is over 65536 bytes"),
}


@pytest.mark.parametrize(("content", "why"), CONTENTS.values(), ids=CONTENTS)
def test_a_file_that_is_no_secret_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    assert refused({"token_file": str(path)}) == f"the secret file {path} {why}"


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused({"token_file": str(pipe)}) == f"the secret file {pipe} is not a plain file"
    assert refused({"token_file": str(tmp_path)}).endswith("is not a plain file")
    assert refused({"token_file": "/dev/zero"}).endswith("is not a plain file")
    assert refused({"token_file": str(tmp_path / "none")}).endswith("No such file or directory")


def test_a_file_that_goes_away_is_trouble_that_may_pass(tmp_path: Path) -> None:
    secret = from_file(tmp_path / "token", "hunter2")
    (tmp_path / "token").unlink()
    with pytest.raises(SecretUnreadable, match="No such file or directory") as caught:
        secret.matches("hunter2")
    assert caught.value.transient
    (tmp_path / "token").write_text("hunter2", encoding="utf-8")
    assert secret.matches("hunter2")


MODES = [
    (0o400, 1, 1, ""),
    (0o600, 1, 1, ""),
    (0o600, 0, 1, ""),
    (0o440, 0, 1, ""),
    (0o440, 1, 1, "is open to its group"),
    (0o440, 0, 0, "is open to its group"),
    (0o460, 0, 1, "is open to its group"),
    (0o640, 1, 1, "is open to its group"),
    (0o604, 1, 1, "is open to everybody"),
    (0o644, 0, 1, "is open to everybody"),
    (0o602, 1, 1, "is open to everybody"),
    (0o600, 2, 1, "belongs to another user"),
]


@pytest.mark.parametrize(("mode", "owner", "me", "why"), MODES)
def test_who_else_can_read_a_file(mode: int, owner: int, me: int, why: str) -> None:
    assert too_open(mode, owner=owner, me=me) == why


def test_an_open_file_is_a_finding_and_works(tmp_path: Path) -> None:
    from_file(tmp_path / "token", "hunter2")
    (tmp_path / "token").chmod(0o640)
    load = Loading(tmp_path)
    door = Door.model_validate({"token_file": "token"}, context=load)
    assert load.findings == [
        ("token", f"the secret file {tmp_path}/token is open to its group: chmod 600 it")
    ]
    assert door.token_file
    assert door.token_file.reveal() == "hunter2"


def test_nothing_shows_a_secret(tmp_path: Path) -> None:
    secret = Secret.of("hunter2hunter2")
    door = Door(password=secret, token_file=from_file(tmp_path / "token", "hunter2hunter2"))
    shown = [repr(secret), str(secret), f"{secret}", repr(door), str(door.model_dump())]
    shown += [door.model_dump_json(), str(door.__dict__)]
    assert not [text for text in shown if "hunter2" in text]
    assert repr(secret) == "Secret(text:...)"


def test_a_revealed_secret_is_masked_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "token"
    secret = from_file(path, "an-older-secret-of-ours")
    path.write_text("a-newer-secret-of-ours", encoding="utf-8")
    assert scrub("a-newer-secret-of-ours") == "a-newer-secret-of-ours"
    secret.reveal()
    assert scrub("a-newer-secret-of-ours an-older-secret-of-ours") == "[secret] [secret]"


def test_only_the_three_places_make_a_reference() -> None:
    assert is_reference("${env:X}")
    assert not is_reference("${other:X}")
    assert not is_reference("a ${env:X}")
    assert not is_reference(5)


def test_an_empty_secret_is_none() -> None:
    with pytest.raises(SecretUnreadable, match="the given secret has 0 lines"):
        Secret.of(" \n")
