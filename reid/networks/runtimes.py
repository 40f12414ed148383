"""Runtimes: who runs a network on this machine, torch or onnxruntime, whichever a short measurement finds faster.

Which one it is is no part of what a network's answers are called by: both compute the same function in float32, and
onnxruntime is taken only where its rows agree with torch's (cosine >= AGREEMENT, on pictures that every process draws
alike). So a vector or a mask stays what it is whoever made it, no fingerprint changes, and nothing that is stored
becomes stale.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime
import torch

from reid.networks.exporting import as_onnx
from reid.storage.folder import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from reid.networks.torch_runner import TorchRunner

    Runner = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

AGREEMENT: Final = 0.99999
"""Least cosine between the rows of both runtimes. Measured for the default network: 0.9999999."""
NOISE: Final = 4
"""Pictures besides the sentinels on which both are compared and measured."""
CPU: Final = "CPUExecutionProvider"
"""onnxruntime's word for the processor."""
_ROUNDS: Final = 3
_SECONDS: Final = 3.0  # of measuring, unless one round alone takes longer

NOT_ASKED = "REID_RUNTIME is set to torch"
NO_CHOICE = "{precision} on {device} is run by torch alone"
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
        self._session = onnx_session(path)

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = self._session.run(None, {"pixels": pixels})[0]
        return rows


def onnx_session(
    model: Path | bytes, providers: Sequence[str] = (CPU,)
) -> onnxruntime.InferenceSession:
    """A session of onnxruntime for a file or its bytes, by the first of the providers that are there. Raises CannotRun."""
    options = onnxruntime.SessionOptions()
    # As many as torch has: OMP_NUM_THREADS holds for both.
    options.intra_op_num_threads = torch.get_num_threads()
    # Threads that spin while they wait take the cores from those that decode the next photographs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors
    there = [name for name in providers if name in onnxruntime.get_available_providers()]
    try:
        return onnxruntime.InferenceSession(model, options, providers=there)
    # Its exceptions have no base of their own.
    except Exception as error:
        raise CannotRun(error) from error


def choose(
    runner: TorchRunner,
    pictures: NDArray[np.uint8],
    facts: Mapping[str, Any],
    *,
    wanted: str,
    root: Path,
) -> tuple[RuntimeChoice, Runner]:
    """The faster runtime of a float32 network that agrees with torch, and its runner.

    `pictures` (n, height, width, 3) are of the size that the network takes, the sentinels first; NOISE more are added.
    `facts` are all that makes the network. `wanted` is the setting REID_RUNTIME: auto, or torch for no choice. `root` is
    MODEL_ROOT, where the network is kept as ONNX, so that it is written once a machine. Takes a few seconds; the
    largest networks a minute.
    """
    if wanted == Runtime.TORCH:
        return RuntimeChoice(Runtime.TORCH, NOT_ASKED), runner
    if runner.device.type != "cpu":
        refusal = NO_CHOICE.format(precision="float32", device=runner.device)
        return RuntimeChoice(Runtime.TORCH, refusal), runner
    noise = np.random.default_rng(0).integers(0, 256, (NOISE, *pictures.shape[1:]), np.uint8)
    pixels = np.concatenate((pictures, noise))
    try:
        rival = _onnx_runner(runner.module, pixels.shape[1:3], facts, root / ".onnx")
    except CannotRun as error:
        return RuntimeChoice(Runtime.TORCH, CANNOT_EXPORT.format(error)), runner
    choice = measure(runner, rival, pixels)
    return choice, rival if choice.runtime is Runtime.ONNXRUNTIME else runner


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


def write_onnx(module: torch.nn.Module, shape: tuple[int, ...], path: Path) -> None:
    """Write the module as ONNX, for batches of any size. Whole or not at all: two workers may do it at once.

    Raises CannotRun, also where there is no room for the file.
    """
    example = torch.zeros(2, *shape, 3, dtype=torch.uint8)
    try:
        with torch.inference_mode(False):
            model = as_onnx(module, example, takes="pixels", gives="rows")
        content: bytes = model.SerializeToString()
        write_whole(path, content)
    # What an exporter raises is its private matter; all of it means that torch has to do it.
    except Exception as error:
        raise CannotRun(error) from error


def _onnx_runner(
    module: torch.nn.Module, shape: tuple[int, ...], facts: Mapping[str, Any], folder: Path
) -> OnnxRunner:
    path = folder / f"{_key(facts, shape)}.onnx"
    if path.exists():
        try:
            return OnnxRunner(path)
        except CannotRun:  # half a file, or a damaged one: it is written anew
            path.unlink()
    write_onnx(module, shape, path)
    return OnnxRunner(path)


def _key(facts: Mapping[str, Any], shape: tuple[int, ...]) -> str:
    """SHA-256 of all that makes the file."""
    versions = [version(name) for name in ("torch", "onnx", "onnxscript", "onnxruntime")]
    everything = {**facts, "shape": shape, "versions": versions}
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def _lowest_cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Of the rows of two (n, d) matrices; NaN where a row has no direction."""
    if one.shape != other.shape:
        return float("nan")
    wide, rival = one.astype(np.float64), other.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        norms = np.linalg.norm(wide, axis=1) * np.linalg.norm(rival, axis=1)
        return float(((wide * rival).sum(axis=1) / norms).min())
