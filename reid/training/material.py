"""Training material: detections whose deer a person named or an import brought, and their crops.

What a run assigned by itself never teaches anything: a network that learned from its own guesses would grow
surer of them. Everything is in an order that the content decides, not keys of the database: the same file, imported
into two stores, is dealt, learned and judged alike.
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

from reid.antlers import ANY_SEASON
from reid.embedding.identities import identity
from reid.embedding.preprocessing import as_view
from reid.embedding.views import pictures_of_image, with_torsos
from reid.imaging.canonical import CropRequest
from reid.imaging.crops import ImageProblem
from reid.imaging.frame import Frame
from reid.models import Detection, Embedding
from reid.models.antlers import reference_season, season_of, seasons_count
from reid.torsos.align import HEIGHT, WIDTH
from reid.training.checkpoint import written_whole
from reid.training.folds import reserved, reserves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from numpy.typing import NDArray
    from PIL import Image

    from reid.models import DetectionQuerySet, EmbeddingSpace
    from reid.networks.model_card import ModelCard

_AT_ONCE: Final = 64
"""Crops read ahead of whoever uses them: what bounds the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """n labelled detections, by deer, photograph and box, and their unit rows (n, d) in the parent space.

    `deer`, `sightings` and `encounters` (n,) are codes from 0 on, `names` and `keys` the deer's by their code, which
    follows the folded names; `flanks` (n,) by name. `seasons` (n, 2) are the antler seasons that each is compared in as a
    probe and as a reference, as they count now (`reid.models.antlers`). `reserved` are the names of the deer that were left out.
    """

    ids: list[UUID]
    names: list[str]
    keys: list[UUID]
    reserved: list[str]
    deer: NDArray[np.int64]
    sightings: NDArray[np.int64]
    encounters: NDArray[np.int64]
    flanks: NDArray[np.str_]
    seasons: NDArray[np.int64]
    rows: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def classes(self, chosen: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Class numbers (len(chosen),) from 0 on, one a deer and flank, since its flanks differ; each class's deer."""
        flanks = np.unique(self.flanks, return_inverse=True)[1]
        sides = int(flanks.max()) + 1
        classes, numbers = np.unique(
            self.deer[chosen] * sides + flanks[chosen], return_inverse=True
        )
        return numbers.astype(np.int64), classes // sides

    @property
    def digest(self) -> str:
        """16 hex digits that change with the labels and what they are labels of."""
        sha256 = hashlib.sha256()
        for id_, code, flank in zip(self.ids, self.deer, self.flanks, strict=True):
            sha256.update(f"{id_} {self.keys[code]} {flank}\n".encode())
        return sha256.hexdigest()[:16]

    def identities(self) -> list[str]:
        """The deer learned from, each as `reid.embedding.identities.identity` has it."""
        return sorted(map(identity, self.keys))


def labelled() -> DetectionQuerySet:
    """Detections that may teach: identifiable, their deer known from a person or an import, not merged away."""
    known = Detection.objects.identifiable().known()
    return known.filter(deer__isnull=False, deer__merged_into__isnull=True, sighting__isnull=False)


def learnable() -> int:
    """Deer that are known in two sightings or more: one alone teaches nothing about seeing it again."""
    deer = labelled().order_by().values("deer")
    return deer.annotate(seen=Count("sighting", distinct=True)).filter(seen__gt=1).count()


def load(parent: EmbeddingSpace) -> Material:
    """The labelled detections that have an embedding in `parent`, less those of deer that are reserved."""
    rows = list(
        Embedding.objects.filter(space=parent, detection__in=labelled())
        .annotate(
            encounter=Coalesce(
                "detection__sighting__encounter_id", "detection__image__encounter_id"
            )
        )
        .values_list(
            *("detection__deer__name_key", "detection__image__sha256", "detection__x"),
            *("detection__y", "detection__width", "detection__height", "detection_id"),
            *("detection__deer_id", "detection__deer__name", "detection__sighting_id"),
            *("encounter", "detection__flank", "vector"),
            *("detection__image__captured_at", "detection__deer__sex"),
            "detection__effective_class",
        )
    )
    names = {row[8] for row in rows}
    left_out = {name for name in names if reserves(len(names)) and reserved(name)}
    rows = sorted((row for row in rows if row[8] not in left_out), key=lambda row: row[:7])
    named = dict.fromkeys((row[7], row[8]) for row in rows)
    code_of = {key: code for code, (key, _) in enumerate(named)}
    return Material(
        ids=[row[6] for row in rows],
        names=[name for _, name in named],
        keys=[key for key, _ in named],
        reserved=sorted(left_out),
        deer=np.array([code_of[row[7]] for row in rows], np.int64),
        sightings=_codes([row[9] for row in rows]),
        encounters=_codes([row[10] for row in rows]),
        flanks=np.array([row[11] for row in rows], np.str_),
        seasons=np.array([_seasons(*row[13:]) for row in rows], np.int64).reshape(len(rows), 2),
        rows=np.array([row[12] for row in rows], np.float32).reshape(len(rows), parent.dimension),
    )


def _seasons(captured_at: datetime | None, sex: str, classification: str) -> tuple[int, int]:
    if not seasons_count():
        return ANY_SEASON, ANY_SEASON
    return season_of(captured_at), reference_season(captured_at, sex, classification)


def _codes(keys: Sequence[object]) -> NDArray[np.int64]:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def pictures(
    ids: Sequence[UUID], card: ModelCard
) -> Iterator[list[tuple[int, Image.Image | NDArray[np.uint8]]]]:
    """Positions in `ids` and what `preprocessing.prepare` takes for the card; a part at a time.

    What cannot be read any more is left out.
    """
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="crops") as pool:
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            position = {id_: start + number for number, id_ in enumerate(part)}
            detections = Detection.objects.filter(pk__in=position).select_related("image")
            shown = with_torsos(detections.order_by("image_id", "pk"), card)
            of_image = [
                (Frame.of(image), [(CropRequest.of(item), is_torso) for item, is_torso in items])
                for image, items in groupby(shown, key=lambda item: item[0].image)
            ]
            read = pool.map(lambda image: pictures_of_image(*image), of_image)
            yield [
                (position[id_], picture)
                for of_one in read
                for id_, picture in of_one
                if not isinstance(picture, ImageProblem)
            ]


def keep(path: Path, rows: NDArray[np.float32]) -> None:
    """Write an array, whole or not at all."""
    with written_whole(path) as file:
        np.save(file, rows)


def cache(
    ids: Sequence[UUID], card: ModelCard, path: Path, on_views: Callable[[int], None]
) -> NDArray[np.uint8]:
    """All views that a card of torsos asks for as one memory map (n, 288, 432, 4), made where it is not there yet.

    What cannot be read stays black. `on_views` gets the number of views read since it was last called.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        views = np.lib.format.open_memmap(part, "w+", np.uint8, (len(ids), HEIGHT, WIDTH, 4))
        for read in pictures(ids, card):
            for number, picture in read:
                views[number] = as_view(picture)
            on_views(len(read))
        views.flush()
        part.replace(path)
    opened: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return opened
