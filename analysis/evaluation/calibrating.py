"""Calibration of a store's fused scorer, learned from its own reviewed deer.

The weights of a space that a training of this store made are learned with that training, from its folds: of other deer the
network knows too much. Those of a network that learned none of them are learned from all named deer, dealt into folds in
the same way. A fifth of the deer (`reid.training.folds.reserved`) is never learned from, and below RESERVE_FROM
named deer nothing is learned: the weights that ship with Thumper serve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from django.conf import settings

from analysis.evaluation.comparison import DRAWS
from analysis.evaluation.document import comparison_document
from analysis.evaluation.examine import dealt, examined
from analysis.evaluation.learned_weights import learn
from analysis.evaluation.part_scores import PartScores
from reid.matching.similarity import NOT_COMPARABLE
from reid.models import Detection, Scorer
from reid.scoring import fused_scorers, pattern_scores
from reid.scoring.compare import encounters_of
from reid.scoring.learned_deer import learned_deer
from reid.taxonomy import Classification
from reid.training import material as materials
from reid.training.folds import RESERVE_FROM, reserves

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.evaluation.fold_trials import Examined
    from analysis.evaluation.learned_weights import LearnedWeights
    from reid.matching.similarity import Rule
    from reid.models import EmbeddingSpace
    from reid.training.material import Material

FOLDS: Final = 3
DEALS: Final = 2
_OF_GONE: Final = Classification.UNKNOWN_DEER.value
AT_ONCE: Final = 100
"""Detections whose pattern scores are computed between two reports of progress."""

TOO_FEW_DEER: Final = (
    "The store has {known} named deer with an embedding, and a calibration is learned from {needed} on: the one that ships with "
    "Thumper serves."
)
NO_MATCHER: Final = "The store has no pattern matcher yet: run manage.py identify_detections with REID_PATTERN=true first."
LEARNED_DEER: Final = (
    "The space {space} has learned deer of this store, so their scores say nothing about others. Its calibration is "
    "learned with its training, where that is judged: manage.py train_embedding with --folds 2 or more."
)
NOTHING_TO_LEARN: Final = "No two photographs of one deer from two encounters can be compared: review more sightings first."
SOURCE: Final = "learned from {deer} deer of this store"


class CalibrationRefused(RuntimeError):
    """A calibration that cannot be learned; one sentence that says what to do."""


def learn_from_store(
    space: EmbeddingSpace, on_progress: Callable[[int, int], None] = lambda *_: None
) -> dict[str, Any]:
    """The calibration of a space that learned no deer of this store, as `calibration_document` says.

    `on_progress` gets how many detections of how many have their pattern scores. Raises CalibrationRefused.
    """
    if learned_deer(Scorer.objects.of(space)):
        raise CalibrationRefused(LEARNED_DEER.format(space=space))
    material = materials.load(space)
    names = len(material.names) + len(material.reserved)
    if not reserves(names):
        raise CalibrationRefused(TOO_FEW_DEER.format(known=names, needed=RESERVE_FROM))
    folds = [
        examined(material, material.rows, unseen, deal)
        for deal, unseen in dealt(material, FOLDS, DEALS)
    ]
    found = learn_from_folds(material, folds, on_progress)
    if found is None:
        raise CalibrationRefused(NO_MATCHER)
    return found


def learn_from_folds(
    material: Material,
    folds: Sequence[Examined],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any] | None:
    """The calibration that the folds of a training teach; None where the store has no pattern matcher or too few deer.

    `on_progress` as in `learn_from_store`. Raises CalibrationRefused where nothing can be compared.
    """
    matcher = Scorer.objects.newest_matcher()
    if matcher is None or not reserves(len(material.names) + len(material.reserved)):
        return None
    pattern, classes = _pattern_scores(material, matcher, on_progress)
    rule = cast("Rule", settings.REID_PROFILE_SCORE)
    try:
        parts = [PartScores.of(fold, pattern, classes, rule) for fold in folds]
        learned = learn(parts, draws=DRAWS)
    except ValueError as error:
        raise CalibrationRefused(NOTHING_TO_LEARN) from error
    return calibration_document(learned, material.identities())


def calibration_document(learned: LearnedWeights, deer: Sequence[str]) -> dict[str, Any]:
    """`of_class` (weights by class), `source` for people to read, `identities_sha256` (the `deer` learned from), and
    `findings`: a list of {classification, use, sentence, over_embedding, over_pattern}.
    """
    source = SOURCE.format(deer=len(deer))
    return fused_scorers.weights_document(learned.of_class, source, deer) | {
        "findings": [
            {
                "classification": finding.classification,
                "use": finding.use.value,
                "sentence": str(finding),
                "over_embedding": comparison_document(finding.over_embedding),
                "over_pattern": comparison_document(finding.over_pattern),
            }
            for finding in learned.findings
        ]
    }


def _pattern_scores(
    material: Material, matcher: Scorer, on_progress: Callable[[int, int], None]
) -> tuple[NDArray[np.int32], NDArray[np.str_]]:
    """Pattern scores (n, codes) of the material's detections by code of the deer, and their classes (n,).

    What was deleted since the material was read, which may be days, has no pattern score and no class of its own.
    """
    scores, classes = [], []
    for start in range(0, len(material), AT_ONCE):
        part = material.ids[start : start + AT_ONCE]
        rows = Detection.objects.select_related("image", "sighting").in_bulk(part)
        there = [row for row, id_ in enumerate(part) if id_ in rows]
        detections = [rows[part[row]] for row in there]
        encounters = encounters_of(detections)
        found = np.full((len(part), len(material.keys)), NOT_COMPARABLE, np.int32)
        found[there] = pattern_scores.scores_of(detections, encounters, matcher, material.keys)
        scores.append(found)
        classes += [rows[id_].effective_class if id_ in rows else _OF_GONE for id_ in part]
        on_progress(start + len(part), len(material))
    empty = np.empty((0, len(material.keys)), np.int32)
    return np.concatenate([empty, *scores]), np.array(classes, np.str_)
