"""The container image and its compose file: volumes that can be written, a health check that is answered."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conftest import wait_until
from thumper.conftest import START_SECONDS
from thumper.tests.test_settings import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LISTENS, PROBED = "0.0.0.0:8000", "127.0.0.1:8000"  # in the Dockerfile's CMD and HEALTHCHECK


def _last_stage() -> list[tuple[str, str]]:
    """Every instruction of the stage that becomes the image, with its arguments on one line."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    code = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    joined = code.replace("\\\n", " ").splitlines()
    instructions = [
        (name, arguments.strip()) for name, _, arguments in (line.partition(" ") for line in joined)
    ]
    start = max(index for index, (name, _) in enumerate(instructions) if name == "FROM")
    return [instruction for instruction in instructions[start:] if instruction[0]]


def _shell_commands(line: str) -> list[list[str]]:
    """The words of each command that a RUN instruction joins with `&&`."""
    commands: list[list[str]] = [[]]
    for word in shlex.split(line):
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


@dataclass
class Image:
    """What the Dockerfile says of users and folders, up to its VOLUME instruction."""

    user: str
    uids: dict[str, str]
    owners: dict[str, str]  # folder -> name of the user to whom it is given
    volumes: list[str]


@pytest.fixture(scope="module")
def image() -> Image:
    image = Image(user="root", uids={}, owners={}, volumes=[])
    for name, arguments in _last_stage():
        if name == "USER":
            image.user = arguments
        elif name == "VOLUME":
            image.volumes = arguments.split()
            break
        elif name == "RUN":
            for words in _shell_commands(arguments):
                if words[0] == "useradd":
                    image.uids[words[-1]] = words[words.index("--uid") + 1]
                elif words[:3] == ["install", "-d", "-o"]:
                    folders = [word for word in words[4:] if word.startswith("/")]
                    image.owners |= dict.fromkeys(folders, words[3])
    return image


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


def test_every_volume_is_a_folder_of_the_user_that_the_image_runs_as(image: Image) -> None:
    """A new volume takes owner and rights from the image's folder, and is root's where there is none."""
    assert image.volumes
    owners = {volume: image.uids.get(image.owners.get(volume, "root")) for volume in image.volumes}
    assert owners == dict.fromkeys(image.volumes, image.user)


def test_compose_mounts_volumes_on_such_folders_alone(
    image: Image, compose: dict[str, Any]
) -> None:
    services = [service for service in compose["services"].values() if "build" in service]
    mounts = {mount.split(":")[1] for service in services for mount in service["volumes"]}
    assert mounts == set(image.volumes)


def test_compose_sets_the_folders_of_files_to_its_volumes(
    image: Image, compose: dict[str, Any]
) -> None:
    for service in compose["services"].values():
        if "build" in service:
            names = ("MEDIA_ROOT", "EXPORT_ROOT", "MODEL_ROOT")
            assert {service["environment"][name] for name in names} == set(image.volumes)


@dataclass
class Server:
    """The image's own server command, running in production mode for one host name."""

    address: str
    log: Path
    env: dict[str, str]

    def get(self, path: str, host: str | None = None) -> tuple[int, str]:
        headers = {"Host": host} if host else {}
        request = urllib.request.Request(f"http://{self.address}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """No database and no Redis are there: the process lives all the same."""
    home = tmp_path_factory.mktemp("container")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    env = PRODUCTION | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "THUMPER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home}/missing/thumper.sqlite3",
        "REDIS_URL": f"unix://{home}/missing/redis.sock",
    }
    command = json.loads(dict(_last_stage())["CMD"])
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
    _, _, command = dict(_last_stage())["HEALTHCHECK"].partition("CMD ")
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
