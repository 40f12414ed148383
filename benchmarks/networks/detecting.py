"""Detection rate, photographs a second end to end, beside what the bare network and bare decoding reach.

Large: a convolutional network with the weights of MegaDetector v5 (140 million numbers; a quarter of its arithmetic), at 1280
pixels: the whole run, from files to stored boxes, against the same network on pixels in memory. Small: a detector of some
thousand numbers, against decoding by all cores and the network one after the other. Ratios are of one round, in which all take
turns, and their median is shown: a busy machine is busy for all of them. Beside each stands that of CPU time.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks._environment import arguments, table, temporary_installation
from benchmarks.networks.embedding import FRAME, Turn, photograph

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

LARGE = 0.90  # of the bare forward
SMALL = 0.75  # of decoding and forward, one after the other
OF_LARGE = f"large: run / bare forward (target {LARGE:.2f})"
OF_SMALL = f"small: run / decoding and forward one after the other (target {SMALL:.2f})"
CLASSES = ("animal", "person", "vehicle")


def network(widths: list[tuple[int, int]]) -> nn.Module:
    """Stages (channels, further convolutions), each of half the size of the one before; boxes as YOLOv5 writes them."""
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    before = 3
    for channels, more in widths:
        layers += [nn.Conv2d(before, channels, 3, 2, 1), nn.SiLU()]
        for _ in range(more):
            layers += [nn.Conv2d(channels, channels, 3, 1, 1), nn.SiLU()]
        before = channels
    layers += [nn.Conv2d(before, 5 + len(CLASSES), 1)]

    class Head(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(*layers)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            rows = self.body(x).flatten(2).transpose(1, 2)
            # One box a photograph, as most have: the first cell's.
            sure = (torch.arange(rows.shape[1]) == 0).float()[:, None] * 0.9
            return torch.cat((rows[..., :4] * 0.1 + 150, rows[..., 4:] * 0 + sure), 2)

    return Head().eval()


def folder(root: Path, name: str, module: nn.Module, side: int) -> Path:
    """The detector's folder, in TorchScript."""
    import torch

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        example = torch.zeros(1, 3, side, side)
        traced = torch.jit.trace(module, example, check_trace=False)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, buffer)
    place = root / name
    place.mkdir(parents=True)
    (place / "weights.pt").write_bytes(buffer.getvalue())
    card = {
        **{"name": name, "version": "1", "licence": "MIT", "source": "drawn at random"},
        **{"weights": "weights.pt", "sha256": hashlib.sha256(buffer.getvalue()).hexdigest()},
        **{"runtime": "torchscript", "input": {"width": side, "height": side}},
        **{"layout": "yolov5", "suppression": 0.45, "threshold": 0.2},
        "classes": [{"name": name, "classification": name} for name in CLASSES],
    }
    (place / "detector.json").write_text(json.dumps(card))
    return place


def main() -> None:
    options = arguments(__doc__)
    few, many, rounds = (1, 32, 1) if options.quick else (8, 128, 5)
    with temporary_installation():
        from django.conf import settings
        from django.contrib.auth import get_user_model

        from reid.detecting import registry
        from reid.detecting.engine import engine_of
        from reid.detecting.letterbox import laid_of_file
        from reid.detecting.running import detect
        from reid.models import Detection, Image

        print(f"drawing {many} photographs of {FRAME[0]} x {FRAME[1]} ...")
        contents = [photograph(number) for number in range(many)]
        for number, content in enumerate(contents):
            (settings.MEDIA_ROOT / f"{number}.jpg").write_bytes(content)
        Image.objects.bulk_create(
            Image(
                path=f"{number}.jpg",
                sha256=hashlib.sha256(content).hexdigest(),
                width=FRAME[0],
                height=FRAME[1],
                looked=Image.Looked.NO,
            )
            for number, content in enumerate(contents)
        )
        actor = get_user_model()._default_manager.create(username="bench")
        widths = {
            "large": [(64, 0), (128, 0), (256, 8), (512, 8), (1024, 10)],
            "small": [(8, 0), (16, 0), (16, 0), (32, 0)],
        }
        sides, sizes = {"large": 1280, "small": 320}, {"large": few, "small": many}
        taken: dict[str, list[float]] = {}

        def note(figures: dict[str, float]) -> None:
            for name, value in figures.items():
                taken.setdefault(name, []).append(value)

        for name, stages in widths.items():
            module = network(stages)
            numbers = sum(weights.numel() for weights in module.parameters())
            detector = registry.register(folder(settings.MODEL_ROOT, name, module, sides[name]))
            engine = engine_of(detector)
            shape, images = engine.card.input, sizes[name]
            print(f"{name}: {numbers / 1e6:.1f} million numbers, {sides[name]} pixels")
            limits: dict[str, Any] = {"max_pixels": 10**8, "max_bytes": 10**8}

            def lay(content: bytes, shape: Any = shape, limits: Any = limits) -> Any:
                return laid_of_file(io.BytesIO(content), FRAME, shape, **limits)

            pixels = np.stack([lay(contents[0])[0]] * engine.batch)

            def forward(engine: Any = engine, images: int = images, pixels: Any = pixels) -> None:
                for _ in range(images // engine.batch):
                    engine.network.forward(pixels)

            def decode(images: int = images, lay: Any = lay) -> None:
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    for _ in pool.map(lay, contents[:images]):
                        pass

            def whole(detector: Any = detector, images: int = images) -> None:
                run = detect.create_run(actor, detector, detect.DetectScope(limit=images))
                while detect.advance(run.pk):
                    pass
                run.refresh_from_db()
                if run.counts["photographs"] != images:
                    raise RuntimeError(f"not all were looked at: {run.counts}")

            forward()  # warm
            for _ in range(rounds):
                bare = Turn.of(images, forward)
                decoding = Turn.of(images, decode)
                Detection.objects.all().delete()
                Image.objects.update(looked=Image.Looked.NO, looked_by=None)
                full = Turn.of(images, whole)
                note(
                    {
                        f"{name}: bare forward, photographs/s": bare.rate,
                        f"{name}: bare decoding, photographs/s": decoding.rate,
                        f"{name}: run, photographs/s": full.rate,
                    }
                )
                if name == "large":
                    note(
                        {
                            OF_LARGE: bare.seconds / full.seconds,
                            f"{OF_LARGE}, of CPU time": bare.cpu / full.cpu,
                        }
                    )
                    continue
                on_cpu = engine.network.device.type == "cpu"
                # On a CPU decoding and forward take turns on the same cores, and neither can reach its own rate.
                both = (
                    bare.seconds + decoding.seconds
                    if on_cpu
                    else max(bare.seconds, decoding.seconds)
                )
                note(
                    {
                        OF_SMALL: both / full.seconds,
                        f"{OF_SMALL}, of CPU time": (bare.cpu + decoding.cpu) / full.cpu,
                    }
                )
    table(
        f"detection on {engine.network.device}, {few} and {many} photographs, median of {rounds}",
        [
            (name, f"{median(values):.{1 if '/s' in name and 'run /' not in name else 2}f}")
            for name, values in taken.items()
        ],
    )


if __name__ == "__main__":
    main()
