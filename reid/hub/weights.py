"""Weights of a network of others: its file downloaded or brought, checked, and read as tensors alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy._core import multiarray

from reid.hub.job import ConversionRefused, first_line

if TYPE_CHECKING:
    from pathlib import Path

    from reid.hub.job import Job

NO_WAY = "There is no way to {url} from here ({error}): bring that file as {path}, and give the command again."
A_PAGE = (
    "{url} answers with a page and not with the file (a sign-in page of the network, or a proxy?): bring the file as {path}, "
    "and give the command again."
)
REFUSED = "The hub refuses {url} ({error}): look there whether it asks for an account, set HF_TOKEN, or bring the file as {path}."
OTHER_FILE = "{path} is not the file that the catalogue means (sha256 {found}, not {wanted}): delete it and give the command again."
NOT_WEIGHTS = "{path} cannot be read as weights ({error}): delete it and give the command again."

PUBLISHED: Final = "published.json"
"""Beside a download: the commit it is of, and the checksum that the hub has of it."""

_ARRAYS: Final[list[Any]] = [
    np.ndarray,
    np.dtype,
    *(getattr(np.dtypes, name) for name in np.dtypes.__all__),
    (multiarray._reconstruct, "numpy.core.multiarray._reconstruct"),
    (multiarray._reconstruct, "numpy._core.multiarray._reconstruct"),
]
"""What NumPy's own arrays are made by, and nothing that does anything: some checkpoints hold a training's state as well."""


def obtain(job: Job) -> dict[str, str]:
    """The weights' file where it belongs; where it comes from. What was brought by hand is taken where its checksum is right."""
    model = job.model
    if not job.file.exists():
        _download(job)
    published = job.file.with_name(PUBLISHED)
    of_hub = json.loads(published.read_text(encoding="utf-8")) if published.exists() else {}
    wanted, found = model.sha256 or of_hub.get("sha256", ""), _sha256(job.file)
    if wanted and found != wanted:
        raise ConversionRefused(OTHER_FILE.format(path=job.file, found=found, wanted=wanted))
    by_hand = model.revision if model.sha256 else "brought by hand"
    return {
        "repository": model.repository,
        "file": model.file,
        "licence": model.licence,
        "revision": of_hub.get("revision", by_hand),
        "sha256": found,
    }


def _download(job: Job) -> None:
    """Fetch the file, going on where an earlier try was cut off.

    Commit and checksum, as the hub has them, are written beside it first: they are asked for by whoever finds the file.
    """
    from httpx2 import HTTPError  # the client below huggingface_hub
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download
    from huggingface_hub.errors import FileMetadataError, HfHubHTTPError, LocalEntryNotFoundError

    model = job.model
    said = {"url": job.url, "path": job.file}
    try:
        facts = get_hf_file_metadata(job.url, timeout=constants.HF_HUB_ETAG_TIMEOUT)
        if not facts.commit_hash or not facts.etag:
            raise ConversionRefused(A_PAGE.format(**said))
        is_sha256 = len(facts.etag) == 64  # of files in large storage, as weights are
        published = {"revision": facts.commit_hash, "sha256": facts.etag if is_sha256 else ""}
        job.file.with_name(PUBLISHED).write_text(json.dumps(published), encoding="utf-8")
        hf_hub_download(
            model.repository,
            model.file,
            revision=facts.commit_hash,
            local_dir=job.downloads,
            endpoint=job.endpoint,
        )
    except FileMetadataError as error:
        raise ConversionRefused(A_PAGE.format(**said)) from error
    except HfHubHTTPError as error:
        raise ConversionRefused(REFUSED.format(**said, error=first_line(error))) from error
    except (LocalEntryNotFoundError, HTTPError, OSError) as error:
        raise ConversionRefused(NO_WAY.format(**said, error=first_line(error))) from error


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file of weights, those of a training's state set apart. Raises ConversionRefused."""
    state = read_checkpoint(path)
    for key in ("model", "state_dict"):
        if isinstance(state.get(key), Mapping):
            state = state[key]
    return {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}


def read_checkpoint(path: Path) -> Mapping[str, Any]:
    """What a file of weights holds, of tensors and plain values alone. Raises ConversionRefused."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        with torch.serialization.safe_globals(_ARRAYS):
            state = torch.load(path, map_location="cpu", weights_only=True)
    # What a broken file raises is the reader's private matter; all of it means the same.
    except Exception as error:
        raise ConversionRefused(NOT_WEIGHTS.format(path=path, error=first_line(error))) from error
    if not isinstance(state, Mapping):
        raise ConversionRefused(NOT_WEIGHTS.format(path=path, error="it holds no tensors by name"))
    return state


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
