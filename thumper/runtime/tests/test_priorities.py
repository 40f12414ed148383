"""Priority of processes: a worker's, its session's, and that of what it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import end_session
from thumper.management.commands import up
from thumper.runtime.priorities import BEHIND_PEOPLE, give_way

ROOT = Path(__file__).parents[3]
PARENT = """
import os, subprocess, sys
sys.stdin.readline()
subprocess.run([sys.executable, "-c", "import os; print(os.getpriority(os.PRIO_PROCESS, 0), flush=True)"])
"""
AUTOGROUP = Path("/proc/self/autogroup")
WORKERS = ("exports", "gpu", "gpu-cuda", "train", "imports", "maintenance", "cron")


def test_a_worker_gives_way_with_its_session_and_with_what_it_starts() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        give_way(worker.pid)
        if AUTOGROUP.exists():
            group = Path(f"/proc/{worker.pid}/autogroup").read_text()
            assert group.split()[-2:] == ["nice", str(BEHIND_PEOPLE)]
        said, _ = worker.communicate("go\n")
        assert int(said) == BEHIND_PEOPLE
    finally:
        end_session(worker.pid)


def test_a_process_that_has_ended_needs_no_priority() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    give_way(ended.pid)


def test_up_lets_the_web_server_go_first_and_nobody_else() -> None:
    first = [child.name for child in up._children(8000) if not child.gives_way]
    assert first == ["web"]


def test_services_of_compose_have_the_same_order_as_weights() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    shares = {name: service.get("cpu_shares", 1024) for name, service in services.items()}
    behind = {name for name, share in shares.items() if share < shares["web"]}
    assert behind == {*WORKERS}


@pytest.mark.parametrize("name", ["gpu", "worker@", "cron", "backup"])
def test_units_of_workers_have_a_smaller_weight_than_the_web_server_s(name: str) -> None:
    units = ROOT / "docs" / "operating" / "systemd"
    assert "CPUWeight=33\n" in (units / f"thumper-{name}.service").read_text()
    assert "CPUWeight" not in (units / "thumper-web.service").read_text()
