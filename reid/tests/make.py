"""Plain makers of stored objects for tests: keyword defaults, real files where a file is needed."""

from __future__ import annotations

import hashlib
import io
import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from PIL import Image as PILImage

from reid.models import (
    Camera,
    Deer,
    Detection,
    Embedding,
    EmbeddingSpace,
    Encounter,
    Image,
    ReidRun,
    Scorer,
    Sighting,
    SimilarityScore,
    Threshold,
)
from reid.networks.model_card import DEFAULT
from reid.taxonomy import Classification

NOON = datetime(2025, 10, 1, 12, 0, tzinfo=UTC)
_number = itertools.count(1)


def camera(name: str = "", **fields: Any) -> Camera:
    return Camera.objects.create(name=name or f"camera {next(_number)}", **fields)


def photograph(path: str, width: int = 320, height: int = 240, seed: int = 0, **save: Any) -> str:
    """Write a noisy JPEG below the media root; return its sha256."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    picture = PILImage.fromarray(pixels).resize((width, height))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **save)
    target = Path(settings.MEDIA_ROOT) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()


def image(path: str = "", *, with_file: bool = False, **given: Any) -> Image:
    path = path or f"test/{next(_number)}.jpg"
    fields: dict[str, Any] = {
        "width": 320,
        "height": 240,
        "captured_at": NOON,
        "sha256": hashlib.sha256(path.encode()).hexdigest(),
    } | given
    if "sha256" not in given and (Path(settings.MEDIA_ROOT) / path).is_file():
        content = (Path(settings.MEDIA_ROOT) / path).read_bytes()
        fields["sha256"] = hashlib.sha256(content).hexdigest()
    if with_file:
        fields["sha256"] = photograph(path, fields["width"], fields["height"], next(_number))
    return Image.objects.create(path=path, **fields)


def sighting(encounter: Encounter | None = None, **fields: Any) -> Sighting:
    encounter = encounter or Encounter.objects.create(started_at=NOON, ended_at=NOON)
    return Sighting.objects.create(encounter=encounter, **fields)


def deer(name: str = "", **fields: Any) -> Deer:
    return Deer.objects.create(name=name or f"deer {next(_number)}", **fields)


def detection(**fields: Any) -> Detection:
    """A detection with its image, encounter and sighting where those are not given.

    `deer=` alone makes an imported identity, `flank=` alone an imported flank.
    """
    if fields.get("flank", Detection.Flank.UNKNOWN) != Detection.Flank.UNKNOWN:
        fields.setdefault("flank_source", Detection.FlankSource.IMPORTED)
    if fields.get("deer") is not None:
        fields.setdefault("identity_source", Detection.IdentitySource.IMPORTED)
    if "image" not in fields:
        fields["image"] = image()
    of_image: Image = fields["image"]
    if "sighting" not in fields:
        if of_image.encounter is None:
            of_image.encounter = Encounter.objects.create(
                camera=of_image.camera,
                started_at=of_image.captured_at,
                ended_at=of_image.captured_at,
            )
            of_image.save()
        fields["sighting"] = sighting(of_image.encounter)
    box = {"x": 10, "y": 10, "width": 100, "height": 100, "confidence": 0.9}
    return Detection.objects.create(**box | {"classification": Classification.DOE.value} | fields)


def space(dimension: int = 4, *, is_active: bool = True, **fields: Any) -> EmbeddingSpace:
    """A space with its embedding scorer, which is active where the space is."""
    number = next(_number)
    made = EmbeddingSpace.objects.create(
        **{
            "name": f"space {number}",
            "fingerprint": hashlib.sha256(str(number).encode()).hexdigest(),
            "dimension": dimension,
            "specification": {"model": DEFAULT.to_json()},
            "sentinels": np.ones(dimension, np.float32),
            "is_active": is_active,
        }
        | fields
    )
    Scorer.objects.filter(pk=Scorer.objects.register(made).pk).update(is_active=is_active)
    return made


def scorer(dimension: int = 4, *, is_active: bool = True, **fields: Any) -> Scorer:
    """The embedding scorer of a new space, which `space` makes of the same arguments."""
    return Scorer.objects.of(space(dimension, is_active=is_active, **fields))


def unit(*values: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The unit vector in the direction of `values`."""
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def embedding(of: Detection, space_of: EmbeddingSpace | Scorer, *values: float) -> Embedding:
    """A vector in a space, or in that of a scorer."""
    into = space_of.vectors if isinstance(space_of, Scorer) else space_of
    return Embedding.objects.create(detection=of, space=into, vector=unit(*values))


def run(of: Scorer, **fields: Any) -> ReidRun:
    defaults = {"kind": ReidRun.Kind.IDENTIFY, "started_at": timezone.now()}
    return ReidRun.objects.create(scorer=of, **defaults | fields)


def threshold(of: Scorer, value: str = "0.7", **fields: Any) -> Threshold:
    """One in force: an operator's own, approved by a ranger."""
    ranger, _ = get_user_model().objects.get_or_create(username="ranger")
    defaults = {
        "source": Threshold.Source.OPERATOR,
        "approved_by": ranger,
        "approved_at": timezone.now(),
        "is_active": True,
    }
    return Threshold.objects.create(scorer=of, value=Decimal(value), **defaults | fields)


def score(
    of: Detection, against: Deer, value: int, in_run: ReidRun, **fields: Any
) -> SimilarityScore:
    """A logged score of `value` ten-thousandths."""
    defaults = {
        "scorer": in_run.scorer,
        "gallery_fingerprint": "0" * 16,
        "sex_match": True,
        "detection_classification": of.effective_class,
        "deer_sex": against.sex,
        "calculated_at": timezone.now(),
    }
    return SimilarityScore.objects.create(
        detection=of, deer=against, run=in_run, score=value, **defaults | fields
    )


def later(**by: float) -> datetime:
    return NOON + timedelta(**by)
