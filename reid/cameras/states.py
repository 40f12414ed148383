"""States of cameras today: running, silent, out of order, taken down. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

SILENT_AFTER: Final = 7
"""Days without a photograph after which a camera is called silent."""


class StateKind(StrEnum):
    """What a camera does today."""

    RUNNING = "running"
    SILENT = "silent"
    OUT = "out"
    """An outage that somebody entered holds today."""
    DOWN = "down"
    """All its deployments have ended, or begin later."""
    NEW = "new"
    """It has no photograph whose time can be right."""


@dataclass(frozen=True, slots=True)
class CameraState:
    """The state, and the days since the last photograph: 0 for today's, None where there is none."""

    kind: StateKind
    days: int | None = None


def state_of(
    last_day: date | None, today: date, *, was_deployed: bool, is_deployed: bool, is_out: bool
) -> CameraState:
    """The state by the day of the last photograph and by the deployments and outages that hold today.

    A camera without any deployment is judged by its photographs alone.
    """
    days = max((today - last_day).days, 0) if last_day else None
    if is_out:
        return CameraState(StateKind.OUT, days)
    if was_deployed and not is_deployed:
        return CameraState(StateKind.DOWN, days)
    if days is None:
        return CameraState(StateKind.NEW)
    return CameraState(StateKind.SILENT if days > SILENT_AFTER else StateKind.RUNNING, days)
