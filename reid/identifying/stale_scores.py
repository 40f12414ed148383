"""Stale scores: outdated by a change of the gallery, or never made of what people called a deer; computed again.

What is outdated can be read off the rows, for each bears the fingerprint of its deer's references. So nothing
has to be queued by whoever changes the gallery, and nothing is lost while Redis is away: a periodic job
looks, waits until the reviewers pause, and starts one run for all that they changed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from reid.db import shared_clock
from reid.flanks import guessing
from reid.identifying import identify
from reid.matching.stored_gallery import load_gallery
from reid.models import Detection, Operation, ReidRun, Scorer, SimilarityScore
from reid.scoring import stale_marks
from reid.scoring.read_log import logged_fingerprints

if TYPE_CHECKING:
    from uuid import UUID

QUIET: Final = timedelta(seconds=20)
"""Reviewers pause when nobody has decided anything for so long."""
AT_LATEST: Final = timedelta(minutes=5)
"""After so long since the last run a pause is not waited for."""
RETRY_AFTER: Final = timedelta(minutes=10)
"""A run that failed, or could not log its scores, is not repeated sooner."""
NOT_ENROLLED: Final = ""
"""The fingerprint of no references: no score was made with it."""

_checked: tuple[UUID, str] | None = None  # the gallery whose rows this process has looked through


def rescore() -> ReidRun | None:
    """The run over stale scores that this started, or that was under way; None where none is due."""
    scorer = Scorer.objects.active()
    if not is_due(scorer):
        return None
    if scorer is not None:
        guessing.guess_again(scorer.vectors)
        mark_outdated(scorer)
    if not Detection.objects.due_for(scorer).exists():
        return None
    return identify.start(scorer, identify.IdentifyScope(stale=True))


def mark_outdated(scorer: Scorer) -> int:
    """Mark the detections whose scores rest on another gallery than today's; how many were marked.

    Those are detections compared with a deer when it had other references, and, where a deer has none of its
    scores yet, all of them. Rows of merged deer never count.
    """
    global _checked
    gallery = load_gallery(scorer)
    if _checked == (scorer.pk, gallery.fingerprint):
        return 0
    now = dict(zip(gallery.deer, gallery.deer_fingerprints, strict=True))
    logged = logged_fingerprints(scorer)
    candidates = Detection.objects.comparable_in(scorer).filter(scores_stale=False)
    outdated: set[UUID] = set()
    if now.keys() - logged.keys():
        outdated.update(candidates.values_list("pk", flat=True))
    else:
        for deer, (first, last) in logged.items():
            if not first == last == now.get(deer):
                rows = SimilarityScore.objects.filter(scorer=scorer, deer=deer)
                rows = rows.exclude(gallery_fingerprint=now.get(deer, NOT_ENROLLED))
                stale = candidates.filter(pk__in=rows.values("detection"))
                outdated.update(stale.values_list("pk", flat=True))
    stale_marks.mark(outdated)
    _checked = (scorer.pk, gallery.fingerprint)
    return len(outdated)


def is_due(scorer: Scorer | None) -> bool:
    """Whether a run may begin: reviewers pause, and the last run did not fail a moment ago."""
    now = shared_clock.now()
    last = ReidRun.objects.filter(scorer=scorer, started_at__isnull=False).order_by("-started_at")[
        :1
    ]
    for run in last:
        failed = run.state == ReidRun.State.FAILED or run.counts.get("log_failures")
        if failed and run.finished_at and run.finished_at > now - RETRY_AFTER:
            return False
        if run.started_at and run.started_at < now - AT_LATEST:
            return True
    decided = Operation.objects.exclude(kind=Operation.Kind.RUN)
    return not decided.filter(created_at__gt=timezone.now() - QUIET).exists()
