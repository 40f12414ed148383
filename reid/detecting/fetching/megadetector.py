"""The package megadetector run as its makers have it: a process of its own, which writes the file that an import reads.

It knows formats of photographs, tricks of its own and videos that Thumper's own engine does not; its file is the one that it
always writes, so that other programs read it too.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Progress = Callable[[int, int], None]

EVERY: Final = 50
"""Photographs between two times that what was found is written down."""

BROKE_OFF: Final = (
    "The package megadetector broke off (exit status {status}): {line} What it had found is kept; give the command again, and "
    "it goes on."
)
NO_PHOTOGRAPHS: Final = "There are no photographs in {}: give the folder that they are in."

_BAR: Final = re.compile(
    r".*?(\d+)/(\d+) \[[^\]]*\]"
)  # tqdm's: what follows on its line is something else
_KEPT_LINES: Final = 50
END_SECONDS: Final = 10
"""The package has so long to end when it is asked to."""


def run(python: Path, weights: Path, folder: Path, output: Path, progress: Progress) -> None:
    """Have the package look at every photograph below `folder`, and write `output`, in MegaDetector's format.

    `python` is that of the environment, `weights` a file that the package knows. What was found is written beside `output`
    as it goes, and gone on from, should the process or this one be ended. Raises ModelRefused.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    checkpoint = output.with_name(f"{output.stem}-unfinished.json")
    words = [
        *(str(python), "-m", "reid.detecting.fetching.megadetector_process"),
        *(str(weights.absolute()), str(folder.absolute()), str(output.absolute())),
        *("--recursive", "--output_relative_filenames"),
        *("--checkpoint_frequency", str(EVERY), "--checkpoint_path", str(checkpoint)),
        *(("--resume_from_checkpoint", str(checkpoint)) if checkpoint.exists() else ()),
    ]
    with subprocess.Popen(  # noqa: S603 - no shell; the Python is our own environment's
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=settings.BASE_DIR,
        env=os.environ | {"PYTHONPATH": str(settings.BASE_DIR), "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            lines = _follow(process.stdout or (), progress)
        except BaseException:  # whoever ends this ends the package too
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
    if process.returncode:
        last = lines[-1] if lines else ""
        raise ModelRefused(BROKE_OFF.format(status=process.returncode, line=last))
    if not output.exists():
        raise ModelRefused(NO_PHOTOGRAPHS.format(folder))


def _follow(stream: Iterable[str], progress: Progress) -> list[str]:
    """The last lines that it says; what its bar says goes to `progress`."""
    lines: list[str] = []
    for line in stream:  # in text mode a carriage return ends a line as well
        text = line.strip()
        if bar := _BAR.match(text):
            progress(int(bar[1]), int(bar[2]))
            text = text[bar.end() :].strip()
        if text:
            lines = [*lines[1 - _KEPT_LINES :], text]
    return lines
