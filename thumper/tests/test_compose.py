"""Services of docker-compose.yml, each started as a container engine would, on a host that has never seen them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import wait_until
from thumper.tests.engine import ROOT, SECONDS, Engine, refuse_where_it_cannot_run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.service, pytest.mark.timeout(900)]  # the first one starts everything
QUEUES = {"exports", "gpu", "train", "imports", "maintenance"}
ASK = (
    "import sys, urllib.request as u; r = u.Request('http://127.0.0.1:8000' + sys.argv[1]);"
    "r.add_header('Host', sys.argv[2]); print(u.urlopen(r, timeout=60).read().decode())"
)
UNITS = {"m": 2**20, "g": 2**30}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Everything up, as the first lines of docker-compose.yml say."""
    refuse_where_it_cannot_run()
    folder = with_secrets(tmp_path_factory.mktemp("host"))
    env = {"ALLOWED_HOSTS": "deer.example.org", "RANCH_NAME": "Hickory Flats", "ELSE": "secret"}
    with Engine(folder, env, folder / "secrets") as engine:
        engine.build()
        engine.up()
        web = engine.containers["web"]
        wait_until(web.is_healthy, SECONDS, f"web is healthy; see {web.log}")
        wait_until(lambda: queues(engine) == QUEUES, SECONDS, f"every worker listens; see {folder}")
        yield engine


def with_secrets(folder: Path) -> Path:
    (folder / "run").write_bytes((ROOT / "run").read_bytes())
    subprocess.run(["sh", "run", "secrets"], cwd=folder, check=True, capture_output=True)
    return folder


def queues(engine: Engine) -> set[str]:
    """The queues that workers listen on, as Redis knows it."""
    script = (
        'export REDISCLI_AUTH="$(cat /run/secrets/redis_password)";'
        "for worker in $(redis-cli smembers rq:workers); do redis-cli hget $worker queues; done"
    )
    return set(engine.containers["redis"].run("sh", "-c", script).stdout.split())


def test_what_a_container_has_started_ends_with_it(tmp_path: Path) -> None:
    """As another user than whoever started it: of its parent's end Linux tells that one no more."""
    refuse_where_it_cannot_run()
    folder = with_secrets(tmp_path)
    with Engine(folder, {"ALLOWED_HOSTS": "deer.example.org"}, folder / "secrets") as engine:
        redis = engine.start("redis", engine.compose["services"]["redis"])
        wait_until(redis.is_healthy, SECONDS, f"Redis is healthy; see {redis.log}")
        inside = redis.processes()
        assert inside
    assert [pid for pid in inside if Path(f"/proc/{pid}").exists()] == []


def test_it_is_ready(host: Engine) -> None:
    answer = host.containers["web"].run("python", "-c", ASK, "/readyz", "deer.example.org")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["ready"] is True


def test_a_probe_by_address_is_answered_without_a_traceback(host: Engine) -> None:
    web = host.containers["web"]
    for path in ("/healthz", "/readyz"):
        answer = web.run("python", "-c", ASK, path, "10.1.2.3:8000")
        assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in web.text()
    assert "DisallowedHost" not in web.text()


def test_every_service_runs_on(host: Engine) -> None:
    ended = {name for name, one in host.containers.items() if one.process.poll() is not None}
    assert ended == {"migrate"}
    logs = {name: one.text() for name, one in host.containers.items()}
    assert not [name for name, text in logs.items() if "Traceback" in text]


def test_nothing_is_root_or_may_become_it(host: Engine) -> None:
    for name, one in host.containers.items():
        for pid in one.processes():
            status = dict(
                line.split(":\t", 1)
                for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":\t" in line
            )
            assert "0" not in status["Uid"].split(), name
            for kind in ("CapEff", "CapPrm", "CapBnd"):
                assert int(status[kind], 16) == 0, name
            assert status["NoNewPrivs"] == "1", name


def test_a_root_file_system_takes_nothing_and_nobody_missed_it(host: Engine) -> None:
    for name, one in host.containers.items():
        assert "Read-only file system" not in one.text(), name
        if one.process.poll() is None:
            tried = one.run("sh", "-c", "for f in / /app /etc /home/thumper; do touch $f/x; done")
            assert (
                tried.stderr.count("Read-only file system") + tried.stderr.count("No such file")
                == 4
            ), name


def test_secrets_are_in_files_of_those_who_need_them_alone(host: Engine) -> None:
    for name, service in host.compose["services"].items():
        if name not in host.containers or host.containers[name].process.poll() is not None:
            continue
        seen = host.containers[name].run("ls", "/run/secrets").stdout.split()
        assert set(seen) == set(service["secrets"])
        pid = host.containers[name].pid
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        for file in host.secrets.iterdir():
            if file.name != "email_url":
                assert file.read_bytes().strip() not in environment + command, name
    assert host.containers["postgres"].run("ls", "/run/secrets").stdout == "postgres_password\n"


def test_a_setting_of_the_ranch_reaches_its_services_and_no_other_variable_does(
    host: Engine,
) -> None:
    env = host.containers["exports"].env
    assert env["RANCH_NAME"] == "Hickory Flats"
    assert "ELSE" not in env
    assert "REID_THRESHOLD" not in env  # not set: left out, and not empty
    assert "RANCH_NAME" not in host.containers["redis"].env


def test_photographs_of_the_host_can_be_read_and_not_changed(host: Engine) -> None:
    (host.folder / "photographs" / "card.txt").write_text("here")
    for name in ("web", "imports"):
        one = host.containers[name]
        assert one.run("cat", "/srv/photographs/card.txt").stdout == "here"
        assert "Read-only" in one.run("touch", "/srv/photographs/new").stderr


def test_a_command_of_the_documents_runs_in_the_container(host: Engine) -> None:
    done = host.containers["web"].run("python", "manage.py", "check", "--deploy")
    assert done.returncode == 0, done.stderr


def test_limits_of_memory_are_far_from_what_is_used_at_rest(host: Engine) -> None:
    for name, one in host.containers.items():
        limit = host.compose["services"][name]["mem_limit"]
        assert one.resident_bytes() * 2 < int(limit[:-1]) * UNITS[limit[-1]], name
