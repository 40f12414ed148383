"""The ORM of Thumper: everything that is stored, in one place to import from."""

from __future__ import annotations

from reid.models.audit import AuditItem, AuditPlan
from reid.models.capture import Camera, Deployment, Encounter, Image, Sighting
from reid.models.decisions import IdentityEvent, Operation
from reid.models.identity import Deer, Detection, DetectionQuerySet
from reid.models.matching import SCORE_UNITS, Decision, ReidRun, SimilarityScore, Threshold
from reid.models.spaces import Embedding, EmbeddingSpace, SkippedEmbedding
from reid.models.training import Training
from reid.models.watching import PerformanceSnapshot

__all__ = [
    "SCORE_UNITS",
    "AuditItem",
    "AuditPlan",
    "Camera",
    "Decision",
    "Deer",
    "Deployment",
    "Detection",
    "DetectionQuerySet",
    "Embedding",
    "EmbeddingSpace",
    "Encounter",
    "IdentityEvent",
    "Image",
    "Operation",
    "PerformanceSnapshot",
    "ReidRun",
    "Sighting",
    "SimilarityScore",
    "SkippedEmbedding",
    "Threshold",
    "Training",
]
