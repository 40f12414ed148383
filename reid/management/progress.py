"""Progress on stderr for commands, in ASCII: logs and old terminals show it as it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, ProgressColumn, TextColumn
from rich.progress import TimeRemainingColumn as Remaining
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Task

WIDTH: Final = 30


class AsciiBar(ProgressColumn):
    """`[#####.....]`; dots alone while the total is unknown."""

    def render(self, task: Task) -> Text:
        full = int(WIDTH * min(task.completed / task.total, 1.0)) if task.total else 0
        return Text(f"[{'#' * full}{'.' * (WIDTH - full)}]")


class Rate(ProgressColumn):
    """`12.3/s`, of late."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f}/s")


def progress_bar(*, disable: bool = False) -> Progress:
    """Description, bar, done/total, rate and time left, on stderr, so that stdout stays clean for pipes."""
    columns = (
        TextColumn("{task.description}"),
        AsciiBar(),
        MofNCompleteColumn(),
        Rate(),
        Remaining(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=disable)
