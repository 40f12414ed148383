"""Processes of tests: none outlives its test; a work-horse has a process group of its own and ignores its worker's end."""

from __future__ import annotations

import os
import subprocess
import sys

from conftest import end_session, running_of_session, wait_until

WORKER_AND_HORSE = "import os, time; os.fork() or os.setpgrp(); time.sleep(600)"


def test_a_session_ends_with_everything_that_it_started() -> None:
    leader = subprocess.Popen([sys.executable, "-c", WORKER_AND_HORSE], start_new_session=True)
    wait_until(lambda: len({os.getpgid(pid) for pid in running_of_session(leader.pid)}) == 2)
    leader.kill()
    leader.wait()
    assert len(running_of_session(leader.pid)) == 1
    end_session(leader.pid)
    assert running_of_session(leader.pid) == []
