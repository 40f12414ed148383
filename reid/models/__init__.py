"""The ORM of Thumper: everything that is stored, in one place to import from."""

from __future__ import annotations

from reid.models.audits import AuditItem, AuditPlan
from reid.models.camera_changes import CameraChange
from reid.models.camera_merges import CameraMerge, CameraMove
from reid.models.cameras import Camera, Deployment, Outage
from reid.models.capture import Encounter, Image, Sighting
from reid.models.clocks import ClockCorrection, ClockShift
from reid.models.deer_seasons import FIRST_YEAR, LAST_YEAR, MOST_POINTS, DeerSeason
from reid.models.detections import (
    KNOWN,
    SETTLED,
    Deer,
    Detection,
    DetectionQuerySet,
    FormerName,
)
from reid.models.detectors import Detector
from reid.models.embeddings import Embedding, SkippedEmbedding
from reid.models.event_log import EventLog
from reid.models.import_requests import LONGEST_UPLOADED, ImportRequest, UploadedFile
from reid.models.import_undos import ImportUndo
from reid.models.imports import (
    SILENT_AFTER,
    ClassLabel,
    Import,
    ImportChange,
    ImportProblem,
    PlacedFile,
    SourceFile,
)
from reid.models.map_pictures import MapPicture
from reid.models.operations import (
    CAMERA,
    CREATED,
    KEPT_APART,
    KEPT_LABEL,
    PART,
    REJECTED,
    TAGS,
    IdentityEvent,
    Operation,
)
from reid.models.patterns import PatternBackground, PatternKeypoints, PatternSpread
from reid.models.repeats import Repeat, RepeatAnswer
from reid.models.runs import Decision, ReidRun
from reid.models.scorers import Scorer
from reid.models.scores import SimilarityScore
from reid.models.snapshots import PerformanceSnapshot
from reid.models.spaces import EmbeddingSpace
from reid.models.survey_audits import SurveyAudit, SurveyAuditItem
from reid.models.surveys import Survey
from reid.models.tags import TAG_LENGTH, Tag
from reid.models.thresholds import Threshold, threshold_override
from reid.models.torso_heads import TorsoHead, TorsoTraining
from reid.models.torsos import Torso
from reid.models.trainings import Training
from reid.models.videos import Video
from reid.models.watched_folders import WatchedFile, WatchedFolder
from reid.models.watches import WatchedDeer, WatchedSighting

__all__ = [
    "CAMERA",
    "CREATED",
    "FIRST_YEAR",
    "KEPT_APART",
    "KEPT_LABEL",
    "KNOWN",
    "LAST_YEAR",
    "LONGEST_UPLOADED",
    "MOST_POINTS",
    "PART",
    "REJECTED",
    "SETTLED",
    "SILENT_AFTER",
    "TAGS",
    "TAG_LENGTH",
    "AuditItem",
    "AuditPlan",
    "Camera",
    "CameraChange",
    "CameraMerge",
    "CameraMove",
    "ClassLabel",
    "ClockCorrection",
    "ClockShift",
    "Decision",
    "Deer",
    "DeerSeason",
    "Deployment",
    "Detection",
    "DetectionQuerySet",
    "Detector",
    "Embedding",
    "EmbeddingSpace",
    "Encounter",
    "EventLog",
    "FormerName",
    "IdentityEvent",
    "Image",
    "Import",
    "ImportChange",
    "ImportProblem",
    "ImportRequest",
    "ImportUndo",
    "MapPicture",
    "Operation",
    "Outage",
    "PatternBackground",
    "PatternKeypoints",
    "PatternSpread",
    "PerformanceSnapshot",
    "PlacedFile",
    "ReidRun",
    "Repeat",
    "RepeatAnswer",
    "Scorer",
    "Sighting",
    "SimilarityScore",
    "SkippedEmbedding",
    "SourceFile",
    "Survey",
    "SurveyAudit",
    "SurveyAuditItem",
    "Tag",
    "Threshold",
    "Torso",
    "TorsoHead",
    "TorsoTraining",
    "Training",
    "UploadedFile",
    "Video",
    "WatchedDeer",
    "WatchedFile",
    "WatchedFolder",
    "WatchedSighting",
    "antlers",
    "threshold_override",
]
