"""Priority of processes: whoever works in the background lets the web server go first, for which a person waits."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Final

logger = logging.getLogger(__name__)

BEHIND_PEOPLE: Final = 5
"""As of nice(1): where all cores are busy, one of 0 gets three times as much of a core. More would starve workers on a
host that does other things too. In docker-compose.yml and in the units of systemd the same stands as weights."""
_TRIES: Final = 10
_WAIT: Final = 0.1
"""Seconds. Linux lets users other than root change one session in that time."""


def give_way(pid: int) -> None:
    """Let others go before this process, and before what it starts from now on. It leads a session of its own.

    Linux weighs such sessions against each other, and between two of them the priority of a process counts for
    nothing: the session is given the same. A kernel without that has no such file, and a process that has ended
    needs nothing.
    """
    session = Path(f"/proc/{pid}/autogroup")
    try:
        os.setpriority(os.PRIO_PROCESS, pid, BEHIND_PEOPLE)
        if session.exists():
            _write(session)
    except ProcessLookupError:
        logger.info("process %s has ended already", pid)
    except OSError as error:
        logger.warning("process %s keeps its priority: %s", pid, error)


def _write(session: Path) -> None:
    for left in reversed(range(_TRIES)):
        try:
            session.write_text(str(BEHIND_PEOPLE))
            return
        except BlockingIOError:
            if not left:
                raise
            time.sleep(_WAIT)
