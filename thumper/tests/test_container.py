"""The container image and its compose file: volumes that can be written, a health check that is answered.

What the files say is read here; `test_compose.py` starts all of it.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import free_port, wait_until
from thumper.conftest import START_SECONDS
from thumper.tests.asking import ask
from thumper.tests.engine import ROOT, Image, compose_file, last_stage, shell_commands
from thumper.tests.test_settings import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTENS, PROBED = "0.0.0.0:8000", "127.0.0.1:8000"  # in the Dockerfile's CMD and HEALTHCHECK


@pytest.fixture(scope="module")
def image() -> Image:
    return Image.read()


def _owners(image: Image) -> dict[str, str]:
    """Of each folder that the image makes the user to whom it is given."""
    owners: dict[str, str] = {}
    for line in image.runs:
        for words in shell_commands(line):
            if words[:3] == ["install", "-d", "-o"]:
                folders = [word for word in words[4:] if word.startswith("/")]
                owners |= dict.fromkeys(folders, words[3])
    return owners


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return compose_file({"ALLOWED_HOSTS": "deer.example.org"})


def test_every_volume_is_a_folder_of_the_user_that_the_image_runs_as(image: Image) -> None:
    """A new volume takes owner and rights from the image's folder, and is root's where there is none."""
    assert image.volumes
    owners = _owners(image)
    uids = {volume: image.uids.get(owners.get(volume, "root")) for volume in image.volumes}
    assert uids == dict.fromkeys(image.volumes, int(image.user))


def test_compose_mounts_volumes_on_such_folders_alone(
    image: Image, compose: dict[str, Any]
) -> None:
    services = [service for service in compose["services"].values() if "build" in service]
    mounts = [mount.split(":") for service in services for mount in service["volumes"]]
    assert {mount[1] for mount in mounts if mount[2:] != ["ro"]} == set(image.volumes)


def test_compose_sets_the_folders_of_files_to_its_volumes(
    image: Image, compose: dict[str, Any]
) -> None:
    for service in compose["services"].values():
        if "build" in service:
            names = ("MEDIA_ROOT", "EXPORT_ROOT", "MODEL_ROOT")
            assert {service["environment"][name] for name in names} == set(image.volumes)


def test_every_service_is_contained(image: Image, compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), name
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name
        user = image.user if "build" in service else service["user"]
        assert user.split(":")[0] not in ("0", "root"), name


def test_no_service_gets_all_of_env_or_a_password_in_its_environment(
    compose: dict[str, Any],
) -> None:
    for name, service in compose["services"].items():
        assert "env_file" not in service, name
        names = set(service.get("environment", ()))
        assert not names & {"SECRET_KEY", "EMAIL_URL", "DATABASE_PASSWORD", "REDIS_PASSWORD"}
        assert not re.search(r"://[^/@]*:[^/@]*@", str(service.get("environment"))), name


def test_every_setting_of_the_example_reaches_the_web_server(compose: dict[str, Any]) -> None:
    """Settings are named one by one in docker-compose.yml: a new one must be there too."""
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z][A-Z_0-9]+)=", example, re.MULTILINE))
    of_compose = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    elsewhere = {
        *("DEBUG", "THUMPER_HOME"),  # refused in production; the image's own
        *("BACKUP_ROOT", "PG_BIN"),  # of one command, which is given them when it is called
        *("SECRET_KEY", "EMAIL_URL", "DATABASE_PASSWORD", "REDIS_PASSWORD"),  # in files
    }
    given = set(compose["services"]["web"]["environment"])
    assert named - given - elsewhere - of_compose == set()


def test_what_compose_asks_of_env_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    assert {name for name in asked if f"#{name}=" not in example} == set()


def test_a_base_image_has_a_tag_and_a_digest_of_the_right_form() -> None:
    texts = (ROOT / "Dockerfile").read_text() + (ROOT / "docker-compose.yml").read_text()
    images = re.findall(r"^(?:FROM|    image:) (\S+)", texts, re.MULTILINE)
    assert len(images) >= 4
    for image in images:
        assert re.fullmatch(r"[a-z]+:[a-z0-9.-]+(@sha256:[0-9a-f]{64})?", image), image


@dataclass
class Server:
    """The image's own server command, running in production mode for one host name."""

    address: str
    log: Path
    env: dict[str, str]

    def get(self, path: str, host: str | None = None) -> tuple[int, str]:
        headers = {"Host": host} if host else {}
        answer = ask(f"http://{self.address}{path}", headers=headers, seconds=START_SECONDS)
        return answer.status, answer.text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """No database and no Redis are there: the process lives all the same."""
    home = tmp_path_factory.mktemp("container")
    address = f"127.0.0.1:{free_port()}"
    env = PRODUCTION | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "THUMPER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home}/missing/thumper.sqlite3",
        "REDIS_URL": f"unix://{home}/missing/redis.sock",
    }
    command = json.loads(dict(last_stage())["CMD"])
    assert LISTENS in command
    server = Server(address, home / "server.log", env)
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [address if word == LISTENS else word for word in command],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: _listens(address), START_SECONDS, f"gunicorn starts; see {server.log}")
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0


@pytest.mark.service
def test_the_health_check_of_the_image_is_answered(server: Server) -> None:
    _, _, command = dict(last_stage())["HEALTHCHECK"].partition("CMD ")
    assert PROBED in command
    assert server.get("/healthz") == (200, "ok")  # waits until a worker process has loaded
    check = json.loads(command.replace(PROBED, server.address))
    result = subprocess.run(check, env=server.env, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    log = server.log.read_text()
    assert "Listening at" in log
    assert "Traceback" not in log
    assert "DisallowedHost" not in log


@pytest.mark.service
def test_readiness_asked_by_address_says_no_more_than_that(server: Server) -> None:
    status, body = server.get("/readyz")
    assert (status, json.loads(body)) == (503, {"ready": False})
    assert "the database does not answer" in server.log.read_text()
    assert "DisallowedHost" not in server.log.read_text()


@pytest.mark.service
def test_everything_else_asked_by_address_is_refused(server: Server) -> None:
    assert server.get("/api/")[0] == 400
    assert server.get("/admin/login/")[0] == 400


@pytest.mark.service
def test_an_unknown_name_is_refused_for_probes_too(server: Server) -> None:
    assert server.get("/healthz", "evil.example")[0] == 400
    assert server.get("/healthz", "deer.example.org")[0] == 200
