"""Life of a training, from reviewed identities to a judged space, whoever runs it.

Fold by fold a space is derived without the fold's deer and examined on them, for each deal of the deer; then the
judgement is stored, and the space is derived from all deer and registered, inactive. The rows of a fold are kept on
disk, and so is each method's checkpoint, so that a training that was killed goes on where it was. Where there are
enough deer a fifth of them is reserved (`reid.training.folds`): no training sees them.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from analysis.evaluation.calibrating import CalibrationRefused, learn_from_folds
from analysis.evaluation.comparison import Judgement, judge
from analysis.evaluation.document import document, not_judged
from analysis.evaluation.examine import examine
from reid.db import shared_clock
from reid.embedding import embed, spaces
from reid.identifying import backfill, run_lifecycle, run_workers
from reid.models import EmbeddingSpace, ReidRun, Scorer, Training
from reid.training import material as materials
from reid.training.methods import METHODS, MIN_DEER, MIN_DETECTIONS, Work
from reid.training.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from reid.matching.similarity import Rule

logger = logging.getLogger(__name__)

FOLDS: Final = 3
DEALS: Final = 2
"""Folds of the deer, and how often they are dealt anew: so many trainings, and the last one."""

TOO_FEW_DEER = (
    "Too few deer to learn from by {method}: {known} are known in two sightings or more, and it helps from "
    "{needed} on. Review more sightings first."
)
TOO_FEW_DETECTIONS = "Too few embeddings to take a mean of: {known} are there, and it helps from {needed} on. Import more first."
NOT_BETTER = (
    "The training {id} has no verdict BETTER ({verdict}): the space it made is not activated."
)
MIRRORED_CENTRE = (
    "Centring makes no network that could mirror: use --mirrored with --method head or finetune."
)
UNJUDGED = "Nothing is judged without folds, so nothing can be used because it is better: leave --apply away, or use --folds 2 or more."
NO_SPACE = "The training {id} has made no space: let it finish first."


class AdaptingRefused(RuntimeError):
    """A training that must not be made, or whose space must not be used; one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done: `done` of `total`, which is 0 where it is not known."""

    what: str
    done: int
    total: int
    remark: str = ""


def place_of(training: Training) -> Path:
    """The folder of a training's crops, checkpoints and fold results, below MODEL_ROOT for all hosts to see."""
    return Path(settings.MODEL_ROOT) / ".training" / str(training.pk)


def create(
    method: str,
    parent: EmbeddingSpace,
    recipe: Recipe,
    *,
    folds: int = FOLDS,
    deals: int = DEALS,
    apply_when_better: bool = False,
) -> Training:
    """A pending training of `parent`; with 0 folds it is not judged.

    Raises AdaptingRefused where there is too little to learn from.
    """
    if not folds and apply_when_better:
        raise AdaptingRefused(UNJUDGED)
    if method == Training.Method.CENTRE and recipe.mirrored:
        raise AdaptingRefused(MIRRORED_CENTRE)
    _refuse_too_few(method, parent)
    with transaction.atomic():
        run = run_lifecycle.create(ReidRun.Kind.TRAIN, Scorer.objects.of(parent))
        return Training.objects.create(
            run=run,
            method=method,
            parent=parent,
            options={"folds": folds, "deals": deals, "recipe": recipe.to_json()},
            apply_when_better=apply_when_better,
        )


def unfinished() -> Training | None:
    """The newest training that did not end by itself: killed, failed or cancelled."""
    ended = [ReidRun.State.COMPLETED]
    return Training.objects.exclude(run__state__in=ended).select_related("run", "parent").first()


def find(key: UUID) -> Training:
    """The training of a run, or of this key. Raises Training.DoesNotExist."""
    return Training.objects.get(Q(run=key) | Q(pk=key))


def adapt(training_id: UUID, on_step: Callable[[Step], None] = lambda _: None) -> Training:
    """Do a training to its end, from wherever it was; the training as it then is.

    A training that was cancelled, also while this runs, ends as such; one that another worker has is left as it is.
    Raises whatever went wrong, after its run is marked failed.
    """
    training = Training.objects.select_related("run", "parent").get(pk=training_id)
    run_lifecycle.advance(training.run_id, lambda run, _: _step(training, run, on_step))
    training.refresh_from_db()
    return training


def apply(training: Training, *, whatever_the_verdict: bool = False) -> ReidRun:
    """Activate the space that a training made, and queue the backfill of its scores; that run.

    When it has ended, the threshold is judged anew (`analysis.evaluation.new_threshold`). The space before stays, and
    `embedding_spaces activate` goes back to it. Raises AdaptingRefused unless the verdict is BETTER or a person
    decides otherwise, and redis.RedisError where the backfill has to wait.
    """
    if training.space is None:
        raise AdaptingRefused(NO_SPACE.format(id=training.pk))
    if training.verdict != Training.Verdict.BETTER and not whatever_the_verdict:
        verdict = training.verdict or "none"
        raise AdaptingRefused(NOT_BETTER.format(id=training.pk, verdict=verdict))
    with transaction.atomic():
        spaces.activate(training.space)
        training.applied_at, training.assessment, training.threshold = shared_clock.now(), {}, None
        training.save(update_fields=["applied_at", "assessment", "threshold"])
    # Without a scorer: where patterns count, the run makes the fused scorer of the new space and scores by that.
    return backfill.start(None, backfill.Part())


def _step(training: Training, run: ReidRun, on_step: Callable[[Step], None]) -> bool:
    """The one step of a training's run."""

    def beat(step: Step, *, at_once: bool = False) -> None:
        """Raises Cancelled, and TakenOver."""
        on_step(step)
        doing = {"doing": step.what, "done": step.done, "of": step.total, "remark": step.remark}
        run_workers.beat(run, doing, at_once=at_once)

    beat(Step("material", 0, 0), at_once=True)
    _derive(training, beat)
    if not run_lifecycle.finish(run, ReidRun.State.COMPLETED):
        raise run_workers.TakenOver
    shutil.rmtree(place_of(training), ignore_errors=True)
    if training.apply_when_better and training.verdict == Training.Verdict.BETTER:
        try:
            apply(training)
        except redis.RedisError:
            # Its run is written down, and the round that resumes silent runs queues it.
            logger.warning("the backfill of %s waits until Redis answers", training.space)
    return False


def _derive(training: Training, beat: Callable[[Step], None]) -> None:
    parent, recipe = training.parent, Recipe.from_json(training.options["recipe"])
    missing = materials.labelled().without_embedding_in(parent).select_related("image")
    if missing.exists():
        embedder = spaces.embedder_of(parent)
        done, total = 0, missing.count()

        def embedded(number: int) -> None:
            nonlocal done
            done += number
            beat(Step("parent embeddings", done, total))

        embedded(0)
        embed.embed(missing.order_by("image_id", "pk"), parent, embedder, embedded)
    material = materials.load(parent)
    work = Work(
        parent=parent,
        material=material,
        recipe=recipe,
        place=place_of(training),
        name=f"{training.method}-{str(training.pk)[:8]}",
        report=lambda what, done, of, remark: beat(Step(what, done, of, remark)),
    )
    method = METHODS[training.method](work)
    folds, deals = training.options["folds"], training.options.get("deals", 1)
    if examined := examine(method, work, folds, deals):
        beat(Step("judgement", 0, 0))
        rule = cast("Rule", settings.REID_PROFILE_SCORE)
        _write(training, judge(examined, rule, seed=recipe.seed))

        def calibrated(done: int, total: int) -> None:
            beat(Step("calibration", done, total))

        try:
            if calibration := learn_from_folds(material, examined, calibrated):
                training.judgement["calibration"] = calibration
        except CalibrationRefused as refusal:  # the weights that ship serve; hours of training stay
            logger.warning("no calibration of %s: %s", training, refusal)
            training.judgement["calibration_refused"] = str(refusal)
        training.save(update_fields=["judgement"])
    else:
        training.judgement = not_judged()
        training.save(update_fields=["judgement"])
    space = method.final()
    training.space = space
    training.save(update_fields=["space"])


def _write(training: Training, found: Judgement) -> None:
    training.verdict, training.judgement = found.verdict.value, document(found)
    training.save(update_fields=["verdict", "judgement"])


def _refuse_too_few(method: str, parent: EmbeddingSpace) -> None:
    known = materials.learnable()
    needed = MIN_DEER[Training.Method(method)]
    if known < needed:
        raise AdaptingRefused(TOO_FEW_DEER.format(method=method, known=known, needed=needed))
    if method == Training.Method.CENTRE:
        to_come = materials.labelled().without_embedding_in(parent).count()
        there = parent.embeddings.count() + to_come
        if there < MIN_DETECTIONS:
            raise AdaptingRefused(TOO_FEW_DETECTIONS.format(known=there, needed=MIN_DETECTIONS))
