"""Training material: detections whose deer a person named or an import brought, and their crops.

What a run assigned by itself never teaches anything: a network that learned from its own guesses would grow
surer of them.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db.models import Count
from django.db.models.functions import Coalesce

from reid.embedding.preprocessing import prepare
from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.crops import ImageProblem
from reid.imaging.frame import Frame
from reid.models import Detection, Embedding
from reid.training.checkpoint import written_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.models import DetectionQuerySet, EmbeddingSpace

_AT_ONCE: Final = 64
"""Crops read ahead of whoever uses them: what bounds the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """n labelled detections in the order of their keys, and their unit rows (n, d) in the parent space.

    `deer`, `sightings` and `encounters` (n,) are codes from 0 on, `names` the deer's keys by their code;
    `flanks` (n,) by name.
    """

    ids: list[UUID]
    names: list[UUID]
    deer: NDArray[np.int64]
    sightings: NDArray[np.int64]
    encounters: NDArray[np.int64]
    flanks: NDArray[np.str_]
    rows: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def classes(self, chosen: NDArray[np.intp]) -> NDArray[np.int64]:
        """Class numbers (len(chosen),) from 0 on: one a deer and flank, since its flanks differ."""
        flanks = np.unique(self.flanks, return_inverse=True)[1]
        keys = self.deer[chosen] * (int(flanks.max()) + 1) + flanks[chosen]
        numbers: NDArray[np.int64] = np.unique(keys, return_inverse=True)[1].astype(np.int64)
        return numbers

    @property
    def digest(self) -> str:
        """16 hex digits that change with the labels and what they are labels of."""
        sha256 = hashlib.sha256()
        for id_, code, flank in zip(self.ids, self.deer, self.flanks, strict=True):
            sha256.update(f"{id_} {self.names[code]} {flank}\n".encode())
        return sha256.hexdigest()[:16]

    def identities(self) -> list[str]:
        """The deer learned from, each as 16 hex digits of its key's hash: names stay in the installation."""
        return sorted(hashlib.sha256(name.bytes).hexdigest()[:16] for name in self.names)


def labelled() -> DetectionQuerySet:
    """Detections that may teach: identifiable, their deer known from a person or an import, not merged away."""
    known = Detection.objects.identifiable().known()
    return known.filter(deer__isnull=False, deer__merged_into__isnull=True, sighting__isnull=False)


def learnable() -> int:
    """Deer that are known in two sightings or more: one alone teaches nothing about seeing it again."""
    deer = labelled().order_by().values("deer")
    return deer.annotate(seen=Count("sighting", distinct=True)).filter(seen__gt=1).count()


def load(parent: EmbeddingSpace) -> Material:
    """The labelled detections that have an embedding in `parent`."""
    rows = list(
        Embedding.objects.filter(space=parent, detection__in=labelled())
        .annotate(
            encounter=Coalesce(
                "detection__sighting__encounter_id", "detection__image__encounter_id"
            )
        )
        .order_by("detection_id")
        .values_list(
            *("detection_id", "detection__deer_id", "detection__sighting_id"),
            *("encounter", "detection__flank", "vector"),
        )
    )
    names = sorted({row[1] for row in rows}, key=str)
    code_of = {name: code for code, name in enumerate(names)}
    return Material(
        ids=[row[0] for row in rows],
        names=names,
        deer=np.array([code_of[row[1]] for row in rows], np.int64),
        sightings=_codes([row[2] for row in rows]),
        encounters=_codes([row[3] for row in rows]),
        flanks=np.array([row[4] for row in rows], np.str_),
        rows=np.array([row[5] for row in rows], np.float32).reshape(len(rows), parent.dimension),
    )


def _codes(keys: Sequence[object]) -> NDArray[np.int64]:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def pixels(ids: Sequence[UUID], size: int) -> Iterator[tuple[list[int], NDArray[np.uint8]]]:
    """Crops prepared at `size`: positions in `ids`, and their pixels (k, size, size, 3); a part at a time.

    A crop that cannot be read any more is left out.
    """
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="crops") as pool:
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            position = {id_: start + number for number, id_ in enumerate(part)}
            detections = Detection.objects.filter(pk__in=position).select_related("image")
            of_image = [
                (Frame.of(image), [CropRequest.of(item) for item in items])
                for image, items in groupby(
                    detections.order_by("image_id", "pk"), key=lambda item: item.image
                )
            ]
            cuts = pool.map(lambda image: crops_of_image(*image), of_image)
            read = {
                position[cut.id]: prepare(cut.crop, size)
                for of_one in cuts
                for cut in of_one
                if not isinstance(cut.crop, ImageProblem)
            }
            if read:
                yield list(read), np.stack(list(read.values()))


def keep(path: Path, rows: NDArray[np.float32]) -> None:
    """Write an array, whole or not at all."""
    with written_whole(path) as file:
        np.save(file, rows)


def cache(
    ids: Sequence[UUID], size: int, path: Path, on_crops: Callable[[int], None]
) -> NDArray[np.uint8]:
    """All crops at `size` as one memory map (n, size, size, 3), made where it is not there yet.

    A crop that cannot be read stays black. `on_crops` gets the number of crops read since it was last called.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        shape = (len(ids), size, size, 3)
        crops_file = np.lib.format.open_memmap(part, "w+", np.uint8, shape)
        for numbers, crops in pixels(ids, size):
            crops_file[numbers] = crops
            on_crops(len(numbers))
        crops_file.flush()
        part.replace(path)
    opened: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return opened
