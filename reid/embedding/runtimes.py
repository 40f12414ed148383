"""Runtimes: who runs a network on this machine, torch or onnxruntime, whichever a short measurement finds faster.

Which one it is is no part of a space: both compute the same function in float32, and onnxruntime is taken only where its
rows agree with torch's (cosine >= AGREEMENT, on pictures that every process draws alike). So a vector stays what it is
whoever made it, no fingerprint changes, and nothing that is stored becomes stale. The sentinels of the space, which torch
recorded when it was registered, are embedded by whichever was chosen before it writes (`spaces.embedder_of`).
"""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime
import torch

from reid.embedding.embedder import TorchRunner
from reid.embedding.preprocessing import sentinels
from reid.networks.model_card import WeightsFormat
from reid.storage.folder import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from reid.embedding.embedder import Embedder, RowsOfPixels
    from reid.networks.model_card import ModelCard

    Runner = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

AGREEMENT: Final = 0.99999
"""Least cosine between the rows of both runtimes. Measured for the default network: 0.9999999."""
_NOISE: Final = 4  # pictures besides the sentinels
_ROUNDS: Final = 3
_SECONDS: Final = 3.0  # of measuring, unless one round alone takes longer

NOT_ASKED = "REID_RUNTIME is set to torch"
NO_CHOICE = "{precision} on {device} is run by torch alone"
TORCHSCRIPT = "TorchScript is run by torch alone: export the model with torch.export for a choice"
CANNOT_EXPORT = "the network cannot be written as ONNX ({})"
DISAGREES = "onnxruntime answers otherwise than torch (lowest cosine {:.6f})"
MEASURED = "torch {:.1f} images/s, onnxruntime {:.1f}"


class CannotRun(RuntimeError):
    """A network that onnxruntime does not take, in the first line of what exporter or runtime say."""

    def __init__(self, error: Exception) -> None:
        super().__init__((str(error).strip() or type(error).__name__).splitlines()[0])


class Runtime(StrEnum):
    """What runs a network."""

    TORCH = "torch"
    ONNXRUNTIME = "onnxruntime"


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """A choice and why: rates in images a second, the lowest cosine between both, None where they were not measured."""

    runtime: Runtime
    reason: str
    torch_rate: float | None = None
    onnxruntime_rate: float | None = None
    cosine: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"run by {self.runtime} ({self.reason})"


class OnnxRunner:
    """The runner by onnxruntime, on the CPU, of a network that `write_onnx` wrote. Raises CannotRun."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        # As many as torch has: OMP_NUM_THREADS holds for both.
        options.intra_op_num_threads = torch.get_num_threads()
        # Threads that spin while they wait take the cores from those that decode the next photographs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors
        try:
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        # Its exceptions have no base of their own.
        except Exception as error:
            raise CannotRun(error) from error

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = self._session.run(None, {"pixels": pixels})[0]
        return rows


def choose(embedder: Embedder, wanted: str, root: Path) -> RuntimeChoice:
    """The faster runtime that agrees with torch; the embedder is run by it from now on.

    `wanted` is the setting REID_RUNTIME: auto, or torch for no choice. `root` is MODEL_ROOT, where the network is kept as
    ONNX, so that it is written once a machine. Takes a few seconds; the largest networks a minute.
    """
    runner = embedder.runner
    refusal = _why_torch(embedder, wanted)
    if refusal or not isinstance(runner, TorchRunner):
        return RuntimeChoice(Runtime.TORCH, refusal)
    try:
        rival = _onnx_runner(runner.module, embedder.card, root / ".onnx")
    except CannotRun as error:
        return RuntimeChoice(Runtime.TORCH, CANNOT_EXPORT.format(error))
    choice = measure(runner, rival, _pictures(embedder.card))
    if choice.runtime is Runtime.ONNXRUNTIME:
        embedder.runner = rival
    return choice


def measure(by_torch: Runner, by_onnxruntime: Runner, pixels: NDArray[np.uint8]) -> RuntimeChoice:
    """The choice between two runners of one network, by their rows and their best times on the same pictures.

    They take turns, so that a busy machine is busy for both.
    """
    cosine = _lowest_cosine(by_torch(pixels), by_onnxruntime(pixels))
    if not cosine >= AGREEMENT:
        return RuntimeChoice(Runtime.TORCH, DISAGREES.format(cosine), cosine=cosine)
    times: dict[Runtime, list[float]] = {Runtime.TORCH: [], Runtime.ONNXRUNTIME: []}
    began = time.perf_counter()
    for _ in range(_ROUNDS):
        for runtime, runner in zip(times, (by_torch, by_onnxruntime), strict=True):
            start = time.perf_counter()
            runner(pixels)
            times[runtime].append(time.perf_counter() - start)
        if time.perf_counter() - began > _SECONDS:
            break
    rates = {runtime: len(pixels) / min(taken) for runtime, taken in times.items()}
    faster = max(rates, key=lambda runtime: rates[runtime])
    slow, fast = rates[Runtime.TORCH], rates[Runtime.ONNXRUNTIME]
    return RuntimeChoice(faster, MEASURED.format(slow, fast), slow, fast, cosine)


def write_onnx(module: RowsOfPixels, shape: tuple[int, int], path: Path) -> None:
    """Write the module as ONNX, for batches of any size. Whole or not at all: two workers may do it at once.

    Raises CannotRun, also where there is no room for the file.
    """
    example = torch.zeros(2, *shape, 3, dtype=torch.uint8)
    try:
        with warnings.catch_warnings(), torch.inference_mode(False):
            warnings.simplefilter("ignore")  # the exporter's, of its own workings
            program = torch.onnx.export(
                module,
                (example,),
                input_names=["pixels"],
                output_names=["rows"],
                dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
                dynamo=True,
                verbose=False,
            )
        content: bytes = program.model_proto.SerializeToString()  # type: ignore[union-attr]
        write_whole(path, content)
    # What an exporter raises is its private matter; all of it means that torch has to do it.
    except Exception as error:
        raise CannotRun(error) from error


def _why_torch(embedder: Embedder, wanted: str) -> str:
    """Why there is no choice, empty where there is one."""
    if wanted == Runtime.TORCH:
        return NOT_ASKED
    if embedder.device.type != "cpu" or embedder.precision != "float32":
        return NO_CHOICE.format(precision=embedder.precision, device=embedder.device)
    return TORCHSCRIPT if embedder.card.format is WeightsFormat.TORCHSCRIPT else ""


def _onnx_runner(module: RowsOfPixels, card: ModelCard, folder: Path) -> OnnxRunner:
    path = folder / f"{_key(card)}.onnx"
    if path.exists():
        try:
            return OnnxRunner(path)
        except CannotRun:  # half a file, or a damaged one: it is written anew
            path.unlink()
    write_onnx(module, card.shape, path)
    return OnnxRunner(path)


def _key(card: ModelCard) -> str:
    """SHA-256 of all that makes the file."""
    facts = {
        "weights": card.sha256,
        "shape": card.shape,
        "statistics": [card.mean, card.std],
        "pooling": card.pooling,
        "versions": [version(name) for name in ("torch", "onnx", "onnxscript", "onnxruntime")],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _pictures(card: ModelCard) -> NDArray[np.uint8]:
    drawn = sentinels(card)
    noise = np.random.default_rng(0).integers(0, 256, (_NOISE, *drawn.shape[1:]), np.uint8)
    return np.concatenate((drawn, noise))


def _lowest_cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Of the rows of two (n, d) matrices; NaN where a row has no direction."""
    if one.shape != other.shape:
        return float("nan")
    wide, rival = one.astype(np.float64), other.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        norms = np.linalg.norm(wide, axis=1) * np.linalg.norm(rival, axis=1)
        return float(((wide * rival).sum(axis=1) / norms).min())
