"""Store of a test: photographs outside the media root, imported and undone in a person's name, and what is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from reid.import_undo.undo import UndoReport, undo
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import (
    Camera,
    Deer,
    Deployment,
    Detection,
    Embedding,
    Encounter,
    Image,
    Import,
    Outage,
    Sighting,
    SimilarityScore,
    SkippedEmbedding,
    Torso,
)
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

STORED = (Camera, Deer, Deployment, Outage, Image, Detection)
DERIVED = (Embedding, SkippedEmbedding, SimilarityScore, Torso)
_CHURN = {"version", "scores_stale", "encounter", "sighting"}


class Store:
    """A folder of photographs, what is imported of it, and the store as it stands."""

    def __init__(self, folder: Path, user: Any) -> None:
        self.folder = folder
        self.user = user
        self.seed = 0

    def draw(self, paths: Iterable[str], side: int = 320) -> None:
        """A photograph like no other for each path where there is none yet."""
        for path in paths:
            target = self.folder / path
            if not target.exists():
                self.seed += 1
                make.photograph("new.jpg", side, side * 3 // 4, seed=self.seed)
                target.parent.mkdir(parents=True, exist_ok=True)
                (Path(settings.MEDIA_ROOT) / "new.jpg").rename(target)

    def table(self, name: str, columns: str, *lines: str) -> Import:
        """Import a table of that name; its photographs are drawn."""
        self.draw(line.split(",")[0] for line in lines)
        file = self.folder / name
        file.write_text("\n".join([columns, *lines]) + "\n")
        return self.bring(file)

    def boxes(self, name: str, boxes: dict[str, list[tuple[float, ...]]]) -> Import:
        """Import MegaDetector's output: boxes by path, each x, y, width, height as shares."""
        self.draw(boxes)
        file = self.folder / name
        images = [
            {
                "file": path,
                "detections": [{"category": "1", "conf": 0.9, "bbox": list(box)} for box in of],
            }
            for path, of in boxes.items()
        ]
        content = {
            "info": {"format_version": "1.3"},
            "detection_categories": {"1": "animal"},
            "images": images,
        }
        file.write_text(json.dumps(content))
        return self.bring(file)

    def bring(self, file: Path, **options: Any) -> Import:
        import_detections(file, actor=self.user, options=ImportOptions(**options))
        return Import.objects.latest("started_at")

    def undo(self, record: Import, **options: Any) -> UndoReport:
        return undo(record.pk, actor=self.user, **options)

    def dump(self) -> dict[str, Any]:
        """All that is to be seen: rows with their ids, groups by their members, files on the disk."""
        media = Path(settings.MEDIA_ROOT)
        members = {
            key: sorted(
                map(str, Detection.objects.filter(sighting=key).values_list("pk", flat=True))
            )
            for key in Sighting.objects.values_list("pk", flat=True)
        }
        return {
            **{model.__name__: _rows(model, _CHURN) for model in STORED},
            **{model.__name__: _rows(model, set()) for model in DERIVED},
            "encounters": sorted(
                (
                    str(row.camera_id),
                    str(row.started_at),
                    str(row.ended_at),
                    sorted(row.images.values_list("path", flat=True)),
                )
                for row in Encounter.objects.all()
            ),
            "sightings": sorted((row.label, members[row.pk]) for row in Sighting.objects.all()),
            "files": sorted(
                path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()
            ),
        }


def _rows(model: type[Model], without: set[str]) -> list[dict[str, str]]:
    names = [field.attname for field in model._meta.concrete_fields if field.name not in without]
    rows = model._default_manager.order_by("pk").values(*names)
    return [{name: str(value) for name, value in row.items()} for row in rows]
