"""Engine: a network run as its card says, by onnxruntime or torch, and kept loaded while its weights are the card's.

Import it inside the function that runs networks: torch takes a second and 200 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from django.conf import settings

from reid.detecting import layouts
from reid.detecting.card_parts import Runtime
from reid.detecting.registry import card_of
from reid.networks.devices import choose_device
from reid.networks.model_card import ModelRefused
from reid.networks.runtimes import CPU, CannotRun, onnx_session
from reid.networks.torch_runner import load_program, load_script, on_device

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from reid.detecting.card_parts import Normalisation
    from reid.detecting.cards import DetectorCard
    from reid.detecting.letterbox import Letterbox
    from reid.imaging.crops import Box
    from reid.models import Detector
    from reid.taxonomy import Classification

    Forward = Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]

UNREADABLE: Final = "The weights of {name} cannot be loaded as {runtime}: export the network again."
NEEDS_FLOAT: Final = "The network {name} takes {found} where pixels come as {needed}: export it for one picture or batches, float32, (n, 3, height, width)."
CANNOT_RUN: Final = (
    "The network {name} does not run on pictures of {height} x {width} ({reason}): correct input in its card, or export "
    "it again."
)
_GPU_BATCH: Final = 4
"""Pictures at once where there is a GPU; a CPU is as fast one by one."""


@dataclass(frozen=True, slots=True)
class Found:
    """One box of a photograph, in its full-resolution pixels, as the detector names and rates it."""

    box: Box
    confidence: float
    label: str
    classification: Classification


class Network:
    """A network of any kind that takes RGB pictures and answers arrays of float32.

    `weights` must be verified already. `size` is height and width in pixels. Raises ModelRefused for what cannot be loaded.
    """

    def __init__(
        self,
        name: str,
        weights: bytes,
        runtime: Runtime,
        size: tuple[int, int],
        normalisation: Normalisation,
    ) -> None:
        self.name, self.size = name, size
        self.device = choose_device(settings.REID_DEVICE)
        load = _by_onnxruntime if runtime is Runtime.ONNX else _by_torch
        try:
            self._forward = load(name, weights, runtime, normalisation, self.device)
        except ModelRefused:
            raise
        # What a broken file raises is the loader's private matter; all of it means the same.
        except Exception as error:
            raise ModelRefused(UNREADABLE.format(name=name, runtime=runtime)) from error
        self.batch = self._largest_batch()

    def forward(self, pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The network's arrays for pictures (n, height, width, 3), n at most `batch`. Raises ModelRefused."""
        try:
            return self._forward(pixels)
        except (RuntimeError, ValueError, AssertionError, CannotRun) as error:
            (height, width), reason = self.size, str(CannotRun(error))
            text = CANNOT_RUN.format(name=self.name, height=height, width=width, reason=reason)
            raise ModelRefused(text) from error

    def _largest_batch(self) -> int:
        """Pictures at once: more than one only on a GPU, and where the network answers for each what it does for one."""
        if self.device.type == "cpu":
            return 1
        noise = np.random.default_rng(0).integers(0, 256, (_GPU_BATCH, *self.size, 3), np.uint8)
        alone = [self.forward(noise[index : index + 1]) for index in range(_GPU_BATCH)]
        try:
            together = self.forward(noise)
        except ModelRefused:  # it was exported for one picture
            return 1
        one_by_one = [np.concatenate(arrays) for arrays in zip(*alone, strict=True)]
        agrees = all(
            one.shape == other.shape and np.allclose(one, other, rtol=1e-2, atol=1e-2)
            for one, other in zip(one_by_one, together, strict=True)
        )
        return _GPU_BATCH if agrees else 1


class DetectorEngine:
    """A loaded detector."""

    def __init__(self, card: DetectorCard, weights: bytes) -> None:
        self.card = card
        size = (card.input.height, card.input.width)
        self.network = Network(card.name, weights, card.runtime, size, card.normalisation)

    @property
    def batch(self) -> int:
        """Photographs that are given to the network at once."""
        return self.network.batch

    def find(self, pictures: Sequence[tuple[NDArray[np.uint8], Letterbox]]) -> list[list[Found]]:
        """Boxes of photographs, at most `batch`, as `letterbox` lays them; of each the surest first. Raises ModelRefused."""
        outputs = self.network.forward(np.stack([pixels for pixels, _ in pictures]))
        try:
            return [
                self._found(layouts.read([array[index] for array in outputs], self.card), place)
                for index, (_, place) in enumerate(pictures)
            ]
        except (layouts.BadAnswer, IndexError) as error:
            raise ModelRefused(str(error)) from error

    def _found(self, candidates: layouts.Candidates, place: Letterbox) -> list[Found]:
        found = []
        rows = zip(
            place.boxes(candidates.boxes), candidates.scores, candidates.classes, strict=True
        )
        for box, score, index in rows:
            item = self.card.classes[index]
            if box is not None and item.classification is not None:
                confidence = round(min(float(score), 1.0), 4)
                found.append(Found(box, confidence, item.name, item.classification))
        return found


@dataclass(frozen=True, slots=True)
class _Loaded:
    fingerprint: str
    stamp: tuple[int, ...]
    engine: DetectorEngine


_loaded: list[_Loaded] = []  # the one detector that this process works with: networks are large


def engine_of(detector: Detector) -> DetectorEngine:
    """The detector's engine, loaded once a process; its weights are read and compared again where their file was touched.

    Raises ModelRefused for a file that is gone, or is not the one that was registered.
    """
    card = card_of(detector)
    stamp = _stamp(card)
    for kept in _loaded:
        if kept.fingerprint == detector.fingerprint and kept.stamp == stamp:
            return kept.engine
    _loaded.clear()
    engine = DetectorEngine(card, card.read_weights(settings.MODEL_ROOT))
    _loaded.append(_Loaded(detector.fingerprint, stamp, engine))
    return engine


def _stamp(card: DetectorCard) -> tuple[int, ...]:
    """What changes where a file is written or replaced; nothing of one that is gone."""
    try:
        facts = (settings.MODEL_ROOT / card.folder / card.weights).stat()
    except OSError:
        return ()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _by_torch(
    _name: str,
    weights: bytes,
    runtime: Runtime,
    normalisation: Normalisation,
    device: torch.device,
) -> Forward:
    module = (load_script if runtime is Runtime.TORCHSCRIPT else load_program)(weights).to(device)
    mean, std = (
        torch.tensor(numbers, device=device).view(1, 3, 1, 1)
        for numbers in (normalisation.mean, normalisation.std)
    )

    def forward(pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        with torch.inference_mode():
            batch = on_device(pixels, device).permute(0, 3, 1, 2).float().contiguous()
            answer = module((batch / normalisation.scale - mean) / std)
            return [tensor.float().cpu().numpy() for tensor in _tensors(answer)]

    return forward


def _tensors(answer: Any) -> list[torch.Tensor]:
    """The tensors of an answer, in their order: some networks add what training needs."""
    if isinstance(answer, torch.Tensor):
        return [answer]
    parts = answer.values() if isinstance(answer, dict) else answer
    return [part for part in parts if isinstance(part, torch.Tensor)]


def _by_onnxruntime(
    name: str,
    weights: bytes,
    _runtime: Runtime,
    normalisation: Normalisation,
    device: torch.device,
) -> Forward:
    providers = ("CUDAExecutionProvider", CPU) if device.type == "cuda" else (CPU,)
    session = onnx_session(weights, providers)
    entry = session.get_inputs()[0]
    if entry.type != "tensor(float)" or len(entry.shape) != 4:
        found, needed = f"{entry.type} {entry.shape}", "tensor(float) (n, 3, height, width)"
        raise ModelRefused(NEEDS_FLOAT.format(name=name, found=found, needed=needed))
    mean, std = (
        np.array(numbers, np.float32).reshape(1, 3, 1, 1)
        for numbers in (normalisation.mean, normalisation.std)
    )

    def forward(pixels: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        batch = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)
        batch /= np.float32(normalisation.scale)
        if normalisation.mean != (0.0, 0.0, 0.0):
            batch -= mean
        if normalisation.std != (1.0, 1.0, 1.0):
            batch /= std
        try:
            answers: list[NDArray[np.float32]] = session.run(None, {entry.name: batch})
        # Its exceptions have no base of their own.
        except Exception as error:
            raise CannotRun(error) from error
        return answers

    return forward
