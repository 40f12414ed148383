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


def progress_bar(*, disable: bool = False) -> Progress:
    """Description, bar, done/total and time left, on stderr, so that stdout stays clean for pipes."""
    columns = (TextColumn("{task.description}"), AsciiBar(), MofNCompleteColumn(), Remaining())
    return Progress(*columns, console=Console(stderr=True), disable=disable)
