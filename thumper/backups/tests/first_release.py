"""A store of the first release: `python -m` this module fills it, or prints what a store of today says of it.

`fill` takes an empty database to the migrations of the first release and puts rows into its tables, by models as they
were then.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import django

if TYPE_CHECKING:
    from django.apps.registry import Apps

FIRST: Final = [
    ("reid", "0001_initial"),
    ("thumper", "0001_initial"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("sessions", "0001_initial"),
]
AT: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
IMAGES: Final = 60


def fill() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    MigrationExecutor(connection).migrate(FIRST)
    put_rows(MigrationExecutor(connection).loader.project_state(FIRST).apps)


def put_rows(apps: Apps) -> None:
    """Two deer, a season at one camera, and everything that is decided about it."""

    def put(model: str, app: str = "reid", **fields: Any) -> Any:
        return apps.get_model(app, model).objects.create(**fields)

    ranger = put("User", "auth", username="ranger", is_superuser=True, is_staff=True)
    put("ApiToken", "thumper", user=ranger, name="script", key_sha256="d" * 64)
    camera = put("Camera", name="North gate", latitude=Decimal("31.5"), longitude=Decimal("-98.25"))
    put("Deployment", camera=camera, started_on=AT.date())
    oak, pine = put("Deer", name="Oak", sex="doe"), put("Deer", name="Pine", sex="buck")
    merged = put("Deer", name="Pine (2)", merged_into=pine)
    space = put(
        "EmbeddingSpace", name="default", fingerprint="f" * 64, dimension=4, specification={"model": {}},
        sentinels=b"", is_active=True,
    )  # fmt: skip
    threshold = put(
        "Threshold", space=space, value=Decimal("0.7"), source="analysis", is_active=True,
        approved_by=ranger, approved_at=AT,
    )  # fmt: skip
    run = put("ReidRun", kind="identify", space=space, threshold=threshold, state="completed")
    imported = put("Operation", kind="import", actor=ranger)
    reviewed = put("Operation", kind="assign", actor=ranger, reason="antlers")
    for number in range(IMAGES):
        encounter = put("Encounter", camera=camera, started_at=AT, ended_at=AT)
        image = put(
            "Image", path=f"season/{number:03}.jpg", sha256=f"{number:064x}", captured_at=AT, width=640,
            height=480, camera=camera, encounter=encounter,
        )  # fmt: skip
        sighting = put("Sighting", encounter=encounter, label=f"group {number}")
        deer = (oak, pine, None)[number % 3]
        source = ("imported", "reviewed", "none")[number % 3]
        detection = put(
            "Detection", image=image, sighting=sighting, x=1, y=2, width=300, height=200, confidence=0.75,
            classification="doe", corrected_classification="buck" if deer == pine else "", deer=deer,
            identity_source=source, is_reference=number < 2, flank="left" if number % 2 else "unknown",
            reviewed_by=ranger if source == "reviewed" else None, reviewed_at=AT if source == "reviewed" else None,
        )  # fmt: skip
        put("Embedding", detection=detection, space=space, vector=vector_of(number))
        for other, score in ((oak, 9000 - number), (pine, 4000 + number)):
            put(
                "SimilarityScore", detection=detection, deer=other, run=run, space=space, score=score,
                gallery_fingerprint="g" * 16, sex_match=True, detection_classification="doe", deer_sex="doe",
                calculated_at=AT,
            )  # fmt: skip
        put(
            "Decision",
            sighting=sighting,
            run=run,
            outcome="reviewed" if deer else "below_threshold",
            score=8000,
        )
        if deer:
            operation = reviewed if source == "reviewed" else imported
            put(
                "IdentityEvent", operation=operation, detection=detection, field="deer", before=None,
                after=str(deer.pk),
            )  # fmt: skip
    plan = put(
        "AuditPlan", space=space, gallery_fingerprint="g", population_sha256="p", n_population=9, alpha_fdp=0.05,
        candidates=[], salt="s",
    )  # fmt: skip
    put(
        "AuditItem",
        plan=plan,
        sighting=sighting,
        deer=oak,
        score=8800,
        u="u" * 64,
        outcome="right",
        reviewer=ranger,
    )
    assert merged.merged_into == pine


def vector_of(number: int) -> Any:
    import numpy as np

    vector = np.array([1, number, 0, 0], np.float32)
    return vector / np.linalg.norm(vector)


def facts() -> dict[str, Any]:
    """Facts of the store, as the models of today read them."""
    from django.contrib.auth import get_user_model

    from reid import models
    from thumper.models import ApiToken

    detections = models.Detection.objects
    oak, pine = (models.Deer.objects.get(name=name) for name in ("Oak", "Pine"))
    last = models.Image.objects.get(path=f"season/{IMAGES - 1:03}.jpg")
    scores = models.SimilarityScore.objects
    threshold = models.Threshold.objects.get()
    return {
        "rows": {
            name: getattr(models, name).objects.count()
            for name in (
                *(
                    "Camera",
                    "Deployment",
                    "Encounter",
                    "Image",
                    "Sighting",
                    "Detection",
                    "Deer",
                    "Embedding",
                ),
                *(
                    "SimilarityScore",
                    "Decision",
                    "Operation",
                    "IdentityEvent",
                    "AuditPlan",
                    "AuditItem",
                ),
            )
        },
        "of Oak": detections.filter(deer=oak).count(),
        "reviewed": detections.filter(
            identity_source="reviewed", reviewed_by__username="ranger"
        ).count(),
        "references": sorted(
            detections.filter(is_reference=True).values_list("deer__name", flat=True)
        ),
        "bucks": detections.filter(effective_class="buck").count(),
        "merged": models.Deer.objects.get(name="Pine (2)").merged_into_id == pine.pk,
        "sum of scores": sum(scores.values_list("score", flat=True)),
        "scores of the scorer in use": scores.filter(
            scorer=models.Scorer.objects.get(is_active=True)
        ).count(),
        "threshold": [str(threshold.value), threshold.is_active, threshold.scorer.name],
        "place": str(models.Camera.objects.get().latitude),
        "last": [last.sha256, last.camera.name if last.camera else "", str(last.captured_at)],
        "vector": [
            round(float(value), 6) for value in last.detections.get().embeddings.get().vector
        ],
        "owner of the token": ApiToken.objects.get().user.get_username(),
        "ranger": get_user_model().objects.get(username="ranger").is_superuser,
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thumper.settings")
    django.setup()
    if sys.argv[1] == "fill":
        fill()
    else:
        json.dump(facts(), sys.stdout)


if __name__ == "__main__":
    main()
