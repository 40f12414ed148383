"""Fetching of a network of others: environment, download, conversion and check, each once; a model folder comes of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from reid.hub import environment, process
from reid.hub.job import Job
from reid.networks.model_card import read_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.hub.catalogue import HubModel
    from reid.networks.model_card import ModelCard

DOWNLOADS: Final = ".fetched"
HUB: Final = "https://huggingface.co"


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
    endpoint = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
    say(f"Fetching and converting {model.name} ...")
    process.convert(
        *(python, "reid.hub.conversion", model.name),
        lambda answer: Job(model, root, downloads, endpoint, answer).to_json(),
    )
    return read_folder(root, model.name)
