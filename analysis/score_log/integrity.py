"""Integrity of the score log: whether it is whole, and made with the gallery as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Count, Exists, OuterRef, Q

from reid.models import Decision, Detection, SimilarityScore
from reid.scoring.read_log import logged_fingerprints

if TYPE_CHECKING:
    from reid.matching.similarity import Gallery
    from reid.models import Scorer

TOLERATED: Final = 0.01
UNSCORED: Final = (
    "{share:.0%} of the embedded detections have no current scores: run identify_detections."
)
OUTDATED: Final = "{share:.0%} of the scores were made with other references than today's: run identify_detections."


def faults(scorer: Scorer, gallery: Gallery) -> list[str]:
    """Sentences for what is wrong with the log of `scorer`; none where it may be analysed.

    Scores of several scorers cannot meet here, since every query names one; that the space still embeds as
    it did is checked by each worker before it writes.
    """
    sentences = []
    if gallery.deer:
        unscored = _unscored(scorer)
        if unscored > TOLERATED:
            sentences.append(UNSCORED.format(share=unscored))
    outdated = _outdated(scorer, gallery)
    if outdated > TOLERATED:
        sentences.append(OUTDATED.format(share=outdated))
    return sentences


def _unscored(scorer: Scorer) -> float:
    """The share of embedded detections that no run has compared, or whose scores are known to be stale."""
    logged = SimilarityScore.objects.filter(detection=OuterRef("pk"), scorer=scorer)
    # Decided without a score: there was nothing to compare it with, and nothing is missing.
    decided = Decision.objects.filter(sighting=OuterRef("sighting"), run__scorer=scorer)
    embedded = Detection.objects.comparable_in(scorer).filter(sighting__isnull=False)
    missing = Q(scores_stale=True) | ~(Exists(logged) | Exists(decided))
    total = embedded.count()
    return embedded.filter(missing).count() / total if total else 0.0


def _outdated(scorer: Scorer, gallery: Gallery) -> float:
    """The share of scores whose gallery fingerprint is not that of their deer as it is enrolled now."""
    current = dict(zip(gallery.deer, gallery.deer_fingerprints, strict=True))
    logged = logged_fingerprints(scorer)
    if all(first == last == current.get(key) for key, (first, last) in logged.items()):
        return 0.0  # as nearly always: to count them the whole log is read
    rows = (
        SimilarityScore.objects.standing(scorer)
        .filter(detection__in=Detection.objects.identifiable())
        .order_by()
        .values_list("deer", "gallery_fingerprint")
        .annotate(pairs=Count("pk"))
    )
    counts = [(current.get(deer) == fingerprint, pairs) for deer, fingerprint, pairs in rows]
    total = sum(pairs for _, pairs in counts)
    return sum(pairs for is_current, pairs in counts if not is_current) / total if total else 0.0
