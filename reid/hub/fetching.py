"""Fetching of a network of others: environment, download, conversion and check, each once; a model folder comes of it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.hub import environment
from reid.hub.job import Job
from reid.networks.model_card import ModelRefused, read_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from reid.hub.catalogue import HubModel
    from reid.networks.model_card import ModelCard

DOWNLOADS: Final = ".fetched"
HUB: Final = "https://huggingface.co"

BROKE_OFF = "The conversion of {} broke off (exit status {}): what it said stands above; where memory was short, close other programs and give the command again."


def fetch(model: HubModel, root: Path, say: Callable[[str], None]) -> ModelCard:
    """The model's card, once its folder lies below `root`, which is MODEL_ROOT. Raises ModelRefused with one sentence.

    Whoever calls has said the licence, and heard that it is accepted. Harmless to repeat: what is there is not fetched again,
    a download that was cut off goes on, and a file that a person brought is taken as if it had been downloaded. Another
    address of the hub, a mirror, comes from the environment variable HF_ENDPOINT, as huggingface_hub has it.
    """
    if (root / model.name).is_dir():
        return read_folder(root, model.name)
    python = environment.prepare(root, say)
    downloads = root / DOWNLOADS / model.name
    downloads.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="thumper-conversion-") as scratch:
        answer = Path(scratch) / "answer.json"
        endpoint = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
        job = Job(model, root, downloads, endpoint, answer)
        say(f"Fetching and converting {model.name} ...")
        done = subprocess.run(  # noqa: S603 - no shell; the Python is our own environment's
            [str(python), "-m", "reid.hub.conversion"],
            input=job.to_json(),
            text=True,
            cwd=settings.BASE_DIR,
            env=os.environ | {"PYTHONPATH": str(settings.BASE_DIR)},
        )
        if done.returncode or not answer.exists():
            raise ModelRefused(BROKE_OFF.format(model.name, done.returncode))
        problem = json.loads(answer.read_text(encoding="utf-8"))["problem"]
    if problem:
        raise ModelRefused(problem)
    return read_folder(root, model.name)
