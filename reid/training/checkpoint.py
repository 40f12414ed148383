"""Checkpoints of a training: everything that decides its next step, in one file, whole or not there."""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from pathlib import Path


class OtherTraining(RuntimeError):
    """The checkpoint belongs to another recipe, other crops or other classes."""


def save(path: Path, state: dict[str, Any], inputs: list[Any], epochs: int) -> None:
    """Whole or not at all."""
    content = {name: part.state_dict() for name, part in state.items()}
    with written_whole(path) as file:
        torch.save(content | {"covered": inputs, "epochs": epochs}, file)


def load(path: Path, state: dict[str, Any], inputs: list[Any], device: torch.device) -> int:
    """Epochs done, with `state` as it was then; 0 without a checkpoint. Raises OtherTraining."""
    if not path.exists():
        return 0
    saved = torch.load(path, map_location=device, weights_only=True)
    if saved["covered"] != inputs:
        raise OtherTraining(str(path))
    for name, part in state.items():
        part.load_state_dict(saved[name])
    return int(saved["epochs"])


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of `path` once it is written and on the disk. Makes its folder."""
    part = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
