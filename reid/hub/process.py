"""Process of a conversion: a module run by the Python of its own environment, and its answer, which is one sentence or none.

A job goes in as JSON by the standard input; it names the file for the answer. What the module prints goes to the terminal.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.hub.job import ConversionRefused
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable

BROKE_OFF: Final = "The conversion of {} broke off (exit status {}): what it said stands above; where memory was short, close other programs and give the command again."


def convert(python: Path, module: str, name: str, job: Callable[[Path], str]) -> None:
    """Have `module` convert the network `name`; `job` is its input as JSON, for a file to answer in. Raises ModelRefused."""
    with tempfile.TemporaryDirectory(prefix="thumper-conversion-") as scratch:
        answer = Path(scratch) / "answer.json"
        done = subprocess.run(  # noqa: S603 - no shell; the Python is our own environment's
            [str(python), "-m", module],
            input=job(answer),
            text=True,
            cwd=settings.BASE_DIR,
            env=os.environ | {"PYTHONPATH": str(settings.BASE_DIR)},
        )
        if done.returncode or not answer.exists():
            raise ModelRefused(BROKE_OFF.format(name, done.returncode))
        problem = json.loads(answer.read_text(encoding="utf-8"))["problem"]
    if problem:
        raise ModelRefused(problem)


def answer(file: Path, work: Callable[[], object]) -> None:
    """In that process: do the work, and write down why it was refused, if it was."""
    try:
        work()
    except (ConversionRefused, ModelRefused) as error:
        problem = str(error)
    else:
        problem = ""
    file.write_text(json.dumps({"problem": problem}), encoding="utf-8")
