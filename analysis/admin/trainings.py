"""Trainings in the admin: progress, judgement, cancellation, and the use of the derived space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis
from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html

from analysis.evaluation import new_threshold, training_run
from analysis.evaluation.formats import as_table
from reid.admin.logs import LogAdmin
from reid.embedding import spaces
from reid.identifying import run_workers
from reid.models import ReidRun, Training
from reid.networks.model_card import ModelRefused
from reid.training.recipe import Recipe

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

ONE = "Select the one training whose space is to be used."
NO_REDIS = "Redis does not answer: the space is active, and its scores wait for backfill_similarity_scores."
ACTIVE = "{space} is active; its scores are computed in the background, and then its threshold is judged anew."
ASKED = "{count} asked to stop."
QUEUED = "Training {id} waits for the train worker."


class TrainingAdmin(LogAdmin):
    list_display = (
        *("method", "created_at", "state", "progress", "verdict", "gain", "space", "is_active"),
    )
    list_select_related = ("run", "space", "parent", "threshold")
    list_filter = ("method", "verdict")
    fields = (
        *("method", "parent", "space", "state", "progress", "verdict", "judged", "options"),
        *("threshold_says", "apply_when_better", "applied_at", "created_at"),
    )
    actions = ("activate", "go_back", "cancel", "again")

    def has_training_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reid.change_training")

    @admin.display(description="state")
    def state(self, training: Training) -> str:
        return str(training.run.state)

    @admin.display(description="progress")
    def progress(self, training: Training) -> str:
        """The step under way, as the run counts it."""
        run = training.run
        if run.state != ReidRun.State.RUNNING or not run.counts:
            return run.error or "-"
        done, total = run.counts.get("done", 0), run.counts.get("of", 0)
        share = f" {done}/{total}" if total else ""
        return f"{run.counts.get('doing', '')}{share} {run.counts.get('remark', '')}".strip()

    @admin.display(description="mAP, parent > derived")
    def gain(self, training: Training) -> str:
        judgement = training.judgement
        if not judgement or not judgement.get("sightings"):
            return "-"
        return f"{judgement['parent']['map']:.1%} > {judgement['derived']['map']:.1%}"

    @admin.display(description="active", boolean=True)
    def is_active(self, training: Training) -> bool:
        return bool(training.space and training.space.is_active)

    @admin.display(description="judgement")
    def judged(self, training: Training) -> str:
        text = as_table(training.judgement) if training.judgement else "-"
        return format_html("<pre>{}</pre>", text)

    @admin.display(description="threshold")
    def threshold_says(self, training: Training) -> str:
        """The verdict on its threshold since the space is in use; a proposal as a link."""
        text = new_threshold.standing(training)
        if training.threshold is None:
            return text or "-"
        address = reverse("admin:reid_threshold_change", args=[training.threshold.pk])
        return format_html('<a href="{}">{}</a>', address, text)

    @admin.action(description="Use the space it made", permissions=["training"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Training]) -> None:
        training = self._one(request, queryset)
        if training is None:
            return
        try:
            training_run.apply(training, whatever_the_verdict=True)
        except training_run.AdaptingRefused as error:
            messages.error(request, str(error))
        except redis.RedisError:
            messages.warning(request, NO_REDIS)
        else:
            messages.success(request, ACTIVE.format(space=training.space))

    @admin.action(description="Go back to its parent space", permissions=["training"])
    def go_back(self, request: HttpRequest, queryset: QuerySet[Training]) -> None:
        training = self._one(request, queryset)
        if training is not None:
            spaces.activate(training.parent)
            messages.success(request, f"{training.parent} is active.")

    @admin.action(description="Cancel", permissions=["training"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Training]) -> None:
        count = run_workers.request_cancel(ReidRun.objects.filter(training__in=queryset))
        messages.success(request, ASKED.format(count=count))

    @admin.action(description="Train again, from the active space", permissions=["training"])
    def again(self, request: HttpRequest, queryset: QuerySet[Training]) -> None:
        training = self._one(request, queryset)
        if training is None:
            return
        try:
            parent = spaces.active_space()
            options = training.options
            made = training_run.create(
                training.method,
                parent,
                Recipe.from_json(options["recipe"]),
                folds=options["folds"],
                deals=options.get("deals", 1),
            )
            run_workers.start(made.run)
        except (training_run.AdaptingRefused, ModelRefused) as error:
            messages.error(request, str(error))
        except redis.RedisError:
            messages.warning(request, "Redis does not answer: the training waits.")
        else:
            messages.success(request, QUEUED.format(id=made.pk))

    def _one(self, request: HttpRequest, queryset: QuerySet[Training]) -> Training | None:
        if queryset.count() != 1:
            messages.error(request, ONE)
            return None
        return queryset.get()
