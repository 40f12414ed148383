"""Clock of RQ: the one that all hosts share.

RQ stamps heartbeats and registries by the clock of the host that writes, and judges them by that of the host that
reads. Of a host two hours behind, every job that it began was at once taken for abandoned, and failed.
"""

from __future__ import annotations

import sys
from typing import Final

import rq.utils

from reid.db import shared_clock

_OWN: Final = rq.utils.now


def share() -> None:
    """Have RQ's modules, those that are loaded and those to come, ask the shared clock."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "rq" and getattr(module, "now", None) is _OWN:
            setattr(module, "now", shared_clock.now)  # noqa: B010 - mypy knows what a module has
